//! The token endpoint: every row of Access Management's pipeline and client authentication.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

use crate::support::{CLIENTS, basic, post, send, start};

const FAILED: &str = "Client authentication failed due to unknown clientId, expired or invalid client secret";
const NO_METHOD: &str = "Invalid client: missing or unsupported authentication method";
const REALM: &str = "Basic realm=\"gravitee-io\"";

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
async fn refuses_in_order() {
    let running = start(CLIENTS).await;
    let ok = basic("basic", "s3cret");
    let idle = basic("idle", "idle");
    let rows: &[(&str, Option<&str>, &str, u16, &str, Option<&str>)] = &[
        (
            "repeated",
            Some(&ok),
            "grant_type=a&grant_type=b",
            400,
            "invalid_request",
            Some("Parameter [grant_type] is included more than once"),
        ),
        (
            "repeated before missing",
            None,
            "x=1&x=2",
            400,
            "invalid_request",
            Some("Parameter [x] is included more than once"),
        ),
        (
            "no grant_type precedes authentication",
            None,
            "scope=read",
            400,
            "invalid_request",
            Some("Missing parameter: grant_type"),
        ),
        ("empty grant_type without credentials", None, "grant_type=", 401, "invalid_client", Some(NO_METHOD)),
        ("empty grant_type", Some(&ok), "grant_type=", 400, "unsupported_grant_type", Some("Unsupported grant type: ")),
        ("other client_id", Some(&ok), "grant_type=client_credentials&client_id=other", 401, "invalid_client", None),
        (
            "no grants",
            Some(&idle),
            "grant_type=client_credentials",
            401,
            "invalid_client",
            Some("Invalid client: client must at least have one grant type configured"),
        ),
        (
            "unknown grant",
            Some(&ok),
            "grant_type=magic",
            400,
            "unsupported_grant_type",
            Some("Unsupported grant type: magic"),
        ),
        (
            "grant not enabled",
            Some(&ok),
            "grant_type=password",
            400,
            "unsupported_grant_type",
            Some("Unsupported grant type: password"),
        ),
        (
            "public client",
            None,
            "grant_type=client_credentials&client_id=public",
            400,
            "unsupported_grant_type",
            Some("Unsupported grant type: client_credentials"),
        ),
        (
            "scope",
            Some(&ok),
            "grant_type=client_credentials&scope=read+nope+never",
            400,
            "invalid_scope",
            Some("Invalid scope(s): nope never"),
        ),
        (
            "scope without settings",
            Some(&basic("other", "other")),
            "grant_type=client_credentials&scope=x",
            400,
            "invalid_scope",
            Some("Invalid scope(s): x"),
        ),
    ];
    for (case, authorization, form, status, error, description) in rows {
        let reply = post(&running, "/demo/oauth/token", *authorization, form).await;
        assert_eq!(reply.status(), *status, "{case}: {}", reply.raw);
        let expected = match description {
            Some(text) => format!("{{\n  \"error\" : \"{error}\",\n  \"error_description\" : \"{text}\"\n}}"),
            None => format!("{{\n  \"error\" : \"{error}\"\n}}"),
        };
        assert_eq!(reply.body, expected, "{case}");
        assert_eq!(reply.header("Content-Type"), Some("application/json"), "{case}");
        assert_eq!(reply.header("Cache-Control"), Some("no-store"), "{case}");
        assert_eq!(reply.header("Pragma"), Some("no-cache"), "{case}");
        assert!(reply.header("X-Gravitee-Transaction-Id").is_some(), "{case}");
    }
}

#[tokio::test]
async fn refuses_clients_as_access_management_does() {
    let running = start(CLIENTS).await;
    let encoded = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let grant = "grant_type=client_credentials";
    let with = |more: &str| format!("{grant}&{more}");
    let rows: Vec<(&str, Option<String>, String, &str, Option<&str>)> = vec![
        ("nothing", None, grant.into(), NO_METHOD, None),
        ("not Basic", Some("Bearer abc".into()), grant.into(), NO_METHOD, None),
        ("no space", Some("Basic".into()), grant.into(), NO_METHOD, None),
        ("not base64", Some("Basic !!!".into()), grant.into(), NO_METHOD, None),
        ("unknown, Basic", Some(basic("nobody", "x")), grant.into(), FAILED, None),
        ("unknown, post", None, with("client_id=nobody&client_secret=x"), FAILED, None),
        ("Basic, wrong secret", Some(basic("basic", "wrong")), grant.into(), FAILED, Some(REALM)),
        ("Basic, empty secret", Some(basic("basic", "")), grant.into(), FAILED, Some(REALM)),
        ("Basic without colon", Some(encoded("basic")), grant.into(), NO_METHOD, Some(REALM)),
        ("Basic client by post", None, with("client_id=basic&client_secret=s3cret"), NO_METHOD, Some(REALM)),
        ("post, wrong secret", None, with("client_id=post&client_secret=x"), FAILED, None),
        ("post, no secret", None, with("client_id=post"), FAILED, None),
        ("post client by Basic", Some(basic("post", "p0st")), grant.into(), FAILED, None),
        ("mTLS without certificate", None, with("client_id=mtls"), "Missing or invalid peer certificate", None),
        (
            "Authorization wins over client_id",
            Some(basic("nobody", "x")),
            with("client_id=post&client_secret=p0st"),
            FAILED,
            None,
        ),
    ];
    for (case, authorization, form, description, challenge) in rows {
        let reply = post(&running, "/demo/oauth/token", authorization.as_deref(), &form).await;
        assert_eq!(reply.status(), 401, "{case}: {}", reply.raw);
        assert_eq!(reply.json()["error"], "invalid_client", "{case}");
        assert_eq!(reply.json()["error_description"], description, "{case}");
        assert_eq!(reply.header("WWW-Authenticate"), challenge, "{case}");
    }
}

#[tokio::test]
async fn accepts_every_encoding_of_a_credential() {
    let running = start(CLIENTS).await;
    // The percent sign of the secret is no escape (`%+:`), so it stays; `a+b` keeps its plus.
    for credential in [("a+b", "100%+: =é"), ("a%2Bb", "100%25%2B%3A%20%3D%C3%A9")] {
        let reply = post(
            &running,
            "/demo/oauth/token",
            Some(&basic(credential.0, credential.1)),
            "grant_type=client_credentials",
        )
        .await;
        assert_eq!(reply.status(), 200, "{credential:?}: {}", reply.raw);
    }
    let by_post = "grant_type=client_credentials&client_id=post&client_secret=p0st";
    assert_eq!(post(&running, "/demo/oauth/token", None, by_post).await.status(), 200);
    let in_query = format!("/demo/oauth/token?{by_post}");
    assert_eq!(send(running.am_origin(), "POST", &in_query, &[], "").await.status(), 200);
}

#[tokio::test]
async fn narrows_and_orders_scopes() {
    let running = start(CLIENTS).await;
    let authorization = basic("basic", "s3cret");
    for (asked, granted) in [("write+read", "write read"), ("read+read", "read"), ("+", "read"), ("admin", "admin")] {
        let form = format!("grant_type=client_credentials&scope={asked}");
        let reply = post(&running, "/demo/oauth/token", Some(&authorization), &form).await;
        assert_eq!(reply.json()["scope"], granted, "{asked}");
    }
    let form = "grant_type=client_credentials";
    let reply = post(&running, "/demo/oauth/token", Some(&basic("other", "other")), form).await;
    assert!(reply.json().get("scope").is_none());
}

#[tokio::test]
async fn echoes_unknown_parameters_and_adds_claims() {
    let running = start(CLIENTS).await;
    let form = "grant_type=client_credentials&colour=blue&access_token=mine&resource=a&resource=b";
    let reply = post(&running, "/demo/oauth/token", Some(&basic("other", "other")), form).await.json();
    assert_eq!(reply["colour"], "blue");
    assert_ne!(reply["access_token"], "mine");
    assert!(reply.get("resource").is_none());
    let payload = reply["access_token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(claims["tier"], "gold");
}

#[tokio::test]
async fn knows_its_routes() {
    let running = start(CLIENTS).await;
    for (method, target, text) in [
        ("GET", "/", "No security domain matches the request URI."),
        ("POST", "/nowhere/oauth/token", "No security domain matches the request URI."),
        ("GET", "/demo", "No endpoint matches the request URI."),
        ("GET", "/demo/oauth/token", "No endpoint matches the request URI."),
        ("GET", "/demo/.well-known/openid-configuration", "No endpoint matches the request URI."),
        ("POST", "/demo/oauth/introspect", "No endpoint matches the request URI."),
        ("OPTIONS", "/demo/oauth/token", "No endpoint matches the request URI."),
    ] {
        let reply = send(running.am_origin(), method, target, &[("X-Gravitee-Transaction-Id", "mine")], "").await;
        assert_eq!(reply.status_line, "HTTP/1.1 404 Not Found", "{method} {target}");
        assert_eq!(reply.header("Content-Type"), Some("text/plain"), "{method} {target}");
        assert_eq!(reply.header("Connection"), Some("close"), "{method} {target}");
        assert_eq!(reply.header("X-Gravitee-Transaction-Id"), Some("mine"), "{method} {target}");
        assert_eq!(reply.body, text, "{method} {target}");
    }
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
