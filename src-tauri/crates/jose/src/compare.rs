//! The claims of a token beside what a server says of the same token: an introspection answer, or the user's claims.
//! Belongs here: which members agree, whatever form they are written in. Not here: the difference of two tokens (`diff`),
//! and whether a difference matters to an API.

use crate::diff::note;
use crate::number::is_same;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How a claim stands to what the server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum Agreement {
    /// Both say something, and not the same.
    Differs,
    /// Only the token says it.
    TokenOnly,
    /// Only the server says it.
    ServerOnly,
    /// The same, written in another form: a list for a single value, another order.
    Equivalent,
    /// The same.
    Same,
}

/// One claim, as the token says it and as the server says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ComparedClaim {
    /// Member name.
    pub name: String,
    /// The token's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional, type = "unknown"))]
    pub token: Option<Value>,
    /// The server's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional, type = "unknown"))]
    pub server: Option<Value>,
    /// How they stand to each other.
    pub agreement: Agreement,
    /// What the difference is, where it can be said shorter than by both values; empty otherwise.
    pub note: String,
}

/// Sets each claim of a payload beside the server's member of that name; what disagrees comes first. `active` (RFC 7662
/// 2.2) is a verdict and no claim: it is left out.
#[must_use]
pub fn compare_claims(payload: &Map<String, Value>, said: &Map<String, Value>) -> Vec<ComparedClaim> {
    let mut told: BTreeSet<&str> = BTreeSet::from(["active"]);
    let mut claims = Vec::new();
    for (name, value) in payload {
        let (server, other_name) = counterpart(name, payload, said);
        told.extend(other_name.or(server.map(|_| name.as_str())));
        let mut claim = claim(name, Some(value), server);
        if let Some(other) = other_name.filter(|_| claim.agreement == Agreement::Same) {
            (claim.agreement, claim.note) = (Agreement::Equivalent, format!("the server calls it `{other}`"));
        }
        claims.push(claim);
    }
    let rest = said.iter().filter(|(name, _)| !told.contains(name.as_str()));
    claims.extend(rest.map(|(name, value)| claim(name, None, Some(value))));
    claims.sort_by_key(|claim| claim.agreement);
    claims
}

/// The server's member for a claim, and its name where that is another one: introspection says `client_id` (RFC 7662 2.2)
/// for what many tokens call `azp`.
fn counterpart<'a>(
    name: &str,
    payload: &Map<String, Value>,
    said: &'a Map<String, Value>,
) -> (Option<&'a Value>, Option<&'a str>) {
    const OTHER_NAMES: [(&str, &str); 4] =
        [("azp", "client_id"), ("cid", "client_id"), ("scp", "scope"), ("client_id", "azp")];
    if let Some(value) = said.get(name) {
        return (Some(value), None);
    }
    let other = OTHER_NAMES.iter().find(|(ours, theirs)| *ours == name && !payload.contains_key(*theirs));
    match other.and_then(|(_, theirs)| said.get_key_value(*theirs)) {
        Some((name, value)) => (Some(value), Some(name)),
        None => (None, None),
    }
}

fn claim(name: &str, token: Option<&Value>, server: Option<&Value>) -> ComparedClaim {
    let (agreement, note) = match (token, server) {
        (Some(token), Some(server)) if token == server => (Agreement::Same, String::new()),
        (Some(token), Some(server)) if says_the_same(name, token, server) => {
            (Agreement::Equivalent, "written in another form".to_owned())
        }
        (Some(token), Some(server)) => (Agreement::Differs, note(name, token, server).unwrap_or_default()),
        (Some(_), None) => (Agreement::TokenOnly, String::new()),
        _ => (Agreement::ServerOnly, String::new()),
    };
    ComparedClaim { name: name.to_owned(), token: token.cloned(), server: server.cloned(), agreement, note }
}

/// Whether two values come down to the same: numbers however they are written.
fn says_the_same(name: &str, token: &Value, server: &Value) -> bool {
    match (token, server) {
        (Value::Number(token), Value::Number(server)) => is_same(token, server),
        _ => means(name, token) == means(name, server),
    }
}

/// What a value comes down to: the set of scopes or audiences.
fn means(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("scope" | "scp", value) => words(value).into_iter().collect(),
        ("aud", Value::Array(list)) => {
            let set: BTreeSet<&str> = list.iter().filter_map(Value::as_str).collect();
            set.into_iter().collect()
        }
        ("aud", Value::String(one)) => Value::from(vec![one.as_str()]),
        _ => value.clone(),
    }
}

/// The scopes of a text or a list.
pub(crate) fn words(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::String(text) => text.split_whitespace().collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).flat_map(str::split_whitespace).collect(),
        _ => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    fn compared(token: &Value, server: &Value) -> Vec<(String, Agreement, String)> {
        let claims = compare_claims(token.as_object().unwrap(), server.as_object().unwrap());
        claims.into_iter().map(|claim| (claim.name, claim.agreement, claim.note)).collect()
    }

    #[test]
    fn what_disagrees_comes_first_and_says_how() {
        let token = json!({"sub": "a", "exp": 100, "scope": "read write", "jti": "1"});
        let server = json!({"active": true, "sub": "a", "exp": 40, "scope": "read admin", "username": "ann"});
        assert_eq!(
            compared(&token, &server),
            [
                ("exp".into(), Agreement::Differs, "1 min earlier".into()),
                ("scope".into(), Agreement::Differs, "adds admin; lacks write".into()),
                ("jti".into(), Agreement::TokenOnly, String::new()),
                ("username".into(), Agreement::ServerOnly, String::new()),
                ("sub".into(), Agreement::Same, String::new()),
            ]
        );
    }

    #[test]
    fn forms_that_mean_the_same_agree() {
        let token = json!({"aud": "api", "scp": ["b", "a"], "azp": "me", "iat": 5.0});
        let server = json!({"aud": ["api"], "scope": "a b", "client_id": "me", "iat": 5});
        let claims = compared(&token, &server);
        assert_eq!(claims.len(), 4, "each once, under the token's name: {claims:?}");
        assert!(claims.iter().all(|(_, agreement, _)| *agreement == Agreement::Equivalent), "{claims:?}");
    }

    #[test]
    fn integers_that_a_double_takes_for_one_another_differ() {
        let token = json!({"id": 9_007_199_254_740_993_u64, "n": 100, "far": u64::MAX});
        let server = json!({"id": 9_007_199_254_740_992_u64, "n": 1e2, "far": u64::MAX - 1});
        let claims = compared(&token, &server);
        let told: Vec<_> = claims.iter().map(|(name, agreement, _)| (name.as_str(), *agreement)).collect();
        assert_eq!(told, [("id", Agreement::Differs), ("far", Agreement::Differs), ("n", Agreement::Equivalent)]);
    }

    #[test]
    fn another_name_does_not_hide_a_claim_of_its_own() {
        let token = json!({"azp": "x", "client_id": "y"});
        let claims = compared(&token, &json!({"client_id": "y"}));
        assert_eq!(
            claims,
            [("azp".into(), Agreement::TokenOnly, String::new()), ("client_id".into(), Agreement::Same, String::new()),]
        );
    }
}
