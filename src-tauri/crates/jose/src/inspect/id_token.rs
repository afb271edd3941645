//! ID tokens: the checks of OpenID Connect Core 3.1.3.7 that need what the token came with.
//! Belongs here: nonce, access token hash, authorized party. Not here: issuer, audience and times, which are rules for any token.

use super::rules::rule;
use crate::algorithm::Algorithm;
use crate::inspection::{Rule, RuleVerdict};
use crate::{base64url, json};
use aws_lc_rs::digest;
use serde_json::{Map, Value};

/// What an ID token came with.
#[derive(Debug, Clone)]
pub struct IdTokenAnswer<'a> {
    /// The access token beside it.
    pub access_token: &'a str,
    /// The `nonce` of the authorization request.
    pub nonce: Option<&'a str>,
    /// The client that asked.
    pub client_id: &'a str,
}

/// Judges an ID token by what it came with. Empty for one that cannot be read as a JWT, an encrypted one too.
#[must_use]
pub fn check_id_token(id_token: &str, came: &IdTokenAnswer<'_>) -> Vec<Rule> {
    let Some((header, payload)) = parts(id_token) else { return Vec::new() };
    vec![nonce(&payload, came), access_token(&header, &payload, came), authorized_party(&payload, came)]
}

type Members = Map<String, Value>;

fn parts(token: &str) -> Option<(Members, Members)> {
    let mut parts = token.split('.');
    let mut object = || json::strict_object(&base64url::decode(parts.next()?)?).ok();
    Some((object()?, object()?))
}

fn nonce(payload: &Members, came: &IdTokenAnswer<'_>) -> Rule {
    const REFERENCE: &str = "OpenID Connect Core 3.1.3.7";
    let Some(nonce) = came.nonce else {
        return rule("nonce", RuleVerdict::NotChecked, "no nonce was sent", REFERENCE);
    };
    match payload.get("nonce") {
        Some(found) if found == nonce => rule("nonce", RuleVerdict::Pass, "the one that was sent", REFERENCE),
        Some(_) => rule("nonce", RuleVerdict::Fail, "not the one that was sent", REFERENCE),
        None => rule("nonce", RuleVerdict::Fail, "one was sent, and the token has none", REFERENCE),
    }
}

fn access_token(header: &Members, payload: &Members, came: &IdTokenAnswer<'_>) -> Rule {
    const REFERENCE: &str = "OpenID Connect Core 3.1.3.6";
    let judged = |verdict, detail: &str| rule("at_hash", verdict, detail, REFERENCE);
    let Some(found) = payload.get("at_hash") else {
        return judged(RuleVerdict::NotChecked, "the token has none, which the standard allows here");
    };
    let name = header.get("alg").and_then(Value::as_str).unwrap_or_default();
    let Some(hash) = Algorithm::from_name(name).map(hash_of) else {
        return judged(RuleVerdict::NotChecked, "the hash that goes with its alg is not known");
    };
    let digest = digest::digest(hash, came.access_token.as_bytes());
    let half = digest.as_ref().get(..digest.as_ref().len() / 2).unwrap_or_default();
    if found.as_str() == Some(base64url::encode(half).as_str()) {
        judged(RuleVerdict::Pass, "the hash of the access token that came with it")
    } else {
        judged(RuleVerdict::Fail, "not the hash of the access token that came with it")
    }
}

/// The hash of the algorithm's name; of Ed25519 the one it has inside.
fn hash_of(algorithm: Algorithm) -> &'static digest::Algorithm {
    use Algorithm::{Ed25519, EdDsa, Es384, Es512, Hs384, Hs512, Ps384, Ps512, Rs384, Rs512};
    match algorithm {
        Hs384 | Rs384 | Ps384 | Es384 => &digest::SHA384,
        Hs512 | Rs512 | Ps512 | Es512 | EdDsa | Ed25519 => &digest::SHA512,
        _ => &digest::SHA256,
    }
}

fn authorized_party(payload: &Members, came: &IdTokenAnswer<'_>) -> Rule {
    const REFERENCE: &str = "OpenID Connect Core 2";
    let judged = |verdict, detail: String| rule("authorized_party", verdict, detail, REFERENCE);
    match payload.get("azp").map(|azp| azp.as_str().unwrap_or_default()) {
        None => judged(RuleVerdict::NotChecked, "the token names none (azp)".to_owned()),
        Some(azp) if azp == came.client_id => judged(RuleVerdict::Pass, "this client".to_owned()),
        Some(azp) => judged(RuleVerdict::Fail, format!("expected {}, found {azp}", came.client_id)),
    }
}
