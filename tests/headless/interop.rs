//! An API whose authorization server others wrote, from the definition's file to the answer. `cargo xtask interop`; not part of
//! `cargo test`.

use crate::{curl::curl, program::Surroundings, program::workspace, serving::Serving};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

/// npm's oidc-provider in a process of its own, ended with the test.
struct Provider {
    child: Child,
    _output: BufReader<ChildStdout>,
    origin: String,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The key of a client that is not used here (RFC 7517 appendix A.1).
const CLIENT_JWK: &str = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;

fn provider() -> Provider {
    let mut child = Command::new("node")
        .arg("oidc-provider.mjs")
        .current_dir(workspace().join("tests/interop"))
        .env("CLIENT_JWK", CLIENT_JWK)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut output, mut origin) = (BufReader::new(child.stdout.take().unwrap()), String::new());
    output.read_line(&mut origin).unwrap();
    Provider { child, _output: output, origin: origin.trim().to_owned() }
}

fn definition(origin: &str) -> Value {
    json!({
        "export": {"apimVersion": "4.12.0"},
        "api": {
            "definitionVersion": "V4", "type": "PROXY", "name": "partners", "apiVersion": "1",
            "listeners": [{"type": "HTTP", "paths": [{"path": "/partners"}], "entrypoints": [{"type": "http-proxy"}]}],
            "endpointGroups": [{"name": "g", "type": "http-proxy", "endpoints": [
                {"name": "e", "type": "http-proxy", "configuration": {"target": "http://127.0.0.1:9"}}]}],
            "resources": [{"name": "as", "type": "oauth2", "enabled": true, "configuration": {
                "authorizationServerUrl": origin, "introspectionEndpoint": "/token/introspection", "introspectionEndpointMethod": "POST",
                "useClientAuthorizationHeader": true, "clientAuthorizationHeaderName": "Authorization",
                "clientAuthorizationHeaderScheme": "Basic", "tokenIsSuppliedByFormUrlEncoded": true,
                "tokenFormUrlEncodedName": "token", "clientId": "gateway", "clientSecret": "gateway-secret"}}],
            "flows": [{"name": "secured", "enabled": true,
                "selectors": [{"type": "HTTP", "path": "/", "pathOperator": "STARTS_WITH"}],
                "request": [{"name": "OAuth2", "enabled": true, "policy": "oauth2", "configuration": {
                    "oauthResource": "as", "checkRequiredScopes": true, "requiredScopes": ["api:read"]}}]}]
        },
        "plans": [{"name": "keyless", "status": "PUBLISHED", "security": {"type": "KEY_LESS"}}]
    })
}

#[test]
#[ignore = "needs npm servers: cargo xtask interop"]
fn oidc_provider_protects_the_echo_by_a_definition_on_the_command_line() {
    let provider = provider();
    let surroundings = Surroundings::new();
    surroundings.file("partners.json", definition(&provider.origin).to_string());
    let serving = Serving::configured(&surroundings, "[[apis]]\ndefinition = \"partners.json\"\necho = true\n");
    let spelled = |endpoint: &str| format!("{}{endpoint}", provider.origin);
    let (token_url, revoke_url) = (spelled("/token"), spelled("/token/revocation"));
    let client = [
        "--token-url",
        &token_url,
        "--revoke-url",
        &revoke_url,
        "--client-id",
        "plain",
        "--auth-method",
        "client_secret_post",
    ];
    let granted = [&["token", "--raw", "--scope", "api:read"][..], &client].concat();
    let token = surroundings.authenticated("plain-secret", "", &granted).exits(0).stdout.trim().to_owned();
    let call = |header: &str| {
        let status = curl(&["-H", header, serving.api()]).status;
        (status, serving.last_request(status)["error_key"].clone())
    };
    let bearer = format!("Authorization: Bearer {token}");
    assert_eq!(call("X-None: none"), (401, json!("OAUTH2_MISSING_HEADER")));
    assert_eq!(call("Authorization: Bearer made-up"), (401, json!("OAUTH2_INVALID_ACCESS_TOKEN")));
    assert_eq!(call(&bearer), (200, Value::Null));
    surroundings.authenticated("plain-secret", &token, &[&["revoke", "-"][..], &client].concat()).exits(0);
    assert_eq!(call(&bearer), (401, json!("OAUTH2_INVALID_ACCESS_TOKEN")));
    drop(provider);
    assert_eq!(call(&bearer), (503, json!("OAUTH2_SERVER_UNAVAILABLE")));
}
