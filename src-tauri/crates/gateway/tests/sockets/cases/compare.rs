//! What came against what is expected. Not here: how it came (`run`).

use std::collections::BTreeMap;

use serde_json::Value;

/// Whether a text fits a pattern in which `${any}` stands for any text.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split("${any}");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Lines in any order: every one fits one that is expected, and none is missing.
pub(crate) fn lines(what: &str, expected: &[String], came: &[String], wrong: &mut Vec<String>) {
    let mut came = came.to_vec();
    for pattern in expected {
        match came.iter().position(|line| fits(pattern, line)) {
            Some(at) => drop(came.remove(at)),
            None => wrong.push(format!("{what}: `{pattern}` is missing")),
        }
    }
    came.iter().for_each(|line| wrong.push(format!("{what}: `{line}` is not expected")));
}

/// Members of a JSON document by pointer.
pub(crate) fn members(expected: &BTreeMap<String, toml::Value>, body: &str, wrong: &mut Vec<String>) {
    let Ok(document) = serde_json::from_str::<Value>(body) else {
        return wrong.push(format!("body: `{body}` is no JSON"));
    };
    for (pointer, expected) in expected {
        let expected = serde_json::to_value(expected).unwrap();
        let found = document.pointer(pointer);
        let right = match expected.as_str() {
            Some("${absent}") => found.is_none(),
            Some(pattern) if pattern.contains("${any}") => {
                found.and_then(Value::as_str).is_some_and(|found| fits(pattern, found))
            }
            _ => found == Some(&expected),
        };
        if !right {
            wrong.push(format!("body: {pointer} is {found:?} instead of {expected} in `{body}`"));
        }
    }
}

#[test]
fn patterns_fit_as_they_say() {
    for (pattern, text, expected) in [
        ("abc", "abc", true),
        ("abc", "abcd", false),
        ("a${any}c", "abbc", true),
        ("a${any}c", "abb", false),
        ("a${any}b${any}", "aXbY", true),
        ("a${any}b${any}", "aX", false),
        ("Bearer ", "Bearer", false),
    ] {
        assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
    }
}
