//! Introspection and UserInfo.

use serde_json::json;

use crate::support::{CLIENTS, TestClock, basic, post, send, start_at, token};

#[tokio::test]
async fn tells_live_tokens_from_others() {
    let clock = TestClock::now();
    let running = start_at(CLIENTS, &clock).await;
    let live = token(&running, "basic", "s3cret", "read").await;
    let authorization = basic("other", "other");
    let introspect = async |token: &str, hint: &str| {
        let form = format!("token={token}{hint}");
        post(&running, "/demo/oauth/introspect", Some(&authorization), &form).await
    };

    let reply = introspect(&live, "").await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.header("Cache-Control"), Some("no-store"));
    let body = reply.json();
    for (name, value) in
        [("client_id", "basic"), ("sub", "basic"), ("aud", "basic"), ("scope", "read"), ("token_type", "bearer")]
    {
        assert_eq!(body[name], value, "{name}");
    }
    assert_eq!(body["active"], true);
    for name in ["domain", "iss", "iat", "exp", "jti"] {
        assert!(body.get(name).is_some(), "{name}");
    }
    for hint in ["&token_type_hint=refresh_token", "&token_type_hint=nonsense"] {
        assert_eq!(introspect(&live, hint).await.json()["active"], true, "{hint}");
    }

    let mut tampered = live.clone();
    tampered.replace_range(tampered.len() - 6.., "AAAAAA");
    for other in ["garbage", "a.b.c", &tampered, &format!("{live}="), "eyJhbGciOiJub25lIn0.e30."] {
        let reply = introspect(other, "").await;
        assert_eq!(reply.status(), 200);
        assert_eq!(reply.body, "{\n  \"active\" : false\n}", "{other}");
    }
    let own = basic("basic", "s3cret");
    let second = post(&running, "/second/oauth/introspect", Some(&own), &format!("token={live}")).await;
    assert_eq!(second.json(), json!({"active": false}));

    clock.advance(7200);
    assert_eq!(introspect(&live, "").await.json(), json!({"active": false}), "expired");
}

#[tokio::test]
async fn asks_for_a_client_and_a_token() {
    let running = start_at(CLIENTS, &TestClock::now()).await;
    let reply = post(&running, "/demo/oauth/introspect", None, "token=x").await;
    assert_eq!((reply.status(), reply.json()["error"].as_str()), (401, Some("invalid_client")));
    for form in ["", "token=", "x=1"] {
        let reply = post(&running, "/demo/oauth/introspect", Some(&basic("basic", "s3cret")), form).await;
        assert_eq!(reply.status(), 400, "{form}");
        assert_eq!(reply.body, "{\n  \"error\" : \"invalid_request\"\n}", "{form}");
    }
}

#[tokio::test]
async fn has_no_userinfo_for_a_client() {
    let running = start_at(CLIENTS, &TestClock::now()).await;
    let live = token(&running, "basic", "s3cret", "read").await;
    let bearer = format!("Bearer {live}");
    let reply = send(running.am_origin(), "GET", "/demo/oidc/userinfo", &[("Authorization", &bearer)], "").await;
    assert_eq!(reply.status(), 401);
    assert_eq!(
        reply.json(),
        json!({"error": "invalid_token", "error_description": "The access token was not issued for an End-User"})
    );
    assert_eq!(send(running.am_origin(), "GET", "/demo/oidc/userinfo", &[], "").await.status(), 401);
}
