//! Masks secrets in texts.
//! Belongs here: which parts of a message are secret and what is shown instead. Not here: what a message consists of.

use std::borrow::Cow;

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use crate::scan;

/// What stands for a masked value.
pub const MASK: &str = "••••";

/// Values shorter than this are masked only where a message names them (headers, members), not wherever they occur.
const SHORTEST: usize = 4;

/// Values shorter than this are masked only as whole words: the secret `secret` does not turn `client_secret` into something unreadable.
const ANYWHERE: usize = 8;

/// Knows secret values and the places where messages carry secrets, and masks both.
///
/// A value is found as it is, percent-encoded, form-encoded, escaped for JSON (`\uXXXX` too) or HTML, in hexadecimal, and in base64 at any
/// of the three alignments.
#[derive(Clone, Default)]
pub struct Redaction {
    needles: Vec<SecretString>,
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
        for form in forms(value) {
            if form.len() >= SHORTEST && !self.needles.iter().any(|known| known.expose_secret() == form) {
                self.needles.push(form.into());
            }
        }
        // Longest first, so that no rest of a longer form stays.
        self.needles.sort_by_key(|needle| std::cmp::Reverse(needle.expose_secret().len()));
    }

    /// Masks known values in any text.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut masked = Cow::Borrowed(text);
        for needle in &self.needles {
            let needle = needle.expose_secret();
            if needle.len() < ANYWHERE {
                masked = Cow::Owned(replace_words(&masked, needle));
            } else if masked.contains(needle) {
                masked = Cow::Owned(masked.replace(needle, MASK));
            }
        }
        masked.into_owned()
    }

    /// Masks known values in content that is not text; of cut content also the beginning of one at the end.
    #[must_use]
    pub(crate) fn bytes<'a>(&self, bytes: &'a [u8], cut: bool) -> Cow<'a, [u8]> {
        let mut masked = Cow::Borrowed(bytes);
        for needle in &self.needles {
            let needle = needle.expose_secret().as_bytes();
            if let Some(replaced) = replace_bytes(&masked, needle) {
                masked = Cow::Owned(replaced);
            }
            let starts = (SHORTEST..needle.len()).rev().filter_map(|at| needle.get(..at));
            if cut && let Some(start) = starts.into_iter().find(|start| masked.ends_with(start)) {
                let end = masked.len() - start.len();
                masked.to_mut().splice(end.., MASK.bytes());
            }
        }
        masked
    }

    /// Masks the beginning of a known value at the end of a text that was cut there.
    #[must_use]
    pub(crate) fn cut_end(&self, mut text: String) -> String {
        for needle in &self.needles {
            let needle = needle.expose_secret();
            let found =
                (SHORTEST..needle.len()).rev().filter_map(|at| needle.get(..at)).find(|start| text.ends_with(start));
            if let Some(start) = found {
                text.truncate(text.len() - start.len());
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

/// Masks a value wherever it occurs, in one pass; `None` if it does not.
fn replace_bytes(bytes: &[u8], needle: &[u8]) -> Option<Vec<u8>> {
    let mut masked = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(needle.len()).position(|window| window == needle) {
        masked.extend_from_slice(rest.get(..at).unwrap_or_default());
        masked.extend_from_slice(MASK.as_bytes());
        rest = rest.get(at + needle.len()..).unwrap_or_default();
    }
    if masked.is_empty() {
        return None;
    }
    masked.extend_from_slice(rest);
    Some(masked)
}

/// The forms in which a value may occur in a message.
fn forms(value: &str) -> Vec<String> {
    let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let percent = form.replace('+', "%20");
    let json = serde_json::to_string(value).unwrap_or_default();
    let mut forms = vec![
        value.to_owned(),
        lower_case_escapes(&percent),
        lower_case_escapes(&form),
        percent.clone(),
        form,
        percent.replace("%2F", "/"),
        // Decoded by somebody who takes a plus for itself, as Gravitee's Basic does.
        value.replace(' ', "+"),
        html(value),
        html(value).replace("&#39;", "&#x27;"),
        ascii_json(json.trim_matches('"')),
        ascii_json(json.trim_matches('"')).replace('/', "\\/"),
        scan::minimal_percent(value),
        json.trim_matches('"').replace('/', "\\/"),
        json.trim_matches('"').to_owned(),
    ];
    // Short values would match by chance in base64.
    if value.len() >= 8 {
        forms.extend((0..3).flat_map(|shift| base64_cores(value, shift)));
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        forms.extend([hex.to_ascii_uppercase(), hex]);
    }
    forms
}

/// As a web page says it.
fn html(value: &str) -> String {
    let escaped = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', "&#39;")
}

/// What is not ASCII as `\uXXXX`, the way many servers write JSON.
fn ascii_json(json: &str) -> String {
    let mut units = [0; 2];
    let escape = |unit: &u16| format!("\\u{unit:04x}");
    let one = |c: char| match c {
        c if c.is_ascii() => c.to_string(),
        c => c.encode_utf16(&mut units).iter().map(escape).collect(),
    };
    json.chars().map(one).collect()
}

/// The characters that every base64 text has which contains `value` after `shift` other bytes (mod 3).
fn base64_cores(value: &str, shift: usize) -> [String; 2] {
    let bytes: Vec<u8> = std::iter::repeat_n(0, shift).chain(value.bytes()).collect();
    let whole = bytes.len() / 3 * 4;
    let skip = if shift == 0 { 0 } else { 4 };
    let core = |text: String| text.get(skip..whole.max(skip)).unwrap_or_default().to_owned();
    [core(BASE64_STANDARD_NO_PAD.encode(&bytes)), core(BASE64_URL_SAFE_NO_PAD.encode(&bytes))]
}

/// `%2F` as `%2f`.
fn lower_case_escapes(text: &str) -> String {
    let mut pending = 0;
    text.chars()
        .map(|c| {
            let lower = pending > 0;
            pending = if c == '%' { 2 } else { i32::max(pending - 1, 0) };
            if lower { c.to_ascii_lowercase() } else { c }
        })
        .collect()
}

#[cfg(test)]
mod tests;
