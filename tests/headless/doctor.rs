//! `claimcheck doctor`

use crate::{
    program::{Outcome, Surroundings, workspace},
    serving::Serving,
    token::jwk_of_prime256v1,
};
use serde_json::{Value, json};

const SECRET: &str = "a:secret+that/is=long enough for%HS256";

const CLIENTS: &str = r#"
[[domains]]
path = "demo"
[[domains.clients]]
client_id = "basic"
client_secret = "a-secret-that-is-long-enough-for-hs256"
[[domains.clients]]
client_id = "post"
client_secret = "a:secret+that/is=long enough for%HS256"
auth_method = "client_secret_post"
[[domains.clients]]
client_id = "signing"
client_secret = "a:secret+that/is=long enough for%HS256"
auth_method = "client_secret_jwt"
[[domains.clients]]
client_id = "keyed"
auth_method = "private_key_jwt"
jwks_file = "client.jwks"
[[domains.clients]]
client_id = "public"
auth_method = "none"
"#;

struct World {
    surroundings: Surroundings,
    serving: Serving,
}

impl World {
    fn new() -> Self {
        Self::with_clock(0)
    }

    /// The server's clock is so many seconds ahead.
    fn with_clock(offset: i64) -> Self {
        let surroundings = Surroundings::new();
        surroundings.file("client.jwks", json!({ "keys": [jwk_of_prime256v1()] }).to_string());
        let serving = Serving::configured(&surroundings, &format!("clock_offset_seconds = {offset}\n{CLIENTS}"));
        World { surroundings, serving }
    }

    fn doctor(&self, client: &str, secret: &str, more: &[&str]) -> Outcome {
        let words =
            [&["doctor", "--server", self.serving.am(), "--domain", "demo", "--client-id", client], more].concat();
        match secret {
            "" => self.surroundings.run(&words),
            secret => self.surroundings.authenticated(secret, "", &words),
        }
    }
}

fn methods(report: &Value) -> Vec<&str> {
    report["attempts"].as_array().unwrap().iter().map(|attempt| attempt["method"].as_str().unwrap()).collect()
}

fn key_file() -> String {
    workspace().join("src-tauri/crates/jose/tests/keys/prime256v1.p8.pem").to_str().unwrap().to_owned()
}

#[test]
fn it_begins_as_configured_and_ends_with_what_the_server_accepts() {
    let world = World::new();
    let outcome = world.doctor("post", SECRET, &["--json"]).exits(0);
    let report = outcome.json();
    assert_eq!(report["accepted"], "client_secret_post");
    assert_eq!(methods(&report), ["client_secret_basic", "client_secret_basic_raw", "client_secret_post"]);
    assert_eq!(report["attempts"][0]["verdict"], "refused", "Basic came first");
    assert_eq!((&report["accepted_trimmed"], &report["accepted_audience"]), (&json!(false), &Value::Null));
    assert!(!outcome.stdout.contains(SECRET));

    let right = world.doctor("post", SECRET, &["--json", "--auth-method", "client_secret_post"]).exits(0).json();
    assert_eq!(methods(&right), ["client_secret_post"], "nothing is tried where the connection is right");

    let wrong = world.doctor("post", "wrong", &["--json"]).exits(4).json();
    assert_eq!(wrong["accepted"], Value::Null);
    assert_eq!(methods(&wrong), ["client_secret_basic", "client_secret_post", "client_secret_jwt", "none"]);
    let said = world.doctor("post", "wrong", &[]).exits(4).stderr;
    assert!(said.contains("accepts none of them"), "{said}");
}

#[test]
fn it_finds_every_method_whatever_was_configured() {
    let world = World::new();
    let key = key_file();
    for (client, right) in
        [("post", "client_secret_post"), ("signing", "client_secret_jwt"), ("keyed", "private_key_jwt")]
    {
        for wrong in [
            "client_secret_basic",
            "client_secret_basic_raw",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "none",
        ] {
            let more = ["--json", "--auth-method", wrong, "--key-file", &key];
            let report = world.doctor(client, SECRET, &more).exits(0).json();
            assert_eq!((methods(&report)[0], report["accepted"].as_str()), (wrong, Some(right)), "{report}");
        }
    }
    // A key alone will do, without a word about the method.
    let report = world.doctor("keyed", "", &["--json", "--key-file", &key]).exits(0).json();
    assert_eq!(
        (methods(&report).as_slice(), &report["accepted"]),
        (["private_key_jwt"].as_slice(), &json!("private_key_jwt"))
    );
    let report = world.doctor("keyed", SECRET, &["--json", "--key-file", &key]).exits(0).json();
    assert_eq!(report["accepted_audience"], "issuer");
    let text = world.doctor("keyed", SECRET, &["--key-file", &key]).exits(0);
    assert!(
        text.stderr.contains("--auth-method private_key_jwt --client-assertion-audience issuer"),
        "{}",
        text.stderr
    );
    assert!(text.stdout.contains("✓ accepted  private_key_jwt, for the issuer"), "{}", text.stdout);
}

#[test]
fn white_space_around_the_secret_is_said() {
    let world = World::new();
    let spaced = format!(" {SECRET}\t");
    let report = world.doctor("post", &spaced, &["--json"]).exits(0).json();
    assert_eq!((&report["accepted"], &report["accepted_trimmed"]), (&json!("client_secret_post"), &json!(true)));
    assert_eq!(report["attempts"][0]["trimmed"], false, "as configured first");
    let text = world.doctor("post", &spaced, &[]).exits(0);
    assert!(text.stdout.contains("white space around the secret removed"), "{}", text.stdout);
    assert!(text.stderr.contains("white space around it"), "{}", text.stderr);
}

#[test]
fn nothing_to_try_is_a_usage_error() {
    let world = World::new();
    let outcome = world.doctor("public", "", &["--json", "--auth-method", "none"]).exits(2);
    let (code, message) = outcome.error();
    assert_eq!(code, "invalid");
    assert!(message.contains("no secret, no private key and no certificate"), "{message}");
    let outcome = world.doctor("basic", "", &[]).exits(2);
    assert!(outcome.stderr.contains("CLAIMCHECK_CLIENT_SECRET"), "{}", outcome.stderr);
    // A public client that was given a secret: without it, it is known.
    let report = world.doctor("public", "needless", &["--json", "--auth-method", "none"]).exits(0).json();
    assert_eq!((report["accepted"].as_str(), methods(&report).len()), (Some("none"), 1));
    let basic = world.doctor("public", "needless", &["--json"]).exits(0).json();
    assert_eq!(basic["attempts"][0]["verdict"], "refused", "a public client has no secret to authenticate with");
    assert_eq!(methods(&basic), ["client_secret_basic", "client_secret_post", "none"], "{basic}");
    assert_eq!(basic["accepted"], "none", "the secret in the body is not looked at");
    let text = world.doctor("public", "needless", &[]).exits(0);
    assert!(text.stdout.contains("this client is public"), "{}", text.stdout);
    assert!(text.stderr.contains("--auth-method none"), "{}", text.stderr);
}

#[test]
fn a_clock_that_is_off_is_not_called_a_wrong_key() {
    let (world, key) = (World::with_clock(600), key_file());
    let by_key = ["--auth-method", "private_key_jwt", "--key-file", &key];
    let text = world.doctor("keyed", "", &by_key).exits(4);
    assert!(text.stderr.contains("the clocks differ") && text.stderr.contains("Set the one"), "{}", text.stderr);
    assert!(!text.stderr.contains("is not the one that it knows"), "{}", text.stderr);
    let report = world.doctor("keyed", "", &[&by_key[..], &["--json"]].concat()).exits(4).json();
    assert!(report["attempts"][0]["clocks"].as_str().unwrap().contains("the clocks differ"), "{report}");
}

#[test]
fn a_key_that_is_refused_may_have_the_wrong_key_id() {
    let (world, key) = (World::new(), key_file());
    let by_key = ["--auth-method", "private_key_jwt", "--key-file", &key, "--key-id", "another"];
    let text = world.doctor("keyed", "", &by_key).exits(4);
    assert!(text.stderr.contains("key ID (kid)"), "{}", text.stderr);
    let report = world.doctor("keyed", "", &[&by_key[..], &["--json"]].concat()).exits(4).json();
    assert_eq!(report["attempts"][0]["clocks"], Value::Null);
    let by_secret = world.doctor("post", "wrong", &[]).exits(4).stderr;
    assert!(!by_secret.contains("kid"), "{by_secret}");
}
