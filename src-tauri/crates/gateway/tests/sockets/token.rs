//! The token endpoint: order of header fields, signatures, metadata. Its pipeline and client authentication: `cases` (C.2, C.3).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::support::{CLIENTS, basic, post, send, start};

#[tokio::test]
async fn grants_client_credentials() {
    let running = start(CLIENTS).await;
    let reply =
        post(&running, "/demo/oauth/token", Some(&basic("basic", "s3cret")), "grant_type=client_credentials").await;
    assert_eq!(reply.status_line, "HTTP/1.1 200 OK");
    let names: Vec<_> = reply.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["Content-Type", "Cache-Control", "Pragma", "X-Gravitee-Transaction-Id", "Content-Length", "Connection"]
    );
    assert_eq!(reply.header("Content-Type"), Some("application/json"));
    assert_eq!(reply.header("Cache-Control"), Some("no-store"));
    assert_eq!(reply.header("Pragma"), Some("no-cache"));
    let token = reply.json()["access_token"].as_str().unwrap().to_owned();
    let expected = format!(
        "{{\n  \"access_token\" : \"{token}\",\n  \"token_type\" : \"bearer\",\n  \"expires_in\" : 7199,\n  \"scope\" : \"read\"\n}}"
    );
    assert_eq!(reply.body, expected);

    let part = |at: usize| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
    };
    let (header, claims) = (part(0), part(1));
    assert_eq!(header["kid"], "default");
    assert_eq!(header["typ"], "JWT");
    assert_eq!(header["alg"], "ES256");
    assert_eq!(claims["iss"], format!("{}/demo/oidc", running.am_origin()));
    for (name, value) in [("sub", "basic"), ("aud", "basic"), ("client_id", "basic"), ("scope", "read")] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 7200);
    assert_ne!(claims["domain"], "demo");
    assert!(claims.get("nbf").is_none());
    assert!(claims["jti"].as_str().unwrap().len() >= 22);
}

#[tokio::test]
async fn publishes_metadata_and_keys() {
    let running = start(CLIENTS).await;
    let get = async |target: &str| send(running.am_origin(), "GET", target, &[], "").await;
    let metadata = get("/demo/oidc/.well-known/openid-configuration").await.json();
    let base = format!("{}/demo", running.am_origin());
    assert_eq!(metadata["issuer"], format!("{base}/oidc"));
    assert_eq!(metadata["token_endpoint"], format!("{base}/oauth/token"));
    assert_eq!(metadata["jwks_uri"], format!("{base}/oidc/.well-known/jwks.json"));
    let reply = get("/demo/oidc/.well-known/jwks.json").await;
    assert_eq!(reply.header("Content-Type"), Some("application/jwk-set+json; charset=UTF-8"));
    let keys = reply.json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    assert_eq!(keys["keys"][0]["kid"], "default");
    assert!(keys["keys"][0].get("d").is_none());
}

#[tokio::test]
async fn signs_with_every_algorithm() {
    for algorithm in ["HS256", "RS256", "PS256", "ES256", "EdDSA"] {
        let running = start(&CLIENTS.replace("ES256", algorithm)).await;
        let token = crate::support::token(&running, "basic", "s3cret", "read").await;
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header["alg"], algorithm);
        let jwks = send(running.am_origin(), "GET", "/demo/oidc/.well-known/jwks.json", &[], "").await.json();
        let published = jwks["keys"].as_array().unwrap().len();
        let (kid, keys) = if algorithm == "HS256" { ("default-gravitee-AM-key", 0) } else { ("default", 1) };
        assert_eq!((header["kid"].as_str().unwrap(), published), (kid, keys), "{algorithm}");
        let called = crate::echo::call(&running, "/echo", &token).await;
        assert_eq!(called.status(), 200, "{algorithm}");
    }
}
