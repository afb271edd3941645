//! Defects in judging claims. Belongs here: which rule is not applied. Not here: the signature (`forged`).

use serde_json::{Map, Value};

use super::{Weakness, Weaknesses};

/// What a token is judged by.
pub(crate) struct Expected<'a> {
    /// Seconds since the epoch.
    pub(crate) now: i64,
    /// Path of the domain: the issuer ends with it.
    pub(crate) domain: &'a str,
    /// Whether an audience is a client of the domain.
    pub(crate) is_client: &'a dyn Fn(&str) -> bool,
    /// Part of any client id.
    pub(crate) is_client_substring: &'a dyn Fn(&str) -> bool,
}

/// An hour, where a minute is usual.
const WIDE_LEEWAY: i64 = 3_600;

/// Why the claims are refused; `Ok` under every rule that is still applied.
pub(crate) fn judge(
    set: Weaknesses,
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
    expected: &Expected<'_>,
) -> Result<(), &'static str> {
    check_exp(set, claims, expected.now)?;
    if !set.has(Weakness::IgnoreNbf) && seconds(claims, "nbf").is_some_and(|nbf| nbf > expected.now) {
        return Err("it is not valid yet");
    }
    if !set.has(Weakness::IgnoreIss) && !issuer_fits(claims, expected.domain) {
        return Err("its issuer is not this domain");
    }
    if !set.has(Weakness::IgnoreTyp) && !typ_fits(header) {
        return Err("its typ is not that of an access token");
    }
    if !set.has(Weakness::IgnoreTyp) && is_id_token(claims) {
        return Err(ID_TOKEN);
    }
    if set.has(Weakness::IgnoreAud) { Ok(()) } else { check_aud(set, claims, expected) }
}

fn seconds(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    claims.get(name).and_then(Value::as_i64)
}

fn check_exp(set: Weaknesses, claims: &Map<String, Value>, now: i64) -> Result<(), &'static str> {
    let leeway = if set.has(Weakness::WideLeeway) { WIDE_LEEWAY } else { 0 };
    match seconds(claims, "exp") {
        _ if set.has(Weakness::IgnoreExp) => Ok(()),
        Some(exp) if exp.saturating_add(leeway) > now => Ok(()),
        Some(_) => Err("it has expired"),
        None => Err("it has no exp"),
    }
}

pub(crate) fn issuer_fits(claims: &Map<String, Value>, domain: &str) -> bool {
    let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    let before = issuer.strip_suffix("/oidc").and_then(|rest| rest.strip_suffix(domain));
    before.is_some_and(|before| before.ends_with('/'))
}

pub(crate) fn typ_fits(header: &Map<String, Value>) -> bool {
    let known = |typ: &str| ["jwt", "at+jwt", "application/at+jwt"].iter().any(|known| typ.eq_ignore_ascii_case(known));
    header.get("typ").is_none_or(|typ| typ.as_str().is_some_and(known))
}

/// Why an ID token is refused where an access token is asked for.
pub(crate) const ID_TOKEN: &str = "it is an ID token, not an access token";

/// Whether it is an ID token. Access Management gives both the same `typ`, so the claims tell: an ID token says when the user signed in
/// (`auth_time`) and not for which client it is beside `aud`, while every access token has a `client_id`.
pub(crate) fn is_id_token(claims: &Map<String, Value>) -> bool {
    claims.contains_key("auth_time") && !claims.contains_key("client_id")
}

fn check_aud(set: Weaknesses, claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), &'static str> {
    let fits = |audience: &Value| {
        audience.as_str().is_some_and(|audience| {
            (expected.is_client)(audience)
                || (set.has(Weakness::AudSubstring) && (expected.is_client_substring)(audience))
        })
    };
    let found = match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().any(fits),
        Some(audience) => fits(audience),
        None => false,
    };
    if found { Ok(()) } else { Err("its audience is no client of this domain") }
}
