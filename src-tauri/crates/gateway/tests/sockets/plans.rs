//! Plans: subscriptions in time, keys, JWT with the issuer's keys. What they answer is in `cases` (A.6, E).

use serde_json::json;

use crate::{
    definitions::{Setup, am, generic, keyless, plan, step},
    fake::{Fake, ok},
    support::{CLIENTS, TestClock, basic, post, send, start, token},
};

fn oauth2() -> serde_json::Value {
    plan("OAUTH2", json!({"oauthResource": "as", "requiredScopes": ["read"]}))
}

async fn server() -> Fake {
    Fake::start(|request| match request.rsplit("token=").next().unwrap() {
        "good" => ok("{\"active\":true,\"client_id\":\"c\",\"scope\":\"read\"}"),
        "foreign" => ok("{\"active\":true,\"client_id\":\"abcd-1234-wxyz\"}"),
        "aud" => ok("{\"active\":true,\"aud\":[\"c\",\"d\"]}"),
        "nameless" => ok("{\"active\":true}"),
        "down" => Vec::new(),
        _ => ok("{\"active\":false}"),
    })
    .await
}

#[tokio::test]
async fn subscriptions_begin_and_end() {
    let server = server().await;
    let clock = TestClock::now();
    let now = jiff::Timestamp::now().as_second();
    let at = |offset: i64| jiff::Timestamp::from_second(now + offset).unwrap();
    let window = format!(
        "subscriptions = [{{ plan = \"oauth2\", client_id = \"c\", starts_at = \"{}\", ends_at = \"{}\" }}]",
        at(1_000),
        at(2_000)
    );
    let mut setup = Setup::v4(&[generic(&server.origin)], &[oauth2()], &[]).with(&window);
    setup.head.push_str("\n[gateway]\nverbose_401 = true\n");
    let (running, _folder) = setup.try_start(&clock).await.unwrap();
    for (advance, body) in [
        (0, Some("The subscription has not yet started for the provided credentials")),
        (1_500, None),
        (1_000, Some("Access has expired for the provided credentials")),
    ] {
        clock.advance(advance);
        let reply = send(running.gateway_origin(), "GET", "/api", &[("Authorization", "Bearer good")], "").await;
        match body {
            Some(body) => assert_eq!((reply.status(), reply.body.as_str()), (401, body)),
            None => assert_eq!(reply.status(), 200),
        }
    }
}

#[tokio::test]
async fn jwt_plans_verify_with_the_issuers_keys() {
    let jwt = json!({"signature": "ECDSA_ES256", "publicKeyResolver": "JWKS_URL", "clientIdClaim": "client_id",
        "resolverParameter": "http://127.0.0.1:0/demo/oidc/.well-known/jwks.json"});
    let subscribed =
        "subscriptions = [{ plan = \"jwt\", client_id = \"basic\" }, { plan = \"oauth2\", client_id = \"basic\" }]";
    let clock = TestClock::now();
    let plans = [plan("JWT", jwt), plan("OAUTH2", json!({"oauthResource": "as"}))];
    let setup = Setup::v4(&[am("http://127.0.0.1:0", "V3_X")], &plans, &[]).with(subscribed);
    let (running, _folder) = setup.try_start(&clock).await.unwrap();
    let good = token(&running, "basic", "s3cret", "read").await;
    let foreign = token(&running, "other", "other", "").await;
    let elsewhere = start(CLIENTS).await;
    let forged = token(&elsewhere, "basic", "s3cret", "read").await;
    let call = async |token: &str| {
        let bearer = format!("Bearer {token}");
        send(running.gateway_origin(), "GET", "/api", &[("Authorization", &bearer)], "").await
    };
    assert_eq!(call(&good).await.status(), 200);
    let trace = format!("{:?}", running.recent(0).last().unwrap().trace);
    assert!(trace.contains("ES256 valid; client `basic`"), "{trace}");
    for (token, key) in [
        (&forged, "JWT_INVALID_TOKEN"),
        (&foreign, "GATEWAY_PLAN_UNRESOLVABLE"),
        (&"opaque".to_owned(), "GATEWAY_PLAN_UNRESOLVABLE"),
    ] {
        assert_eq!(call(token).await.status(), 401);
        assert_eq!(running.recent(0).last().unwrap().error_key.as_deref(), Some(key));
    }
    clock.advance(7200 + 59);
    assert_eq!(call(&good).await.status(), 200, "within 60 s of leeway");
    clock.advance(1);
    assert_eq!(call(&good).await.status(), 401);
}

#[tokio::test]
async fn jwt_in_a_flow_has_no_challenge() {
    let jwt = json!({"signature": "HMAC_HS256", "resolverParameter": "a-secret-of-at-least-thirty-two-bytes"});
    let running = Setup::v4(&[], &[keyless()], &[step("jwt", jwt)]).start().await;
    for (authorization, key) in [
        (None, "JWT_MISSING_TOKEN"),
        (Some("Bearer "), "JWT_INVALID_TOKEN"),
        (Some("Bearer a.b.c"), "JWT_INVALID_TOKEN"),
    ] {
        let headers: Vec<_> = authorization.map(|value| ("Authorization", value)).into_iter().collect();
        let reply = send(running.gateway_origin(), "GET", "/api", &headers, "").await;
        assert_eq!(
            (reply.status(), reply.body.as_str(), reply.header("WWW-Authenticate")),
            (401, "Unauthorized", None)
        );
        assert_eq!(running.recent(0).last().unwrap().error_key.as_deref(), Some(key));
    }
}

#[tokio::test]
async fn mcp_points_to_metadata() {
    let mut setup = Setup::v4(&[am("http://127.0.0.1:0", "V3_X")], &[oauth2()], &[]);
    setup.definition["api"]["type"] = "MCP_PROXY".into();
    setup.definition["api"]["listeners"][0]["paths"] =
        json!([{"path": "/api"}, {"path": "/.well-known/oauth-protected-resource/api"}]);
    let running = setup.start().await;
    let origin = running.gateway_origin();
    let refused = send(origin, "POST", "/api", &[], "").await;
    let expected =
        format!("Bearer resource_metadata=\"{origin}/.well-known/oauth-protected-resource/api\" scope=\"read\"");
    assert_eq!(refused.header("WWW-Authenticate"), Some(expected.as_str()));
    for target in ["/.well-known/oauth-protected-resource/api", "/api/.well-known/oauth-protected-resource"] {
        let reply = send(origin, "GET", target, &[], "").await;
        let issuer = format!("{}/demo/oidc", running.am_origin());
        let expected = json!({"resource": format!("{origin}/api"), "authorization_servers": [issuer], "scopes_supported": ["read"]});
        assert_eq!(reply.json(), expected, "{target}");
    }
    let token = token(&running, "basic", "s3cret", "read").await;
    let bearer = format!("Bearer {token}");
    assert_eq!(
        send(origin, "POST", "/api", &[("Authorization", &bearer)], "").await.status(),
        200,
        "no subscription needed"
    );
    let revoke = format!("token={token}");
    post(&running, "/demo/oauth/revoke", Some(&basic("basic", "s3cret")), &revoke).await;
    assert_eq!(send(origin, "POST", "/api", &[("Authorization", &bearer)], "").await.status(), 401);
}

#[tokio::test]
async fn selection_rules_hold_in_both_engines() {
    let server = server().await;
    let subscribed = "subscriptions = [{ plan = \"oauth2\", client_id = \"c\" }]";
    let mut v4 = Setup::v4(&[generic(&server.origin)], &[oauth2()], &[]).with(subscribed);
    v4.definition["plans"][0]["selectionRule"] = "{#request.method == 'POST'}".into();
    let mut v3 = Setup::v3(&[generic(&server.origin)], &[oauth2()], &[]).with(subscribed);
    v3.definition["plans"][0]["selection_rule"] = "{#request.method == 'POST'}".into();
    for setup in [v4, v3] {
        let running = setup.start().await;
        for (method, status) in [("POST", 200), ("GET", 401)] {
            let reply = send(running.gateway_origin(), method, "/api", &[("Authorization", "Bearer good")], "").await;
            assert_eq!(reply.status(), status, "{method}: {}", reply.raw);
        }
    }
}

#[tokio::test]
async fn fail_open_lets_everybody_under_a_plan() {
    let server = server().await;
    let weak = "weaknesses = [\"fail-open\"]";
    for setup in [
        Setup::v4(&[generic(&server.origin)], &[oauth2()], &[]).with(weak),
        Setup::v3(&[generic(&server.origin)], &[oauth2()], &[]).with(weak),
    ] {
        let running = setup.start().await;
        for (token, status) in [("down", 200), ("good", 401), ("bad", 401)] {
            let bearer = format!("Bearer {token}");
            let reply = send(running.gateway_origin(), "GET", "/api", &[("Authorization", &bearer)], "").await;
            assert_eq!(reply.status(), status, "{token}: {}", reply.raw);
        }
    }
}
