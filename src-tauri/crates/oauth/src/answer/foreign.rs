//! What stands there instead of an object, and refusals in a form of the server's own.
//! Belongs here: recognising them, and what they say. Not here: refusals of the protocol (`answer`), what to do (`explain`).

use exchange::Exchange;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{clean, essence, lenient, members_of, names};
use crate::WrongAnswer;

/// Members in which servers say why they refuse, where that is not `error_description`; `message` first, for titles say less.
const REASONS: [&str; 7] =
    ["error_description", "message", "error_message", "errorMessage", "detail", "description", "title"];

/// What an answer is that could not be read as an object.
pub(super) fn named(exchange: &Exchange, bytes: &[u8], wrong: WrongAnswer) -> WrongAnswer {
    let (status, text) = (exchange.status(), || lenient(bytes));
    let content_type = exchange.header("content-type").unwrap_or_default();
    if is_html(content_type, bytes) {
        return WrongAnswer::Html { status, title: page_title(&exchange.redaction().text(&text())) };
    }
    match wrong {
        WrongAnswer::DuplicateMember { member } => {
            WrongAnswer::DuplicateMember { member: names([exchange.redaction().text(&member)].iter()) }
        }
        WrongAnswer::NotJson { .. } if is_jwt(content_type, text().trim()) => {
            WrongAnswer::Jwt { status, media_type: clean(exchange, content_type) }
        }
        WrongAnswer::NotJson { .. } if is_form(content_type, &text()) => form(exchange, bytes),
        // Gravitee and others say in a line of text what is wrong with the path.
        WrongAnswer::NotJson { .. } if is_short_text(content_type, bytes) => {
            WrongAnswer::NotJson { status, detail: format!("it says: {}", clean(exchange, &text())) }
        }
        wrong => wrong,
    }
}

/// A refusal without an `error` that is a code.
pub(super) fn refusal(exchange: &Exchange, members: &Map<String, Value>) -> WrongAnswer {
    let (status, members) = (exchange.status(), exchange.redaction().members(members));
    match reason(&members) {
        Some(said) => WrongAnswer::OwnError { status, said: clean(exchange, &said) },
        None => WrongAnswer::Unexpected { status, detail: members_of(&members) },
    }
}

/// The reason in an `error` that is an object, among the members, or in the first of `errors`.
fn reason(members: &Map<String, Value>) -> Option<String> {
    let words = |members: &Map<String, Value>| {
        REASONS.iter().find_map(|name| members.get(*name)?.as_str()).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let error = members.get("error").filter(|error| !error.is_null());
    let first = || members.get("errors")?.get(0)?.as_object();
    error
        .and_then(Value::as_object)
        .and_then(words)
        .or_else(|| words(members))
        .or_else(|| first().and_then(words))
        .or_else(|| error.map(Value::to_string))
}

/// By its media type, or because it looks like one: three parts, or five of an encrypted one (RFC 7515 7.1, RFC 7516 7.1).
fn is_jwt(content_type: &str, text: &str) -> bool {
    let essence = essence(content_type);
    let is_base64url = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let has_parts = matches!(text.split('.').count(), 3 | 5) && text.split('.').all(is_base64url);
    essence == "application/jwt" || essence.ends_with("+jwt") || (text.starts_with("eyJ") && has_parts)
}

fn is_form(content_type: &str, text: &str) -> bool {
    let has_answer =
        || form_urlencoded::parse(text.as_bytes()).any(|(name, _)| ["access_token", "error"].contains(&name.as_ref()));
    essence(content_type) == "application/x-www-form-urlencoded"
        || (!text.trim().contains(char::is_whitespace) && has_answer())
}

fn form(exchange: &Exchange, bytes: &[u8]) -> WrongAnswer {
    let pairs = || form_urlencoded::parse(bytes.trim_ascii());
    let value = |wanted: &str| pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    let description = || value("error_description").map(|text| format!(": {text}")).unwrap_or_default();
    let said = value("error").map(|code| clean(exchange, &format!("{code}{}", description())));
    let members = names(pairs().map(|(name, _)| exchange.redaction().text(&name)));
    WrongAnswer::FormEncoded { status: exchange.status(), members, said }
}

fn is_short_text(content_type: &str, bytes: &[u8]) -> bool {
    bytes.len() <= 200 && essence(content_type) == "text/plain"
}

fn is_html(content_type: &str, bytes: &[u8]) -> bool {
    let start: Vec<u8> = bytes.trim_ascii_start().iter().take(15).map(u8::to_ascii_lowercase).collect();
    content_type.to_ascii_lowercase().starts_with("text/html")
        || content_type.to_ascii_lowercase().starts_with("application/xhtml")
        || start.starts_with(b"<!doctype html")
        || start.starts_with(b"<html")
}

fn page_title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    let title: String =
        text.get(start..end)?.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(100).collect();
    (!title.is_empty()).then_some(title)
}
