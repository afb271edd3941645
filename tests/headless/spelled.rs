//! Connections that are spelled out or saved: what cannot work, or would change nothing, is refused before anything is sent.

use crate::program::Surroundings;
use support::keyring::Keyring;

const SPELLED: [&str; 4] = ["--token-url", "http://127.0.0.1:1/token", "--client-id", "c"];

/// What `claimcheck token` says to these further words, which it refuses.
fn refused(more: &[&str]) -> String {
    let words = [["token"].as_slice(), &SPELLED, more].concat();
    let surroundings = Surroundings::new().set("CLAIMCHECK_CLIENT_SECRET", "s3cret");
    surroundings.run(&words).exits(2).stderr
}

#[test]
fn an_option_of_another_grant_or_method_is_refused_by_name() {
    let cases: [(&[&str], &str); 9] = [
        (&["--username", "alice"], "--grant password"),
        (&["--subject-token-file", "-"], "--grant token_exchange"),
        (&["--refresh-token-file", "-"], "--grant refresh_token"),
        (&["--grant", "password", "--redirect-port", "1"], "--grant authorization_code"),
        (&["--key-file", "key.pem"], "--auth-method private_key_jwt"),
        (&["--key-id", "k"], "--auth-method private_key_jwt"),
        (&["--client-assertion-audience", "issuer"], "--auth-method private_key_jwt"),
        (&["--auth-method", "tls_client_auth"], "--cert-file"),
        (&["--auth-method", "private_key_jwt"], "--key-file"),
    ];
    for (more, named) in cases {
        let said = refused(more);
        assert!(said.contains(named), "{more:?}: {said}");
    }
}

#[test]
fn an_endpoint_beside_a_server_that_has_its_own_is_refused() {
    for server in [["--server", "http://127.0.0.1:1", "--domain", "d"].as_slice(), &["--issuer", "http://127.0.0.1:1"]]
    {
        let words =
            [["token"].as_slice(), server, &["--client-id", "c", "--jwks-url", "http://127.0.0.1:1/k"]].concat();
        let said = Surroundings::new().run(&words).exits(2).stderr;
        assert!(said.contains("--jwks-url"), "{said}");
    }
}

#[test]
fn credentials_in_an_address_are_refused_and_not_repeated() {
    let addresses = ["http://127.0.0.1:1/token?client_secret=Zq9secret", "http://u:Zq9secret@127.0.0.1:1/token"];
    for address in addresses {
        let words = ["token", "--token-url", address, "--client-id", "c", "--auth-method", "none"];
        let said = Surroundings::new().run(&words).exits(2).stderr;
        assert!(said.contains("holds credentials") && !said.contains("Zq9secret"), "{said}");
    }
    let said = refused(&["--proxy", "http://u:Zq9secret@127.0.0.1:9"]);
    assert!(said.contains("holds credentials") && !said.contains("Zq9secret"), "{said}");
}

#[test]
fn a_domain_stays_below_its_server() {
    for domain in ["../x", "x?y", "a b", "a//b", "."] {
        let words = ["token", "--server", "http://127.0.0.1:1", "--domain", domain, "--client-id", "c"];
        let said = Surroundings::new().set("CLAIMCHECK_CLIENT_SECRET", "s").run(&words).exits(2).stderr;
        assert!(said.contains("no path of a security domain"), "{domain}: {said}");
    }
}

#[test]
fn a_secret_that_is_no_text_is_refused_and_not_altered() {
    let words = [["token"].as_slice(), &SPELLED, &["--secret-stdin"]].concat();
    let said = Surroundings::new().pipe(b"abc\xff", &words).exits(2).stderr;
    assert!(said.contains("not UTF-8"), "{said}");
}

#[test]
fn a_connection_that_can_never_work_is_not_saved() {
    let keyring = Keyring::start();
    let surroundings = Surroundings::with(&keyring.environment());
    let cases: [&[&str]; 6] = [
        &["a", "--param", "state=x"],
        &["b", "--scope", "a\"b"],
        &["c", "--resource", "relative"],
        &["d", "--ca-file", "missing.pem"],
        &["", "--scope", "a"],
        &["e", "--token-header", "Authorization=x"],
    ];
    for more in cases {
        let words = [["connection", "add"].as_slice(), more, &SPELLED, &["--auth-method", "none"]].concat();
        surroundings.run(&words).exits(2);
    }
    let listed = surroundings.run(&["connection", "list", "--json"]).exits(0).json();
    assert_eq!(listed, serde_json::json!([]));
}

#[test]
fn what_is_saved_names_its_files_in_full_and_shows_no_control_characters() {
    let keyring = Keyring::start();
    let surroundings = Surroundings::with(&keyring.environment());
    let key = std::env::temp_dir().join(format!("claimcheck-{}.pem", std::process::id()));
    std::fs::write(&key, "a key").unwrap();
    let dotted = format!("{}/./{}", key.parent().unwrap().display(), key.file_name().unwrap().to_str().unwrap());
    let name = "e\u{1b}[31m";
    let method = ["--auth-method", "private_key_jwt", "--key-file", &dotted];
    let words = [["connection", "add", name].as_slice(), &SPELLED, &method].concat();
    let said = surroundings.run(&words).exits(0).stderr;
    assert!(said.contains("Saved e") && !said.contains('\u{1b}'), "{said:?}");
    let shown = surroundings.run(&["connection", "show", name, "--json"]).exits(0).json();
    assert_eq!(shown["key_file"].as_str(), std::fs::canonicalize(&key).unwrap().to_str(), "{shown}");
    std::fs::remove_file(&key).unwrap();
}
