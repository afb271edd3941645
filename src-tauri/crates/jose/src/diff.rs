//! What differs between two tokens, or between a token and what the server says of it. Not here: judging the difference.

use crate::compare::words;
use crate::inspect::duration;
use crate::inspection::Inspection;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One member that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Difference {
    /// Where: `header.kid`, `payload.realm_access.roles`.
    pub path: String,
    /// The value on the left; absent if the member is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional, type = "unknown"))]
    pub left: Option<Value>,
    /// The value on the right; absent if the member is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional, type = "unknown"))]
    pub right: Option<Value>,
    /// What the difference is, where it can be said shorter than by both values: `2 h later`, `adds write`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub note: Option<String>,
}

/// What differs between two tokens, in header and payload.
#[must_use]
pub fn diff(left: &Inspection, right: &Inspection) -> Vec<Difference> {
    let mut differences = diff_values("header", &left.header, &right.header);
    differences.extend(diff_values("payload", &left.payload, &right.payload));
    differences
}

/// What differs between two JSON values, for a payload and an introspection answer, say. Objects are compared member by
/// member, everything else as a whole. `path` stands before every path of the result.
#[must_use]
pub fn diff_values(path: &str, left: &Value, right: &Value) -> Vec<Difference> {
    let mut differences = Vec::new();
    compare(&mut differences, path.to_owned(), Some(left), Some(right));
    differences
}

fn compare(differences: &mut Vec<Difference>, path: String, left: Option<&Value>, right: Option<&Value>) {
    match (left, right) {
        (Some(Value::Object(ours)), Some(Value::Object(theirs))) => {
            let added = theirs.keys().filter(|name| !ours.contains_key(*name));
            for name in ours.keys().chain(added) {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(differences, inner, ours.get(name), theirs.get(name));
            }
        }
        (left, right) if left != right => {
            let name = path.rsplit('.').next().unwrap_or_default();
            let note = left.zip(right).and_then(|(left, right)| note(name, left, right));
            differences.push(Difference { path, left: left.cloned(), right: right.cloned(), note });
        }
        _ => {}
    }
}

/// How the right value departs from the left one: times by how long, scopes by which.
pub(crate) fn note(name: &str, left: &Value, right: &Value) -> Option<String> {
    match name {
        "exp" | "iat" | "nbf" | "auth_time" => {
            let seconds = (right.as_f64()? - left.as_f64()?).round();
            let word = if seconds < 0.0 { "earlier" } else { "later" };
            Some(format!("{} {word}", duration(seconds.abs() as u64)))
        }
        "scope" | "scp" => {
            let (left, right) = (words(left), words(right));
            let said =
                [("adds", &right - &left), ("lacks", &left - &right)].into_iter().filter_map(|(verb, scopes)| {
                    (!scopes.is_empty()).then(|| format!("{verb} {}", scopes.into_iter().collect::<Vec<_>>().join(" ")))
                });
            let said: Vec<String> = said.collect();
            Some(if said.is_empty() { "the same scopes in another form".to_owned() } else { said.join("; ") })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_compared_one_by_one() {
        let left = json!({"a": 1, "b": {"c": [1], "same": true}, "gone": null});
        let right = json!({"a": 2, "b": {"c": [1, 2], "same": true}, "new": "x"});
        let paths: Vec<String> = diff_values("payload", &left, &right).into_iter().map(|d| d.path).collect();
        assert_eq!(paths, ["payload.a", "payload.b.c", "payload.gone", "payload.new"]);
        assert_eq!(diff_values("", &left, &left), []);
        let gone = &diff_values("", &left, &right)[2];
        assert_eq!((&gone.left, &gone.right), (&Some(Value::Null), &None));
    }

    #[test]
    fn times_and_scopes_say_how_they_differ() {
        let left = json!({"exp": 7200, "scope": "read write", "sub": "a"});
        let right = json!({"exp": 3600, "scope": "write read", "sub": "b"});
        let notes: Vec<Option<String>> = diff_values("", &left, &right).into_iter().map(|d| d.note).collect();
        assert_eq!(notes, [Some("1 h earlier".into()), Some("the same scopes in another form".into()), None]);
    }
}
