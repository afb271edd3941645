//! Faults on demand: each goes wrong in its one way.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gateway::Running;
use serde_json::Value;

use crate::{
    echo::call,
    support::{CLIENTS, Reply, basic, post, start},
};

async fn faulty(fault: &str) -> (Running, Reply) {
    let toml = CLIENTS.replacen("client_id = \"basic\"", &format!("client_id = \"basic\"\nfaults = [\"{fault}\"]"), 1);
    let running = start(&toml).await;
    let reply =
        post(&running, "/demo/oauth/token", Some(&basic("basic", "s3cret")), "grant_type=client_credentials").await;
    (running, reply)
}

fn part(token: &str, at: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn tokens_go_wrong_as_asked() {
    let now = jiff::Timestamp::now().as_second();
    type Holds = fn(&Value, &Value, i64) -> bool;
    let rows: [(&str, Holds, u16); 16] = [
        ("expired", |_, c, now| c["exp"].as_i64().unwrap() < now, 401),
        ("nbf-future", |_, c, now| c["nbf"].as_i64().unwrap() > now + 60, 401),
        ("iat-future", |_, c, now| c["iat"].as_i64().unwrap() > now + 60, 200),
        ("wrong-iss", |_, c, _| c["iss"] == "https://issuer.invalid/oidc", 401),
        ("iss-trailing-slash", |_, c, _| c["iss"].as_str().unwrap().ends_with("/oidc/"), 401),
        ("wrong-aud", |_, c, _| c["aud"] == "another-audience", 401),
        ("missing-aud", |_, c, _| c.get("aud").is_none(), 401),
        ("aud-array", |_, c, _| c["aud"][0] == "basic", 200),
        ("aud-empty", |_, c, _| c["aud"] == serde_json::json!([]), 401),
        ("missing-exp", |_, c, _| c.get("exp").is_none(), 401),
        ("exp-string", |_, c, _| c["exp"].is_string(), 401),
        ("huge", |_, c, _| c["padding"].as_str().unwrap().len() == 16 * 1024, 200),
        ("wrong-typ", |h, _, _| h["typ"] == "dpop+jwt", 401),
        ("unknown-kid", |h, _, _| h["kid"] == "no-such-key", 200),
        ("missing-kid", |h, _, _| h.get("kid").is_none(), 200),
        ("alg-none", |h, _, _| h["alg"] == "none", 401),
    ];
    for (fault, holds, status) in rows {
        let (running, reply) = faulty(fault).await;
        let token = reply.json()["access_token"].as_str().unwrap().to_owned();
        assert!(holds(&part(&token, 0), &part(&token, 1), now), "{fault}");
        assert_eq!(call(&running, "/echo", &token).await.status(), status, "{fault}");
    }
    for fault in ["foreign-key", "tampered-signature", "truncated", "padded-base64"] {
        let (running, reply) = faulty(fault).await;
        let token = reply.json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(call(&running, "/echo", &token).await.status(), 401, "{fault}");
    }
}

#[tokio::test]
async fn answers_go_wrong_as_asked() {
    type Holds = fn(&Reply) -> bool;
    let rows: [(&str, Holds); 14] = [
        ("invalid-json", |r| serde_json::from_str::<Value>(&r.body).is_err()),
        ("wrong-content-type", |r| r.header("Content-Type").unwrap().starts_with("text/html")),
        ("missing-access-token", |r| r.json().get("access_token").is_none()),
        ("missing-token-type", |r| r.json().get("token_type").is_none()),
        ("unsupported-token-type", |r| r.json()["token_type"] == "mac"),
        ("missing-expires-in", |r| r.json().get("expires_in").is_none()),
        ("expires-in-string", |r| r.json()["expires_in"] == "7199"),
        ("expires-in-negative", |r| r.json()["expires_in"] == -1),
        ("error-with-200", |r| r.status() == 200 && r.json()["error"] == "server_error"),
        ("html-error", |r| r.status() == 500 && r.body.starts_with("<html>")),
        ("redirect", |r| r.status() == 302),
        ("too-many-requests", |r| r.status() == 429 && r.header("Retry-After") == Some("2")),
        ("unavailable", |r| r.status() == 503),
        ("byte-order-mark", |r| r.body.starts_with('\u{feff}')),
    ];
    for (fault, holds) in rows {
        let (running, reply) = faulty(fault).await;
        assert!(holds(&reply), "{fault}: {}", reply.raw);
        let trace = format!("{:?}", running.recent(0).last().unwrap().trace);
        assert!(trace.contains(fault), "{trace}");
    }
    let toml = CLIENTS.replacen("client_id = \"basic\"", "client_id = \"basic\"\nfaults = [\"magic\"]", 1);
    let error = gateway::Config::from_toml(&toml, std::path::Path::new("t.toml")).unwrap_err();
    assert!(
        error.to_string().starts_with("t.toml: domains[0].clients[0].faults: `magic` is none of expired"),
        "{error}"
    );
}
