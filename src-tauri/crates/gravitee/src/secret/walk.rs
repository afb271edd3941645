//! Through the texts of a document, with their paths. Belongs here: taking secrets out of texts and putting them back, in documents
//! inside texts too. Not here: what is a secret (`names`).

use serde_json::Value;

use super::{Secrets, filled, inner_document, named, names};
use crate::place::below;

/// Calls `look` with every text and its path; a text that is a document counts as what is in it.
pub(crate) fn each_text(value: &Value, look: &mut dyn FnMut(&str, &str)) {
    visit(value, "", look);
}

fn visit(value: &Value, path: &str, look: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::String(text) => match inner_document(text) {
            Some(inner) => visit(&inner, path, look),
            None => look(path, text),
        },
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| visit(item, &format!("{path}[{at}]"), look));
        }
        Value::Object(members) => members.iter().for_each(|(name, member)| visit(member, &below(path, name), look)),
        _ => {}
    }
}

/// Every placeholder with what it lies in: the outermost item of a list, or the whole document where it lies in none. Properties can
/// be used anywhere, so what they lie in is the whole document.
pub(crate) fn holders(document: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    collect(document, "", None, document, &mut found);
    found
}

fn collect(value: &Value, inside: &str, holder: Option<&Value>, whole: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::String(_) => each_text(value, &mut |_, text| {
            found.extend(named(text).map(|name| (name.to_owned(), holder.unwrap_or(whole).clone())));
        }),
        Value::Array(items) => {
            for item in items {
                let own = holder.or_else(|| (inside != "properties").then_some(item));
                collect(item, inside, own, whole, found);
            }
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| collect(member, name, holder, whole, found));
        }
        _ => {}
    }
}

pub(super) fn conceal(document: &mut Value, secrets: &mut Secrets, used: &mut Vec<String>) {
    hide(document, "", "", secrets, used);
}

fn hide(value: &mut Value, path: &str, inside: &str, secrets: &mut Secrets, used: &mut Vec<String>) {
    match value {
        Value::String(text) => hide_in_text(text, path, secrets, used),
        Value::Array(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                hide(item, &format!("{path}[{at}]"), inside, secrets, used);
            }
        }
        Value::Object(members) => {
            let is_secret = |name: &str, text: &str| names::is_secret(members, name, text, inside);
            let whole: Vec<String> = members
                .iter()
                .filter(|(name, member)| member.as_str().is_some_and(|text| is_secret(name, text)))
                .map(|(name, _)| name.clone())
                .collect();
            for (name, member) in members.iter_mut() {
                let path = below(path, name);
                match member {
                    Value::String(text) if whole.contains(name) => *text = secrets.take(&path, text, used),
                    _ => hide(member, &path, name, secrets, used),
                }
            }
        }
        _ => {}
    }
}

/// A secret in a part of a text: in a document inside it, or in a URL.
fn hide_in_text(text: &mut String, path: &str, secrets: &mut Secrets, used: &mut Vec<String>) {
    if let Some(mut inner) = inner_document(text) {
        let before = secrets.len();
        hide(&mut inner, path, "", secrets, used);
        if secrets.len() > before {
            *text = inner.to_string();
        }
        return;
    }
    while let Some(range) = credential_of_url(text) {
        let Some(secret) = text.get(range.clone()).map(str::to_owned) else { return };
        let placeholder = secrets.take(path, &secret, used);
        text.replace_range(range, &placeholder);
    }
}

/// Where the password, or a query parameter that is a secret, stands in a URL.
fn credential_of_url(text: &str) -> Option<std::ops::Range<usize>> {
    let start = text.find("://")? + 3;
    let rest = text.get(start..)?;
    let is_plain = |part: &str| !part.is_empty() && !part.contains(super::OPEN) && !part.contains("{#");
    let authority = rest.find(['/', '?', '#']).and_then(|end| rest.get(..end)).unwrap_or(rest);
    if let Some((user, _)) = authority.rsplit_once('@')
        && let Some((name, password)) = user.split_once(':')
        && is_plain(password)
    {
        let from = start + name.len() + 1;
        return Some(from..from + password.len());
    }
    let query = start + rest.find('?')? + 1;
    let mut from = query;
    for pair in text.get(query..)?.split('#').next()?.split('&') {
        if let Some((name, value)) = pair.split_once('=')
            && names::is_secret_name(name)
            && is_plain(value)
        {
            let from = from + name.len() + 1;
            return Some(from..from + value.len());
        }
        from += pair.len() + 1;
    }
    None
}

pub(super) fn reveal(value: &mut Value, secrets: &Secrets) {
    match value {
        Value::String(text) => match inner_document(text) {
            Some(mut inner) if named(text).next().is_some() => {
                reveal(&mut inner, secrets);
                *text = inner.to_string();
            }
            _ if text.contains(super::OPEN) => *text = filled(text, secrets),
            _ => {}
        },
        Value::Array(items) => items.iter_mut().for_each(|item| reveal(item, secrets)),
        Value::Object(members) => members.iter_mut().for_each(|(_, member)| reveal(member, secrets)),
        _ => {}
    }
}
