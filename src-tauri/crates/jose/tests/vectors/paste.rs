//! Finding tokens in pastes, the lint of key sets, findings, and hostile inputs.

use crate::load;
use claimcheck_jose::inspection::{Form, Inspection, RuleVerdict, Severity, SignatureVerdict};
use claimcheck_jose::{Algorithm, Expectations, KeySet, SigningKey, diff, find_tokens, inspect, lint_jwks};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";
const OTHER: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJiIn0.c2ln";

fn found(text: &str) -> Vec<(String, String)> {
    find_tokens(text).into_iter().map(|found| (found.place, found.token.expose_secret().to_owned())).collect()
}

#[test]
fn tokens_are_found_wherever_people_paste_them_from() {
    let one = |place: &str, token: &str| vec![(place.to_owned(), token.to_owned())];
    for (paste, expected) in [
        (format!("  {JWT}\n"), one("text", JWT)),
        (format!("Bearer {JWT}"), one("Authorization header", JWT)),
        (
            format!("curl -sS https://api.example/echo -H 'Authorization: Bearer {JWT}' -H 'Accept: */*'"),
            one("Authorization header", JWT),
        ),
        (
            "curl -H \"authorization: bearer 2YotnFZFEjr1zCsicMWpAA\" https://x".to_owned(),
            one("Authorization header", "2YotnFZFEjr1zCsicMWpAA"),
        ),
        (
            format!("GET /echo HTTP/1.1\r\nHost: x\r\nAuthorization: DPoP {JWT}\r\nDPoP: {OTHER}\r\n"),
            vec![("Authorization header".to_owned(), JWT.to_owned()), ("DPoP".to_owned(), OTHER.to_owned())],
        ),
        (
            format!(r#"{{"access_token":"2Yotn/FZ","id_token":"{JWT}","token_type":"Bearer","expires_in":7200}}"#),
            vec![("access_token".to_owned(), "2Yotn/FZ".to_owned()), ("id_token".to_owned(), JWT.to_owned())],
        ),
        (
            format!(
                "HTTP/1.1 200 OK\nContent-Type: application/json\n\n{{\n  \"access_token\" : \"{JWT}\",\n  \"token_type\": \"Bearer\" }}"
            ),
            one("access_token", JWT),
        ),
        (format!("https://app.example/cb#access_token={JWT}&token_type=Bearer&state=x"), one("access_token", JWT)),
        ("https://api.example/?access_token=a%2Fb%3D&x=1".to_owned(), one("access_token", "a/b=")),
        (format!("Cookie: theme=dark; session={JWT}; other=1"), one("cookie session", JWT)),
        (format!("https://api.example/verify/{JWT}/now"), one("text", JWT)),
        (format!("{}\n  {}\n{}", &JWT[..10], &JWT[10..30], &JWT[30..]), one("text over several lines", JWT)),
        (format!("{JWT}\n{OTHER}"), vec![("text".to_owned(), JWT.to_owned()), ("text".to_owned(), OTHER.to_owned())]),
        (format!("{JWT} {JWT}"), one("text", JWT)),
        (format!("Bearer Bearer {JWT}"), one("Authorization header", JWT)),
        (
            "Authorization: Bearer bearer 2YotnFZFEjr1zCsicMWpAA".to_owned(),
            one("Authorization header", "2YotnFZFEjr1zCsicMWpAA"),
        ),
        ("Bearer Bearer".to_owned(), vec![]),
        (format!("scope=a&token={JWT}&x=1"), one("token", JWT)),
        (format!("grant_type=x&subject_token={JWT}&scope=a"), one("subject_token", JWT)),
        ("2YotnFZFEjr1zCsicMWpAA".to_owned(), one("text", "2YotnFZFEjr1zCsicMWpAA")),
        ("'2YotnFZFEjr1zCsicMWpAA';".to_owned(), one("text", "2YotnFZFEjr1zCsicMWpAA")),
        (format!("\"{JWT}=\","), one("text", &format!("{JWT}="))),
        (format!("`{JWT}`"), one("text", JWT)),
        (format!("{JWT}, "), one("text", JWT)),
        ("WWW-Authenticate: Bearer realm=\"gravitee.io\"".to_owned(), vec![]),
        ("A Bearer token is what you need.".to_owned(), vec![]),
        ("https://api.example/echo".to_owned(), vec![]),
        (String::new(), vec![]),
    ] {
        assert_eq!(found(&paste), expected, "{paste}");
    }
    let serialization = json!({"payload": "e30", "protected": "e30", "signature": ""}).to_string();
    assert_eq!(found(&serialization), one("text", &serialization));
    let sd_jwt = format!("{JWT}~WyJhIiwiYiJd~");
    assert_eq!(found(&format!("Bearer {sd_jwt}")), one("Authorization header", &sd_jwt));
}

fn lint_ids(set: &Value) -> Vec<String> {
    lint_jwks(set.to_string().as_bytes()).into_iter().map(|finding| finding.id).collect()
}

#[test]
fn a_sound_key_set_has_no_findings_and_each_defect_has_its_own() {
    let signing = SigningKey::generate(Algorithm::Es256).unwrap();
    let sound = signing.public_jwk().unwrap();
    assert_eq!(lint_ids(&json!({"keys": [sound]})), [""; 0]);
    let with = |name: &str, value: Value| {
        let mut key = sound.clone();
        key[name] = value;
        key
    };
    let other = SigningKey::generate(Algorithm::Es256).unwrap().with_kid(signing.kid().unwrap()).public_jwk().unwrap();
    let mut bare = sound.clone();
    bare.as_object_mut().unwrap().retain(|name, _| !["alg", "use"].contains(&name.as_str()));
    for (set, ids) in [
        (json!({"keys": []}), vec!["no-keys"]),
        (json!([]), vec!["no-set"]),
        (sound.clone(), vec!["no-set"]),
        (json!({"keys": [with("d", json!("AQ"))]}), vec!["private-key-published"]),
        (json!({"keys": [{"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "use": "sig"}]}), vec!["secret-published"]),
        (json!({"keys": [sound, other]}), vec!["duplicate-kid"]),
        (json!({"keys": [sound, with("kid", json!("again"))]}), vec!["same-key"]),
        (json!({"keys": [with("alg", json!("RS256"))]}), vec!["alg-conflict"]),
        (json!({"keys": [with("alg", json!("ES521"))]}), vec!["alg-unknown"]),
        (json!({"keys": [with("key_ops", json!(["verify", "deriveKey"]))]}), vec!["use-conflict"]),
        (json!({"keys": [with("x", sound["y"].clone())]}), vec!["off-curve"]),
        (json!({"keys": [bare]}), vec!["no-use", "no-alg"]),
        (json!({"keys": [{"kty": "AKP", "kid": "new"}]}), vec!["unreadable-key"]),
        (json!({"keys": [with("x5c", json!(["AAAA"]))]}), vec!["x5c-conflict"]),
    ] {
        assert_eq!(lint_ids(&set), ids, "{set}");
    }
    let wycheproof = load("wycheproof/json_web_key_test.json");
    let of = |group: usize| lint_ids(&wycheproof["testGroups"][group]["public"]);
    let all: Vec<String> = (0..wycheproof["testGroups"].as_array().unwrap().len()).flat_map(of).collect();
    for id in ["roca", "rsa-too-small", "rsa-exponent", "off-curve"] {
        assert!(all.iter().any(|found| found == id), "{id}: {all:?}");
    }
}

/// Five minutes into the life of an ordinary token.
const NOW: i64 = 1_700_000_300;

fn ordinary() -> Value {
    json!({"iss": "https://as.example", "sub": "me", "aud": "api", "iat": NOW - 300, "exp": NOW + 3000, "jti": "1"})
}

fn signed(header: &Value, claims: &Value) -> Inspection {
    let key = SigningKey::hmac(Algorithm::Hs256, &[7; 32]).unwrap();
    let token = key.sign(header.as_object().unwrap(), claims).unwrap();
    inspect(&token, &KeySet::none(), &Expectations::at(NOW))
}

fn ids(inspection: &Inspection) -> Vec<&str> {
    inspection.findings.iter().map(|finding| finding.id.as_str()).collect()
}

#[test]
fn each_weakness_of_a_token_has_its_finding() {
    let at_jwt = json!({"typ": "at+jwt"});
    assert_eq!(ids(&signed(&at_jwt, &ordinary())), ["shared-secret"], "nothing else on a sound token");
    let claims = |name: &str, value: Value| {
        let mut claims = ordinary();
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().shift_remove(name)),
            value => claims[name] = value,
        }
        claims
    };
    for (name, value, id) in [
        ("exp", Value::Null, "no-exp"),
        ("aud", Value::Null, "no-aud"),
        ("iss", Value::Null, "no-iss"),
        ("jti", Value::Null, "no-jti"),
        ("exp", json!(NOW + 90_000), "long-life"),
        ("exp", json!((NOW + 3000) * 1000), "milliseconds"),
        ("exp", json!(NOW - 400), "never-valid"),
        ("iat", json!(NOW + 5), "issued-in-future"),
        ("email", json!("a@b"), "personal-data"),
        ("nonce", json!("n"), "id-token"),
        ("scope", json!(["a"]), "scope-array"),
        ("sub", json!("a\u{202E}b"), "hidden-characters"),
        ("id", json!(9_007_199_254_740_993_u64), "big-integer"),
        ("x", json!("a".repeat(9000)), "large-token"),
        ("exp", json!("tomorrow"), "claim-type"),
        ("aud", json!(5), "claim-type"),
        ("aud", json!(["a", 5]), "claim-type"),
        ("iss", json!({}), "claim-type"),
        ("nbf", json!(true), "claim-type"),
    ] {
        let header = if id == "id-token" { json!({}) } else { at_jwt.clone() };
        let inspection = signed(&header, &claims(name, value));
        assert!(ids(&inspection).contains(&id), "{id}: {:?}", ids(&inspection));
    }
    for (name, value, id) in [
        ("jku", json!("https://evil.example"), "header-jku"),
        ("x5u", json!("https://evil.example"), "header-x5u"),
        ("x5c", json!([]), "header-x5c"),
        ("jwk", json!({"kty": "oct", "k": "AA"}), "header-jwk"),
        ("kid", json!("../../dev/null"), "kid-path"),
        ("kid", json!("x' UNION SELECT 1--"), "kid-sql"),
        ("kid", json!("https://evil.example/k"), "kid-url"),
        ("kid", json!("a|b"), "kid-injection"),
        ("kid", json!("../x' or '1'='1"), "kid-path"),
        ("kid", json!("../x' or '1'='1"), "kid-sql"),
        ("kid", json!("key\u{202E}1"), "hidden-characters"),
        ("kid", json!("default-gravitee-AM-key"), "gravitee-default-key"),
        ("crit", json!(["exp"]), "crit"),
        ("typ", json!("JWT"), "typ-not-at-jwt"),
    ] {
        let mut header = at_jwt.clone();
        header[name] = value;
        let inspection = signed(&header, &ordinary());
        assert!(ids(&inspection).contains(&id), "{id}: {:?}", ids(&inspection));
    }
}

#[test]
fn known_secrets_are_found_and_not_printed() {
    let weak = SigningKey::hmac(Algorithm::Hs256, b"s3cR3t4grAv1t3310AMS1g1ingDftK3y").unwrap();
    let token = weak.sign(&Map::new(), &ordinary()).unwrap();
    let inspection = inspect(&token, &KeySet::none(), &Expectations::at(NOW));
    assert_eq!(
        (inspection.findings[0].id.as_str(), inspection.findings[0].severity),
        ("weak-secret", Severity::Critical)
    );
    assert!(!serde_json::to_string(&inspection).unwrap().contains("s3cR3t4"));
}

#[test]
fn a_key_that_the_token_brings_turns_nothing_green() {
    let attacker = SigningKey::generate(Algorithm::Es256).unwrap();
    let header = json!({"jwk": attacker.public_jwk().unwrap()});
    let token = attacker.sign(header.as_object().unwrap(), &ordinary()).unwrap();
    let honest = KeySet::given(vec![SigningKey::generate(Algorithm::Es256).unwrap().verifying_key()]);
    let without = inspect(&token, &KeySet::none(), &Expectations::at(NOW)).signature;
    assert_eq!(without.verdict, SignatureVerdict::NotChecked);
    assert!(without.reason.contains("as a forgery would"), "{}", without.reason);
    let with = inspect(&token, &honest, &Expectations::at(NOW)).signature;
    assert_eq!(with.verdict, SignatureVerdict::Invalid);
    assert!(with.reason.contains("as a forgery would"), "{}", with.reason);
}

#[test]
fn two_tokens_differ_where_they_differ() {
    let left = signed(&json!({}), &ordinary());
    let right = signed(&json!({"typ": "at+jwt"}), &json!({"iss": "https://as.example", "aud": "other"}));
    let paths: Vec<String> = diff(&left, &right).into_iter().map(|difference| difference.path).collect();
    assert_eq!(paths, ["header.typ", "payload.sub", "payload.aud", "payload.iat", "payload.exp", "payload.jti"]);
}

fn encoded(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn hostile_inputs_are_harmless_and_fast() {
    let header = encoded(r#"{"alg":"HS256"}"#);
    let megabytes = "x".repeat(1_500_000);
    let keys = KeySet::given(vec![SigningKey::generate(Algorithm::Hs256).unwrap().verifying_key()]);
    let inputs = [
        format!("{header}.{}.AA", encoded(&format!(r#"{{"a":"{megabytes}"}}"#))),
        format!("{header}.{}.AA", encoded(&"[".repeat(1_500_000))),
        format!("{header}.{}.AA", encoded(&format!("{{{}}}", vec![r#""a":1"#; 200_000].join(",")))),
        format!("{header}.{}.AA", encoded(&format!("[{}]", vec!["9007199254740993"; 80_000].join(",")))),
        format!("{header}.{}.AA", "+".repeat(2_000_000)),
        format!("{header}.{}.AA", "é".repeat(1_000_000)),
        ".".repeat(2_000_000),
        "~".repeat(2_000_000),
        format!("{header}.e30.AA{}", "~WyJhIiwiYiIsMV0".repeat(100_000)),
        format!(
            "{}",
            json!({"payload": "e30", "signatures": vec![json!({"protected": header, "signature": "AA"}); 20_000]})
        ),
        format!(
            "{}",
            json!({"ciphertext": "A".repeat(100_000), "recipients": vec![json!({"header": {"alg": "dir"}}); 20_000]})
        ),
        "{\"a\":".repeat(300_000),
        "\u{202E}".repeat(500_000),
    ];
    for input in inputs {
        let start = Instant::now();
        let inspection = inspect(&input, &keys, &Expectations::at(NOW));
        assert_ne!(inspection.signature.verdict, SignatureVerdict::Valid);
        assert!(inspection.notes.len() < 200 && inspection.findings.len() < 200);
        assert!(find_tokens(&input).len() <= 64);
        let limit = if cfg!(debug_assertions) { Duration::from_secs(8) } else { Duration::from_secs(1) };
        assert!(start.elapsed() < limit, "{:?} for {}…", start.elapsed(), input.chars().take(40).collect::<String>());
    }
}

#[test]
fn forms_are_told_in_the_words_of_the_contract() {
    for (form, word) in [
        (Form::Jws, "jws"),
        (Form::Jwe, "jwe"),
        (Form::JwsJson, "jws-json"),
        (Form::SdJwt, "sd-jwt"),
        (Form::Nested, "nested"),
        (Form::Dpop, "dpop"),
        (Form::Opaque, "opaque"),
        (Form::Broken, "broken"),
    ] {
        assert_eq!(serde_json::to_value(form).unwrap(), word);
    }
}

#[test]
fn a_broken_token_alone_is_not_cut_where_it_is_broken() {
    let padded = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0=.";
    let found = find_tokens(&format!(" {padded}\n"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].token.expose_secret(), padded);
}

#[test]
fn two_tokens_in_one_line_are_not_one() {
    for text in [format!("{JWT} {JWT}"), format!("{JWT}\t{OTHER}"), vec![JWT; 10_000].join(" ")] {
        let inspection = inspect(&text, &KeySet::none(), &Expectations::at(NOW));
        assert_eq!((inspection.form, inspection.well_formed), (Form::Broken, false));
        assert_eq!(inspection.notes[0].byte, Some(JWT.len()));
        assert!(inspection.notes[0].message.contains("another token"), "{:?}", inspection.notes[0]);
        assert_eq!(inspection.payload["sub"], "a", "the first is shown");
        let compact = inspection.acceptable.rules.iter().find(|rule| rule.rule == "compact").unwrap();
        assert_eq!(compact.verdict, RuleVerdict::Fail);
    }
    let folded = format!("{}\n{}", &JWT[..30], &JWT[30..]);
    let inspection = inspect(&folded, &KeySet::none(), &Expectations::at(NOW));
    let compact = inspection.acceptable.rules.iter().find(|rule| rule.rule == "compact").unwrap();
    assert!(compact.verdict == RuleVerdict::Fail && compact.detail.contains("white space"), "{compact:?}");
}
