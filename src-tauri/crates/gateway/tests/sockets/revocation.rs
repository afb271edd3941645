//! Revocation, and how soon it is seen where.

use crate::{
    echo::call,
    support::{CLIENTS, TestClock, basic, post, start_at, token},
};

#[tokio::test]
async fn a_token_never_seen_before_can_be_revoked() {
    let running = start_at(CLIENTS, &TestClock::now()).await;
    let live = token(&running, "basic", "s3cret", "read").await;
    post(&running, "/demo/oauth/revoke", Some(&basic("basic", "s3cret")), &format!("token={live}")).await;
    assert_eq!(call(&running, "/echo", &live).await.status(), 401);
}
