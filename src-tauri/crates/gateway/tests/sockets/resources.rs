//! The own authorization server as a resource. What others are asked, and what becomes of it: `cases` (B.1, B.2, A.4.4).

use serde_json::json;

use crate::{
    definitions::{Setup, am, generic, keyless, step},
    support::{send, token},
};

#[tokio::test]
async fn the_own_authorization_server_is_asked_without_http() {
    for (secret, domain, status) in [("s3cret", "demo", 200), ("wrong", "demo", 503), ("s3cret", "nowhere", 503)] {
        let mut resource = am("http://127.0.0.1:0", "V3_X");
        resource["configuration"]["clientSecret"] = secret.into();
        resource["configuration"]["securityDomain"] = domain.into();
        let policy = step("oauth2", json!({"oauthResource": "as"}));
        let running = Setup::v4(&[resource], &[keyless()], &[policy]).start().await;
        let bearer = format!("Bearer {}", token(&running, "other", "other", "").await);
        let reply = send(running.gateway_origin(), "GET", "/api", &[("Authorization", &bearer)], "").await;
        assert_eq!(reply.status(), status, "{secret} {domain}");
    }
}

/// What would be a 404 over the wire is one without it, too.
#[tokio::test]
async fn the_own_server_has_no_other_paths_in_process() {
    let step = || step("oauth2", json!({"oauthResource": "as"}));
    for (server, version, status) in [
        ("http://127.0.0.1:0", "V3_X", 200),
        ("http://127.0.0.1:0/", "V2_X", 200),
        ("http://127.0.0.1:0", "V1_X", 503),
        ("http://127.0.0.1:0/base", "V3_X", 503),
    ] {
        let running = Setup::v4(&[am(server, version)], &[keyless()], &[step()]).start().await;
        let bearer = format!("Bearer {}", token(&running, "basic", "s3cret", "").await);
        let reply = send(running.gateway_origin(), "GET", "/api", &[("Authorization", &bearer)], "").await;
        assert_eq!(reply.status(), status, "{server} {version}: {}", reply.raw);
    }
}

#[tokio::test]
async fn the_generic_resource_finds_the_own_server() {
    let setup = Setup::v4(
        &[generic("http://127.0.0.1:0/demo")],
        &[keyless()],
        &[step("oauth2", json!({"oauthResource": "as"}))],
    );
    let mut setup = setup;
    let configuration = setup.definition.pointer_mut("/api/resources/0/configuration").unwrap();
    configuration["clientId"] = "basic".into();
    configuration["clientSecret"] = "s3cret".into();
    let running = setup.start().await;
    let bearer = format!("Bearer {}", token(&running, "basic", "s3cret", "").await);
    let reply = send(running.gateway_origin(), "GET", "/api", &[("Authorization", &bearer)], "").await;
    assert_eq!(reply.status(), 200, "{}", reply.raw);
}
