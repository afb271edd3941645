//! Discovery against the list of members of the reference (C.11): what is there, in its order, and what is left out.

use crate::support::{CLIENTS, send, start};

/// C.11, in its order.
const MEMBERS: [&str; 55] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "registration_endpoint",
    "registration_renew_secret_endpoint",
    "registration_templates_endpoint",
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "acr_values_supported",
    "subject_types_supported",
    "prompt_values_supported",
    "id_token_signing_alg_values_supported",
    "id_token_encryption_alg_values_supported",
    "id_token_encryption_enc_values_supported",
    "userinfo_signing_alg_values_supported",
    "userinfo_encryption_alg_values_supported",
    "userinfo_encryption_enc_values_supported",
    "request_object_signing_alg_values_supported",
    "request_object_encryption_alg_values_supported",
    "request_object_encryption_enc_values_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "dpop_signing_alg_values_supported",
    "display_values_supported",
    "claim_types_supported",
    "claims_supported",
    "service_documentation",
    "claims_locales_supported",
    "ui_locales_supported",
    "code_challenge_methods_supported",
    "claims_parameter_supported",
    "client_id_metadata_document_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "require_request_uri_registration",
    "op_policy_uri",
    "op_tos_uri",
    "authorization_signing_alg_values_supported",
    "authorization_encryption_alg_values_supported",
    "authorization_encryption_enc_values_supported",
    "request_object_endpoint",
    "tls_client_certificate_bound_access_tokens",
    "pushed_authorization_request_endpoint",
    "mtls_endpoint_aliases",
    "backchannel_token_delivery_modes_supported",
    "backchannel_authentication_endpoint",
    "backchannel_authentication_request_signing_alg_values_supported",
    "backchannel_user_code_parameter_supported",
];

/// What Access Management does not say and this server does.
const ADDED: [&str; 2] = ["authorization_response_iss_parameter_supported", "device_authorization_endpoint"];

/// What is served, of [`MEMBERS`]. Everything else names an endpoint or a feature that is not there.
const SERVED: [&str; 19] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "revocation_endpoint",
    "introspection_endpoint",
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "subject_types_supported",
    "prompt_values_supported",
    "id_token_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "claim_types_supported",
    "claims_supported",
    "code_challenge_methods_supported",
];

#[tokio::test]
async fn says_what_is_served_in_access_managements_order() {
    let running = start(CLIENTS).await;
    let reply = send(running.am_origin(), "GET", "/demo/oidc/.well-known/openid-configuration", &[], "").await;
    let document = reply.json();
    let names: Vec<_> = document.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, [SERVED.as_slice(), ADDED.as_slice()].concat());
    let place = |name: &&str| MEMBERS.iter().position(|member| member == name).unwrap_or_else(|| panic!("{name}"));
    assert!(SERVED.iter().map(place).is_sorted(), "in the order of the reference");
    for endpoint in names.iter().filter(|name| name.ends_with("_endpoint") || **name == "jwks_uri") {
        let url = document[endpoint].as_str().unwrap();
        let path = url.strip_prefix(running.am_origin()).unwrap_or_else(|| panic!("{url}"));
        let mut found = false;
        for method in ["GET", "POST"] {
            let headers = [("Content-Type", "application/x-www-form-urlencoded")];
            found |= send(running.am_origin(), method, path, &headers, "").await.status() != 404;
        }
        assert!(found, "{endpoint} is there");
    }
}
