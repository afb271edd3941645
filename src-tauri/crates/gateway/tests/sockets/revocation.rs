//! Revocation, and how soon it is seen where.

use crate::{
    echo::call,
    support::{CLIENTS, TestClock, basic, post, start_at, token},
};

#[tokio::test]
async fn revokes_and_keeps_the_window() {
    let clock = TestClock::now();
    let running = start_at(CLIENTS, &clock).await;
    let live = token(&running, "basic", "s3cret", "read").await;
    let authorization = basic("basic", "s3cret");
    assert_eq!(call(&running, "/echo", &live).await.status(), 200);
    let form = format!("token={live}");
    let reply = post(&running, "/demo/oauth/revoke", Some(&authorization), &form).await;
    assert_eq!((reply.status(), reply.body.as_str()), (200, ""));
    assert_eq!(call(&running, "/echo", &live).await.status(), 401, "APIs refuse it at once");
    let introspect = async || post(&running, "/demo/oauth/introspect", Some(&authorization), &form).await.json();
    assert_eq!(introspect().await["active"], true, "within 10 s of iat");
    clock.advance(10);
    assert_eq!(introspect().await["active"], false);
    assert_eq!(post(&running, "/demo/oauth/revoke", Some(&authorization), &form).await.status(), 200, "again");
}

#[tokio::test]
async fn a_token_never_seen_before_can_be_revoked() {
    let running = start_at(CLIENTS, &TestClock::now()).await;
    let live = token(&running, "basic", "s3cret", "read").await;
    post(&running, "/demo/oauth/revoke", Some(&basic("basic", "s3cret")), &format!("token={live}")).await;
    assert_eq!(call(&running, "/echo", &live).await.status(), 401);
}

#[tokio::test]
async fn refuses_what_is_not_the_clients() {
    let running = start_at(CLIENTS, &TestClock::now()).await;
    let live = token(&running, "basic", "s3cret", "read").await;
    let own = basic("basic", "s3cret");
    let other = basic("other", "other");
    for (authorization, form, status, error) in [
        (Some(&own), "token=unknown".to_owned(), 200, None),
        (Some(&other), format!("token={live}"), 400, Some("invalid_grant")),
        (Some(&own), "token_type_hint=access_token".into(), 400, Some("invalid_request")),
        (None, format!("token={live}"), 401, Some("invalid_client")),
    ] {
        let reply = post(&running, "/demo/oauth/revoke", authorization.map(String::as_str), &form).await;
        assert_eq!(reply.status(), status, "{form}");
        match error {
            Some(error) => assert_eq!(reply.json()["error"], error, "{form}"),
            None => assert_eq!(reply.body, "", "{form}"),
        }
    }
    assert_eq!(call(&running, "/echo", &live).await.status(), 200, "still live");
}
