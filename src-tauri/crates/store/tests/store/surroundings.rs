//! Keyrings that are absent, locked, or die: each has its own answer, and none needs a restart.

use serde_json::json;
use support::keyring::Keyring;
use tempfile::TempDir;

use crate::{driver::Driver, items::OURS};

#[test]
fn without_a_bus_the_keyring_is_absent_and_nothing_is_written() {
    let home = TempDir::new().unwrap();
    let nowhere = [("DBUS_SESSION_BUS_ADDRESS".to_owned(), "unix:path=/nonexistent".to_owned())];
    let mut store = Driver::start(home.path(), &nowhere);
    assert_eq!(store.opened, json!({ "opened": [] }));
    assert_eq!(store.ask(json!({ "do": "status" }))["state"], "absent");
    let refused = store.ask(json!({ "do": "save", "name": "one", "client_id": "c", "secret": "s" }));
    assert_eq!(refused["error"], "keyring_absent");
    assert_eq!(store.ask(json!({ "do": "unlock" }))["error"], "keyring_absent");
    assert!(store.list().is_empty());

    let saved = store.ask(json!({ "do": "save", "name": "one", "client_id": "c", "secret": "s", "memory": true }));
    assert_eq!(saved["keeping"], "memory", "memory only is the way out");
    assert_eq!(store.secret(saved["id"].as_i64().unwrap()), "s");
}

#[test]
fn a_service_that_comes_later_is_found_without_a_restart() {
    let mut keyring = Keyring::bus_only();
    let mut store = Driver::start(&keyring.folder().join("library"), &keyring.environment());
    assert_eq!(store.ask(json!({ "do": "status" }))["state"], "absent");
    keyring.start_daemon();
    assert_eq!(store.ask(json!({ "do": "status" }))["state"], "ready");
    let id = store.add("one", "s");

    keyring.kill_daemon();
    assert_eq!(store.secret(id), "keyring_absent");
    keyring.start_daemon();
    assert_eq!(store.secret(id), "s", "the session with the dead service is not used again");
    assert_eq!(store.add("two", "s2"), id + 1);
}

#[test]
fn a_locked_keyring_says_so_and_works_again_after_unlocking() {
    let keyring = Keyring::start();
    let mut store = Driver::start(&keyring.folder().join("library"), &keyring.environment());
    let id = store.add("one", "s");
    keyring.lock();
    assert_eq!(store.ask(json!({ "do": "status" }))["state"], "locked");
    assert_eq!(store.secret(id), "keyring_locked", "not: no such item");
    let refused = store.ask(json!({ "do": "save", "name": "two", "client_id": "c", "secret": "s2" }));
    assert_eq!(refused["error"], "keyring_locked");
    assert_eq!(store.list().len(), 1);
    assert_eq!(keyring.is_locked(), Some(true), "nothing has unlocked it by the way");
    keyring.unlock();
    assert_eq!(store.secret(id), "s");
    assert_eq!(keyring.items(&OURS).len(), 1);
}

#[test]
fn what_is_deleted_while_locked_leaves_the_keyring_once_it_is_open() {
    let keyring = Keyring::start();
    let home = keyring.folder().join("library");
    let mut store = Driver::start(&home, &keyring.environment());
    let id = store.add("one", "s");
    keyring.lock();
    assert_eq!(store.ask(json!({ "do": "delete", "id": id })), json!({ "credentials": false, "item_remains": true }));
    assert!(store.list().is_empty());
    store.ask(json!({ "do": "restore" }));
    assert_eq!(store.secret(id), "keyring_locked", "restored: it points to the item that is still there");
    store.ask(json!({ "do": "delete", "id": id }));
    drop(store);

    let store = Driver::start(&home, &keyring.environment());
    assert_eq!(store.opened["opened"][0]["notice"], "repair_postponed");
    drop(store);
    keyring.unlock();
    assert_eq!(keyring.items(&OURS).len(), 1);
    let store = Driver::start(&home, &keyring.environment());
    assert_eq!(store.opened, json!({ "opened": [{ "notice": "repaired", "count": 1 }] }));
    assert!(keyring.items(&OURS).is_empty());
}

#[test]
fn what_is_kept_in_memory_is_asked_for_again_after_a_restart() {
    let home = TempDir::new().unwrap();
    let mut store = Driver::start_with(home.path(), &[], "memory");
    assert_eq!(store.ask(json!({ "do": "status" }))["state"], "memory");
    let id = store.add("one", "s");
    assert_eq!(store.secret(id), "s");
    store.ask(json!({ "do": "save", "id": id, "name": "one", "client_id": "changed" }));
    assert_eq!(store.secret(id), "s");
    drop(store);
    let mut store = Driver::start_with(home.path(), &[], "memory");
    assert_eq!(store.list()[0]["keeping"], "memory");
    assert_eq!(store.secret(id), "secret_not_kept");
    store.ask(json!({ "do": "save", "id": id, "name": "one", "client_id": "changed", "secret": "again" }));
    assert_eq!(store.secret(id), "again");
}
