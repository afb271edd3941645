//! DPoP proofs: the checks of RFC 9449 4.3, on a proof alone and against the request that it came with.

use super::rules::rule;
use super::signature::brought;
use super::times::{NumericDate, describe};
use crate::algorithm::{Algorithm, Family};
use crate::inspection::{Rule, RuleVerdict};
use crate::{KeySet, base64url, json};
use aws_lc_rs::digest;
use serde_json::{Map, Value};
use url::Url;

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
    header.get("typ").and_then(Value::as_str).is_some_and(|typ| typ.eq_ignore_ascii_case("dpop+jwt"))
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

/// The checks that need no request: form, claims, type, algorithm, key and signature.
pub(super) fn proof_rules(proof: &str, header: &Members, payload: &Members) -> Vec<Rule> {
    let missing: Vec<&str> =
        ["jti", "htm", "htu", "iat"].into_iter().filter(|name| payload.get(*name).is_none_or(Value::is_null)).collect();
    let claims =
        if missing.is_empty() { "all are there".to_owned() } else { format!("missing: {}", missing.join(", ")) };
    let typ = header.get("typ").and_then(Value::as_str);
    let name = header.get("alg").and_then(Value::as_str);
    let algorithm = name.and_then(Algorithm::from_name).filter(|algorithm| algorithm.family() != Family::Hmac);
    let signature = own_signature(proof, header, algorithm);
    let key = if has_public_key(header) { "only public members" } else { "no `jwk`, or one with private members" };
    vec![
        judged("dpop_well_formed", true, "a strict JWT"),
        judged("dpop_claims", missing.is_empty(), claims),
        judged("dpop_typ", typ.is_some_and(|typ| typ.eq_ignore_ascii_case("dpop+jwt")), expected("dpop+jwt", typ)),
        judged("dpop_algorithm", algorithm.is_some(), expected("an asymmetric algorithm", name)),
        judged("dpop_signature", signature.is_ok(), signature.unwrap_or_else(|reason| reason)),
        judged("dpop_public_key", has_public_key(header), key),
    ]
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
