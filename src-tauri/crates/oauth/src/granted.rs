//! The members of a successful token answer.
//! Belongs here: reading them strictly where it matters and with a note where it does not. Not here: errors of the protocol (`answer`).

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use exchange::Exchange;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::{
    Dpop, Error, Grant, TokenAnswer, TokenRequest, WrongAnswer,
    answer::{Answer, members_of},
    claims::Claims,
    skew::{self, Skew, seconds_between},
};

/// No token is meant to live longer than ten years.
const LONGEST: u64 = 10 * 366 * 24 * 3600;

/// The token in an answer.
pub(crate) fn read(
    answer: Answer,
    request: &TokenRequest,
    dpop: Option<&Dpop>,
    now: SystemTime,
) -> Result<TokenAnswer, Error> {
    let Answer { members, came, mut notes, exchange } = answer;
    let checked = access_token(&came, &members, &mut notes)
        .and_then(|token| Ok((token, token_type(&members, &request.grant, dpop.is_some())?)));
    let (access_token, token_type) = match checked {
        Ok(both) => both,
        Err(wrong) => return Err(Error::wrong(exchange, wrong)),
    };
    let secret = |name: &str| came.get(name).and_then(Value::as_str).map(SecretString::from);
    let (refresh_token, id_token) = (secret("refresh_token"), secret("id_token"));
    if dpop.is_some() && !token_type.eq_ignore_ascii_case("dpop") {
        notes.push("A DPoP proof was sent, but the token is not bound to the key (token_type is not DPoP).".to_owned());
    }
    let expires_in = expires_in(&came, &mut notes);
    let skew = skew::measure(&exchange, access_token.expose_secret(), expires_in, now);
    let clock_skew = skew.map(|skew| skew.seconds);
    let expires_at = expires_at(expires_in, &access_token, clock_skew, now, &mut notes);
    let requested_scope = request.scope();
    let scope = scope(&came, requested_scope.as_deref(), &mut notes).map(|scope| exchange.redaction().text(&scope));
    remark(&members, request, &exchange, &mut notes);
    notes.extend(skew.and_then(Skew::note));
    let issued_token_type = members.get("issued_token_type").and_then(Value::as_str).map(str::to_owned);
    Ok(TokenAnswer {
        access_token,
        token_type,
        expires_in,
        scope,
        requested_scope,
        obtained_at: now,
        expires_at,
        refresh_token,
        id_token,
        nonce: None,
        issued_token_type,
        clock_skew,
        notes,
        exchange: Arc::new(exchange),
    })
}

fn access_token(
    came: &Map<String, Value>,
    members: &Map<String, Value>,
    notes: &mut Vec<String>,
) -> Result<SecretString, WrongAnswer> {
    let bad = |reason: &str| WrongAnswer::BadAccessToken { reason: reason.to_owned() };
    let token = match came.get("access_token") {
        None => return Err(WrongAnswer::MissingAccessToken { members: members_of(members) }),
        Some(Value::String(token)) => token,
        Some(_) => return Err(bad("it is not a string")),
    };
    if token.is_empty() {
        return Err(bad("it is empty"));
    }
    if token.chars().any(char::is_control) {
        return Err(bad("it contains control characters, which could smuggle lines into a header"));
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad("it contains spaces or characters beyond ASCII, which an Authorization header cannot carry"));
    }
    // RFC 6750 2.1: b64token.
    let body = token.trim_end_matches('=');
    if !body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b)) {
        notes.push(
            "The token has characters outside of b64token (RFC 6750 2.1); strict resource servers will refuse it."
                .to_owned(),
        );
    }
    Ok(SecretString::from(token.as_str()))
}

fn token_type(members: &Map<String, Value>, grant: &Grant, proved: bool) -> Result<String, WrongAnswer> {
    let Some(token_type) = members.get("token_type").and_then(Value::as_str).filter(|text| !text.is_empty()) else {
        return Err(WrongAnswer::MissingTokenType);
    };
    let exchange = matches!(grant, Grant::TokenExchange { .. });
    let bound = proved && token_type.eq_ignore_ascii_case("dpop");
    if bound || token_type.eq_ignore_ascii_case("bearer") || (exchange && token_type == "N_A") {
        return Ok(token_type.to_owned());
    }
    let shown = token_type.chars().filter(|c| !c.is_control()).take(40).collect();
    Err(WrongAnswer::TokenType { token_type: shown })
}

fn expires_in(members: &Map<String, Value>, notes: &mut Vec<String>) -> Option<u64> {
    let Some(value) = members.get("expires_in") else {
        notes.push("The server did not say how long the token lives (expires_in, RFC 6749 5.1).".to_owned());
        return None;
    };
    let number = match value {
        Value::String(text) => {
            notes.push("expires_in is a string; the standard wants a number.".to_owned());
            text.trim().parse::<f64>().ok()
        }
        value => value.as_f64(),
    };
    match number {
        Some(seconds) if seconds > LONGEST as f64 => {
            notes.push("expires_in says more than ten years; it is not relied on.".to_owned());
            None
        }
        Some(seconds) if seconds >= 0.0 => {
            if seconds.fract() != 0.0 {
                notes.push("expires_in has a fraction; it is rounded down.".to_owned());
            }
            if seconds < 1.0 {
                notes.push("expires_in is 0: the token has expired on arrival.".to_owned());
            }
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to LONGEST")]
            Some(seconds as u64)
        }
        Some(_) => {
            notes.push("expires_in is negative; it is not relied on.".to_owned());
            None
        }
        None => {
            notes.push("expires_in is not a number; it is not relied on.".to_owned());
            None
        }
    }
}

/// From `expires_in`; without it from the token's `exp`, which is a hint only.
fn expires_at(
    expires_in: Option<u64>,
    token: &SecretString,
    skew: Option<i64>,
    now: SystemTime,
    notes: &mut Vec<String>,
) -> Option<SystemTime> {
    let exp = Claims::of(token.expose_secret()).and_then(|claims| claims.seconds("exp"));
    let end = exp.and_then(|exp| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(exp)));
    let Some(seconds) = expires_in else {
        if end.is_some() {
            notes.push("The end of its life is taken from the token's exp claim.".to_owned());
        }
        // The claim is by the server's clock, what is kept is by this machine's.
        return end.and_then(|end| shifted(end, -skew.unwrap_or(0)));
    };
    let said = now.checked_add(Duration::from_secs(seconds))?;
    // The server's clock made the claim; this machine's clock is compared through the skew.
    if let Some(end) = end
        && (seconds_between(end, said) - skew.unwrap_or(0)).abs() > 60
    {
        let life = seconds_between(end, now) - skew.unwrap_or(0);
        notes.push(format!("expires_in says {seconds} s, the token's exp claim {life} s; the API goes by the claim."));
    }
    Some(said)
}

fn shifted(time: SystemTime, seconds: i64) -> Option<SystemTime> {
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { time.checked_sub(by) } else { time.checked_add(by) }
}

fn scope(members: &Map<String, Value>, requested: Option<&str>, notes: &mut Vec<String>) -> Option<String> {
    let granted = match members.get("scope") {
        None | Some(Value::Null) => return requested.map(str::to_owned),
        Some(Value::String(scope)) => scope.clone(),
        Some(Value::Array(list)) => {
            notes.push("scope is a list; the standard wants one string separated by spaces.".to_owned());
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        Some(_) => {
            notes.push("scope is not a string; it is ignored.".to_owned());
            return requested.map(str::to_owned);
        }
    };
    let has = |list: &str, scope: &str| list.split_whitespace().any(|known| known == scope);
    let missing: Vec<_> =
        requested.unwrap_or_default().split_whitespace().filter(|scope| !has(&granted, scope)).collect();
    if !missing.is_empty() {
        notes.push(format!("Asked for, but not granted: {}.", missing.join(" ")));
    }
    Some(granted)
}

fn remark(members: &Map<String, Value>, request: &TokenRequest, exchange: &Exchange, notes: &mut Vec<String>) {
    if matches!(request.grant, Grant::ClientCredentials) && members.contains_key("refresh_token") {
        notes.push("A refresh token came with client_credentials; it should not (RFC 6749 4.4.3).".to_owned());
    }
    let no_store =
        exchange.header("cache-control").is_some_and(|value| value.to_ascii_lowercase().contains("no-store"));
    if !no_store {
        notes.push(
            "The answer lacks Cache-Control: no-store (RFC 6749 5.1): caches on the way may keep the token.".to_owned(),
        );
    }
}
