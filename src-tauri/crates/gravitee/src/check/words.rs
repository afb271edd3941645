//! Words of a version 4 export that Gravitee does not know. Belongs here: what the model reads leniently, as some of Gravitee's own
//! parsers do, though it is most likely a slip.

use serde_json::Value;

use super::{Problem, flows, items};

/// RFC 9110 section 9, RFC 5789, and Gravitee's word for all others.
const METHODS: [&str; 10] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "OTHER", "PATCH", "POST", "PUT", "TRACE"];
const PATH_OPERATORS: [&str; 2] = ["EQUALS", "STARTS_WITH"];
const LISTENERS: [&str; 4] = ["HTTP", "SUBSCRIPTION", "TCP", "KAFKA"];

pub(super) fn problems(v4: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for (place, listener) in items("api.listeners", v4.pointer("/api/listeners")) {
        found.extend(unknown(format!("{place}.type"), listener.get("type"), &LISTENERS));
    }
    for (place, flow) in flows(v4) {
        for (place, selector) in items(&format!("{place}.selectors"), flow.get("selectors")) {
            found.extend(unknown(format!("{place}.pathOperator"), selector.get("pathOperator"), &PATH_OPERATORS));
            for (place, method) in items(&format!("{place}.methods"), selector.get("methods")) {
                found.extend(unknown(place, Some(method), &METHODS));
            }
        }
    }
    found
}

/// A problem if the text is none of the words, however they are spelt. What is no text is a problem of the model.
fn unknown(path: String, value: Option<&Value>, words: &[&str]) -> Option<Problem> {
    let text = value?.as_str()?;
    let plain = |text: &str| text.replace(['-', '_'], "").to_ascii_uppercase();
    let is_known = words.iter().any(|word| plain(word) == plain(text));
    (!is_known).then(|| Problem::error(path, format!("`{text}` is none of {}", words.join(", "))))
}
