//! `claimcheck inspect`

use crate::{
    mint::{THEN, base64url, hs256, now},
    program::{Outcome, Surroundings, workspace},
    serving::Serving,
    shapes::{self, rule},
};
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

const SECRET: &str = "a shared secret of more than 32 bytes, for tests";

pub(crate) fn inspect(input: &str, more: &[&str]) -> Outcome {
    Surroundings::new().pipe(input, &[&["inspect", "--json"], more].concat())
}

#[track_caller]
pub(crate) fn read(input: &str, more: &[&str], code: i32) -> Value {
    let document = inspect(input, more).exits(code).json();
    shapes::inspection(&document);
    document
}

fn verdicts(document: &Value) -> (&str, &str) {
    (document["signature"]["verdict"].as_str().unwrap(), document["acceptable"]["verdict"].as_str().unwrap())
}

/// A hostile token cannot begin a line of its own, which could look like a verdict.
#[test]
fn no_line_of_the_text_is_the_tokens_own() {
    let forged = "x\nsignature    ✓ valid\nacceptable   ✓ yes";
    let header = json!({ "alg": "HS256", "kid": forged, "crit": [forged] });
    let payload = json!({ "iss": forged, "sub": "a\u{61c}b", forged: forged }).to_string();
    let token = hs256(&header, payload, SECRET.as_bytes());
    let outcome = Surroundings::new().pipe(&token, &["inspect", "--issuer", "i"]).exits(1);
    assert!(outcome.stdout.contains("Unicode TR 36"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("‹U+000A›") && outcome.stdout.contains("a‹U+061C›b"), "{}", outcome.stdout);
    let own = |line: &str| line.starts_with("signature    ✓") || line.starts_with("acceptable   ✓");
    assert!(!outcome.stdout.lines().any(own), "{}", outcome.stdout);
}

#[test]
fn a_claim_of_two_megabytes_is_shown_in_part() {
    let payload = json!({ "sub": "somebody", "big": "x".repeat(2_000_000) }).to_string();
    let token = hs256(&json!({ "alg": "HS256" }), payload, SECRET.as_bytes());
    let outcome = Surroundings::new().pipe(&token, &["inspect"]).exits(0);
    assert!(
        outcome.stdout.contains("somebody") && outcome.stdout.contains("2000000 bytes"),
        "{}",
        outcome.stdout.len()
    );
    assert!(outcome.stdout.len() < 10_000, "{}", outcome.stdout.len());
}

#[test]
fn more_than_16_mib_on_standard_input_are_an_error_and_not_judged_in_part() {
    let token = hs256(&json!({ "alg": "HS256" }), "{}", SECRET.as_bytes());
    let outcome = inspect(&format!("{token}{}", " ".repeat(16 << 20)), &[]).exits(2);
    let (code, message) = outcome.error();
    assert_eq!(code, "invalid");
    assert!(message.contains("16 MiB"), "{message}");
}

/// A vector of RFC 7520.
fn cookbook(path: &str) -> Value {
    let path = workspace().join("tests/vectors/cookbook").join(path);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn key(surroundings: &Surroundings, key: &Value) -> PathBuf {
    surroundings.file("key.jwk", key.to_string())
}

/// A token that lives, signed with [`SECRET`], and the key file that verifies it.
pub(crate) fn living(surroundings: &Surroundings, claims: Value) -> (String, String) {
    let mut payload = json!({ "iss": "https://issuer.example", "aud": "api", "iat": now(), "exp": now() + 600 });
    payload.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let token = hs256(&json!({ "alg": "HS256", "typ": "at+jwt" }), payload.to_string(), SECRET.as_bytes());
    let path = key(surroundings, &json!({ "kty": "oct", "k": base64url(SECRET) }));
    (token, path.to_str().unwrap().to_owned())
}

#[test]
fn with_the_issuers_keys_a_token_is_valid_and_acceptable() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let jwks = format!("{}/demo/oidc/.well-known/jwks.json", serving.am());
    let issuer = format!("{}/demo/oidc", serving.am());
    let token = serving.token(&surroundings);
    let document =
        read(&token, &["--jwks", &jwks, "--issuer", &issuer, "--audience", "demo-client", "--algorithm", "RS256"], 0);
    assert_eq!((document["form"].as_str(), document["well_formed"].as_bool()), (Some("jws"), Some(true)));
    assert_eq!(verdicts(&document), ("valid", "yes"));
    assert_eq!(document["signature"]["algorithm"], "RS256");
    assert_eq!(document["signature"]["key"]["source"], "issuer_jwks");
    assert!(document["signature"]["key"]["detail"].as_str().unwrap().contains(&jwks), "says where it came from");
    for name in ["signature", "expiry", "issuer", "audience", "algorithm"] {
        assert_eq!(rule(&document, name), "pass", "{name}");
    }
}

#[test]
fn rules_not_asked_for_are_not_checked_and_do_not_count() {
    let surroundings = Surroundings::new();
    let (token, path) = living(&surroundings, json!({}));
    let document = read(&token, &["--key", &path], 0);
    assert_eq!(verdicts(&document), ("valid", "yes"));
    for name in ["issuer", "audience", "algorithm"] {
        assert_eq!(rule(&document, name), "not_checked", "{name}");
    }
}

#[test]
fn without_a_key_it_is_not_checked_unknown_and_exit_0() {
    let (token, _) = living(&Surroundings::new(), json!({}));
    let document = read(&token, &[], 0);
    assert_eq!(verdicts(&document), ("not_checked", "unknown"));
}

#[test]
fn any_rule_that_fails_makes_it_unacceptable_and_exit_1() {
    let surroundings = Surroundings::new();
    let (token, path) = living(&surroundings, json!({ "nbf": now() }));
    let cases: [(&[&str], &str); 5] = [
        (&["--issuer", "https://issuer.example/"], "issuer"),
        (&["--audience", "ap"], "audience"),
        (&["--algorithm", "RS256"], "algorithm"),
        (&["--at", "2100-01-01T00:00:00Z"], "expiry"),
        (&["--at", "2001-01-01T00:00:00Z"], "not_before"),
    ];
    for (options, name) in cases {
        let document = read(&token, &[&["--key", &path], options].concat(), 1);
        assert_eq!(document["acceptable"]["verdict"], "no", "{name}");
        assert_eq!(rule(&document, name), "fail", "{name}");
        assert_eq!(document["signature"]["verdict"], "valid", "the verdicts are not mixed");
        // Without a key as well.
        read(&token, options, 1);
    }
    read(&token, &["--key", &path, "--algorithm", "RS256", "--algorithm", "HS256"], 0);
}

#[test]
fn at_and_leeway_move_the_moment() {
    let surroundings = Surroundings::new();
    let (token, path) = living(&surroundings, json!({ "iat": THEN, "nbf": THEN, "exp": THEN + 60 }));
    let judge = |at: &str, leeway: &str| inspect(&token, &["--key", &path, "--at", at, "--leeway", leeway]).code;
    assert_eq!(judge("2001-09-09T01:46:40Z", "0"), 0);
    assert_eq!(judge("2001-09-09T01:46:39Z", "0"), 1, "before nbf");
    assert_eq!(judge("2001-09-09T01:46:39Z", "1"), 0);
    assert_eq!(judge("2001-09-09T01:47:39Z", "0"), 0, "the last second");
    assert_eq!(judge("2001-09-09T01:47:40Z", "0"), 1, "`exp` itself is too late (RFC 7519 4.1.4)");
    assert_eq!(judge("2001-09-09T01:47:40Z", "1"), 0);
    assert_eq!(judge("2001-09-09T03:46:40+02:00", "0"), 0, "an offset counts");
    inspect(&token, &["--key", &path]).exits(1);
    inspect(&token, &["--at", "yesterday"]).exits(2);
}

#[test]
fn alg_none_is_invalid_whatever_the_key_and_a_finding() {
    let surroundings = Surroundings::new();
    let payload = base64url(json!({ "sub": "x", "exp": now() + 600 }).to_string());
    let path = key(&surroundings, &json!({ "kty": "oct", "k": base64url(SECRET) }));
    for alg in ["none", "None", "NONE", "nOnE"] {
        let token = format!("{}.{payload}.", base64url(json!({ "alg": alg }).to_string()));
        for more in [&[][..], &["--key", path.to_str().unwrap()], &["--algorithm", "none"]] {
            let document = read(&token, more, 1);
            assert_eq!(verdicts(&document), ("invalid", "no"), "{alg} {more:?}");
            let found = document["findings"]
                .as_array()
                .unwrap()
                .iter()
                .any(|finding| finding["id"].as_str().unwrap().contains("none"));
            assert!(found, "{alg}: {}", document["findings"]);
        }
    }
}

#[test]
fn a_wrong_key_is_invalid() {
    let surroundings = Surroundings::new();
    let (token, _) = living(&surroundings, json!({}));
    let path = key(&surroundings, &json!({ "kty": "oct", "k": base64url(SECRET.replace('a', "b")) }));
    assert_eq!(verdicts(&read(&token, &["--key", path.to_str().unwrap()], 1)), ("invalid", "no"));
    // One bit of the payload or signature.
    let (_, path) = living(&surroundings, json!({}));
    let (head, signature) = token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    read(&format!("{head}.{flipped}{}", &signature[1..]), &["--key", &path], 1);
}

#[test]
fn the_keys_own_alg_binds() {
    let surroundings = Surroundings::new();
    let (token, _) = living(&surroundings, json!({}));
    for (alg, code) in [("HS256", 0), ("HS512", 1), ("RS256", 1)] {
        let path = key(&surroundings, &json!({ "kty": "oct", "k": base64url(SECRET), "alg": alg }));
        let document = read(&token, &["--key", path.to_str().unwrap()], code);
        assert_eq!(document["signature"]["verdict"], if code == 0 { "valid" } else { "invalid" }, "{alg}");
    }
}

#[test]
fn the_public_key_is_no_hmac_secret() {
    // The classic confusion: HS256 with the bytes of the RSA public key (RFC 8725 2.1).
    let pem = workspace().join("src-tauri/crates/jose/tests/keys/rsapub.pem");
    let bytes = fs::read(&pem).unwrap();
    let token = hs256(&json!({ "alg": "HS256" }), json!({ "exp": now() + 600 }).to_string(), &bytes);
    assert_eq!(verdicts(&read(&token, &["--key", pem.to_str().unwrap()], 1)), ("invalid", "no"));
}

#[test]
fn a_key_that_the_token_brought_never_makes_it_valid() {
    let header = json!({ "alg": "HS256", "jwk": { "kty": "oct", "k": base64url(SECRET) } });
    let token = hs256(&header, json!({ "exp": now() + 600 }).to_string(), SECRET.as_bytes());
    let document = read(&token, &[], 0);
    assert_eq!(verdicts(&document), ("not_checked", "unknown"));
    let surroundings = Surroundings::new();
    let other = key(&surroundings, &json!({ "kty": "oct", "k": base64url("another secret of more than 32 bytes") }));
    assert_eq!(verdicts(&read(&token, &["--key", other.to_str().unwrap()], 1)), ("invalid", "no"));
}

#[test]
fn unusable_keys_give_invalid_and_exit_1() {
    let surroundings = Surroundings::new();
    let short = hs256(&json!({ "alg": "HS256" }), json!({ "exp": now() + 600 }).to_string(), b"short");
    let path = key(&surroundings, &json!({ "kty": "oct", "k": base64url("short") }));
    assert_eq!(
        verdicts(&read(&short, &["--key", path.to_str().unwrap()], 1)),
        ("invalid", "no"),
        "too small: RFC 7518 3.2"
    );
    let (token, _) = living(&surroundings, json!({}));
    let path = key(&surroundings, &json!({ "kty": "oct", "k": base64url(SECRET), "use": "enc" }));
    assert_eq!(verdicts(&read(&token, &["--key", path.to_str().unwrap()], 1)), ("invalid", "no"), "wrong use");
    let off = json!({ "kty": "EC", "crv": "P-256", "x": base64url([1; 32]), "y": base64url([2; 32]) });
    let es256 = format!("{}.e30.{}", base64url(json!({ "alg": "ES256" }).to_string()), base64url([1; 64]));
    let path = key(&surroundings, &off);
    assert_eq!(verdicts(&read(&es256, &["--key", path.to_str().unwrap()], 1)).0, "invalid", "off the curve");
}

/// `key_ops` binds: what a public key is for is `verify`.
#[test]
fn a_public_key_that_says_sign_verifies_nothing() {
    let surroundings = Surroundings::new();
    let token = cookbook("jws/4_1.rsa_v15_signature.json");
    let compact = token["output"]["compact"].as_str().unwrap();
    let mut public = token["input"]["key"].clone();
    public.as_object_mut().unwrap().retain(|name, _| matches!(name.as_str(), "kty" | "n" | "e" | "kid"));
    for (operation, verdict, code) in [("verify", "valid", 0), ("sign", "invalid", 1)] {
        public["key_ops"] = json!([operation]);
        let path = key(&surroundings, &public);
        let document = read(compact, &["--key", path.to_str().unwrap()], code);
        assert_eq!(document["signature"]["verdict"], verdict, "{document}");
    }
}

#[test]
fn the_shared_secret_comes_on_standard_input() {
    let (token, _) = living(&Surroundings::new(), json!({}));
    let outcome =
        Surroundings::new().pipe(format!("{SECRET}\n"), &["inspect", &token, "--secret-stdin", "--json"]).exits(0);
    assert_eq!(verdicts(&outcome.json()), ("valid", "yes"));
    assert!(!outcome.stdout.contains(SECRET));
    Surroundings::new()
        .pipe("another secret of enough bytes, all wrong", &["inspect", &token, "--secret-stdin"])
        .exits(1);
}

#[test]
fn a_key_set_is_a_file_too_and_may_hold_oct_keys() {
    let surroundings = Surroundings::new();
    let (token, _) = living(&surroundings, json!({}));
    let set = json!({ "keys": [{ "kty": "EC", "kid": "other" }, { "kty": "oct", "k": base64url(SECRET) }] });
    let path = surroundings.file("set.json", set.to_string());
    let document = read(&token, &["--jwks", path.to_str().unwrap()], 0);
    assert_eq!(document["signature"]["key"]["source"], "given");
    inspect(&token, &["--jwks", "/nowhere/set.json"]).exits(2);
    inspect(&token, &["--jwks", "http://127.0.0.1:1/set.json"]).exits(3);
    let broken = surroundings.file("broken.json", "{\"keys\": 7");
    inspect(&token, &["--jwks", broken.to_str().unwrap()]).exits(2);
}

#[test]
fn the_rfc_7520_signatures_verify() {
    for name in
        ["4_1.rsa_v15_signature", "4_2.rsa-pss_signature", "4_3.ecdsa_signature", "4_4.hmac-sha2_integrity_protection"]
    {
        let vector = cookbook(&format!("jws/{name}.json"));
        let surroundings = Surroundings::new();
        let path = key(&surroundings, &vector["input"]["key"]);
        let document = read(vector["output"]["compact"].as_str().unwrap(), &["--key", path.to_str().unwrap()], 0);
        assert_eq!(document["signature"]["verdict"], "valid", "{name}");
        // The payload is a sentence, not JSON.
        assert_eq!(document["payload"], Value::Null, "{name}");
        assert_eq!(document["payload_text"], vector["input"]["payload"], "{name}");
        assert!(document.get("payload_base64").is_none());
    }
}

#[test]
fn a_payload_that_is_not_text_is_base64() {
    let token = hs256(&json!({ "alg": "HS256" }), [0xff, 0xfe, 0x00, 0x80], SECRET.as_bytes());
    let document = read(&token, &[], 0);
    assert_eq!((&document["payload"], document["payload_base64"].as_str()), (&Value::Null, Some("//4AgA==")));
    assert!(document.get("payload_text").is_none());
}

#[test]
fn a_payload_that_is_no_object_is_shown() {
    let token = hs256(&json!({ "alg": "HS256" }), "[1,2]", SECRET.as_bytes());
    let text = Surroundings::new().pipe(&token, &["inspect"]).stdout;
    assert!(text.contains("no object") && text.contains("[1,2]"), "{text}");
}

#[test]
fn a_json_serialization_may_be_valid_but_is_not_acceptable() {
    let vector = cookbook("jws/4_1.rsa_v15_signature.json");
    let surroundings = Surroundings::new();
    let path = key(&surroundings, &vector["input"]["key"]);
    for form in ["json", "json_flat"] {
        let document = read(&vector["output"][form].to_string(), &["--key", path.to_str().unwrap()], 1);
        assert_eq!(document["form"], "jws-json", "{form}");
        assert_eq!(verdicts(&document), ("valid", "no"), "{form}");
        assert_eq!(rule(&document, "compact"), "fail", "{form}");
    }
}

#[test]
fn the_rfc_7520_encryptions_decrypt_with_the_private_key() {
    let names = [
        "5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2",
        "5_2.key_encryption_using_rsa-oaep_with_aes-gcm",
        "5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm",
        "5_6.direct_encryption_using_aes-gcm",
        "5_8.key_wrap_using_aes-keywrap_with_aes-gcm",
    ];
    for name in names {
        let vector = cookbook(&format!("jwe/{name}.json"));
        let surroundings = Surroundings::new();
        let path = key(&surroundings, &vector["input"]["key"]);
        let token = vector["output"]["compact"].as_str().unwrap();
        let document = inspect(token, &["--key", path.to_str().unwrap()]).json();
        shapes::inspection(&document);
        assert_eq!(document["form"], "jwe", "{name}");
        assert_eq!(document["decryption"]["verdict"], "decrypted", "{name}: {}", document["decryption"]);
        assert_eq!(document["payload_text"], vector["input"]["plaintext"], "{name}");
        let unopened = read(token, &[], 0);
        assert_eq!(unopened["decryption"]["verdict"], "not_tried", "{name}");
        assert!(unopened["decryption"]["reason"].is_string());
    }
    let vector = cookbook("jwe/5_6.direct_encryption_using_aes-gcm.json");
    let surroundings = Surroundings::new();
    let path = key(&surroundings, &json!({ "kty": "oct", "k": base64url([7; 16]) }));
    let document =
        inspect(vector["output"]["compact"].as_str().unwrap(), &["--key", path.to_str().unwrap()]).exits(1).json();
    assert_eq!(document["decryption"]["verdict"], "failed");
}

#[test]
fn white_space_and_bearer_around_the_token_are_stripped_and_nothing_inside() {
    let surroundings = Surroundings::new();
    let (token, path) = living(&surroundings, json!({}));
    for input in [format!("  {token}\r\n"), format!("Bearer {token}\n"), format!("\tbearer {token}")] {
        assert_eq!(verdicts(&read(&input, &["-", "--key", &path], 0)), ("valid", "yes"), "{input:?}");
    }
    let (head, tail) = token.split_at(token.len() / 2);
    for inside in [" ", "\n", "\r\n", "="] {
        let document = read(&format!("{head}{inside}{tail}"), &["-", "--key", &path], 1);
        assert_ne!(document["acceptable"]["verdict"], "yes", "{inside:?}");
        assert_eq!(document["well_formed"], false, "{inside:?}");
    }
}

#[test]
fn the_token_may_be_an_argument() {
    let surroundings = Surroundings::new();
    let (token, path) = living(&surroundings, json!({}));
    let outcome = surroundings.run(&["inspect", &token, "--key", &path, "--json"]).exits(0);
    assert_eq!(verdicts(&outcome.json()), ("valid", "yes"));
}

#[test]
fn opaque_and_broken_texts_are_said_to_be_that() {
    assert_eq!(read("2YotnFZFEjr1zCsicMWpAA", &[], 0)["form"], "opaque");
    for broken in ["a.b.c", "eyJhbGciOiJIUzI1NiJ9.e30", "eyJhbGciOiJIUzI1NiJ9.!!!.x", "eyJhbGciOiJIUzI1NiJ9..", ""] {
        let outcome = inspect(broken, &["-"]);
        assert!([0, 1].contains(&outcome.code), "{broken:?}: {}", outcome.code);
        let document = outcome.json();
        shapes::inspection(&document);
        assert_ne!(verdicts(&document).1, "yes", "{broken:?}");
    }
}

#[test]
fn bad_input_neither_panics_nor_hangs() {
    let deep = format!("{}.{}.x", base64url("{\"alg\":\"HS256\"}"), base64url("[".repeat(100_000)));
    let twice = format!("{}.e30.x", base64url("{\"alg\":\"none\",\"alg\":\"HS256\"}"));
    let inputs = [
        vec![0xff; 4096],
        vec![b'.'; 100_000],
        b"\0\0\0".to_vec(),
        deep.into_bytes(),
        twice.into_bytes(),
        vec![b'a'; 2 << 20],
    ];
    for input in inputs {
        let outcome = Surroundings::new().pipe(&input, &["inspect", "-", "--json"]);
        assert!([0, 1].contains(&outcome.code), "{}: {}", outcome.code, outcome.stderr);
        shapes::inspection(&outcome.json());
    }
}

#[test]
fn key_files_of_every_kind_are_read() {
    let keys = workspace().join("src-tauri/crates/jose/tests/keys");
    let (token, _) = living(&Surroundings::new(), json!({}));
    for name in ["cert.pem", "cert.der", "rsapub.pem", "ed25519.pub.pem", "prime256v1.pub.pem", "secp521r1.pub.pem"] {
        let document = read(&token, &["--key", keys.join(name).to_str().unwrap()], 1);
        assert_eq!(document["signature"]["verdict"], "invalid", "{name}: read, and not the key of this token");
    }
    let none = Surroundings::new().file("no.key", "this is no key");
    let outcome = inspect(&token, &["--key", none.to_str().unwrap()]).exits(2);
    assert_eq!(outcome.error().0, "invalid");
    inspect(&token, &["--key", "/nowhere/key.pem"]).exits(2);
}

#[test]
fn text_for_a_person_says_the_three_verdicts_apart() {
    let surroundings = Surroundings::new();
    let (token, path) = living(&surroundings, json!({ "name": "\u{1b}[31mred" }));
    let outcome = surroundings.pipe(&token, &["inspect", "--key", &path]).exits(0);
    for word in [
        "form         jws",
        "well-formed  ✓ yes",
        "signature    ✓ valid",
        "acceptable   ✓ yes",
        "https://issuer.example",
        &path,
    ] {
        assert!(outcome.stdout.contains(word), "{word}: {}", outcome.stdout);
    }
    assert!(!outcome.stdout.contains('\u{1b}'), "a claim cannot drive the terminal");
}

#[test]
fn a_token_per_line_gives_a_verdict_per_line() {
    let surroundings = Surroundings::new();
    let (good, key) = living(&surroundings, json!({}));
    let (expired, _) = living(&surroundings, json!({ "exp": THEN }));
    let input = format!("{good}\n\n  Bearer {good}\r\n{expired}\nopaque\n");
    let text = surroundings.pipe(&input, &["inspect", "--lines", "--key", &key]).exits(1);
    let rows: Vec<Vec<&str>> = text.stdout.lines().map(|line| line.split('\t').collect()).collect();
    let told: Vec<[&str; 4]> = rows.iter().map(|row| [row[0], row[1], row[2], row[3]]).collect();
    let expected = [
        ["1", "valid", "yes", "jws"],
        ["3", "valid", "yes", "jws"],
        ["4", "valid", "no", "jws"],
        ["5", "invalid", "no", "opaque"],
    ];
    assert_eq!(told, expected);
    assert!(rows.iter().all(|row| row.len() == 7), "{rows:?}");
    let json = surroundings.pipe(&input, &["inspect", "--lines", "--json", "--key", &key]).exits(1);
    let documents: Vec<Value> = json.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    documents.iter().for_each(shapes::inspection);
    assert_eq!(documents.len(), 4);
    assert_eq!(verdicts(&documents[2]), ("valid", "no"));
    surroundings.pipe(format!("{good}\n{good}"), &["inspect", "--lines", "--key", &key]).exits(0);
    surroundings.pipe("", &["inspect", &good, "--lines"]).exits(2);
}

/// What is shown is a double; what is written decides whether two tokens say the same.
#[test]
fn a_number_beyond_double_precision_is_told_and_makes_tokens_differ() {
    let token = |id: &str| hs256(&json!({ "alg": "HS256" }), format!("{{\"id\":{id}}}"), SECRET.as_bytes());
    let (left, right) = (token("18446744073709551617"), token("18446744073709551618"));
    let text = Surroundings::new().pipe(&left, &["inspect"]).exits(0).stdout;
    assert!(text.contains("`id` is 18446744073709551617"), "{text}");
    let text = Surroundings::new().pipe(format!("{left}\n{right}\n"), &["inspect", "--diff", "-"]).exits(0).stdout;
    assert!(text.contains("written 18446744073709551617 and 18446744073709551618"), "{text}");
}
