//! Items in a real keyring: what is written, read, changed, removed, and what others do to them.

use serde_json::json;
use support::keyring::Keyring;

use crate::driver::Driver;

pub(crate) const OURS: [(&str, &str); 1] = [("service", "claimcheck")];

#[test]
fn a_connection_is_saved_read_edited_and_deleted_and_leaves_nothing_behind() {
    let keyring = Keyring::start();
    let home = keyring.folder().join("library");
    let mut store = Driver::start(&home, &keyring.environment());
    let id = store.add("one", "first secret");
    assert_eq!(keyring.items(&OURS).len(), 1);

    let renamed = store.ask(json!({ "do": "save", "id": id, "name": " renamed ", "client_id": "my-client" }));
    assert_eq!(renamed["name"], "renamed");
    assert_eq!(store.secret(id), "first secret");

    store
        .ask(json!({ "do": "save", "id": id, "name": "renamed", "client_id": "my-client", "secret": "second secret" }));
    assert_eq!(store.secret(id), "second secret");
    assert_eq!(keyring.items(&OURS).len(), 1, "the old version is gone");

    store.ask(json!({ "do": "save", "id": id, "name": "renamed", "client_id": "other-client" }));
    let credentials = store.ask(json!({ "do": "credentials", "id": id }));
    assert_eq!(credentials, json!({ "client_id": "other-client", "secret": "second secret", "domain": "demo" }));

    drop(store);
    let mut store = Driver::start(&home, &keyring.environment());
    assert_eq!(store.opened, json!({ "opened": [] }));
    assert_eq!(store.secret(id), "second secret", "another process reads it");

    assert_eq!(store.ask(json!({ "do": "delete", "id": id })), json!({ "credentials": true, "item_remains": false }));
    assert!(store.list().is_empty());
    assert!(keyring.items(&OURS).is_empty());

    let back = store.ask(json!({ "do": "restore" }));
    assert_eq!(back["id"], id, "the undone deletion keeps the id");
    assert_eq!(store.secret(id), "second secret");

    store.ask(json!({ "do": "save", "id": id, "name": "renamed", "client_id": "other-client", "clear": true }));
    assert_eq!(store.secret(id), "none");
    assert!(keyring.items(&OURS).is_empty());
}

#[test]
fn two_names_are_never_the_same() {
    let keyring = Keyring::start();
    let mut store = Driver::start(&keyring.folder().join("library"), &keyring.environment());
    store.add("one", "s1");
    let refused = store.ask(json!({ "do": "save", "name": "one", "client_id": "x", "secret": "s2" }));
    assert_eq!(refused["error"], "name_taken");
    assert_eq!(keyring.items(&OURS).len(), 1, "nothing of the refused save is left");
}

#[test]
fn a_value_too_large_for_an_item_is_sealed() {
    let keyring = Keyring::start();
    let mut store = Driver::start(&keyring.folder().join("library"), &keyring.environment());
    let large = "k".repeat(5_000);
    let id = store.add("large", &large);
    assert_eq!(store.secret(id), large);
    let refused = store.ask(json!({ "do": "save", "name": "huge", "client_id": "x", "secret": "k".repeat(1 << 21) }));
    assert_eq!(refused["error"], "secret_too_large");
    store.ask(json!({ "do": "save", "id": id, "name": "large", "client_id": "my-client", "secret": "small" }));
    assert_eq!(store.secret(id), "small");
}

#[test]
fn an_item_that_was_removed_or_replaced_by_others_is_refused() {
    let keyring = Keyring::start();
    let mut store = Driver::start(&keyring.folder().join("library"), &keyring.environment());
    let id = store.add("one", "mine");
    let account = store.list()[0]["account"].as_str().unwrap().to_owned();
    let item = [OURS[0], ("username", account.as_str())];

    let huge = vec![b'x'; 1 << 20];
    for foreign in [b"\xff\xfe no text".as_slice(), b"a password", b"{\"client_id\":7}", b"", &huge] {
        keyring.put(&item, foreign, true);
        assert_eq!(store.secret(id), "keyring_item_foreign");
    }
    let answer = store.ask(json!({ "do": "credentials", "id": id }));
    assert!(!answer["message"].as_str().unwrap().contains("a password"));

    keyring.put(&[item[0], item[1], ("other", "attribute")], b"beside it", false);
    assert_eq!(store.secret(id), "keyring_item_foreign", "two items have its name");

    keyring.remove(&item);
    assert_eq!(store.secret(id), "keyring_item_missing");
    store.ask(json!({ "do": "save", "id": id, "name": "one", "client_id": "my-client", "secret": "entered again" }));
    assert_eq!(store.secret(id), "entered again");
}

#[test]
fn two_processes_save_at_once_and_both_are_kept() {
    let keyring = Keyring::start();
    let home = keyring.folder().join("library");
    let mut stores = [Driver::start(&home, &keyring.environment()), Driver::start(&home, &keyring.environment())];
    for round in 0..5 {
        for (side, store) in stores.iter_mut().enumerate() {
            let name = format!("{side}-{round}");
            store.order(&json!({ "do": "save", "name": name, "client_id": "c", "secret": name }));
        }
        for store in &stores {
            assert!(store.answer()["id"].is_i64());
        }
    }
    let [store, other] = &mut stores;
    let saved = store.list();
    assert_eq!(saved.len(), 10);
    for connection in saved {
        assert_eq!(other.secret(connection["id"].as_i64().unwrap()), connection["name"].as_str().unwrap());
    }
    assert_eq!(keyring.items(&OURS).len(), 10);
}
