//! What came back, told apart: an object, a refusal, or something else.
//! Belongs here: reading any JSON answer of an authorization server. Not here: what the members mean.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use exchange::Exchange;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

use crate::{Error, OAuthError, WrongAnswer};

/// Longest description that is shown.
const MAX_TEXT: usize = 500;

/// A JSON object that the server sent with a 2xx status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) members: Map<String, Value>,
    pub(crate) notes: Vec<String>,
    pub(crate) exchange: Exchange,
}

/// The object of a successful answer.
pub(crate) fn object(exchange: Exchange, now: SystemTime) -> Result<Answer, Error> {
    match read(&exchange, now) {
        Ok((members, notes)) => Ok(Answer { members, notes, exchange }),
        Err(Trouble::Wrong(wrong)) => Err(Error::wrong(exchange, wrong)),
        Err(Trouble::Refused(error)) => {
            Err(Error::Refused { error, method: None, grant: None, exchange: Arc::new(exchange) })
        }
    }
}

/// An answer whose content does not matter, such as that of a revocation.
pub(crate) fn done(exchange: Exchange, now: SystemTime) -> Result<Exchange, Error> {
    if (200..300).contains(&exchange.status()) {
        return Ok(exchange);
    }
    object(exchange, now).map(|answer| answer.exchange)
}

enum Trouble {
    Wrong(WrongAnswer),
    Refused(OAuthError),
}

impl From<WrongAnswer> for Trouble {
    fn from(wrong: WrongAnswer) -> Self {
        Self::Wrong(wrong)
    }
}

type Read = (Map<String, Value>, Vec<String>);

fn read(exchange: &Exchange, now: SystemTime) -> Result<Read, Trouble> {
    let status = exchange.status();
    let retry_after = retry_after(exchange, now);
    if status == 429 {
        return Err(WrongAnswer::TooManyRequests { retry_after }.into());
    }
    let bytes =
        exchange.response().and_then(|response| response.body.range(0..response.body.len()).ok()).unwrap_or_default();
    let parsed = parse(&bytes, status).map_err(|wrong| match wrong {
        // Gravitee and others say in a line of text what is wrong with the path.
        WrongAnswer::NotJson { .. } if is_short_text(exchange, &bytes) => {
            let detail = format!("it says: {}", clean(exchange, &String::from_utf8_lossy(&bytes)));
            WrongAnswer::NotJson { status, detail }
        }
        wrong => wrong,
    });
    if let Ok((members, _)) = &parsed
        && let Some(error) = refusal(exchange, members, status)
    {
        return Err(Trouble::Refused(error));
    }
    if status >= 500 {
        return Err(WrongAnswer::ServerError { status, retry_after }.into());
    }
    let content_type = exchange.header("content-type").unwrap_or_default().to_owned();
    if parsed.is_err() && is_html(&content_type, &bytes) {
        return Err(WrongAnswer::Html { status, title: page_title(&bytes) }.into());
    }
    let (members, mut notes) = parsed?;
    if !(200..300).contains(&status) {
        return Err(WrongAnswer::Unexpected { status, detail: members_of(&members) }.into());
    }
    if status != 200 {
        notes.push(format!("The status was {status}; the standard says 200 (RFC 6749 5.1)."));
    }
    if !is_json(&content_type) {
        let named = if content_type.is_empty() { "missing".to_owned() } else { format!("\"{content_type}\"") };
        notes.push(format!("The answer is JSON, but its Content-Type is {named}; it should be application/json."));
    }
    Ok((members, notes))
}

fn parse(bytes: &[u8], status: u16) -> Result<Read, WrongAnswer> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(WrongAnswer::Empty { status });
    }
    let mut notes = Vec::new();
    let text = std::str::from_utf8(bytes).map_err(|_| WrongAnswer::NotUtf8)?;
    let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
    if plain.len() < text.len() {
        notes.push("The answer begins with a byte order mark, which JSON does not allow (RFC 8259 8.1).".to_owned());
    }
    let Members { members, twice } = serde_json::from_str(plain).map_err(|error| unreadable(plain, status, &error))?;
    match twice {
        Some(member) => Err(WrongAnswer::DuplicateMember { member: shown(&member) }),
        None => Ok((members, notes)),
    }
}

/// Why a text is no object.
fn unreadable(text: &str, status: u16, error: &serde_json::Error) -> WrongAnswer {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) if error.is_data() => WrongAnswer::NotAnObject,
        Err(error) if error.is_eof() => WrongAnswer::Truncated { bytes: text.len() as u64 },
        _ => WrongAnswer::NotJson { status, detail: error.to_string() },
    }
}

/// The members of an object. One that no machine number can hold (`1e400`), or that is nested too deep, is kept as text.
struct Members {
    members: Map<String, Value>,
    /// The first name that stands there twice: readers differ in which one they take (RFC 8259 4).
    twice: Option<String>,
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
        let (mut members, mut twice) = (Map::new(), None);
        while let Some((name, raw)) = access.next_entry::<String, Box<RawValue>>()? {
            let value = serde_json::from_str(raw.get()).unwrap_or_else(|_| Value::from(raw.get()));
            if members.insert(name.clone(), value).is_some() {
                twice = twice.or(Some(name));
            }
        }
        Ok(Members { members, twice })
    }
}

/// RFC 6749 5.2, whatever the status. Of 5xx answers only those that use an error code: frameworks fill `error` with a phrase.
fn refusal(exchange: &Exchange, members: &Map<String, Value>, status: u16) -> Option<OAuthError> {
    let code = members.get("error")?.as_str()?;
    let is_code = !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit());
    if status >= 500 && !is_code {
        return None;
    }
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(|text| clean(exchange, text));
    let uri = text("error_uri").filter(|uri| uri.starts_with("https://") || uri.starts_with("http://"));
    Some(OAuthError { code: clean(exchange, code), description: text("error_description"), uri, status })
}

/// Text of a stranger: known secrets masked, no control characters, not too long.
fn clean(exchange: &Exchange, text: &str) -> String {
    let masked = exchange.redaction().text(text);
    masked.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect()
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn is_short_text(exchange: &Exchange, bytes: &[u8]) -> bool {
    let content_type = exchange.header("content-type").unwrap_or_default();
    bytes.len() <= 200 && content_type.to_ascii_lowercase().starts_with("text/plain")
}

fn is_html(content_type: &str, bytes: &[u8]) -> bool {
    let start: Vec<u8> = bytes.trim_ascii_start().iter().take(15).map(u8::to_ascii_lowercase).collect();
    content_type.to_ascii_lowercase().starts_with("text/html")
        || content_type.to_ascii_lowercase().starts_with("application/xhtml")
        || start.starts_with(b"<!doctype html")
        || start.starts_with(b"<html")
}

fn page_title(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    let title: String =
        text.get(start..end)?.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(100).collect();
    (!title.is_empty()).then_some(title)
}

/// Names only: values could be secrets.
pub(crate) fn members_of(members: &Map<String, Value>) -> String {
    let names: Vec<_> = members.keys().map(|name| shown(name)).take(20).collect();
    if names.is_empty() { "an empty object".to_owned() } else { names.join(", ") }
}

/// A stranger's name of a member.
fn shown(name: &str) -> String {
    name.chars().take(100).flat_map(char::escape_debug).collect()
}

/// `Retry-After` in seconds or as a date (RFC 9110 10.2.3).
fn retry_after(exchange: &Exchange, now: SystemTime) -> Option<Duration> {
    let value = exchange.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = http_date(value)?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// A date of an HTTP header (RFC 9110 5.6.7).
pub(crate) fn http_date(text: &str) -> Option<SystemTime> {
    let time = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(time.into())
}
