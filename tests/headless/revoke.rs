//! `claimcheck revoke`

use crate::{curl::curl, program::Surroundings, serving::Serving};
use std::{
    thread,
    time::{Duration, Instant},
};

#[test]
fn a_revoked_token_is_refused_at_once_and_inactive_within_14_seconds() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let token = serving.token(&surroundings);
    let bearer = format!("Authorization: Bearer {token}");
    assert_eq!(curl(&["-H", &bearer, serving.api()]).status, 200, "good before, and cached from then on");
    serving.pipe(&surroundings, &token, "revoke", &["-"]).exits(0);
    assert_eq!(curl(&["-H", &bearer, serving.api()]).status, 401);
    let until = Instant::now() + Duration::from_secs(14);
    while serving.pipe(&surroundings, &token, "introspect", &["-"]).code == 0 {
        assert!(Instant::now() < until, "still active");
        thread::sleep(Duration::from_millis(500));
    }
    // Another token of the same client still works.
    let other = format!("Authorization: Bearer {}", serving.token(&surroundings));
    assert_eq!(curl(&["-H", &other, serving.api()]).status, 200);
}

#[test]
fn unknown_tokens_are_revoked_too() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    for token in ["unknown", "a.b.c", "Bearer unknown"] {
        serving.pipe(&surroundings, token, "revoke", &["-"]).exits(0);
    }
    let outcome = serving.pipe(&surroundings, "unknown", "revoke", &["--json"]).exits(0);
    assert_eq!(outcome.json()["revoked"], true, "standard input is the default");
}

#[test]
fn no_token_is_a_usage_error_and_a_wrong_secret_a_refusal() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    serving.run(&surroundings, "revoke", &["-"]).exits(2);
    serving.run(&surroundings, "revoke", &["one", "two"]).exits(2);
    let words = [vec!["revoke".to_owned()], serving.spelled(), vec!["-".to_owned()]].concat();
    surroundings.authenticated("wrong", "abc", &words).exits(4);
}
