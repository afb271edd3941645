//! Each claim explained: meaning, type, and what is to be noted about its value. Not here: whether it is acceptable.

use super::glossary::{self, Kind};
use super::parameters;
use super::times;
use crate::inspection::Claim;
pub(super) use crate::json::type_name;
use serde_json::{Map, Value};

/// Explains the members of a payload, in their order.
pub(super) fn explain(payload: &Map<String, Value>, now: i64) -> Vec<Claim> {
    payload.iter().map(|(name, value)| claim(name, value, now)).collect()
}

/// Explains the parameters of a header, in their order.
pub(super) fn explain_header(header: &Map<String, Value>) -> Vec<Claim> {
    header.iter().map(|(name, value)| parameter(name, value)).collect()
}

fn parameter(name: &str, value: &Value) -> Claim {
    let entry = parameters::lookup(name);
    let mut notes: Vec<String> = entry.and_then(|entry| type_note(entry.kind, value)).into_iter().collect();
    notes.extend(hidden_note(value));
    Claim {
        name: name.to_owned(),
        value: value.clone(),
        meaning: entry.map_or_else(String::new, |entry| entry.meaning.to_owned()),
        note: notes.join("; "),
        reference: entry.map(|entry| entry.reference.to_owned()),
        time: None,
    }
}

fn claim(name: &str, value: &Value, now: i64) -> Claim {
    let entry = glossary::lookup(name);
    let time = entry.filter(|entry| entry.kind == Kind::Time).and_then(|_| value.as_f64());
    Claim {
        name: name.to_owned(),
        value: value.clone(),
        meaning: entry.map_or_else(|| collision_hint(name), |entry| entry.meaning.to_owned()),
        note: notes(name, entry.map(|entry| entry.kind), value, now).join("; "),
        reference: entry.map(|entry| entry.reference.to_owned()),
        time: time.map(|seconds| seconds.floor() as i64),
    }
}

/// Names that are URIs are private claims of their owner (RFC 7519 4.2).
fn collision_hint(name: &str) -> String {
    if name.starts_with("https://") || name.starts_with("http://") {
        return "Claim of the owner of this address.".to_owned();
    }
    String::new()
}

fn notes(name: &str, kind: Option<Kind>, value: &Value, now: i64) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(kind) = kind {
        notes.extend(type_note(kind, value));
        if let (Kind::Time, Some(seconds)) = (kind, value.as_f64()) {
            notes.push(times::describe(seconds, now));
        }
    }
    notes.extend(meaning_note(name, value));
    notes.extend(hidden_note(value));
    notes
}

fn hidden_note(value: &Value) -> Option<String> {
    let character = u32::from(hidden_character(value)?);
    Some(format!("holds an invisible or direction-changing character (U+{character:04X}): it does not read as it is"))
}

fn type_note(kind: Kind, value: &Value) -> Option<String> {
    let strings = |list: &Vec<Value>| list.iter().all(Value::is_string);
    let (fits, wanted) = match kind {
        Kind::Time => (value.is_number(), "a number of seconds"),
        Kind::Text => (value.is_string(), "a string"),
        Kind::TextOrList => {
            (value.is_string() || value.as_array().is_some_and(strings), "a string or an array of strings")
        }
        Kind::List => (value.is_array(), "an array"),
        Kind::Object => (value.is_object(), "an object"),
        Kind::Flag => (value.is_boolean(), "true or false"),
        Kind::Count => (value.is_u64(), "a whole number"),
        Kind::Any => (true, ""),
    };
    (!fits).then(|| format!("should be {wanted}, is {}", type_name(value)))
}

fn meaning_note(name: &str, value: &Value) -> Option<String> {
    match (name, value) {
        ("cnf", Value::Object(members)) => confirmation(members),
        ("act", Value::Object(_)) => Some(format!("acting: {}", actors(value))),
        ("aud", Value::Array(list)) if list.is_empty() => {
            Some("an empty list names nobody: every API must refuse".to_owned())
        }
        ("scope", Value::String(text)) if text.is_empty() => Some("no scope".to_owned()),
        ("appidacr" | "azpacr", Value::String(text)) => match text.as_str() {
            "0" => Some("public client".to_owned()),
            "1" => Some("client secret".to_owned()),
            "2" => Some("client certificate".to_owned()),
            _ => None,
        },
        _ => None,
    }
}

fn confirmation(members: &Map<String, Value>) -> Option<String> {
    let words: Vec<&str> = members
        .keys()
        .map(|name| match name.as_str() {
            "jkt" => "bound to a DPoP key (RFC 9449 6.1)",
            "x5t#S256" => "bound to a client certificate (RFC 8705 3.1)",
            "jwk" => "bound to the key given here (RFC 7800 3.2)",
            "jwe" => "bound to an encrypted key (RFC 7800 3.3)",
            "kid" => "bound to a key known by name (RFC 7800 3.4)",
            "jku" => "bound to a key at an address (RFC 7800 3.5)",
            _ => "bound in a way that is not registered here",
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The chain of actors, outermost first (RFC 8693 4.1).
fn actors(act: &Value) -> String {
    let mut chain = Vec::new();
    let mut next = Some(act);
    while let Some(actor) = next {
        chain.push(actor.get("sub").and_then(Value::as_str).unwrap_or("?"));
        next = actor.get("act");
    }
    chain.join(" for ")
}

/// The claims of RFC 7519 4.1 that are of another type than defined there, what is wrong with each, and where that is defined.
pub(super) fn wrong_types(payload: &Map<String, Value>) -> impl Iterator<Item = (&str, String, &'static str)> {
    const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
    payload.iter().filter(|(name, _)| REGISTERED.contains(&name.as_str())).filter_map(|(name, value)| {
        let entry = glossary::lookup(name)?;
        Some((name.as_str(), type_note(entry.kind, value)?, entry.reference))
    })
}

/// The registered header parameters that are of another type than defined, what is wrong with each, and where that is defined.
pub(super) fn wrong_parameters(header: &Map<String, Value>) -> impl Iterator<Item = (&str, String, &'static str)> {
    header.iter().filter_map(|(name, value)| {
        let entry = parameters::lookup(name)?;
        Some((name.as_str(), type_note(entry.kind, value)?, entry.reference))
    })
}

/// The first character in names or values that makes text look like other text.
pub(super) fn hidden_in(members: &Map<String, Value>) -> Option<char> {
    members.iter().find_map(|(name, value)| name.chars().find(|c| is_hidden(*c)).or_else(|| hidden_character(value)))
}

fn hidden_character(value: &Value) -> Option<char> {
    match value {
        Value::String(text) => text.chars().find(|character| is_hidden(*character)),
        Value::Array(list) => list.iter().find_map(hidden_character),
        Value::Object(members) => hidden_in(members),
        _ => None,
    }
}

/// Control, bidirectional, zero-width and filling characters, which make a text look like another (Unicode TR 36).
#[must_use]
pub fn is_hidden(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t' | '\r'))
        || matches!(character, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}')
        || matches!(character, '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
        || matches!(character, '\u{E0000}'..='\u{E007F}')
}
