//! DPoP proofs: the checks of RFC 9449 4.3, on a proof alone and against the request that it came with.

use super::claims::type_name;
use super::rules::{media_type, rule};
use super::signature::brought;
use super::times::{NumericDate, describe};
use crate::algorithm::{Algorithm, Family};
use crate::inspection::{Rule, RuleVerdict};
use crate::{Expectations, KeySet, base64url, json};
use aws_lc_rs::digest;
use serde_json::{Map, Value};
use url::Url;

/// How far `iat` of a proof may be from the moment of judging, in seconds, beside the leeway (RFC 9449 11.1: seconds or minutes).
pub const DPOP_WINDOW: i64 = 300;

/// The request that a proof came with.
#[derive(Debug, Clone)]
pub struct DpopRequest<'a> {
    /// How many `DPoP` header fields the request has.
    pub header_count: usize,
    /// The method, as it stands in the request.
    pub method: &'a str,
    /// The whole target; query and fragment are left out of the comparison.
    pub url: &'a str,
    /// The access token that was sent along, at a resource server.
    pub access_token: Option<&'a str>,
    /// `cnf.jkt` of that token: the thumbprint of the key that it is bound to.
    pub bound_thumbprint: Option<&'a str>,
    /// The nonce that the server gave out last.
    pub nonce: Option<&'a str>,
    /// Now, in seconds since the epoch.
    pub at: i64,
    /// How far `iat` may be from now, in seconds.
    pub window: i64,
}

/// Whether a header says that its token is a DPoP proof (RFC 9449 4.2).
pub(super) fn is_proof(header: &Members) -> bool {
    header.get("typ").and_then(Value::as_str).is_some_and(|typ| media_type(typ) == "dpop+jwt")
}

/// Judges a DPoP proof against its request: the twelve checks of RFC 9449 4.3, one rule each.
/// Whether a `jti` was seen before (RFC 9449 11.1) only the server can know.
#[must_use]
pub fn check_dpop_proof(proof: &str, request: &DpopRequest<'_>) -> Vec<Rule> {
    let single =
        judged("dpop_header", request.header_count == 1, format!("{} DPoP header fields", request.header_count));
    let Some((header, payload)) = parts(proof) else {
        return vec![single, judged("dpop_well_formed", false, "not a strict JWT")];
    };
    let mut rules = vec![single];
    rules.extend(proof_rules(proof, &header, &payload));
    let claim = |name: &str| payload.get(name).and_then(Value::as_str);
    rules.push(judged("dpop_htm", claim("htm") == Some(request.method), expected(request.method, claim("htm"))));
    rules.push(judged(
        "dpop_htu",
        claim("htu").and_then(target).is_some_and(|htu| Some(htu) == target(request.url)),
        expected(request.url, claim("htu")),
    ));
    rules.push(match request.nonce {
        Some(nonce) => {
            judged("dpop_nonce", claim("nonce") == Some(nonce), expected("the nonce given out", claim("nonce")))
        }
        None => rule("dpop_nonce", RuleVerdict::NotChecked, "no nonce was given out", REFERENCE),
    });
    rules.push(issued_rule(&payload, request.at, request.window));
    rules.push(token_rule(&header, claim("ath"), request));
    rules
}

const REFERENCE: &str = "RFC 9449 4.3";

fn judged(name: &str, passes: bool, detail: impl Into<String>) -> Rule {
    rule(name, if passes { RuleVerdict::Pass } else { RuleVerdict::Fail }, detail, REFERENCE)
}

fn expected(wanted: &str, found: Option<&str>) -> String {
    format!("expected {wanted}, found {}", found.unwrap_or("none"))
}

type Members = Map<String, Value>;

fn parts(proof: &str) -> Option<(Members, Members)> {
    let mut parts = proof.split('.');
    let mut object = || json::strict_object(&base64url::decode(parts.next()?)?).ok();
    Some((object()?, object()?))
}

/// The checks of a proof without its request: those that need it are not checked, and say what they would need.
pub(super) fn rules_alone(proof: &str, header: &Members, payload: &Members, expectations: &Expectations) -> Vec<Rule> {
    const NEEDED: [(&str, &str); 5] = [
        ("dpop_header", "how many DPoP header fields the request has"),
        ("dpop_htm", "the method of the request"),
        ("dpop_htu", "the URL of the request"),
        ("dpop_nonce", "the nonce that the server gave out, if it gave one"),
        ("dpop_token", "the access token that was sent along, if one was"),
    ];
    let window = DPOP_WINDOW.saturating_add(expectations.leeway.max(0));
    let issued = issued_rule(payload, expectations.at, window);
    let open = NEEDED.into_iter().map(|(name, needed)| {
        rule(name, RuleVerdict::NotChecked, format!("the request is not known; needed: {needed}"), REFERENCE)
    });
    proof_rules(proof, header, payload).into_iter().chain([issued]).chain(open).collect()
}

/// The checks that need neither request nor clock: form, claims, type, algorithm, key and signature.
fn proof_rules(proof: &str, header: &Members, payload: &Members) -> Vec<Rule> {
    let defects: Vec<String> = CLAIMS.into_iter().filter_map(|name| claim_defect(name, payload.get(name))).collect();
    let claims = if defects.is_empty() { "all are there".to_owned() } else { defects.join("; ") };
    let typ = header.get("typ").and_then(Value::as_str);
    let name = header.get("alg").and_then(Value::as_str);
    let algorithm = name.and_then(Algorithm::from_name).filter(|algorithm| algorithm.family() != Family::Hmac);
    let signature = own_signature(proof, header, algorithm);
    let key = if has_public_key(header) { "only public members" } else { "no `jwk`, or one with private members" };
    vec![
        judged("dpop_well_formed", true, "a strict JWT"),
        judged("dpop_claims", defects.is_empty(), claims),
        judged("dpop_typ", is_proof(header), expected("dpop+jwt", typ)),
        judged("dpop_algorithm", algorithm.is_some(), expected("an asymmetric algorithm", name)),
        judged("dpop_signature", signature.is_ok(), signature.unwrap_or_else(|reason| reason)),
        judged("dpop_public_key", has_public_key(header), key),
    ]
}

/// The claims of a proof (RFC 9449 4.2); the last two need not be there.
const CLAIMS: [&str; 6] = ["jti", "htm", "htu", "iat", "ath", "nonce"];

/// What is wrong with a claim, whatever the request.
fn claim_defect(name: &str, value: Option<&Value>) -> Option<String> {
    let defect = match (name, value) {
        ("ath" | "nonce", None) => return None,
        (_, None) => "is missing".to_owned(),
        ("iat", Some(Value::Number(_))) => return None,
        ("iat", Some(other)) => format!("must be a number of seconds, is {}", type_name(other)),
        (_, Some(Value::String(text))) if text.is_empty() => "is empty".to_owned(),
        ("htu", Some(Value::String(text))) => target_defect(text)?.to_owned(),
        (_, Some(Value::String(_))) => return None,
        (_, Some(other)) => format!("must be a string, is {}", type_name(other)),
    };
    Some(format!("`{name}` {defect}"))
}

/// What is wrong with a target as such: it stands in the proof without query and fragment (RFC 9449 4.2).
fn target_defect(htu: &str) -> Option<&'static str> {
    match Url::parse(htu) {
        Err(_) => Some("is no absolute URI"),
        Ok(url) if url.query().is_some() || url.fragment().is_some() => Some("must have neither query nor fragment"),
        Ok(_) => None,
    }
}

/// Whether the proof is signed with the key in its own header.
fn own_signature(proof: &str, header: &Members, algorithm: Option<Algorithm>) -> Result<String, String> {
    let (Some(key), Some(algorithm)) = (brought(header), algorithm) else {
        return Err("there is no public key and asymmetric algorithm to check it with".to_owned());
    };
    KeySet::given(vec![key]).verify_jws(proof, &[algorithm]).map_err(|error| error.to_string())?;
    Ok("matches the key in its header, which proves possession of that key only".to_owned())
}

fn has_public_key(header: &Members) -> bool {
    const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "k", "oth"];
    let jwk = header.get("jwk").and_then(Value::as_object);
    jwk.is_some_and(|jwk| !PRIVATE.iter().any(|name| jwk.contains_key(*name)))
}

/// A target without query and fragment, normalised (RFC 9449 4.3, check 9).
fn target(url: &str) -> Option<Url> {
    let mut url = Url::parse(url).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

fn issued_rule(payload: &Members, at: i64, window: i64) -> Rule {
    match NumericDate::read(payload.get("iat")) {
        NumericDate::Seconds(iat) => {
            let passes = (at as f64 - iat).abs() <= window as f64;
            judged("dpop_iat", passes, format!("{}; {window} s are allowed", describe(iat, at)))
        }
        _ => judged("dpop_iat", false, "`iat` is missing or no number"),
    }
}

/// Check 12: the proof belongs to the token, and the token to the proof's key.
fn token_rule(header: &Members, ath: Option<&str>, request: &DpopRequest<'_>) -> Rule {
    let Some(token) = request.access_token else {
        return rule("dpop_token", RuleVerdict::NotChecked, "no access token was sent along", REFERENCE);
    };
    if ath != Some(base64url::encode(digest::digest(&digest::SHA256, token.as_bytes())).as_str()) {
        return judged("dpop_token", false, "`ath` is missing or not the hash of the access token");
    }
    let thumbprint = brought(header).map(|key| key.thumbprint());
    match (request.bound_thumbprint, thumbprint) {
        (Some(bound), Some(thumbprint)) if bound == thumbprint => {
            judged("dpop_token", true, "bound to the key of this proof")
        }
        (Some(_), _) => judged("dpop_token", false, "the access token is bound to another key"),
        (None, _) => judged("dpop_token", false, "the access token is bound to no key (`cnf.jkt`)"),
    }
}
