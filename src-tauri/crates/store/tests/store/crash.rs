//! kill -9 at every step of a save or deletion: the next start finds the state before or after, never a third, and no orphan.

use std::time::Instant;

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use support::keyring::Keyring;

use crate::{driver::Driver, items::OURS};

const STEPS: [&str; 5] = ["announced", "written", "pointed", "removed", "settled"];

/// Kills the store when it has come as far as `step` with the order.
fn killed_at(step: &str, mut store: Driver, order: &Value) {
    store.ask(json!({ "do": "stop_at", "step": step }));
    store.order(order);
    assert_eq!(store.answer(), json!({ "stopped": step }));
    store.kill();
}

#[test]
fn a_first_save_is_all_or_nothing() {
    let keyring = Keyring::start();
    for step in ["announced", "written", "pointed"] {
        let home = keyring.folder().join(step);
        let order = json!({ "do": "save", "name": "one", "client_id": "c", "secret": "s" });
        killed_at(step, Driver::start(&home, &keyring.environment()), &order);
        let mut store = Driver::start(&home, &keyring.environment());
        let saved = store.list();
        assert_eq!(saved.len(), usize::from(step == "pointed"), "at {step}");
        assert_eq!(keyring.items(&OURS).len(), saved.len(), "no orphan at {step}");
        for connection in saved {
            let id = connection["id"].as_i64().unwrap();
            assert_eq!(store.secret(id), "s");
            store.ask(json!({ "do": "delete", "id": id }));
        }
    }
}

#[test]
fn an_edit_leaves_the_old_version_or_the_new_one() {
    let keyring = Keyring::start();
    let home = keyring.folder().join("library");
    let mut store = Driver::start(&home, &keyring.environment());
    let large = "l".repeat(3_000);
    let id = store.add("one", &large);
    for step in STEPS {
        let before = store.secret(id);
        let after = if before == large { "small" } else { &large };
        let order = json!({ "do": "save", "id": id, "name": step, "client_id": step, "secret": after });
        killed_at(step, store, &order);
        store = Driver::start(&home, &keyring.environment());
        let saved = store.list();
        let is_new = saved[0]["name"] == step;
        assert_eq!(is_new, !["announced", "written"].contains(&step), "at {step}");
        assert_eq!(store.secret(id), if is_new { after } else { &before }, "row and item are of one version at {step}");
        assert_eq!(saved.len(), 1);
        assert_eq!(keyring.items(&OURS).len(), 1, "no orphan at {step}");
    }
}

#[test]
fn a_deletion_is_finished() {
    let keyring = Keyring::start();
    for step in ["pointed", "removed", "settled"] {
        let home = keyring.folder().join(step);
        let mut store = Driver::start(&home, &keyring.environment());
        let id = store.add("one", "s");
        killed_at(step, store, &json!({ "do": "delete", "id": id }));
        let mut store = Driver::start(&home, &keyring.environment());
        assert!(store.list().is_empty());
        assert!(keyring.items(&OURS).is_empty(), "no orphan at {step}");
    }
}

#[test]
fn a_crash_with_a_locked_keyring_is_repaired_when_it_is_open_again() {
    let keyring = Keyring::start();
    let home = keyring.folder().join("library");
    let order = json!({ "do": "save", "name": "one", "client_id": "c", "secret": "s" });
    killed_at("written", Driver::start(&home, &keyring.environment()), &order);
    keyring.lock();
    let mut store = Driver::start(&home, &keyring.environment());
    assert_eq!(store.opened["opened"][0]["notice"], "repair_postponed");
    assert!(store.list().is_empty());
    keyring.unlock();
    assert_eq!(store.ask(json!({ "do": "repair" }))["repair"]["count"], 1);
    assert!(keyring.items(&OURS).is_empty());
}

/// A second process that starts in the middle of a save must not take it for the remains of a crash.
#[test]
fn a_save_under_way_in_another_process_is_not_undone() {
    let keyring = Keyring::start();
    let home = keyring.folder().join("library");
    let mut first = Driver::start(&home, &keyring.environment());
    first.ask(json!({ "do": "stop_at", "step": "written" }));
    first.order(&json!({ "do": "save", "name": "one", "client_id": "c", "secret": "s" }));
    first.answer();
    let mut second = Driver::start(&home, &keyring.environment());
    assert_eq!(second.opened, json!({ "opened": [] }));
    assert_eq!(keyring.items(&OURS).len(), 1, "the item under way is still there");
    first.kill();
    assert_eq!(
        second.ask(json!({ "do": "repair" }))["repair"]["count"],
        1,
        "only the death of the first makes it an orphan"
    );
    assert!(second.list().is_empty());
    assert!(keyring.items(&OURS).is_empty());
}

/// Kills at arbitrary moments, unknown to the store.
#[test]
fn random_kills_never_make_a_third_state() {
    let keyring = Keyring::start();
    let home = keyring.folder().join("library");
    let mut store = Driver::start(&home, &keyring.environment());
    let started = Instant::now();
    let id = store.add("0", "0");
    // What a save takes here and now: the kills fall before, in and after it, however busy the machine is.
    let pace = started.elapsed();
    let (mut acknowledged, mut in_the_middle) = (0, 0);
    for round in 1..=40_u32 {
        let name = round.to_string();
        store.order(&json!({ "do": "save", "id": id, "name": name, "client_id": name, "secret": name }));
        std::thread::sleep(pace * round / 20);
        store.kill();
        in_the_middle += journalled(&home);
        store = Driver::start(&home, &keyring.environment());
        let saved = store.list()[0]["name"].as_str().unwrap().to_owned();
        assert!(saved == name || saved == acknowledged.to_string(), "{saved} after {acknowledged}, then {name}");
        assert_eq!(store.secret(id), saved);
        assert_eq!(keyring.items(&OURS).len(), 1);
        acknowledged = saved.parse().unwrap();
    }
    assert!(acknowledged > 0 && in_the_middle > 0, "kills came before and in the middle ({in_the_middle}) of saves");
}

fn journalled(home: &std::path::Path) -> i64 {
    let library = Connection::open_with_flags(home.join("library.sqlite"), OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    library.query_row("SELECT count(*) FROM vault_journal", [], |row| row.get(0)).unwrap()
}
