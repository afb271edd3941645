//! The own authorization server as a resource. What others are asked, and what becomes of it: `cases` (B.1, B.2, A.4.4).

use serde_json::json;

use crate::{
    definitions::{Setup, am, keyless, step},
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
