//! Numbers as they are written. Belongs here: keeping the spelling of those that neither an integer of 64 bits nor a double gives
//! back (`1e3`, `18446744073709551616`), from reading JSON to writing it. Not here: the rest of the text (`read`).
//!
//! In the document such a number stands as a text that begins with a mark. Whoever wants its meaning takes the document
//! [`settled`].

use serde::de::IgnoredAny;
use serde_json::{Number, Value};

const MARK: &str = "\u{1}number:";
/// What a marked number looks like where JSON is written.
const WRITTEN: &str = "\"\\u0001number:";

/// The JSON text with such numbers marked; none if there are none, if it is no JSON, or if a text in it could be taken for a mark.
pub(crate) fn marked(json: &str) -> Option<String> {
    if json.contains("\\u0001") {
        return None;
    }
    let (mut out, mut rest, mut is_any) = (String::with_capacity(json.len()), json, false);
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let mut values = serde_json::Deserializer::from_str(from).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        let (token, after) = from.split_at_checked(values.byte_offset())?;
        out.push_str(before);
        if token.starts_with('"') || !is_respelt(token) {
            out.push_str(token);
        } else {
            is_any = true;
            out.extend([WRITTEN, token, "\""]);
        }
        rest = after;
    }
    out.push_str(rest);
    is_any.then_some(out)
}

/// The JSON text with marked numbers as they were written.
pub(crate) fn unmarked(json: &str) -> String {
    let mut parts = json.split(WRITTEN);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for (number, rest) in parts.filter_map(|part| part.split_once('"')) {
        out.extend([number, rest]);
    }
    out
}

/// The value with the nearest number in the place of each marked one. One that no double comes near to becomes a text.
pub(crate) fn settled(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), settled(value))).collect(),
        Value::Array(items) => items.iter().map(settled).collect(),
        Value::String(text) => match text.strip_prefix(MARK) {
            Some(number) => serde_json::from_str::<Number>(number).map_or_else(|_| number.into(), Value::from),
            None => value.clone(),
        },
        other => other.clone(),
    }
}

/// A number that would be written otherwise than it was read, or not be read at all.
fn is_respelt(token: &str) -> bool {
    serde_json::from_str::<Number>(token).map_or(true, |number| number.to_string() != token)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use serde_json::{Value, json};

    use super::{marked, settled, unmarked};

    #[test]
    fn only_what_would_be_respelt_is_marked_and_comes_back() {
        for kept in [
            "0",
            "-7",
            "18446744073709551615",
            "2.5",
            "\"1e3 \\\" 2.50\"",
            "[1, {\"1.0e1\": 3}]",
            "01",
            "1e",
            "\"\\u00011e3\" 1e3",
        ] {
            assert_eq!(marked(kept), None, "{kept}");
        }
        for number in ["1e3", "1.50", "-0", "18446744073709551616", "0.10000000000000000000001", "1E400", "-1E-7"] {
            let text = format!("{{\"a\\\\\": [\"x\", {number}, 1], \"b\":{number}}}");
            let marked = marked(&text).unwrap();
            let value: Value = serde_json::from_str(&marked).unwrap();
            assert_eq!(unmarked(&value.to_string()), text.replace(": ", ":").replace(", ", ","), "{number}");
        }
    }

    #[test]
    fn what_it_means_is_the_nearest_number() {
        let value: Value = serde_json::from_str(&marked("[1e3, 1.0e0, 18446744073709551616, 1e400]").unwrap()).unwrap();
        assert_eq!(settled(&value), json!([1000.0, 1.0, 18_446_744_073_709_551_616.0, "1e400"]));
    }
}
