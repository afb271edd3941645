//! What differs between two tokens, or between a token and what the server says of it. Not here: judging the difference.

use crate::compare::words;
use crate::inspect::duration;
use crate::inspection::Inspection;
use crate::json::brief;
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
    let mut differences = Vec::new();
    compare(&mut differences, "header".to_owned(), Some(Side::header(left)), Some(Side::header(right)));
    compare(&mut differences, "payload".to_owned(), Some(Side::payload(left)), Some(Side::payload(right)));
    differences
}

/// What differs between two JSON values, for a payload and an introspection answer, say. Objects are compared member by
/// member, everything else as a whole. `path` stands before every path of the result.
#[must_use]
pub fn diff_values(path: &str, left: &Value, right: &Value) -> Vec<Difference> {
    let mut differences = Vec::new();
    let side = |value| Side { shown: value, written: value };
    compare(&mut differences, path.to_owned(), Some(side(left)), Some(side(right)));
    differences
}

/// A value, and the same with texts for the numbers that are written otherwise than they are shown.
#[derive(Clone, Copy)]
struct Side<'a> {
    shown: &'a Value,
    written: &'a Value,
}

impl<'a> Side<'a> {
    fn header(of: &'a Inspection) -> Self {
        Self { shown: &of.header, written: of.spelled.header.as_ref().unwrap_or(&of.header) }
    }

    fn payload(of: &'a Inspection) -> Self {
        Self { shown: &of.payload, written: of.spelled.payload.as_ref().unwrap_or(&of.payload) }
    }

    fn member(self, name: &str) -> Option<Self> {
        let shown = self.shown.get(name)?;
        Some(Self { shown, written: self.written.get(name).unwrap_or(shown) })
    }
}

fn compare(differences: &mut Vec<Difference>, path: String, left: Option<Side<'_>>, right: Option<Side<'_>>) {
    let shown = (left.map(|side| side.shown), right.map(|side| side.shown));
    if let ((Some(Value::Object(ours)), Some(Value::Object(theirs))), Some(left), Some(right)) = (shown, left, right) {
        let added = theirs.keys().filter(|name| !ours.contains_key(*name));
        for name in ours.keys().chain(added) {
            let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            compare(differences, inner, left.member(name), right.member(name));
        }
    } else if shown.0 != shown.1 || left.map(|side| side.written) != right.map(|side| side.written) {
        let name = path.rsplit('.').next().unwrap_or_default();
        let note = left.zip(right).and_then(|(left, right)| {
            note(name, left.shown, right.shown).filter(|_| left.shown != right.shown).or_else(|| respelt(left, right))
        });
        differences.push(Difference { path, left: shown.0.cloned(), right: shown.1.cloned(), note });
    }
}

/// Both spellings, where a number is not shown as it is written.
fn respelt(left: Side<'_>, right: Side<'_>) -> Option<String> {
    let is_shown = |side: Side<'_>| side.shown == side.written;
    let told = |side: Side<'_>| brief(side.written).replace('"', "");
    (!is_shown(left) || !is_shown(right)).then(|| format!("written {} and {}", told(left), told(right)))
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
    use crate::{Expectations, KeySet, base64url, inspect};
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
    fn numbers_that_are_shown_alike_and_written_otherwise_differ() {
        let read = |claims: &str| {
            let token = format!("eyJhbGciOiJIUzI1NiJ9.{}.AA", base64url::encode(claims));
            inspect(&token, &KeySet::none(), &Expectations::default())
        };
        let (left, right) =
            (read(r#"{"a":{"id":18446744073709551617}}"#), read(r#"{"a":{"id":18446744073709551618}}"#));
        let differences = diff(&left, &right);
        assert_eq!((differences.len(), differences[0].path.as_str()), (1, "payload.a.id"));
        let note = differences[0].note.as_deref().unwrap_or_default();
        assert_eq!(note, "written 18446744073709551617 and 18446744073709551618");
        assert_eq!(diff(&left, &left), []);
        assert_eq!(diff(&read(r#"{"a":[1,0.1]}"#), &read(r#"{"a":[1,0.10]}"#)).len(), 1);
        assert_eq!(diff(&read(r#"{"a":1e400}"#), &read(r#"{"a":1e401}"#)).len(), 1);
    }

    #[test]
    fn times_and_scopes_say_how_they_differ() {
        let left = json!({"exp": 7200, "scope": "read write", "sub": "a"});
        let right = json!({"exp": 3600, "scope": "write read", "sub": "b"});
        let notes: Vec<Option<String>> = diff_values("", &left, &right).into_iter().map(|d| d.note).collect();
        assert_eq!(notes, [Some("1 h earlier".into()), Some("the same scopes in another form".into()), None]);
    }
}
