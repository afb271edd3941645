//! Proofs of possession without their request: DPoP proofs and key-binding JWTs, judged at a moment.
//! Not here: a DPoP proof against its request ([`super::rfc`]).

use claimcheck_jose::inspection::{AcceptableVerdict, Form, Inspection, RuleVerdict};
use claimcheck_jose::{Algorithm, Expectations, KeySet, SigningKey, inspect};
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;

fn verdict(inspection: &Inspection, name: &str) -> Option<RuleVerdict> {
    inspection.acceptable.rules.iter().find(|rule| rule.rule == name).map(|rule| rule.verdict)
}

fn failing(inspection: &Inspection) -> Vec<&str> {
    let failing = inspection.acceptable.rules.iter().filter(|rule| rule.verdict == RuleVerdict::Fail);
    failing.map(|rule| rule.rule.as_str()).collect()
}

/// A proof as RFC 9449 4.2 wants it but for one claim, inspected with the key that signed it.
fn proof(typ: &str, name: &str, value: Value, expectations: &Expectations) -> Inspection {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let header = json!({"typ": typ, "jwk": key.public_jwk().unwrap()});
    let mut claims = json!({"jti": "a", "htm": "GET", "htu": "https://api.example/orders", "iat": NOW});
    claims[name] = value;
    let token = key.sign(header.as_object().unwrap(), &claims).unwrap();
    inspect(&token, &KeySet::given(vec![key.verifying_key()]), expectations)
}

#[test]
fn a_proof_alone_is_judged_and_what_needs_the_request_is_open() {
    let good = proof("dpop+jwt", "iat", json!(NOW - 299), &Expectations::at(NOW));
    assert_eq!((failing(&good), good.acceptable.verdict), (vec![], AcceptableVerdict::Yes));
    for name in ["dpop_header", "dpop_htm", "dpop_htu", "dpop_nonce", "dpop_token"] {
        assert_eq!(verdict(&good, name), Some(RuleVerdict::NotChecked), "{name}");
    }
    let spelled = proof("application/DPoP+JWT", "iat", json!(NOW), &Expectations::at(NOW));
    assert_eq!((spelled.form, failing(&spelled)), (Form::Dpop, vec![]));
}

#[test]
fn a_proof_that_every_server_refuses_is_not_acceptable() {
    for (name, value, rule) in [
        ("iat", json!(NOW - 86_400), "dpop_iat"),
        ("iat", json!(NOW + 86_400), "dpop_iat"),
        ("htm", json!(5), "dpop_claims"),
        ("htm", json!(""), "dpop_claims"),
        ("jti", json!(5), "dpop_claims"),
        ("jti", json!(""), "dpop_claims"),
        ("jti", Value::Null, "dpop_claims"),
        ("htu", json!("https://x/?q=1#f"), "dpop_claims"),
        ("htu", json!("https://x/?"), "dpop_claims"),
        ("htu", json!("/orders"), "dpop_claims"),
        ("ath", json!(1), "dpop_claims"),
        ("nonce", json!(""), "dpop_claims"),
    ] {
        let inspection = proof("dpop+jwt", name, value.clone(), &Expectations::at(NOW));
        assert_eq!(failing(&inspection), [rule], "{name} {value}");
        assert_eq!(inspection.acceptable.verdict, AcceptableVerdict::No, "{name} {value}");
    }
    // `iat` of another type is no claim, and no time either.
    let text = proof("dpop+jwt", "iat", json!(NOW.to_string()), &Expectations::at(NOW));
    assert_eq!(failing(&text), ["dpop_claims", "dpop_iat"]);
    let forgiven = Expectations { leeway: 100, ..Expectations::at(NOW) };
    assert_eq!(failing(&proof("dpop+jwt", "iat", json!(NOW - 400), &forgiven)), [""; 0]);
    let travelled = Expectations::at(NOW - 86_400);
    assert_eq!(failing(&proof("dpop+jwt", "iat", json!(NOW - 86_400), &travelled)), [""; 0]);
}

/// A presentation with one claim of the key-binding JWT replaced.
fn presented(name: &str, value: Value, expectations: &Expectations) -> Inspection {
    let (issuer, holder) =
        (SigningKey::generate(Algorithm::Es256).unwrap(), SigningKey::generate(Algorithm::Es256).unwrap());
    let issued = issuer
        .sign(json!({"typ": "dc+sd-jwt"}).as_object().unwrap(), &json!({"cnf": {"jwk": holder.public_jwk().unwrap()}}))
        .unwrap();
    let presented = format!("{issued}~");
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, presented.as_bytes());
    use base64::Engine as _;
    let hash = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash);
    let mut claims = json!({"iat": NOW, "aud": "https://verifier.example", "nonce": "n", "sd_hash": hash});
    claims[name] = value;
    let binding = holder.sign(json!({"typ": "kb+jwt"}).as_object().unwrap(), &claims).unwrap();
    inspect(&format!("{presented}{binding}"), &KeySet::given(vec![issuer.verifying_key()]), expectations)
}

#[test]
fn a_key_binding_of_this_moment_passes_and_says_what_was_not_compared() {
    let good = presented("iat", json!(NOW - 599), &Expectations::at(NOW));
    assert_eq!(verdict(&good, "key_binding"), Some(RuleVerdict::Pass), "{:?}", good.acceptable.rules);
    assert_eq!(good.acceptable.verdict, AcceptableVerdict::Yes);
    for name in ["key_binding_aud", "key_binding_nonce"] {
        assert_eq!(verdict(&good, name), Some(RuleVerdict::NotChecked), "{name}");
    }
}

#[test]
fn a_dead_or_open_key_binding_is_refused() {
    for (name, value) in [
        ("iat", json!(1)),
        ("iat", json!(NOW + 11 * 86_400)),
        ("iat", json!("now")),
        ("exp", json!(1)),
        ("exp", json!("never")),
        ("nbf", json!(NOW + 60)),
        ("nonce", json!("")),
        ("nonce", json!(5)),
        ("aud", json!(["a"])),
    ] {
        let inspection = presented(name, value.clone(), &Expectations::at(NOW));
        assert_eq!(failing(&inspection), ["key_binding"], "{name} {value}");
        assert_eq!(inspection.acceptable.verdict, AcceptableVerdict::No, "{name} {value}");
    }
    let forgiven = Expectations { leeway: 60, ..Expectations::at(NOW) };
    assert_eq!(failing(&presented("nbf", json!(NOW + 60), &forgiven)), [""; 0]);
    assert_eq!(failing(&presented("iat", json!(1), &Expectations::at(1))), [""; 0], "time travel");
}

#[test]
fn a_claim_says_that_it_was_disclosed() {
    let file = crate::load("sd-jwt/examples.json");
    let example = file["examples"].as_array().unwrap().iter().find(|example| example["name"] == "simple").unwrap();
    let token = example["presentation"].as_str().unwrap();
    let inspection = inspect(token, &KeySet::none(), &Expectations::at(NOW));
    let disclosed = inspection.selective_disclosure.as_ref().unwrap().disclosures.iter();
    let names: Vec<&str> = disclosed.filter_map(|disclosure| disclosure.name.as_deref()).collect();
    for claim in &inspection.claims {
        let expected = match claim.name.as_str() {
            "nationalities" => "disclosed in part",
            name if names.contains(&name) => "disclosed",
            _ => "",
        };
        let mark = claim.note.split(';').next().filter(|note| note.starts_with("disclosed")).unwrap_or_default();
        assert_eq!(mark, expected, "{}: {}", claim.name, claim.note);
    }
    assert!(!names.is_empty());
}
