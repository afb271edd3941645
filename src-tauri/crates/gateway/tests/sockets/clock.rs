//! The virtual clock: one for both listeners, moved and stopped while they serve.

use gateway::Running;

use crate::{
    echo::call,
    support::{CLIENTS, TestClock, basic, post, start_at, token},
};

async fn standing(running: &Running, token: &str) -> (bool, u16) {
    let form = format!("token={token}");
    let reply = post(running, "/demo/oauth/introspect", Some(&basic("basic", "s3cret")), &form).await;
    (reply.json()["active"] == true, call(running, "/echo", token).await.status())
}

#[tokio::test]
async fn it_moves_both_listeners_forth_and_back() {
    let machine = TestClock::now();
    let toml = CLIENTS.replacen("\"read\", \"write\"", "\"echo:read\", \"read\", \"write\"", 1);
    let running = start_at(&toml, &machine).await;
    let access = token(&running, "basic", "s3cret", "echo:read").await;
    assert_eq!(standing(&running, &access).await, (true, 200));
    running.shift_clock(3600);
    running.shift_clock(3600);
    assert_eq!(running.clock().offset_seconds, 7200);
    assert_eq!(standing(&running, &access).await, (false, 401), "expired for both");
    running.shift_clock(-3600);
    assert_eq!(standing(&running, &access).await, (true, 200));
    running.set_clock_offset(86_400);
    let event = running.recent(0).last().unwrap().at;
    let later = token(&running, "basic", "s3cret", "echo:read").await;
    running.reset_clock();
    assert_eq!(running.clock().offset_seconds, 0);
    assert_eq!(standing(&running, &later).await, (true, 200), "iat lies ahead, which this server does not mind");
    assert!(event.to_string().ends_with('Z'));
}

#[tokio::test]
async fn it_stands_still_and_goes_on_from_there() {
    let machine = TestClock::now();
    let running = start_at(CLIENTS, &machine).await;
    let access = token(&running, "basic", "s3cret", "read").await;
    running.freeze_clock(true);
    let stands_at = running.clock().now;
    machine.advance(10_000);
    assert_eq!((running.clock().now, running.clock().frozen), (stands_at, true));
    assert!(standing(&running, &access).await.0, "no time passes for it");
    running.shift_clock(60);
    assert_eq!(running.clock().now, stands_at + 60);
    running.freeze_clock(false);
    machine.advance(5);
    let state = running.clock();
    assert_eq!((state.now, state.offset_seconds, state.frozen), (stands_at + 65, -9_940, false));
    running.set_clock_offset(i64::MAX);
    assert!(running.clock().offset_seconds > 0, "no overflow");
}
