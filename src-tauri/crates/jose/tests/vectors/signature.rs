//! Wycheproof: signatures, keys and the JWS half of the structure tests.

use crate::{cases, load, verification_key};
use claimcheck_jose::inspection::{AcceptableVerdict, SignatureVerdict};
use claimcheck_jose::{Algorithm, Expectations, inspect, parse_jwks};
use serde_json::Value;

/// What a strict verifier answers otherwise than labelled.
const DIVERGENCES: [(u64, &str); 8] = [
    (346, "the key is bound to PS256, the token says PS384"),
    (347, "the key's alg is ES521, which is no algorithm"),
    (350, "the key is bound to PS256, the token says PS384"),
    (351, "the key's alg is ES521, which is no algorithm"),
    (367, "same key and bytes as 357, which is labelled valid"),
    (370, "same key and bytes as 357, which is labelled valid"),
    (372, "labelled valid, holds `?` inside base64url"),
    (373, "labelled valid, holds `?` inside base64url"),
];

fn verifies(group: &Value, token: &Value) -> bool {
    let Some(token) = token.as_str() else { return false };
    parse_jwks(&verification_key(group)).is_ok_and(|keys| {
        let verified = keys.verify_jws(token, &Algorithm::ALL).is_ok();
        let inspection = inspect(token, &keys, &Expectations::default());
        assert_eq!(verified, inspection.signature.verdict == SignatureVerdict::Valid, "both ways agree: {token}");
        assert_eq!(verified, inspection.acceptable.verdict == AcceptableVerdict::Yes, "{token}");
        verified
    })
}

fn misjudged(file: &str) -> Vec<u64> {
    let file = load(file);
    cases(&file)
        .filter(|(_, test)| !test["jws"].is_null())
        .filter(|(group, test)| verifies(group, &test["jws"]) != (test["result"] == "valid"))
        .map(|(_, test)| test["tcId"].as_u64().unwrap())
        .collect()
}

#[test]
fn signatures_are_judged_as_labelled_but_for_the_named_divergences() {
    assert_eq!(misjudged("wycheproof/json_web_signature_test.json"), DIVERGENCES.map(|(id, _)| id));
}

#[test]
fn keys_are_judged_as_labelled() {
    assert_eq!(misjudged("wycheproof/json_web_key_test.json"), [0; 0]);
}

#[test]
fn structure_is_judged_as_labelled() {
    assert_eq!(misjudged("wycheproof/json_web_crypto_test.json"), [0; 0]);
}
