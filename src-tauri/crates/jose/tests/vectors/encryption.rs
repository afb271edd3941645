//! Wycheproof and RFC 7520: JWE, opened with one's own key.

use crate::{cases, load};
use claimcheck_jose::inspection::{
    AcceptableVerdict, DecryptionVerdict, Form, Inspection, RuleVerdict, SignatureVerdict,
};
use claimcheck_jose::{Expectations, KeySet, inspect, parse_jwks};
use serde_json::Value;

fn text(token: &Value) -> String {
    token.as_str().map_or_else(|| token.to_string(), str::to_owned)
}

fn opened(token: &Value, key: &Value, allow_rsa1_5: bool) -> Inspection {
    let keys = parse_jwks(key.to_string().as_bytes()).unwrap_or_else(|_| KeySet::given(Vec::new()));
    inspect(&text(token), &keys, &Expectations { allow_rsa1_5, ..Expectations::default() })
}

fn content(inspection: &Inspection) -> Option<String> {
    let text = inspection.payload_text.clone();
    text.or_else(|| (!inspection.payload.is_null()).then(|| inspection.payload.to_string()))
}

fn is_decrypted(inspection: &Inspection) -> bool {
    inspection.decryption.as_ref().is_some_and(|decryption| decryption.verdict == DecryptionVerdict::Decrypted)
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn misjudged(file: &str, allow_rsa1_5: bool) -> Vec<u64> {
    let file = load(file);
    cases(&file)
        .filter(|(_, test)| !test["jwe"].is_null())
        .filter(|(group, test)| {
            let inspection = opened(&test["jwe"], &group["private"], allow_rsa1_5);
            let accepted = is_decrypted(&inspection) && inspection.acceptable.verdict != AcceptableVerdict::No;
            if accepted && test["pt"].is_string() {
                assert_eq!(content(&inspection).map(|text| hex(&text)).as_deref(), test["pt"].as_str());
            }
            accepted != (test["result"] == "valid")
        })
        .map(|(_, test)| test["tcId"].as_u64().unwrap())
        .collect()
}

#[test]
fn encryption_is_judged_as_labelled_but_for_rsa1_5_which_is_off() {
    assert_eq!(misjudged("wycheproof/json_web_encryption_test.json", false), [100, 101, 102, 103, 104, 105, 112, 128]);
}

#[test]
fn with_rsa1_5_switched_on_every_label_is_met() {
    assert_eq!(misjudged("wycheproof/json_web_encryption_test.json", true), [0; 0]);
}

#[test]
fn structure_is_judged_as_labelled() {
    assert_eq!(misjudged("wycheproof/json_web_crypto_test.json", false), [0; 0]);
}

#[test]
fn the_cookbook_opens_in_every_serialization() {
    for name in [
        "5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2",
        "5_2.key_encryption_using_rsa-oaep_with_aes-gcm",
        "5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2",
        "5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm",
        "5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2",
        "5_6.direct_encryption_using_aes-gcm",
        "5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2",
        "5_8.key_wrap_using_aes-keywrap_with_aes-gcm",
        "5_9.compressed_content",
        "5_10.including_additional_authentication_data",
        "5_11.protecting_specific_header_fields",
        "5_12.protecting_content_only",
        "5_13.encrypting_to_multiple_recipients",
    ] {
        let example = load(&format!("cookbook/jwe/{name}.json"));
        let keys = match (&example["input"]["key"], &example["input"]["pwd"]) {
            (Value::Array(keys), _) => keys.clone(),
            (Value::Null, Value::String(password)) => vec![password_key(password)],
            (key, _) => vec![key.clone()],
        };
        for key in &keys {
            for (form, token) in example["output"].as_object().unwrap() {
                let inspection = opened(token, key, true);
                assert!(is_decrypted(&inspection), "{name} {form}: {:?} {:?}", inspection.decryption, inspection.notes);
                let expected = &example["input"]["plaintext"];
                let shown = content(&inspection).unwrap();
                assert!(
                    expected.as_str() == Some(&shown)
                        || serde_json::from_str::<Value>(&shown).unwrap()
                            == serde_json::from_str::<Value>(expected.as_str().unwrap()).unwrap(),
                    "{name}"
                );
                let compact = inspection.acceptable.rules.iter().find(|rule| rule.rule == "compact").unwrap();
                assert_eq!(compact.verdict == RuleVerdict::Pass, form == "compact");
            }
        }
    }
}

fn password_key(password: &str) -> Value {
    use base64::Engine as _;
    let k = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(password);
    serde_json::json!({"kty": "oct", "k": k})
}

#[test]
fn key_agreement_on_curve25519() {
    let example = load("cookbook/curve25519/ecdh-es.json");
    for (form, token) in example["output"].as_object().unwrap() {
        let inspection = opened(token, &example["input"]["key"], false);
        assert!(is_decrypted(&inspection), "{form}: {:?}", inspection.decryption);
    }
}

#[test]
fn a_nested_token_shows_the_inner_one_with_its_own_verdict() {
    let example = load("cookbook/6.nesting_signatures_and_encryption.json");
    let inner = &example["sign"];
    let outer = &example["encrypt"];
    let opening = outer["input"]["key"].clone();
    let both = serde_json::json!({"keys": [opening, inner["input"]["key"]]});
    let inspection = opened(&outer["output"]["compact"], &both, false);
    assert_eq!(inspection.form, Form::Nested, "{:?}", inspection.decryption);
    assert_eq!(inspection.signature.verdict, SignatureVerdict::Valid, "{:?}", inspection.signature);
    assert_eq!(inspection.header["enc"], "A128GCM");
    assert_eq!(inspection.inner.as_ref().unwrap().header["alg"], "PS256");
    assert_eq!(inspection.payload["iss"], "hobbiton.example");

    let closed = opened(&outer["output"]["compact"], &inner["input"]["key"], false);
    assert_eq!(closed.form, Form::Jwe);
    assert_eq!(closed.acceptable.verdict, AcceptableVerdict::No);
    let untried = inspect(&text(&outer["output"]["compact"]), &KeySet::none(), &Expectations::default());
    assert_eq!(untried.decryption.unwrap().verdict, DecryptionVerdict::NotTried);
    assert_eq!(untried.acceptable.verdict, AcceptableVerdict::Unknown);
}

#[test]
fn whatever_is_wrong_inside_the_answer_is_the_same() {
    let file = load("wycheproof/json_web_encryption_test.json");
    let reasons: std::collections::HashSet<String> = cases(&file)
        .filter(|(_, test)| (113..=120).contains(&test["tcId"].as_u64().unwrap()))
        .map(|(group, test)| opened(&test["jwe"], &group["private"], true).decryption.unwrap().reason)
        .collect();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
}

fn base64url(bytes: impl AsRef<[u8]>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// A `dir` token over bytes that are said to be compressed.
fn zipped(content: &[u8]) -> (String, Value) {
    use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
    let header = base64url(r#"{"alg":"dir","enc":"A128GCM","zip":"DEF"}"#);
    let mut sealed = miniz_oxide::deflate::compress_to_vec(content, 9);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &[9; 16]).unwrap());
    let nonce = Nonce::assume_unique_for_key([1; 12]);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut sealed).unwrap();
    let token = format!("{header}..{}.{}.{}", base64url([1; 12]), base64url(&sealed), base64url(tag));
    (token, serde_json::json!({"kty": "oct", "k": base64url([9; 16])}))
}

#[test]
fn what_unfolds_to_too_much_is_refused() {
    let (small, key) = zipped(&vec![b'x'; 1_000_000]);
    assert!(is_decrypted(&opened(&small.into(), &key, false)));
    let (bomb, key) = zipped(&vec![b'x'; 20_000_000]);
    assert!(bomb.len() < 40_000);
    let inspection = opened(&bomb.into(), &key, false);
    assert!(!is_decrypted(&inspection));
    assert!(inspection.decryption.unwrap().reason.contains("unfolds"));
}

#[test]
fn rounds_over_the_cap_are_not_computed() {
    let header = |rounds: u64| {
        base64url(format!(r#"{{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":{rounds},"p2s":"AAAAAAAAAAA"}}"#))
    };
    let start = std::time::Instant::now();
    for rounds in [1_200_001, 4_000_000_000, u64::MAX] {
        let inspection = opened(&format!("{}.AA.AA.AA.AA", header(rounds)).into(), &password_key("password"), false);
        assert!(inspection.decryption.unwrap().reason.contains("p2c"));
        assert_eq!(inspection.findings[0].id, "p2c-too-high");
    }
    let recipient = serde_json::json!({"header": {"alg": "PBES2-HS256+A128KW", "p2c": 200_000, "p2s": "AAAAAAAAAAA"}, "encrypted_key": "AA"});
    let many = serde_json::json!({"protected": base64url(r#"{"enc":"A128GCM"}"#), "iv": "AA", "ciphertext": "AA", "tag": "AA",
        "recipients": vec![recipient; 16]});
    let inspection = opened(&many, &password_key("password"), false);
    assert!(inspection.decryption.unwrap().reason.contains("p2c"));
    assert!(start.elapsed() < std::time::Duration::from_secs(2));
}

#[test]
fn a_key_for_something_else_does_not_open() {
    let example = load("cookbook/jwe/5_8.key_wrap_using_aes-keywrap_with_aes-gcm.json");
    let token = &example["output"]["compact"];
    let key = &example["input"]["key"];
    assert!(is_decrypted(&opened(token, key, false)));
    for (name, value, word) in [
        ("use", serde_json::json!("sig"), "`use`"),
        ("key_ops", serde_json::json!(["verify"]), "`key_ops`"),
        ("alg", serde_json::json!("A128GCMKW"), "`alg`"),
        ("k", serde_json::json!(base64url([0; 32])), "does not go with"),
        ("kid", serde_json::json!("other"), ""),
    ] {
        let mut bent = key.clone();
        bent[name] = value;
        let inspection = opened(token, &bent, false);
        assert_eq!(is_decrypted(&inspection), word.is_empty(), "{name}");
        assert!(inspection.decryption.unwrap().reason.contains(word), "{name}");
    }
}
