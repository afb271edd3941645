//! Metadata and public keys (OpenID Connect Discovery 1.0, RFC 7517). Belongs here: what clients may read about the
//! domain. Not here: the key itself (`keys`).

use jose::Algorithm;
use serde_json::{Value, json};

use super::{
    Call,
    assertion::{HMAC, PAIRS},
    domain::millis,
    refusal::Refusal,
};
use crate::{GrantType, http1::Answer, jackson};

impl Call<'_, '_> {
    pub(super) fn discovery(&self) -> Answer {
        let mut metadata = self.metadata();
        self.faults.spoil_metadata(&mut metadata, &self.base);
        self.domain.json(200, &jackson::pretty(&metadata))
    }

    pub(super) async fn jwks(&self) -> Result<Answer, Refusal> {
        let Some(mut keys) = self.domain.keys.jwks(millis(self.now).div_euclid(1000)).await else {
            return Err(Refusal::status(500, "the domain has no key"));
        };
        self.faults.spoil_keys(&mut keys);
        let body = jackson::pretty(&json!({ "keys": keys }));
        let answer = Answer::with(200, "application/jwk-set+json; charset=UTF-8", body);
        let mut answer = answer.header("Cache-Control", "no-store").header("Pragma", "no-cache");
        self.faults.spoil_key_fields(&mut answer);
        Ok(answer)
    }

    /// Only what is there, in Access Management's order: a member that names an absent endpoint would mislead.
    fn metadata(&self) -> Value {
        let base = &self.base;
        let algorithm = self.domain.config.signing;
        let mut scopes: Vec<&String> = self.domain.clients.iter().flat_map(|client| &client.scopes).collect();
        scopes.sort();
        scopes.dedup();
        let mut methods = vec!["client_secret_basic", "client_secret_post", "private_key_jwt", "client_secret_jwt"];
        if self.request.is_tls {
            methods.extend(["tls_client_auth", "self_signed_tls_client_auth"]);
        }
        methods.push("none");
        let assertion_algorithms: Vec<_> = HMAC.into_iter().chain(PAIRS).map(Algorithm::name).collect();
        json!({
            "issuer": format!("{base}/oidc"),
            "authorization_endpoint": format!("{base}/oauth/authorize"),
            "token_endpoint": format!("{base}/oauth/token"),
            "userinfo_endpoint": format!("{base}/oidc/userinfo"),
            "jwks_uri": format!("{base}/oidc/.well-known/jwks.json"),
            "revocation_endpoint": format!("{base}/oauth/revoke"),
            "introspection_endpoint": format!("{base}/oauth/introspect"),
            "scopes_supported": scopes,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": GrantType::NAMES.map(|(name, _)| name),
            "subject_types_supported": ["public"],
            "prompt_values_supported": ["none", "login", "consent"],
            "id_token_signing_alg_values_supported": [format!("{algorithm:?}")],
            "token_endpoint_auth_methods_supported": methods,
            "token_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
            "claim_types_supported": ["normal"],
            "claims_supported": ["sub", "aud", "iss", "exp", "iat", "jti", "domain", "client_id", "scope"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "device_authorization_endpoint": format!("{base}/oauth/device_authorization"),
        })
    }
}
