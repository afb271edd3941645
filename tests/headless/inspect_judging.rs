//! `claimcheck inspect`: the rules that can be asked for, proofs, the keys that are given, and times on the clocks of this machine.

use crate::{
    inspect::{inspect, living, read},
    mint::{THEN, base64url, hs256, now},
    program::Surroundings,
    shapes::rule,
};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// A key on P-256, as JWK and as PEM.
struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        Key(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        json!({ "kty": "EC", "crv": "P-256", "x": base64url(&point[1..33]), "y": base64url(&point[33..]) })
    }

    fn pem(&self) -> String {
        // SubjectPublicKeyInfo of an uncompressed point (RFC 5480 2).
        const BEFORE: [u8; 26] = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
            0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ];
        let der = [&BEFORE, self.0.public_key().as_ref()].concat();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
    }

    fn es256(&self, header: &Value, payload: &Value) -> String {
        let signed = format!("{}.{}", base64url(header.to_string()), base64url(payload.to_string()));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", base64url(signature))
    }
}

#[test]
fn scope_type_age_and_client_can_be_asked_for() {
    let surroundings = Surroundings::new();
    let (token, key) = living(&surroundings, json!({ "scope": "read write", "client_id": "app", "iat": now() - 100 }));
    let all = ["--scope", "read", "--scope", "write", "--typ", "at+jwt", "--max-age", "200", "--client", "app"];
    let document = read(&token, &[&["--key", &key], &all[..]].concat(), 0);
    for name in ["scope", "typ", "age", "client"] {
        assert_eq!(rule(&document, name), "pass", "{name}");
    }
    for (options, name) in [
        (["--scope", "read admin"], "scope"),
        (["--typ", "JWT"], "typ"),
        (["--max-age", "50"], "age"),
        (["--client", "App"], "client"),
    ] {
        assert_eq!(rule(&read(&token, &options, 1), name), "fail", "{name}");
    }
    // An empty variable of a script switches no rule off.
    for option in ["--scope", "--typ", "--client", "--max-age"] {
        inspect(&token, &[option, ""]).exits(2);
    }
}

#[test]
fn a_dead_dpop_proof_is_not_acceptable() {
    let (surroundings, key) = (Surroundings::new(), Key::new());
    let file = surroundings.file("ec.jwk", key.jwk().to_string());
    let judge = |name: &str, value: Value, code: i32| {
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk() });
        let mut claims = json!({ "jti": "a", "htm": "GET", "htu": "https://api.example/", "iat": now() });
        claims[name] = value;
        read(&key.es256(&header, &claims), &["--key", file.to_str().unwrap()], code)
    };
    let good = judge("jti", json!("b"), 0);
    assert_eq!((good["form"].as_str(), rule(&good, "dpop_iat")), (Some("dpop"), "pass"));
    for name in ["dpop_header", "dpop_htm", "dpop_htu", "dpop_nonce", "dpop_token"] {
        assert_eq!(rule(&good, name), "not_checked", "{name}");
    }
    assert_eq!(rule(&judge("iat", json!(now() - 86_400), 1), "dpop_iat"), "fail");
    assert_eq!(rule(&judge("iat", json!(now() + 86_400), 1), "dpop_iat"), "fail");
    assert_eq!(rule(&judge("htu", json!("https://x/?q=1#f"), 1), "dpop_claims"), "fail");
    assert_eq!(rule(&judge("jti", json!(""), 1), "dpop_claims"), "fail");
}

#[test]
fn what_is_wrong_with_the_keys_is_told_beside() {
    let (surroundings, key) = (Surroundings::new(), Key::new());
    let token = key.es256(&json!({ "alg": "ES256", "typ": "at+jwt" }), &json!({ "exp": now() + 600 }));
    let mut private = key.jwk();
    private["d"] = json!(base64url([7; 32]));
    let published = surroundings.file("set.json", json!({ "keys": [private] }).to_string());
    let published = published.to_str().unwrap();
    let document = read(&token, &["--jwks", published], 0);
    let lint = document["key_lint"].as_array().unwrap();
    assert_eq!((&lint[0]["id"], &lint[0]["severity"]), (&json!("private-key-published"), &json!("critical")));
    let text = surroundings.pipe(&token, &["inspect", "--jwks", published]).exits(0).stdout;
    assert!(text.contains("the keys given") && text.contains("replace the key at once"), "{text}");
    let lines = surroundings.pipe(&token, &["inspect", "--lines", "--jwks", published]).exits(0);
    assert!(lines.stdout.lines().count() == 1 && lines.stderr.contains("replace the key"), "{}", lines.stderr);

    // One key that is given is not published.
    private["alg"] = json!("ES256");
    private["use"] = json!("sig");
    let own = surroundings.file("own.jwk", private.to_string());
    assert!(read(&token, &["--key", own.to_str().unwrap()], 0).get("key_lint").is_none());
    assert!(read(&token, &[], 0).get("key_lint").is_none());
}

#[test]
fn each_key_of_a_pem_file_is_tried() {
    let (surroundings, other, right) = (Surroundings::new(), Key::new(), Key::new());
    let token = right.es256(&json!({ "alg": "ES256", "kid": "x" }), &json!({ "exp": now() + 600 }));
    let file = surroundings.file("both.pem", format!("{}{}", other.pem(), right.pem()));
    let document = read(&token, &["--key", file.to_str().unwrap()], 0);
    let detail = document["signature"]["key"]["detail"].as_str().unwrap();
    assert!(detail.contains("both.pem") && detail.contains("block 2 of 2"), "{detail}");
}

#[test]
fn tokens_are_found_in_forms_and_behind_two_schemes() {
    let surroundings = Surroundings::new();
    let (token, key) = living(&surroundings, json!({ "sub": "one" }));
    let (other, _) = living(&surroundings, json!({ "sub": "two" }));
    for text in [
        format!("scope=a&token={token}&x=1"),
        format!("grant_type=x&subject_token={token}&scope=a"),
        format!("token={token}&x=1"),
        format!("Bearer Bearer {token}"),
        format!("{token} {other}"),
    ] {
        assert_eq!(read(&text, &["--key", &key], 0)["payload"]["sub"], "one", "{text}");
    }
    assert_eq!(read(&format!("{token} {other}"), &["--pick", "2"], 0)["payload"]["sub"], "two");
    let twice = read(&format!("{token} {token}"), &[], 1);
    assert_eq!((&twice["form"], &twice["notes"][0]["byte"]), (&json!("broken"), &json!(token.len())));
    for opaque in ["mF_9.B5f-4.1JqM", "2Yotn/FZ==", "abc=def"] {
        let found = inspect(opaque, &[]);
        assert!(!found.stderr.contains("Read from"), "{opaque}: {}", found.stderr);
    }
}

#[test]
fn the_lines_of_a_log_are_searched_for_tokens() {
    let surroundings = Surroundings::new();
    let (good, key) = living(&surroundings, json!({}));
    let (expired, _) = living(&surroundings, json!({ "exp": THEN }));
    let log = format!(
        "Authorization: Bearer {good}\n2026-01-31T12:00:00Z GET /orders?access_token={expired} 401\n{good} {expired}\n"
    );
    let text = surroundings.pipe(&log, &["inspect", "--lines", "--key", &key]).exits(1).stdout;
    let told: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').take(3).collect()).collect();
    assert_eq!(told, [["1", "valid", "yes"], ["2", "valid", "no"], ["3", "valid", "yes"], ["3", "valid", "no"]]);
}

#[test]
fn times_are_told_on_the_clocks_of_this_machine_too() {
    let token = hs256(&json!({ "alg": "HS256" }), json!({ "exp": THEN, "iat": 1.5e12 }).to_string(), b"secret");
    let told = |zone: &str| Surroundings::new().set("TZ", zone).pipe(&token, &["inspect"]).stdout;
    assert!(told("Asia/Kolkata").contains("2001-09-09 07:16:40 +05:30"), "{}", told("Asia/Kolkata"));
    assert!(!told("UTC").contains("+00:00"), "{}", told("UTC"));
}
