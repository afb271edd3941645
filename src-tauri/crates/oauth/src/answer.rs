//! What came back, told apart: an object, a refusal, or something else.
//! Belongs here: reading any JSON answer of an authorization server, and masking what it repeats. Not here: what the members mean, what stands
//! there instead of an object (`answer/foreign`).

mod foreign;

use std::{
    borrow::Cow,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use exchange::Exchange;
use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};
use url::form_urlencoded;

use crate::{Error, OAuthError, WrongAnswer};

/// Longest description that is shown.
const MAX_TEXT: usize = 500;

/// Members that are credentials by themselves.
const CREDENTIALS: [&str; 3] = ["access_token", "refresh_token", "id_token"];

/// A JSON object that the server sent with a 2xx status.
pub(crate) struct Answer {
    /// What may be shown of it: secrets of the request and credentials of the answer are masked wherever they stand in it.
    pub(crate) members: Map<String, Value>,
    /// As they came: for the credentials, and for what is reckoned with. Not for texts.
    pub(crate) came: Map<String, Value>,
    pub(crate) notes: Vec<String>,
    pub(crate) exchange: Exchange,
}

/// The object of a successful answer.
pub(crate) fn object(mut exchange: Exchange, now: SystemTime) -> Result<Answer, Error> {
    let bytes = body(&exchange);
    let parsed = parse(&bytes, exchange.status());
    brought(&parsed, &bytes).iter().for_each(|credential| exchange.mask(credential));
    match judge(&exchange, &bytes, parsed, now) {
        Ok((came, notes)) => Ok(Answer { members: exchange.redaction().members(&came), came, notes, exchange }),
        Err(Trouble::Wrong(wrong)) => Err(Error::wrong(exchange, wrong)),
        Err(Trouble::Refused(error)) => {
            let exchange = Arc::new(exchange);
            Err(Error::Refused { error, method: None, encoding_matters: false, grant: None, exchange })
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

/// The members as they came, secrets and all, for who asks to see them.
pub(crate) fn revealed(exchange: &Exchange) -> Map<String, Value> {
    parse(&body(exchange), exchange.status()).map(|(members, _)| members).unwrap_or_default()
}

fn body(exchange: &Exchange) -> Vec<u8> {
    let body = exchange.response().map(|response| &response.body);
    body.and_then(|body| body.range(0..body.len()).ok()).map(Vec::from).unwrap_or_default()
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

/// The credentials in an answer, be it JSON or a form.
fn brought(parsed: &Result<Read, WrongAnswer>, bytes: &[u8]) -> Vec<SecretString> {
    match parsed {
        Ok((members, _)) => {
            CREDENTIALS.iter().filter_map(|name| members.get(*name)?.as_str()).map(SecretString::from).collect()
        }
        Err(_) => form_urlencoded::parse(bytes)
            .filter(|(name, _)| CREDENTIALS.contains(&name.as_ref()))
            .map(|(_, value)| SecretString::from(value.as_ref()))
            .collect(),
    }
}

fn judge(
    exchange: &Exchange,
    bytes: &[u8],
    parsed: Result<Read, WrongAnswer>,
    now: SystemTime,
) -> Result<Read, Trouble> {
    let status = exchange.status();
    let retry_after = retry_after(exchange, now);
    if status == 429 {
        return Err(WrongAnswer::TooManyRequests { retry_after }.into());
    }
    if let Ok((members, _)) = &parsed
        && let Some(error) = refusal(exchange, members, status)
    {
        return Err(Trouble::Refused(error));
    }
    if status >= 500 {
        return Err(WrongAnswer::ServerError { status, retry_after }.into());
    }
    let (members, mut notes) = parsed.map_err(|wrong| foreign::named(exchange, bytes, wrong))?;
    if !(200..300).contains(&status) {
        return Err(foreign::refusal(exchange, &members).into());
    }
    if status != 200 {
        notes.push(format!("The status was {status}; the standard says 200 (RFC 6749 5.1)."));
    }
    let content_type = exchange.header("content-type").unwrap_or_default();
    if !is_json(content_type) {
        let named = if content_type.is_empty() {
            "missing".to_owned()
        } else {
            format!("\"{}\"", clean(exchange, content_type))
        };
        notes.push(format!("The answer is JSON, but its Content-Type is {named}; it should be application/json."));
    }
    Ok((members, notes))
}

fn parse(bytes: &[u8], status: u16) -> Result<Read, WrongAnswer> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(WrongAnswer::Empty { status });
    }
    let mut notes = Vec::new();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        // The reason of a refusal is worth reading whatever it is written in.
        Err(_) if status >= 400 => Cow::Owned(lenient(bytes)),
        Err(_) => return Err(WrongAnswer::NotUtf8),
    };
    let plain = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if plain.len() < text.len() {
        notes.push("The answer begins with a byte order mark, which JSON does not allow (RFC 8259 8.1).".to_owned());
    }
    let Members { members, twice } = serde_json::from_str(plain).map_err(|error| unreadable(plain, status, &error))?;
    match twice {
        Some(member) => Err(WrongAnswer::DuplicateMember { member }),
        None => Ok((members, notes)),
    }
}

/// Text with single bytes that are not UTF-8 read as Latin-1.
fn lenient(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().copied().map(char::from));
    }
    text
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

/// A media type without its parameters.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Names only, of members that are masked: other values could be secrets of somebody else.
pub(crate) fn members_of(members: &Map<String, Value>) -> String {
    if members.is_empty() { "an empty object".to_owned() } else { names(members.keys()) }
}

/// A stranger's names of members.
fn names<T: AsRef<str>>(names: impl Iterator<Item = T>) -> String {
    let shown = |name: T| name.as_ref().chars().take(100).flat_map(char::escape_debug).collect::<String>();
    names.map(shown).take(20).collect::<Vec<_>>().join(", ")
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
