//! Defects in finding the token. Belongs here: places and spellings a strict gateway does not accept.

use std::borrow::Cow;

use super::{Weakness, Weaknesses};
use crate::http1::RequestHead;

/// The token that a defect finds; `None` leaves it to the ordinary rule.
pub(crate) fn token(set: Weaknesses, head: &RequestHead) -> Option<(String, &'static str)> {
    let values: Vec<Cow<'_, str>> = head.headers.all("authorization").map(String::from_utf8_lossy).collect();
    let several = values.len() > 1;
    if set.has(Weakness::FirstDuplicateHeader) && several {
        return values
            .first()
            .and_then(|value| bearer(value))
            .map(|token| (token, "first of several Authorization headers"));
    }
    if set.has(Weakness::LastDuplicateHeader) && several {
        return values
            .last()
            .and_then(|value| bearer(value))
            .map(|token| (token, "last of several Authorization headers"));
    }
    if set.has(Weakness::PrefixOnlyScheme)
        && let Some(token) = values.iter().find_map(|value| prefix_only(value))
    {
        return Some((token, "a scheme that only begins with Bearer"));
    }
    if !values.is_empty() {
        return None;
    }
    let query = set.has(Weakness::QueryToken).then(|| query(head)).flatten();
    let cookie = || set.has(Weakness::CookieToken).then(|| cookie(head)).flatten();
    query.map(|token| (token, "query parameter")).or_else(|| cookie().map(|token| (token, "cookie")))
}

fn bearer(value: &str) -> Option<String> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// `BearerX token`, `Bearertoken`: the last word, without the letters of the scheme.
fn prefix_only(value: &str) -> Option<String> {
    let is_scheme = value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"));
    let last = value.split_whitespace().next_back().filter(|_| is_scheme)?;
    Some(if last.len() == value.len() { value.get(6..)?.to_owned() } else { last.to_owned() })
}

fn query(head: &RequestHead) -> Option<String> {
    const NAMES: [&str; 5] = ["access_token", "token", "jwt", "auth", "bearer"];
    let mut pairs = url::form_urlencoded::parse(head.query()?.as_bytes());
    pairs.find(|(name, _)| NAMES.contains(&name.as_ref())).map(|(_, token)| token.into_owned())
}

fn cookie(head: &RequestHead) -> Option<String> {
    const NAMES: [&str; 4] = ["access_token", "token", "jwt", "session"];
    let pairs = head.headers.all("cookie").flat_map(|value| value.split(|b| *b == b';'));
    let mut pairs = pairs.filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='));
    pairs.find(|(name, _)| NAMES.contains(name)).map(|(_, token)| token.to_owned())
}
