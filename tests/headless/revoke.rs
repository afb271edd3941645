//! `claimcheck revoke`

use crate::{apim::Apim, curl::curl, program::Surroundings, serving::Serving};
use serde_json::{Value, json};
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

/// What `token --json --reveal` printed is given back whole; a masked refresh token is not taken for one.
#[test]
fn a_token_answer_is_revoked_with_its_refresh_token() {
    let server = Apim::start(|_| (200, json!({})));
    let surroundings = Surroundings::new();
    let (token_url, revoke_url) = (format!("{}/token", server.origin), format!("{}/revoke", server.origin));
    let words = ["revoke", "--token-url", &token_url, "--revoke-url", &revoke_url, "--client-id", "c", "-", "--json"];
    let revoke = |answer: Value| surroundings.authenticated("s", &answer.to_string(), &words);
    let outcome = revoke(json!({ "access_token": "a1", "refresh_token": "r1" })).exits(0);
    assert_eq!(outcome.json(), json!({ "revoked": true, "refresh_token_revoked": true }));
    assert_eq!(
        server.bodies(),
        ["token=r1&token_type_hint=refresh_token", "token=a1&token_type_hint=access_token"],
        "the refresh token first: it gets new ones"
    );
    assert_eq!(revoke(json!({ "access_token": "a2" })).exits(0).json(), json!({ "revoked": true }));
    revoke(json!({ "access_token": "a3", "refresh_token": "••••" })).exits(2);
    revoke(json!({ "error": "x" })).exits(2);
    assert_eq!(server.bodies().len(), 3);
}
