//! What the token itself gives away about a refusal.
//! Belongs here: comparisons of unverified claims with time, issuer and challenge. Not here: what the gateway said.

use std::time::{Duration, SystemTime};

use secrecy::ExposeSecret;

use super::{CallContext, Cause, Challenge, Likelihood, gravitee::parameter};
use crate::claims::Claims;

/// Clocks differ by so much without anyone noticing.
const LEEWAY: Duration = Duration::from_secs(5);

/// Causes that the token's claims point at; none for opaque tokens.
pub(crate) fn of(context: &CallContext<'_>, challenges: &[Challenge]) -> Vec<Cause> {
    let Some(token) = context.token else { return Vec::new() };
    let token = token.expose_secret();
    let Some(claims) = Claims::of(token) else { return form(token).into_iter().collect() };
    [
        expired(&claims, context.now),
        not_yet(&claims, context.now),
        scope(&claims, challenges),
        issuer(&claims, context.issuer),
        id_token(&claims),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(crate) fn cause(likelihood: Likelihood, cause: impl Into<String>, next: impl Into<String>) -> Cause {
    Cause { cause: cause.into(), likelihood, next: next.into() }
}

/// Mistakes of copying.
fn form(token: &str) -> Option<Cause> {
    let lower = token.to_ascii_lowercase();
    if lower.starts_with("bearer ") {
        return Some(cause(
            Likelihood::Certain,
            "The token itself begins with \"Bearer \", so the scheme was sent twice.",
            "Remove the word from the token.",
        ));
    }
    if token.trim() != token || token.chars().any(char::is_whitespace) {
        return Some(cause(Likelihood::Certain, "The token contains white space.", "Copy it again, in one piece."));
    }
    (token.starts_with("eyJ") && token.matches('.').count() < 2).then(|| {
        cause(
            Likelihood::Certain,
            "The token is cut off: a signed JWT has three parts.",
            "Copy it again, in one piece.",
        )
    })
}

fn expired(claims: &Claims, now: SystemTime) -> Option<Cause> {
    let end = time(claims, "exp")?;
    let ago = now.duration_since(end).ok()?;
    let likelihood = if ago > LEEWAY { Likelihood::Certain } else { Likelihood::Possible };
    Some(cause(likelihood, format!("The token expired {} ago (exp).", span(ago)), "Get a fresh token and call again."))
}

fn not_yet(claims: &Claims, now: SystemTime) -> Option<Cause> {
    let begins =
        ["nbf", "iat"].into_iter().find_map(|name| Some((name, time(claims, name)?.duration_since(now).ok()?)));
    let (name, ahead) = begins.filter(|(_, ahead)| *ahead > LEEWAY)?;
    Some(cause(
        Likelihood::Likely,
        format!("The token is not valid yet: its {name} is {} ahead of this machine's clock.", span(ahead)),
        "Compare the clocks of this machine, the authorization server and the gateway.",
    ))
}

/// Scopes that the challenge names (RFC 6750 3) and the token does not have.
fn scope(claims: &Claims, challenges: &[Challenge]) -> Option<Cause> {
    let wanted = challenges.iter().find_map(|challenge| parameter(challenge, "scope"))?;
    let has = claims.words("scope").or_else(|| claims.words("scp")).unwrap_or_default();
    let missing: Vec<_> = wanted.split_whitespace().filter(|scope| !has.iter().any(|known| known == scope)).collect();
    (!missing.is_empty()).then(|| {
        let shown = if has.is_empty() { "no scope".to_owned() } else { has.join(" ") };
        cause(
            Likelihood::Certain,
            format!("The API wants the scope {}, the token has {shown}.", missing.join(" ")),
            format!(
                "Ask for the scope {} in the token request; the client must be allowed to have it.",
                missing.join(" ")
            ),
        )
    })
}

fn issuer(claims: &Claims, expected: Option<&str>) -> Option<Cause> {
    let (found, expected) = (claims.text("iss")?, expected?);
    (found != expected).then(|| {
        cause(
            Likelihood::Likely,
            format!("The token was issued by {found}, the connection's issuer is {expected}: another server or security domain."),
            "Get the token from the server and domain that the API trusts. Behind a proxy the issuer's URL may differ from the one you call.",
        )
    })
}

/// ID tokens are for clients, not for APIs (OpenID Connect Core 2).
fn id_token(claims: &Claims) -> Option<Cause> {
    let looks = claims.text("nonce").is_some() || claims.text("at_hash").is_some();
    looks.then(|| {
        cause(
            Likelihood::Likely,
            "This looks like an ID token; APIs take access tokens.",
            "Send the access_token instead.",
        )
    })
}

fn time(claims: &Claims, name: &str) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(claims.seconds(name)?))
}

/// `3 min`, `2 h`: as a person says it.
fn span(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}
