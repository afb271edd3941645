//! Masks secrets in texts.
//! Belongs here: which parts of a message are secret and what is shown instead. Not here: what a message consists of, how else a value may be
//! spelled (`redact/forms`).

mod forms;

use std::borrow::Cow;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value as Json};
use url::Url;

use crate::scan;
use forms::Needle;

/// What stands for a masked value.
pub const MASK: &str = "••••";

/// Values shorter than this are masked only where a message names them (headers, members), not wherever they occur.
const SHORTEST: usize = 4;

/// Values shorter than this are masked only as whole words: the secret `secret` does not turn `client_secret` into something unreadable.
const ANYWHERE: usize = 8;

/// Knows secret values and the places where messages carry secrets, and masks both.
///
/// A value is found as it is, percent-encoded, form-encoded, escaped for JSON (`\uXXXX` too) or HTML, in hexadecimal, and in base64 at any
/// of the three alignments. One of which only some characters are escaped that need not be is not found.
#[derive(Clone, Default)]
pub struct Redaction {
    needles: Vec<Needle>,
}

impl std::fmt::Debug for Redaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redaction({} forms)", self.needles.len())
    }
}

impl Redaction {
    /// Masks only what messages name as secret.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also masks this value wherever it occurs.
    ///
    /// Left out are values under 4 bytes, which would blacken everything, and those of nothing but `•`, which are masked as they are.
    pub fn add(&mut self, secret: &SecretString) {
        let value = secret.expose_secret();
        if value.len() < SHORTEST || value.chars().all(|c| MASK.contains(c)) {
            return;
        }
        for needle in forms::of(value) {
            let is_known = self.needles.iter().any(|known| known.text() == needle.text());
            if needle.text().len() >= SHORTEST && !is_known {
                self.needles.push(needle);
            }
        }
        // Longest first, so that no rest of a longer form stays.
        self.needles.sort_by_key(|needle| std::cmp::Reverse(needle.text().len()));
    }

    /// Masks known values in any text.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut masked = Cow::Borrowed(text);
        for needle in &self.needles {
            if needle.text().len() < ANYWHERE {
                masked = Cow::Owned(replace_words(&masked, needle.text()));
            } else if masked.contains(needle.text()) {
                masked = Cow::Owned(replace(&masked, needle));
            }
        }
        masked.into_owned()
    }

    /// Masks known values in content that is not text; of cut content also the beginning of one at the end.
    #[must_use]
    pub(crate) fn bytes<'a>(&self, bytes: &'a [u8], cut: bool) -> Cow<'a, [u8]> {
        let mut masked = Cow::Borrowed(bytes);
        for needle in &self.needles {
            if let Some(replaced) = replace_bytes(&masked, needle) {
                masked = Cow::Owned(replaced);
            }
            if cut && let Some(start) = needle.cut_off(&masked) {
                masked.to_mut().splice(start.., MASK.bytes());
            }
        }
        masked
    }

    /// Masks the beginning of a known value at the end of a text that was cut there.
    #[must_use]
    pub(crate) fn cut_end(&self, mut text: String) -> String {
        for needle in &self.needles {
            if let Some(start) = needle.cut_off(text.as_bytes()) {
                text.truncate(start);
                text.push_str(MASK);
            }
        }
        text
    }

    /// Masks a header value: credentials and cookies by the header's name, members of URLs, known values.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> String {
        let named = match name.to_ascii_lowercase().as_str() {
            "authorization" | "proxy-authorization" => scan::credentials(value),
            "cookie" => scan::cookies(value),
            "set-cookie" => scan::set_cookie(value),
            "location" | "content-location" | "referer" => match Url::parse(value) {
                Ok(url) if url.has_authority() && url.authority().contains('@') => self.url(&url),
                _ => scan::query_members(value),
            },
            "refresh" | "link" => scan::query_members(value),
            name if scan::is_secret_header(name) => MASK.to_owned(),
            _ => value.to_owned(),
        };
        self.text(&named)
    }

    /// Masks a URL: password, or a user name without one (it is a token then), members of query and fragment, known values.
    #[must_use]
    pub fn url(&self, url: &Url) -> String {
        let mut shown = url.clone();
        // Neither can fail for a URL that has user information already.
        let text = if shown.password().is_some() {
            let _ = shown.set_password(Some("MASKED"));
            shown.as_str().replacen(":MASKED@", &format!(":{MASK}@"), 1)
        } else if !shown.username().is_empty() {
            let _ = shown.set_username("MASKED");
            shown.as_str().replacen("//MASKED@", &format!("//{MASK}@"), 1)
        } else {
            shown.into()
        };
        self.text(&scan::query_members(&text))
    }

    /// Masks a body by its media type: members of JSON and forms, known values.
    #[must_use]
    pub fn body(&self, content_type: Option<&str>, body: &str) -> String {
        let named = if content_type.is_some_and(scan::is_form) {
            scan::form_members(body)
        } else if content_type.is_some_and(scan::is_json) || body.trim_start().starts_with(['{', '[']) {
            scan::json_members(body)
        } else {
            body.to_owned()
        };
        self.text(&named)
    }

    /// Masks the members of a JSON object: what their names call secret, and known values in names, strings and numbers, at any depth.
    #[must_use]
    pub fn members(&self, members: &Map<String, Json>) -> Map<String, Json> {
        members.iter().map(|(name, value)| (self.text(name), self.member(name, value))).collect()
    }

    fn member(&self, name: &str, value: &Json) -> Json {
        match value {
            Json::String(text) if scan::is_member(name, false) => self.text(&scan::named(name, text)).into(),
            Json::String(text) => self.text(text).into(),
            Json::Array(items) => items.iter().map(|item| self.member(name, item)).collect(),
            Json::Object(members) => Json::Object(self.members(members)),
            Json::Number(number) => {
                let text = number.to_string();
                let masked = self.text(&text);
                if masked == text { value.clone() } else { masked.into() }
            }
            Json::Bool(_) | Json::Null => value.clone(),
        }
    }
}

/// Masks a value where no letter, digit, hyphen or underscore adjoins it.
fn replace_words(text: &str, needle: &str) -> String {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices(needle) {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + needle.len()..).unwrap_or_default());
        if !part(before.chars().next_back()) && !part(after.chars().next()) {
            masked.push_str(text.get(done..at).unwrap_or_default());
            masked.push_str(MASK);
            done = at + needle.len();
        }
    }
    masked.push_str(text.get(done..).unwrap_or_default());
    masked
}

/// Masks a value wherever it occurs, with what adjoins it of its own.
fn replace(text: &str, needle: &Needle) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices(needle.text()) {
        let (start, end) = needle.reach(text.as_bytes(), done, at);
        masked.push_str(text.get(done..start).unwrap_or_default());
        masked.push_str(MASK);
        done = end;
    }
    masked.push_str(text.get(done..).unwrap_or_default());
    masked
}

/// The same in bytes, in one pass; `None` if it does not occur.
fn replace_bytes(bytes: &[u8], needle: &Needle) -> Option<Vec<u8>> {
    let (text, mut masked, mut done) = (needle.text().as_bytes(), Vec::new(), 0);
    let next = |from: usize| bytes.get(from..)?.windows(text.len()).position(|window| window == text);
    while let Some(at) = next(done) {
        let (start, end) = needle.reach(bytes, done, done + at);
        masked.extend_from_slice(bytes.get(done..start).unwrap_or_default());
        masked.extend_from_slice(MASK.as_bytes());
        done = end;
    }
    masked.extend_from_slice(bytes.get(done..).unwrap_or_default());
    (done > 0).then_some(masked)
}

#[cfg(test)]
mod tests;
