//! `claimcheck connection …` with a real keyring.

use crate::{program::Surroundings, serving::Serving};
use serde_json::json;
use support::keyring::Keyring;

/// A keyring, surroundings that see it, and a gateway.
fn stage() -> (Keyring, Surroundings, Serving) {
    let keyring = Keyring::start();
    let surroundings = Surroundings::with(&keyring.environment());
    let serving = Serving::start(&surroundings);
    (keyring, surroundings, serving)
}

fn add(surroundings: &Surroundings, serving: &Serving, name: &str, more: &[&str]) -> crate::program::Outcome {
    let mut words = vec!["connection".to_owned(), "add".to_owned(), name.to_owned()];
    words.extend(serving.spelled());
    words.extend(more.iter().map(|word| (*word).to_owned()));
    words.push("--secret-stdin".to_owned());
    surroundings.pipe(format!("{}\n", serving.secret()), &words)
}

#[test]
fn from_add_to_remove() {
    let (keyring, surroundings, serving) = stage();
    let added = add(&surroundings, &serving, "shop", &["--scope", "echo:read", "--api-url", serving.api()]).exits(0);
    assert_eq!(added.stdout, "", "nothing but talk");
    assert!(added.stderr.contains("Saved shop") && added.stderr.contains("claimcheck token shop"), "{}", added.stderr);
    assert_eq!(keyring.items(&[("service", "claimcheck")]).len(), 1, "one item holds the credentials");

    let listed = surroundings.run(&["connection", "list", "--json"]).exits(0).json();
    let expected = json!([{ "name": "shop", "server": serving.am(), "domain": "demo", "client_id": "demo-client" }]);
    assert_eq!(listed, expected);
    let shown = surroundings.run(&["connection", "show", "shop", "--json"]).exits(0);
    assert_eq!(shown.json()["name"], "shop");
    assert_eq!(shown.json()["secret"], "in_keyring");
    let text = surroundings.run(&["connection", "show", "shop"]).exits(0);
    for word in ["shop", "demo-client", "in the keyring", "client_secret_basic", "echo:read", serving.api()] {
        assert!(text.stdout.contains(word), "{word}: {}", text.stdout);
    }
    let list = surroundings.run(&["connection", "list"]).exits(0);
    assert!(list.stdout.starts_with("NAME") && list.stdout.contains("demo-client"), "{}", list.stdout);

    let token = surroundings.run(&["token", "shop", "--raw"]).exits(0).stdout;
    surroundings.pipe(&token, &["introspect", "shop", "-"]).exits(0);
    surroundings.run(&["introspect", "shop"]).exits(0);
    let called = surroundings.run(&["call", "shop", serving.api(), "--json"]).exits(0).json();
    assert_eq!(called["response"]["status"], 200);
    let called = surroundings.run(&["call", "shop", "POST", serving.api(), "--no-token", "--json"]).exits(0).json();
    assert_eq!(
        (called["response"]["status"].as_u64(), called["request"]["method"].as_str()),
        (Some(401), Some("POST"))
    );
    surroundings.pipe(&token, &["revoke", "shop", "-"]).exits(0);

    for outcome in [&added, &shown, &text, &list] {
        assert!(!outcome.stdout.contains(serving.secret()) && !outcome.stderr.contains(serving.secret()));
    }
    surroundings.run(&["connection", "remove", "shop"]).exits(0);
    assert_eq!(surroundings.run(&["connection", "list", "--json"]).exits(0).json(), json!([]));
    assert_eq!(keyring.items(&[("service", "claimcheck")]).len(), 0, "the item is gone with the connection");
    surroundings.run(&["token", "shop"]).exits(2);
}

#[test]
fn a_name_is_taken_once() {
    let (keyring, surroundings, serving) = stage();
    add(&surroundings, &serving, "shop", &[]).exits(0);
    let again = add(&surroundings, &serving, "shop", &["--json"]).exits(2);
    assert_eq!(again.error().0, "name_taken");
    assert_eq!(keyring.items(&[("service", "claimcheck")]).len(), 1);
    assert_eq!(surroundings.run(&["connection", "list", "--json"]).json().as_array().unwrap().len(), 1);
}

#[test]
fn every_kind_of_server_is_listed() {
    let (_keyring, surroundings, serving) = stage();
    let issuer = format!("{}/demo/oidc", serving.am());
    let token_url = format!("{}/demo/oauth/token", serving.am());
    let add = |words: &[&str]| {
        surroundings.pipe(
            serving.secret(),
            &[&["connection", "add"], words, &["--client-id", "demo-client", "--secret-stdin"]].concat(),
        )
    };
    add(&["a", "--issuer", &issuer]).exits(0);
    add(&["b", "--token-url", &token_url]).exits(0);
    let listed = surroundings.run(&["connection", "list", "--json"]).exits(0).json();
    let expected = json!([
        { "name": "a", "server": issuer, "domain": null, "client_id": "demo-client" },
        { "name": "b", "server": token_url, "domain": null, "client_id": "demo-client" },
    ]);
    assert_eq!(listed, expected);
    surroundings.run(&["token", "a"]).exits(0);
    surroundings.run(&["token", "b"]).exits(0);
    let outcome = surroundings.run(&["connection", "add", "c", "--client-id", "x"]).exits(2);
    assert!(outcome.stderr.contains("--server"), "{}", outcome.stderr);
}

#[test]
fn a_saved_connection_may_be_changed_for_one_run() {
    let (_keyring, surroundings, serving) = stage();
    add(&surroundings, &serving, "shop", &["--audience", "https://a.example"]).exits(0);
    let sent = |more: &[&str]| {
        let document = surroundings.run(&[&["token", "shop", "--json"], more].concat()).exits(0).json();
        document["exchange"]["request"]["body"].as_str().unwrap().to_owned()
    };
    assert!(sent(&[]).contains("audience=https%3A%2F%2Fa.example"));
    let changed =
        sent(&["--audience", "https://b.example", "--param", "x=y", "--scope", "echo:read", "--timeout", "9"]);
    for part in ["audience=https%3A%2F%2Fb.example", "x=y", "scope=echo%3Aread"] {
        assert!(changed.contains(part), "{part} in {changed}");
    }
    assert!(sent(&[]).contains("audience=https%3A%2F%2Fa.example"), "nothing was saved");
    // Another secret for one run: it is the one that is used.
    surroundings.pipe("wrong", &["token", "shop", "--secret-stdin"]).exits(4);
    surroundings.run(&["token", "shop"]).exits(0);
}

#[test]
fn a_public_client_needs_no_secret() {
    let (_keyring, surroundings, serving) = stage();
    let mut words = vec!["connection".to_owned(), "add".to_owned(), "public".to_owned()];
    words.extend(serving.spelled());
    words.extend(["--auth-method".to_owned(), "none".to_owned()]);
    surroundings.run(&words).exits(0);
    let shown = surroundings.run(&["connection", "show", "public", "--json"]).exits(0).json();
    assert_eq!((shown["secret"].as_str(), shown["auth_method"].as_str()), (Some("not_needed"), Some("none")));
    let refused = surroundings.run(&["token", "public", "--json"]).exits(4);
    assert_eq!(refused.json()["error"]["detail"]["oauth_error"], "invalid_client");
}
