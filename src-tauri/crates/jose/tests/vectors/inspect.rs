//! Inspections of tokens that the RFCs print, and of what can be made of them.

use claimcheck_jose::inspection::{AcceptableVerdict, Form, RuleVerdict, SignatureVerdict};
use claimcheck_jose::{Algorithm, Expectations, KeySet, SigningKey, inspect, normalise, parse_jwks, parse_key};

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
        // Its first byte is a brace by chance.
        ("e_nbENpOkOyOJhd3rd655IRuQV-etwUpIEDY1cQVpR4", Form::Opaque),
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

fn encoded(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

/// A token over these texts, signed right, and the keys to verify it.
fn signed(header: &str, payload: &str) -> (String, KeySet) {
    let input = format!("{}.{}", encoded(header), encoded(payload));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[7; 32]);
    use base64::Engine as _;
    let signature =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, input.as_bytes()));
    let jwk = serde_json::json!({"kty": "oct", "k": base64::engine::general_purpose::URL_SAFE_NO_PAD.encode([7; 32])});
    (format!("{input}.{signature}"), parse_jwks(jwk.to_string().as_bytes()).unwrap())
}

/// RFC 7515 4 lets a reader refuse a duplicate or take the last: this one refuses, and says it before all else. Over a payload the signature
/// can be right all the same.
#[test]
fn duplicates_and_trailing_data_are_never_acceptable() {
    const HEADER: &str = r#"{"alg":"HS256","typ":"at+jwt"}"#;
    const CLAIMS: &str = r#"{"iss":"i","aud":"a","jti":"j","sub":"user","exp":4000000000}"#;
    assert_eq!(
        acceptance(HEADER, CLAIMS),
        (SignatureVerdict::Valid, AcceptableVerdict::Yes, "shared-secret".to_owned())
    );
    for (header, payload, signature, id) in [
        (HEADER, r#"{"sub":"user","sub":"admin","exp":4000000000}"#, SignatureVerdict::Valid, "duplicate-member"),
        (HEADER, r#"{"exp":4000000000,"cnf":{"jkt":"a","jkt":"b"}}"#, SignatureVerdict::Valid, "duplicate-member"),
        (r#"{"alg":"HS256","alg":"HS256"}"#, CLAIMS, SignatureVerdict::Invalid, "duplicate-member"),
        (r#"{"alg":"HS256","kid":"a","kid":"b"}"#, CLAIMS, SignatureVerdict::Invalid, "duplicate-member"),
        (HEADER, r#"{"sub":"user","exp":4000000000} {"sub":"admin"}"#, SignatureVerdict::Valid, "trailing-data"),
        (HEADER, "{\"sub\":\"user\"}\0", SignatureVerdict::Valid, "trailing-data"),
        (r#"{"alg":"HS256"}x"#, CLAIMS, SignatureVerdict::Invalid, "trailing-data"),
    ] {
        let found = acceptance(header, payload);
        assert_eq!(found, (signature, AcceptableVerdict::No, id.to_owned()), "{header}.{payload}");
    }
    let (token, _) = signed(r#"{"alg":"HS256","alg":"none"}"#, CLAIMS);
    let without = inspect(&token, &KeySet::none(), &Expectations::at(0));
    assert_eq!(without.acceptable.verdict, AcceptableVerdict::No, "without a key as well");
}

/// Signature, acceptability and the first finding of a token that is signed right.
fn acceptance(header: &str, payload: &str) -> (SignatureVerdict, AcceptableVerdict, String) {
    let (token, keys) = signed(header, payload);
    let inspection = inspect(&token, &keys, &Expectations::at(1_000_000_000));
    let first = inspection.findings.first().map(|finding| finding.id.clone()).unwrap_or_default();
    (inspection.signature.verdict, inspection.acceptable.verdict, first)
}

#[test]
fn a_payload_that_is_json_and_no_object_has_a_finding() {
    for payload in ["[1]", "\"text\"", "7", "true", "null"] {
        let (token, keys) = signed(r#"{"alg":"HS256","typ":"JWT"}"#, payload);
        let inspection = inspect(&token, &keys, &Expectations::at(0));
        assert_eq!(inspection.signature.verdict, SignatureVerdict::Valid);
        assert!(inspection.findings.iter().any(|finding| finding.id == "payload-not-object"), "{payload}");
    }
}

/// RFC 7519 5.2: a JWS in a JWS, both of which have to verify.
#[test]
fn a_token_inside_a_jws_is_read() {
    const CLAIMS: &str = r#"{"iss":"i","aud":"a","jti":"j","sub":"user","exp":4000000000}"#;
    const OUTER: &str = r#"{"alg":"HS256","cty":"JWT"}"#;
    let (inner, _) = signed(r#"{"alg":"HS256","typ":"at+jwt"}"#, CLAIMS);
    let strict = Expectations { typ: Some("at+jwt".into()), ..Expectations::at(1_000_000_000) };
    let judge = |header: &str, inner: &str, expectations: &Expectations| {
        let (token, keys) = signed(header, inner);
        inspect(&token, &keys, expectations)
    };
    let whole = judge(OUTER, &inner, &strict);
    assert_eq!((whole.form, whole.inner.as_ref().unwrap().form), (Form::Nested, Form::Jws));
    assert_eq!((&whole.payload["sub"], &whole.header["cty"]), (&"user".into(), &"JWT".into()));
    assert_eq!((whole.signature.verdict, whole.acceptable.verdict), (SignatureVerdict::Valid, AcceptableVerdict::Yes));
    assert_eq!(whole.findings.len(), 1, "shared-secret, once: {:?}", whole.findings);

    let altered = format!("{}.{}.AA", inner.split('.').next().unwrap(), encoded(CLAIMS));
    let whole = judge(OUTER, &altered, &strict);
    assert_eq!((whole.signature.verdict, whole.acceptable.verdict), (SignatureVerdict::Invalid, AcceptableVerdict::No));
    assert!(whole.signature.reason.starts_with("The token inside: "), "{}", whole.signature.reason);

    // The outer signature does not make up for an algorithm inside that is not allowed, nor the other way round.
    let asymmetric = Expectations { algorithms: vec!["RS256".into()], ..Expectations::at(1_000_000_000) };
    assert_eq!(verdict_of(&judge(OUTER, &inner, &asymmetric), "algorithm"), RuleVerdict::Fail);
    let unsecured = format!("{}.{}.", encoded(r#"{"alg":"none"}"#), encoded(CLAIMS));
    let whole = judge(OUTER, &unsecured, &strict);
    assert_eq!((whole.signature.verdict, whole.acceptable.verdict), (SignatureVerdict::Invalid, AcceptableVerdict::No));
    let expired = judge(OUTER, &inner, &Expectations::at(4_000_000_001));
    assert_eq!(verdict_of(&expired, "expiry"), RuleVerdict::Fail);

    // What does not say so is a text.
    let silent = judge(r#"{"alg":"HS256"}"#, &inner, &Expectations::at(0));
    assert_eq!((silent.form, silent.payload_text.as_deref()), (Form::Jws, Some(inner.as_str())));
}

#[test]
fn a_token_too_deep_inside_is_told_and_makes_nothing_valid() {
    let (mut token, keys) = signed(r#"{"alg":"HS256"}"#, r#"{"sub":"user"}"#);
    for level in 2..=5 {
        token = signed(r#"{"alg":"HS256","cty":"JWT"}"#, &token).0;
        let inspection = inspect(&token, &keys, &Expectations::at(0));
        let is_told = inspection.findings.iter().any(|finding| finding.id == "nested-too-deep");
        let verdict = if level == 5 { SignatureVerdict::NotChecked } else { SignatureVerdict::Valid };
        assert_eq!((inspection.signature.verdict, is_told), (verdict, level == 5), "{level}");
    }
}

/// RFC 9449 4.2: a proof is verified with the key in its own header.
#[test]
fn a_dpop_proof_is_not_called_a_forgery() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let header = serde_json::json!({"typ": "dpop+jwt", "jwk": key.public_jwk().unwrap()});
    let claims = serde_json::json!({"jti": "1", "htm": "GET", "htu": "https://api.example/", "iat": 1});
    let proof = key.sign(header.as_object().unwrap(), &claims).unwrap();
    let other = KeySet::given(vec![SigningKey::generate(Algorithm::Es256).unwrap().verifying_key()]);
    for keys in [KeySet::none(), other] {
        let signature = inspect(&proof, &keys, &Expectations::at(1)).signature;
        assert_ne!(signature.verdict, SignatureVerdict::Valid);
        assert!(
            !signature.reason.contains("forgery") && signature.reason.contains("RFC 9449 4.2"),
            "{}",
            signature.reason
        );
    }
    let (head, _) = proof.rsplit_once('.').unwrap();
    let reason = inspect(&format!("{head}.{}", "A".repeat(86)), &KeySet::none(), &Expectations::at(1)).signature.reason;
    assert!(reason.contains("does not verify against it"), "{reason}");
}

#[test]
fn an_algorithm_that_is_no_string_is_not_called_missing() {
    let token = format!("{}.e30.AA", encoded(r#"{"alg":5}"#));
    let inspection = inspect(&token, &KeySet::none(), &Expectations::at(0));
    assert!(inspection.signature.reason.contains("is a number"), "{}", inspection.signature.reason);
    assert_eq!(inspection.findings[0].id, "alg-type");
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

fn ids(header: &str, payload: &str) -> Vec<String> {
    let token = format!("{}.{}.AA", encoded(header), encoded(payload));
    let inspection = inspect(&token, &KeySet::none(), &Expectations::at(BEFORE));
    inspection.findings.into_iter().map(|finding| finding.id).collect()
}

#[test]
fn a_header_parameter_of_another_type_is_a_finding_and_brings_nothing() {
    for member in
        [r#""kid":5"#, r#""kid":null"#, r#""typ":7"#, r#""x5c":"a""#, r#""jwk":"a""#, r#""x5t":5"#, r#""jku":[]"#]
    {
        let found = ids(&format!(r#"{{"alg":"HS256",{member}}}"#), "{}");
        assert_eq!(found.iter().filter(|id| *id == "header-type").count(), 1, "{member}: {found:?}");
        assert!(!found.iter().any(|id| id.starts_with("header-") && id != "header-type"), "{member}: {found:?}");
    }
    assert!(!ids(r#"{"alg":"HS256","kid":"a","typ":"JWT"}"#, "{}").contains(&"header-type".to_owned()));
}

#[test]
fn a_kid_that_is_no_string_finds_no_key_in_a_set() {
    let set = parse_jwks(format!(r#"{{"keys":[{HS256_KEY}]}}"#).as_bytes()).unwrap();
    for kid in ["5", "null", "[]"] {
        let token = format!("{}.e30.AA", encoded(&format!(r#"{{"alg":"HS256","kid":{kid}}}"#)));
        let signature = inspect(&token, &set, &Expectations::at(0)).signature;
        assert_eq!(signature.verdict, SignatureVerdict::Invalid);
        assert!(signature.reason.contains("must be a string"), "{}", signature.reason);
        let error = set.verify_jws(&token, &[Algorithm::Hs256]).unwrap_err();
        assert!(matches!(error, claimcheck_jose::VerifyError::NoKey(_)), "{error}");
        // A key given alone is used whatever the name.
        let error = hs256_keys().verify_jws(&token, &[Algorithm::Hs256]).unwrap_err();
        assert_eq!(error, claimcheck_jose::VerifyError::Signature);
    }
}

#[test]
fn a_jwe_without_enc_is_told() {
    let token = format!("{}.AA.AA.AA.AA", encoded(r#"{"alg":"dir"}"#));
    let inspection = inspect(&token, &hs256_keys(), &Expectations::at(0));
    assert!(inspection.findings.iter().any(|finding| finding.id == "enc-missing"), "{:?}", inspection.findings);
    let reason = inspection.decryption.unwrap().reason;
    assert!(reason.contains("no `enc`") && reason.contains("4.1.2"), "{reason}");
}

#[test]
fn a_payload_that_is_no_json_has_no_claims_either() {
    for payload in ["hello", "", "\u{1}\u{2}", "[1,2]", "5"] {
        assert!(ids(r#"{"alg":"HS256"}"#, payload).contains(&"payload-not-object".to_owned()), "{payload:?}");
    }
}

#[test]
fn only_a_sensible_time_looks_like_milliseconds() {
    let milliseconds =
        |exp: &str| ids(r#"{"alg":"HS256"}"#, &format!(r#"{{"exp":{exp}}}"#)).contains(&"milliseconds".to_owned());
    assert!(milliseconds("1300819380000"));
    assert!(!milliseconds("9223372036854775807") && !milliseconds("100000000000"));
}

#[test]
fn a_number_out_of_range_loses_no_claims_and_is_not_acceptable() {
    let token = format!("{}.{}.AA", encoded(r#"{"alg":"HS256"}"#), encoded(r#"{"n":1e400,"sub":"x"}"#));
    let inspection = inspect(&token, &KeySet::none(), &Expectations::at(0));
    assert_eq!(inspection.payload["sub"], "x");
    assert!(inspection.notes[0].message.contains("`n` is 1e400"), "{:?}", inspection.notes);
    assert_eq!(inspection.acceptable.verdict, AcceptableVerdict::No);
}

#[test]
fn what_stands_for_a_key_binding_jwt_and_is_none_is_told() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let header = serde_json::json!({}).as_object().unwrap().clone();
    let issued = key.sign(&header, &serde_json::json!({"cnf": {"jwk": key.public_jwk().unwrap()}})).unwrap();
    let inspection = inspect(&format!("{issued}~WyJhIiwiYiIsMV0"), &KeySet::none(), &Expectations::at(0));
    let rule = inspection.acceptable.rules.iter().find(|rule| rule.rule == "key_binding").unwrap();
    assert!(rule.detail.contains("final `~`"), "{}", rule.detail);
    assert!(!inspection.selective_disclosure.unwrap().key_binding);

    let typ = serde_json::json!({"typ": "kb+jwt"}).as_object().unwrap().clone();
    let findings = |claims: serde_json::Value| {
        let binding = key.sign(&typ, &claims).unwrap();
        let inspection = inspect(&format!("{issued}~{binding}"), &KeySet::none(), &Expectations::at(0));
        inspection.findings.into_iter().filter(|finding| finding.id == "key-binding-claim").count()
    };
    assert_eq!(findings(serde_json::json!({"iat": 10, "aud": "a", "nonce": "n"})), 0);
    assert_eq!(findings(serde_json::json!({"iat": 1_000_000, "aud": "a", "nonce": 5})), 2);
}
