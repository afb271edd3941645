//! `claimcheck token`

use crate::{
    apim::Apim,
    introspect::raw,
    mint::base64url,
    program::{self, Surroundings, workspace},
    serving::Serving,
    shapes::{self, header, member, number_or_null, text, text_or_null, time},
};
use serde_json::{Value, json};

#[test]
fn the_json_document_has_its_shape_and_the_token_stands_in_it_once() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let outcome = serving.run(&surroundings, "token", &["--json"]).exits(0);
    let document = outcome.json();
    member(&document, "access_token", text);
    member(&document, "token_type", text);
    member(&document, "expires_in", number_or_null);
    member(&document, "scope", text_or_null);
    member(&document, "requested_scope", text_or_null);
    member(&document, "obtained_at", time);
    member(&document, "expires_at", time);
    member(&document, "from_cache", Value::is_boolean);
    shapes::exchange(&document["exchange"]);
    let token = document["access_token"].as_str().unwrap();
    assert_eq!(outcome.stdout.matches(token).count(), 1);
    assert_eq!(token.matches('.').count(), 2);
    assert_eq!(document["token_type"], "bearer");
    assert_eq!(document["expires_in"], 7199);
    assert_eq!(document["scope"], "echo:read");
    assert_eq!(document["requested_scope"], Value::Null);
    assert_eq!(document["from_cache"], false);
    assert_eq!(outcome.stderr, "");
    assert!(!surroundings.home().exists(), "a connection that is spelled out needs no data folder and no keyring");
}

#[test]
fn the_exchange_is_the_real_one_with_secrets_masked() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let outcome = serving.run(&surroundings, "token", &["--json", "--scope", "echo:read"]).exits(0);
    let document = outcome.json();
    let exchange = &document["exchange"];
    assert_eq!(exchange["request"]["method"], "POST");
    assert_eq!(exchange["request"]["url"], format!("{}/demo/oauth/token", serving.am()));
    assert_eq!(header(&exchange["request"], "authorization"), Some("Basic ••••"));
    assert_eq!(header(&exchange["request"], "content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(exchange["request"]["body"], "grant_type=client_credentials&scope=echo%3Aread");
    assert_eq!(exchange["response"]["status"], 200);
    assert!(exchange["response"]["body"].as_str().unwrap().contains("\"access_token\" : \"••••\""));
    assert_eq!(document["requested_scope"], "echo:read");
    assert!(!outcome.stdout.contains(serving.secret()));
}

#[test]
fn reveal_shows_the_exchange_as_it_was() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let outcome = serving.run(&surroundings, "token", &["--json", "--reveal"]).exits(0);
    let document = outcome.json();
    let token = document["access_token"].as_str().unwrap();
    assert_eq!(outcome.stdout.matches(token).count(), 2);
    assert!(header(&document["exchange"]["request"], "authorization").unwrap().len() > "Basic ".len() + 40);
}

#[test]
fn raw_is_the_token_and_nothing_else() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let outcome = serving.run(&surroundings, "token", &["--raw"]).exits(0);
    assert_eq!(outcome.stderr, "");
    let line = outcome.stdout.strip_suffix('\n').unwrap();
    assert!(line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{line}");
}

#[test]
fn text_shows_the_claims_and_not_the_token() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let outcome = serving.run(&surroundings, "token", &[]).exits(0);
    for word in ["✓ token", "bearer", "1 h 59 min", "echo:read", "demo-client", "CLAIM", "MEANING"] {
        assert!(outcome.stdout.contains(word), "{word}: {}", outcome.stdout);
    }
    assert!(
        !outcome.stdout.contains("eyJ") && !outcome.stdout.contains('\u{1b}'),
        "no token; no colours off a terminal"
    );
}

#[test]
fn the_secret_may_come_on_standard_input() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let arguments =
        [vec!["token".to_owned()], serving.spelled(), vec!["--raw".to_owned(), "--secret-stdin".to_owned()]].concat();
    for line_end in ["", "\n", "\r\n"] {
        surroundings.pipe(format!("{}{line_end}", serving.secret()), &arguments).exits(0);
    }
    // Standard input wins over the environment, and nothing but the line end is taken off.
    surroundings.authenticated(serving.secret(), &format!(" {}", serving.secret()), &arguments).exits(4);
    surroundings.authenticated(serving.secret(), "", &arguments).exits(2);
}

#[test]
fn a_missing_secret_is_a_usage_error_that_says_how_to_give_it() {
    let surroundings = Surroundings::new();
    let outcome =
        surroundings.run(&["token", "--server", "http://127.0.0.1:1", "--domain", "demo", "--client-id", "x"]).exits(2);
    assert!(outcome.stderr.contains("CLAIMCHECK_CLIENT_SECRET") && outcome.stderr.contains("--secret-stdin"));
    let outcome =
        surroundings.authenticated("s", "", &["token", "--server", "http://127.0.0.1:1", "--domain", "demo"]).exits(2);
    assert!(outcome.stderr.contains("--client-id"), "{}", outcome.stderr);
}

#[test]
fn there_is_no_argument_that_takes_a_secret() {
    for command in ["token", "call", "introspect", "revoke", "inspect"] {
        let help = Surroundings::new().run(&[command, "--help"]).exits(0).stdout;
        for name in ["--secret ", "--secret=", "--client-secret", "--password ", "--password=", "--secret <"] {
            assert!(!help.contains(name), "{command} {name}");
        }
    }
}

#[test]
fn a_refusal_exits_4_and_explains() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let arguments = [vec!["token".to_owned()], serving.spelled()].concat();
    let outcome = surroundings.authenticated("wrong-secret-9", "", &arguments).exits(4);
    assert!(outcome.stderr.contains("invalid_client") && outcome.stderr.contains("→"), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
    assert!(!outcome.stderr.contains("wrong-secret-9"));
    let json =
        surroundings.authenticated("wrong-secret-9", "", &[arguments, vec!["--json".to_owned()]].concat()).exits(4);
    let (code, message) = json.error();
    assert_eq!(code, "refused");
    assert!(message.contains("invalid_client"), "{message}");
    let detail = &json.json()["error"]["detail"];
    assert_eq!((detail["oauth_error"].as_str(), detail["status"].as_u64()), (Some("invalid_client"), Some(401)));
    shapes::exchange(&detail["exchange"]);
    assert!(!json.stdout.contains("wrong-secret-9"));
}

#[test]
fn a_scope_that_the_client_may_not_have_is_refused() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let outcome = serving.run(&surroundings, "token", &["--scope", "echo:write", "--json"]).exits(4);
    assert_eq!(outcome.json()["error"]["detail"]["oauth_error"], "invalid_scope");
}

#[test]
fn a_server_that_is_not_there_exits_3_and_is_named() {
    let surroundings = Surroundings::new();
    let words = ["token", "--server", "http://127.0.0.1:1", "--domain", "demo", "--client-id", "x"];
    let outcome = surroundings.authenticated("s", "", &words).exits(3);
    assert!(outcome.stderr.contains("127.0.0.1:1"), "{}", outcome.stderr);
    let outcome = surroundings.authenticated("s", "", &[&words[..], &["--json"]].concat()).exits(3);
    assert_eq!(outcome.error().0, "network");
}

#[test]
fn a_server_that_is_not_an_authorization_server_exits_4() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let words = ["token", "--token-url", serving.api(), "--client-id", "x", "--json"];
    surroundings.authenticated("s", "", &words).exits(4);
}

#[test]
fn a_secret_does_not_travel_in_clear_to_another_machine() {
    let words = ["token", "--token-url", "http://192.0.2.1/token", "--client-id", "x", "--timeout", "2"];
    let outcome = Surroundings::new().authenticated("s", "", &words).exits(2);
    assert!(outcome.stderr.contains("--allow-http") || outcome.stderr.contains("https"), "{}", outcome.stderr);
}

#[test]
fn the_server_may_be_named_by_its_issuer_or_by_its_endpoints() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let issuer = format!("{}/demo/oidc", serving.am());
    let words = ["token", "--issuer", &issuer, "--client-id", "demo-client", "--raw"];
    surroundings.authenticated(serving.secret(), "", &words).exits(0);
    let token_url = format!("{}/demo/oauth/token", serving.am());
    let words = ["token", "--token-url", &token_url, "--client-id", "demo-client", "--json"];
    let document = surroundings.authenticated(serving.secret(), "", &words).exits(0).json();
    assert_eq!(document["exchange"]["request"]["url"], token_url);
}

#[test]
fn assertions_authenticate_with_the_secret_or_a_private_key() {
    let surroundings = Surroundings::new();
    let keys = workspace().join("src-tauri/crates/jose/tests/keys");
    let (private, public) = (keys.join("prime256v1.p8.pem"), jwk_of_prime256v1());
    surroundings.file("client.jwks", json!({ "keys": [public] }).to_string());
    let secret = "a secret that is long enough for an HMAC";
    let serving = Serving::configured(
        &surroundings,
        &format!(
            "[[domains]]\npath = \"demo\"\n\
             [[domains.clients]]\nclient_id = \"shared\"\nclient_secret = \"{secret}\"\nauth_method = \"client_secret_jwt\"\n\
             [[domains.clients]]\nclient_id = \"keyed\"\nauth_method = \"private_key_jwt\"\njwks_file = \"client.jwks\"\n"
        ),
    );
    let server = ["token", "--server", serving.am(), "--domain", "demo", "--json", "--client-id"];
    let shared = [&server[..], &["shared", "--auth-method", "client_secret_jwt"]].concat();
    let outcome = surroundings.authenticated(secret, "", &shared).exits(0);
    let body = outcome.json()["exchange"]["request"]["body"].as_str().unwrap().to_owned();
    assert!(body.contains("client_assertion=••••") && !outcome.stdout.contains(secret), "{body}");
    surroundings.authenticated("another secret, long enough for an HMAC", "", &shared).exits(4);
    let keyed = [&server[..], &["keyed", "--auth-method", "private_key_jwt"]].concat();
    surroundings.run(&[&keyed[..], &["--key-file", private.to_str().unwrap()]].concat()).exits(0);
    let other = keys.join("secp384r1.p8.pem");
    surroundings.run(&[&keyed[..], &["--key-file", other.to_str().unwrap()]].concat()).exits(4);
    let outcome = surroundings.run(&keyed).exits(2);
    assert!(outcome.error().1.contains("private_key_jwt"));
    surroundings.run(&[&keyed[..], &["--key-file", "/nowhere/key.pem"]].concat()).exits(2);
}

/// The public key of that file as a JWK. The point is the last 64 bytes of the SubjectPublicKeyInfo.
pub(crate) fn jwk_of_prime256v1() -> Value {
    let pem = std::fs::read_to_string(workspace().join("src-tauri/crates/jose/tests/keys/prime256v1.pub.pem")).unwrap();
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap();
    let (x, y) = der[der.len() - 64..].split_at(32);
    json!({ "kty": "EC", "crv": "P-256", "kid": "k1", "x": base64url(x), "y": base64url(y) })
}

#[test]
fn further_parameters_are_sent() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let more =
        ["--json", "--audience", "https://api.example", "--resource", "https://r.example", "--param", "tenant=a b"];
    let document = serving.run(&surroundings, "token", &more).exits(0).json();
    let body = document["exchange"]["request"]["body"].as_str().unwrap();
    for part in ["audience=https%3A%2F%2Fapi.example", "resource=https%3A%2F%2Fr.example", "tenant=a+b"] {
        assert!(body.split('&').any(|pair| pair == part), "{part} in {body}");
    }
}

#[test]
fn a_full_disk_is_noticed() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command =
        surroundings.command(&[vec!["token".to_owned()], serving.spelled(), vec!["--raw".to_owned()]].concat());
    let status = command
        .env("CLAIMCHECK_CLIENT_SECRET", serving.secret())
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status();
    assert_eq!(status.unwrap().code(), Some(5));
}

#[test]
fn scopes_may_stand_in_one_argument() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    for scopes in [&["--scope", "echo:read echo:read"][..], &["--scope", " echo:read ", "--scope", "echo:read"]] {
        let document = serving.run(&surroundings, "token", &[scopes, &["--json"]].concat()).exits(0).json();
        assert_eq!(document["requested_scope"], "echo:read", "each scope once");
        assert_eq!(document["exchange"]["request"]["body"], "grant_type=client_credentials&scope=echo%3Aread");
    }
}

#[test]
fn a_token_that_is_bound_to_a_key_is_of_no_use_alone() {
    let surroundings = Surroundings::new();
    let bound = |kind: &'static str| {
        Apim::start(move |_| (200, json!({ "access_token": "abc", "token_type": kind, "expires_in": 60 })))
    };
    for (server, dpop, said) in [(bound("DPoP"), true, true), (bound("Bearer"), false, false)] {
        let token_url = format!("{}/token", server.origin);
        let mut words = vec!["token", "--raw", "--token-url", &token_url, "--client-id", "c"];
        words.extend(dpop.then_some("--dpop"));
        let outcome = surroundings.authenticated("s", "", &words).exits(0);
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.contains("DPoP")), ("abc\n", said), "{}", outcome.stderr);
    }
}

/// RFC 7517 A.1.
const PUBLIC: &str = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;

#[test]
fn what_is_wrong_with_keys_and_addresses_is_said_with_the_way_out() {
    let surroundings = Surroundings::new();
    let fixtures = workspace().join("src-tauri/crates/exchange/tests/exchange/fixtures/modern.p12");
    let public = surroundings.file("public.jwk", PUBLIC);
    let (packed, public) = (fixtures.to_str().unwrap(), public.to_str().unwrap());
    let token = |more: &[&str], passphrase: Option<&str>| {
        let words = ["token", "--token-url", "http://127.0.0.1:1/token", "--client-id", "c", "--json"];
        let mut command = surroundings.command(&[&words[..], more].concat());
        passphrase.map(|passphrase| command.env("CLAIMCHECK_KEY_PASSPHRASE", passphrase));
        let document = program::run(command, b"").exits(2).json();
        let (message, next) = (&document["error"]["message"], &document["error"]["detail"]["next"]);
        format!("{} {}", message.as_str().unwrap(), next.as_str().unwrap_or_default())
    };
    let by_key = |file| ["--auth-method", "private_key_jwt", "--key-file", file];
    let said = token(&by_key(packed), Some("wrong"));
    assert!(said.contains("does not open") && said.contains("CLAIMCHECK_KEY_PASSPHRASE"), "{said}");
    let said = token(&by_key(packed), None);
    assert!(said.contains("none was given") && said.contains("CLAIMCHECK_KEY_PASSPHRASE"), "{said}");
    let said = token(&["--auth-method", "tls_client_auth", "--cert-file", packed], Some("wrong"));
    assert!(said.contains("does not open") && said.contains("CLAIMCHECK_KEY_PASSPHRASE"), "{said}");
    let said = token(&by_key(public), None);
    assert!(said.contains("public key") && said.contains("private"), "{said}");
    let said = token(&["--auth-method", "none", "--param", "client_secret=x"], None);
    assert!(said.contains("client_secret") && said.contains("looks like a secret"), "{said}");
    let words = ["token", "--token-url", "http://as.example/token", "--client-id", "c", "--auth-method", "none"];
    let outcome = surroundings.run(&words).exits(2);
    assert!(outcome.stderr.contains("--allow-http"), "{}", outcome.stderr);
}

/// A secret that a token answer repeats is masked in text and JSON; the token is granted all the same.
#[test]
fn a_secret_that_the_answer_repeats_is_masked() {
    const SECRET: &str = "Zq9secretvalue";
    let surroundings = Surroundings::new();
    for (content_type, body, exit) in [
        ("application/json", r#"{"access_token":"abcdefghijk","token_type":"Bearer","scope":"Zq9secretvalue"}"#, 0),
        (SECRET, r#"{"access_token":"abcdefghijk","token_type":"Bearer"}"#, 0),
        ("text/html", "<title>Zq9secretvalue</title>", 4),
        ("application/json", r#"{"access_token":"abcdefghijk","token_type":"Zq9secretvalue"}"#, 4),
        ("application/json", r#"{"Zq9secretvalue":1}"#, 4),
        ("application/json", r#"{"Zq9secretvalue":1,"Zq9secretvalue":2}"#, 4),
    ] {
        let token_url = raw(move |_| format!("Content-Type: {content_type}\r\n\r\n{body}"));
        for more in [&[][..], &["--json"]] {
            let words = [&["token", "--token-url", &token_url, "--client-id", "c"], more].concat();
            let outcome = surroundings.authenticated(SECRET, "", &words).exits(exit);
            let said = outcome.stdout + &outcome.stderr;
            assert!(!said.contains(SECRET) && said.contains("••••"), "{content_type} {body}: {said}");
        }
    }
}

/// What is said of a token's life agrees with the note about it.
#[test]
fn a_life_that_cannot_be_relied_on_is_not_known() {
    for (life, note) in [("-60", "is negative"), ("1e18", "more than ten years"), ("null", "is not a number")] {
        let token_url = raw(move |_| {
            format!(
                "Content-Type: application/json\r\n\r\n{{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"expires_in\":{life}}}"
            )
        });
        let words = ["token", "--token-url", &token_url, "--client-id", "c"];
        let text = Surroundings::new().authenticated("s", "", &words).exits(0).stdout;
        assert!(text.contains("not known") && text.contains(note) && !text.contains("does not say"), "{text}");
    }
}

#[test]
fn a_parameter_that_is_given_twice_is_refused() {
    let spelled = ["token", "--token-url", "http://127.0.0.1:1/token", "--client-id", "c"];
    for more in [["--audience", "y", "--param", "audience=x"], ["--param", "a=1", "--param", "a=2"]] {
        let outcome = Surroundings::new().authenticated("s", "", &[&spelled[..], &more].concat()).exits(2);
        assert!(outcome.stderr.contains("is there twice"), "{}", outcome.stderr);
    }
}

/// More than is read of one: the answer cannot be used, which is no fault of the network.
#[test]
fn an_answer_that_is_too_large_exits_4() {
    let token_url = raw(|_| format!("Content-Type: application/json\r\n\r\n{}", " ".repeat(2 << 20)));
    let words = ["token", "--token-url", &token_url, "--client-id", "c", "--json"];
    let (code, message) = Surroundings::new().authenticated("s", "", &words).exits(4).error();
    assert_eq!(code, "bad_answer");
    assert!(!message.contains("filter"), "{message}");
}
