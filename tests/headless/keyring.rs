//! The keyring absent, locked, gone: each is said to be what it is, and nothing is written in its stead.

use crate::{
    program::{Outcome, Surroundings},
    serving::Serving,
};
use serde_json::json;
use support::{keyring::Keyring, scan};

const SECRET: &str = "S3cret-that-no-keyring-took-71b2";

fn add(surroundings: &Surroundings, more: &[&str]) -> Outcome {
    let words = [
        "connection",
        "add",
        "shop",
        "--server",
        "http://127.0.0.1:1",
        "--domain",
        "demo",
        "--client-id",
        "c",
        "--secret-stdin",
    ];
    surroundings.pipe(SECRET, &[&words[..], more].concat())
}

/// Nothing of it was written anywhere, and nothing is listed.
#[track_caller]
fn nothing_written(surroundings: &Surroundings) {
    assert_eq!(scan::files(surroundings.folder(), SECRET), Vec::<String>::new());
    assert_eq!(surroundings.run(&["connection", "list", "--json"]).exits(0).json(), json!([]));
}

#[test]
fn absent_exits_5_says_so_and_writes_nothing() {
    let surroundings = Surroundings::new();
    let outcome = add(&surroundings, &[]).exits(5);
    assert!(
        outcome.stderr.contains("No keyring") && outcome.stderr.contains("CLAIMCHECK_CLIENT_SECRET"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.stdout, "");
    let json = add(&surroundings, &["--json"]).exits(5);
    assert_eq!(json.error().0, "keyring_absent");
    assert!(!surroundings.home().exists(), "not even an empty library");
    nothing_written(&surroundings);
}

#[test]
fn a_bus_without_a_keyring_is_absent_too() {
    let bus = Keyring::bus_only();
    let surroundings = Surroundings::with(&bus.environment());
    assert_eq!(add(&surroundings, &["--json"]).exits(5).error().0, "keyring_absent");
    nothing_written(&surroundings);
}

#[test]
fn locked_is_said_to_be_locked() {
    let keyring = Keyring::start();
    let surroundings = Surroundings::with(&keyring.environment());
    let serving = Serving::start(&surroundings);
    let words = [
        vec!["connection".to_owned(), "add".to_owned(), "mine".to_owned()],
        serving.spelled(),
        vec!["--secret-stdin".to_owned()],
    ]
    .concat();
    surroundings.pipe(serving.secret(), &words).exits(0);
    keyring.lock();
    let outcome = add(&surroundings, &["--json"]).exits(5);
    let (code, message) = outcome.error();
    assert!(["keyring_locked", "keyring_dismissed"].contains(&code.as_str()), "{code}");
    assert!(!message.contains("No keyring") && !message.contains("not found"), "{message}");
    assert_eq!(surroundings.run(&["token", "mine", "--json"]).exits(5).error().0, code);
    assert_eq!(scan::files(surroundings.folder(), SECRET), Vec::<String>::new());
    let listed = surroundings.run(&["connection", "list", "--json"]).exits(0).json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "listing needs no keyring");
    keyring.unlock();
    surroundings.run(&["token", "mine"]).exits(0);
}

#[test]
fn gone_and_back() {
    let mut keyring = Keyring::start();
    let surroundings = Surroundings::with(&keyring.environment());
    let serving = Serving::start(&surroundings);
    let words = [
        vec!["connection".to_owned(), "add".to_owned(), "mine".to_owned()],
        serving.spelled(),
        vec!["--secret-stdin".to_owned()],
    ]
    .concat();
    surroundings.pipe(serving.secret(), &words).exits(0);
    keyring.kill_daemon();
    assert_eq!(surroundings.run(&["token", "mine", "--json"]).exits(5).error().0, "keyring_absent");
    keyring.start_daemon();
    surroundings.run(&["token", "mine"]).exits(0);
}

#[test]
fn a_connection_that_is_spelled_out_needs_none() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    for command in ["token", "introspect"] {
        serving.run(&surroundings, command, &[]).exits(0);
    }
    serving.run(&surroundings, "call", &[serving.api(), "--fail"]).exits(0);
    assert!(!surroundings.home().exists());
}
