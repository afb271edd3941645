//! Inspections of tokens that the RFCs print, and of what can be made of them.

use claimcheck_jose::inspection::{AcceptableVerdict, Form, RuleVerdict, SignatureVerdict};
use claimcheck_jose::{Expectations, KeySet, inspect, normalise, parse_jwks, parse_key};

/// RFC 7515 A.1.
const HS256: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const HS256_KEY: &str =
    r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#;
/// Ten minutes before that token expires.
const BEFORE: i64 = 1_300_819_380 - 600;

fn hs256_keys() -> KeySet {
    parse_jwks(HS256_KEY.as_bytes()).unwrap()
}

fn verdict_of(inspection: &claimcheck_jose::inspection::Inspection, rule: &str) -> RuleVerdict {
    inspection.acceptable.rules.iter().find(|line| line.rule == rule).unwrap().verdict
}

#[test]
fn a_good_token_is_acceptable_until_it_expires() {
    let good = inspect(HS256, &hs256_keys(), &Expectations::at(BEFORE));
    assert_eq!(good.form, Form::Jws);
    assert!(good.well_formed, "{:?}", good.notes);
    assert_eq!(good.signature.verdict, SignatureVerdict::Valid);
    assert_eq!(good.acceptable.verdict, AcceptableVerdict::Yes);
    assert_eq!(good.claims[1].note, "2011-03-22T18:43:00Z, in 10 min");

    let late = inspect(HS256, &hs256_keys(), &Expectations::at(BEFORE + 600));
    assert_eq!(late.signature.verdict, SignatureVerdict::Valid);
    assert_eq!(late.acceptable.verdict, AcceptableVerdict::No);
    assert_eq!(verdict_of(&late, "expiry"), RuleVerdict::Fail);

    let forgiven = Expectations { leeway: 1, ..Expectations::at(BEFORE + 600) };
    assert_eq!(inspect(HS256, &hs256_keys(), &forgiven).acceptable.verdict, AcceptableVerdict::Yes);
}

#[test]
fn without_a_key_nothing_is_valid_and_nothing_is_refused() {
    let unknown = inspect(HS256, &KeySet::none(), &Expectations::at(BEFORE));
    assert_eq!(unknown.signature.verdict, SignatureVerdict::NotChecked);
    assert_eq!(unknown.acceptable.verdict, AcceptableVerdict::Unknown);
}

#[test]
fn an_unsecured_token_is_invalid_with_any_key_and_without() {
    // RFC 7515 A.5, and the spelling that careless comparisons let through.
    let none = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
    let spelled = none.replace("eyJhbGciOiJub25lIn0", "eyJhbGciOiJuT25FIn0");
    for token in [none, &spelled] {
        for keys in [KeySet::none(), hs256_keys()] {
            let inspection = inspect(token, &keys, &Expectations::at(BEFORE));
            assert_eq!(inspection.signature.verdict, SignatureVerdict::Invalid);
            assert_eq!(inspection.acceptable.verdict, AcceptableVerdict::No);
            assert_eq!(inspection.findings[0].id, "alg-none");
        }
    }
}

#[test]
fn every_truncation_and_every_replaced_character_is_described_and_never_valid() {
    for end in 0..HS256.len() {
        let inspection = inspect(&HS256[..end], &hs256_keys(), &Expectations::at(BEFORE));
        assert_ne!(inspection.signature.verdict, SignatureVerdict::Valid, "cut at {end}");
        assert_eq!(inspection.acceptable.verdict, AcceptableVerdict::No, "cut at {end}");
        let without = inspect(&HS256[..end], &KeySet::none(), &Expectations::at(BEFORE));
        assert_ne!(without.signature.verdict, SignatureVerdict::Valid);
    }
    for at in 0..HS256.len() {
        for other in ['A', '=', '+', ' ', '.', '\u{202E}', '"'] {
            let mut token: Vec<char> = HS256.chars().collect();
            if token[at] == other {
                continue;
            }
            token[at] = other;
            let token: String = token.into_iter().collect();
            let inspection = inspect(&token, &hs256_keys(), &Expectations::at(BEFORE));
            assert_ne!(inspection.signature.verdict, SignatureVerdict::Valid, "{token}");
        }
    }
}

#[test]
fn departures_name_part_and_byte() {
    let padded = format!("{HS256}=");
    let inspection = inspect(&padded, &hs256_keys(), &Expectations::at(BEFORE));
    assert!(!inspection.well_formed);
    assert_eq!((inspection.notes[0].part.as_str(), inspection.notes[0].byte), ("signature", Some(HS256.len())));
    assert_eq!(inspection.signature.verdict, SignatureVerdict::Invalid);
    assert_eq!(inspection.claims.len(), 3, "still shown");
}

#[test]
fn a_bearer_prefix_is_stripped_outside_only() {
    assert_eq!(normalise(" \n bearer   a b \r\n"), "a b");
    assert_eq!(normalise("BearerX"), "BearerX");
    assert_eq!(normalise("Béarer x"), "Béarer x");
}

#[test]
fn opaque_and_broken_are_told_apart() {
    for (token, form) in [
        ("2YotnFZFEjr1zCsicMWpAA", Form::Opaque),
        ("v4.public.eyJ", Form::Opaque),
        ("ya29.a0AfH6SMBx-y_z", Form::Opaque),
        ("v2.local.eyJ", Form::Opaque),
        ("mF_9.B5f-4.1JqM.x+y/z==", Form::Opaque),
        ("1.2.3", Form::Broken),
        ("bnVsbA.e30.AA", Form::Broken),
        ("a.b.c.d.e", Form::Broken),
        ("", Form::Broken),
        ("eyJhbGciOiJub25lIn0", Form::Broken),
        ("eyJhbGciOiJub25lIn0.e30", Form::Broken),
        ("eyJhbGciOiJub25l.e30.", Form::Broken),
    ] {
        let inspection = inspect(token, &KeySet::none(), &Expectations::at(0));
        assert_eq!((inspection.form, inspection.well_formed), (form, form == Form::Opaque), "{token}");
    }
}

#[test]
fn garbage_is_broken_where_it_stops_being_a_token() {
    let noise = |length: usize| -> String {
        let mut state = 1_u32;
        let mut bytes = vec![b'a'];
        bytes.extend((1..length).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }));
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let noise = noise(100_000);
    let first_foreign = noise.char_indices().find(|(_, c)| !c.is_ascii_graphic()).unwrap().0;
    for (input, part, byte) in [
        (noise.as_str(), "token", first_foreign),
        ("two words", "token", 3),
        ("tab\there", "token", 3),
        ("caf\u{E9}", "token", 3),
        ("https://a.example/cb?code=x", "token", 0),
        ("myapp://cb.example.org/a", "token", 0),
        (&"a".repeat(16_385), "token", 16_384),
        ("x.y.z", "header", 1),
        ("AAAA.e30.AA", "header", 0),
    ] {
        let inspection = inspect(input, &KeySet::none(), &Expectations::at(0));
        let name: String = input.chars().take(40).collect();
        assert_eq!((inspection.form, inspection.well_formed), (Form::Broken, false), "{name}");
        assert_eq!(inspection.acceptable.verdict, AcceptableVerdict::No, "{name}");
        let note = &inspection.notes[0];
        assert_eq!((note.part.as_str(), note.byte), (part, Some(byte)), "{name}: {}", note.message);
    }
    let dotted = inspect("mF_9.B5f-4.1JqM", &KeySet::none(), &Expectations::at(0));
    assert_eq!((dotted.form, dotted.findings[0].id.as_str()), (Form::Broken, "perhaps-opaque"));
    let longest = inspect(&"a".repeat(16_384), &KeySet::none(), &Expectations::at(0));
    assert_eq!((longest.form, longest.well_formed), (Form::Opaque, true));
}

#[test]
fn a_key_of_the_issuer_is_named_as_such() {
    let keys = hs256_keys().from_issuer("https://issuer.example/jwks");
    let origin = inspect(HS256, &keys, &Expectations::at(BEFORE)).signature.key.unwrap();
    assert_eq!(serde_json::to_value(origin.source).unwrap(), "issuer_jwks");
    assert_eq!(origin.detail, "shared secret, 64 bytes, from https://issuer.example/jwks");
    assert!(parse_key(HS256_KEY.as_bytes()).unwrap().is_private());
}

#[test]
fn every_published_token_can_be_cut_anywhere() {
    for file in ["json_web_signature_test", "json_web_crypto_test", "json_web_encryption_test"] {
        let file = crate::load(&format!("wycheproof/{file}.json"));
        for (_, test) in crate::cases(&file).step_by(5) {
            let token = test["jws"].as_str().or(test["jwe"].as_str()).unwrap_or_default();
            for end in (0..token.len()).step_by(13) {
                let inspection = inspect(&token[..end], &KeySet::none(), &Expectations::at(0));
                assert_ne!(inspection.signature.verdict, SignatureVerdict::Valid);
            }
        }
    }
}

#[test]
fn a_stripped_signature_is_invalid_without_any_key() {
    let stripped = HS256.rsplit_once('.').unwrap().0.to_owned() + ".";
    let inspection = inspect(&stripped, &KeySet::none(), &Expectations::at(BEFORE));
    assert_eq!(inspection.signature.verdict, SignatureVerdict::Invalid);
    assert_eq!(inspection.findings[0].id, "signature-missing");
}

#[test]
fn a_missing_kid_is_explained_with_those_that_are_there() {
    let set = r#"{"keys":[{"kty":"oct","kid":"2025","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"},{"kty":"oct","kid":"2026","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_U"}]}"#;
    let token = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjIwMjQifQ.e30.AA";
    let reason = inspect(token, &parse_jwks(set.as_bytes()).unwrap(), &Expectations::at(0)).signature.reason;
    assert!(reason.contains("kid `2024`") && reason.contains("`2025`, `2026`"), "{reason}");
}

#[test]
fn rules_that_were_asked_for_count_and_others_do_not() {
    let token_of = |claims: serde_json::Value| {
        let key = claimcheck_jose::SigningKey::hmac(claimcheck_jose::Algorithm::Hs256, &[1; 32]).unwrap();
        (
            key.sign(serde_json::json!({"typ": "AT+jwt"}).as_object().unwrap(), &claims).unwrap(),
            KeySet::given(vec![key.verifying_key()]),
        )
    };
    let claims = serde_json::json!({"iss": "https://a/", "aud": ["x", "y"], "scope": "r w", "client_id": "c", "iat": 90, "nbf": 95, "exp": 110.5, "cnf": {"jkt": "T"}});
    let (token, keys) = token_of(claims);
    let good = Expectations {
        at: 100,
        issuer: Some("https://a/".into()),
        audience: Some("y".into()),
        algorithms: vec!["RS256".into(), "HS256".into()],
        scopes: vec!["w".into()],
        typ: Some("application/at+jwt".into()),
        max_age: Some(10),
        client: Some("c".into()),
        required_claims: vec!["scope".into()],
        thumbprint: Some("T".into()),
        ..Expectations::default()
    };
    assert_eq!(inspect(&token, &keys, &good).acceptable.verdict, AcceptableVerdict::Yes);
    for (rule, bad) in [
        ("issuer", Expectations { issuer: Some("https://a".into()), ..good.clone() }),
        ("audience", Expectations { audience: Some("xy".into()), ..good.clone() }),
        ("algorithm", Expectations { algorithms: vec!["hs256".into()], ..good.clone() }),
        ("scope", Expectations { scopes: vec!["r".into(), "rw".into()], ..good.clone() }),
        ("typ", Expectations { typ: Some("JWT".into()), ..good.clone() }),
        ("age", Expectations { max_age: Some(9), ..good.clone() }),
        ("client", Expectations { client: Some("C".into()), ..good.clone() }),
        ("required_claims", Expectations { required_claims: vec!["jti".into()], ..good.clone() }),
        ("binding", Expectations { thumbprint: Some("t".into()), ..good.clone() }),
        ("expiry", Expectations { at: 111, max_age: None, ..good.clone() }),
        ("not_before", Expectations { at: 94, ..good.clone() }),
    ] {
        let inspection = inspect(&token, &keys, &bad);
        let failing: Vec<&str> = inspection
            .acceptable
            .rules
            .iter()
            .filter(|line| line.verdict == RuleVerdict::Fail)
            .map(|line| line.rule.as_str())
            .collect();
        assert_eq!(failing, [rule]);
        assert_eq!(inspection.acceptable.verdict, AcceptableVerdict::No);
    }
    for wrong in [serde_json::json!({"exp": "110"}), serde_json::json!({"nbf": null}), serde_json::json!({"exp": true})]
    {
        let (token, keys) = token_of(wrong);
        assert_eq!(inspect(&token, &keys, &Expectations::at(0)).acceptable.verdict, AcceptableVerdict::No);
    }
    let (token, keys) = token_of(serde_json::json!({"aud": []}));
    let mine = Expectations { audience: Some("x".into()), ..Expectations::default() };
    assert_eq!(verdict_of(&inspect(&token, &keys, &mine), "audience"), RuleVerdict::Fail);
}

#[test]
fn duplicates_are_shown_with_both_values_and_are_not_well_formed() {
    use base64::Engine as _;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"sub":"user","sub":"admin"}"#);
    let token = format!("eyJhbGciOiJIUzI1NiJ9.{payload}.AA");
    let inspection = inspect(&token, &KeySet::none(), &Expectations::at(0));
    assert!(!inspection.well_formed);
    assert!(inspection.notes[0].message.contains("\"user\"") && inspection.notes[0].message.contains("\"admin\""));
    assert_eq!(inspection.payload["sub"], "admin");
}

#[test]
fn what_is_no_json_is_shown_as_text_or_base64() {
    let text = inspect("eyJhbGciOiJIUzI1NiJ9.Zm9v.AA", &KeySet::none(), &Expectations::at(0));
    assert!(text.well_formed && text.payload.is_null());
    assert_eq!(text.payload_text.as_deref(), Some("foo"));
    let bytes = inspect("eyJhbGciOiJIUzI1NiJ9._w.AA", &KeySet::none(), &Expectations::at(0));
    assert_eq!((bytes.payload_text, bytes.payload_base64.as_deref()), (None, Some("/w==")));
}

#[test]
fn what_is_left_of_a_broken_token_is_shown_and_never_verified() {
    let (signed, _) = HS256.rsplit_once('.').unwrap();
    let inspection = inspect(signed, &hs256_keys(), &Expectations::at(BEFORE));
    assert_eq!(inspection.form, Form::Broken);
    assert_eq!((inspection.header["alg"].as_str(), inspection.claims.len()), (Some("HS256"), 3));
    assert_eq!(inspection.notes[0].byte, Some(signed.len()));
    let more = format!("{HS256}.x");
    let inspection = inspect(&more, &hs256_keys(), &Expectations::at(BEFORE));
    assert_eq!((inspection.form, inspection.signature.verdict), (Form::Broken, SignatureVerdict::Invalid));
    assert_eq!(inspection.notes[0].byte, Some(HS256.len()));
    for token in [format!("{signed}~"), format!("{HS256}.x~")] {
        let inspection = inspect(&token, &hs256_keys(), &Expectations::at(BEFORE));
        assert_eq!((inspection.form, inspection.well_formed), (Form::Broken, false));
        assert_eq!(inspection.acceptable.verdict, AcceptableVerdict::No);
    }
}
