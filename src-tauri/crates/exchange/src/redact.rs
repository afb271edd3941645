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

/// Knows secret values and the places where messages carry secrets, and masks both.
///
/// A value is found as it is, percent-encoded, form-encoded, JSON-escaped, and in base64 at any of the three alignments.
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

    /// Also masks this value wherever it occurs. Values under 4 bytes are left out: they would blacken everything.
    pub fn add(&mut self, secret: &SecretString) {
        let value = secret.expose_secret();
        if value.len() < SHORTEST {
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
            if masked.contains(needle.expose_secret()) {
                masked = Cow::Owned(masked.replace(needle.expose_secret(), MASK));
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
            while let Some(at) = masked.windows(needle.len()).position(|window| window == needle) {
                masked.to_mut().splice(at..at + needle.len(), MASK.bytes());
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
            "location" | "content-location" | "referer" | "refresh" | "link" => scan::query_members(value),
            name if scan::is_secret_header(name) => MASK.to_owned(),
            _ => value.to_owned(),
        };
        self.text(&named)
    }

    /// Masks a URL: password, members of query and fragment, known values.
    #[must_use]
    pub fn url(&self, url: &Url) -> String {
        let mut shown = url.clone();
        if shown.password().is_some() {
            // Cannot fail for a URL that has a password already.
            let _ = shown.set_password(Some("MASKED"));
        }
        let text = shown.as_str().replace(":MASKED@", &format!(":{MASK}@"));
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

/// The forms in which a value may occur in a message.
fn forms(value: &str) -> Vec<String> {
    let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let percent = form.replace('+', "%20");
    let json = serde_json::to_string(value).unwrap_or_default();
    let mut forms = vec![
        value.to_owned(),
        percent.to_ascii_lowercase_escapes(),
        percent,
        form,
        scan::minimal_percent(value),
        json.trim_matches('"').replace('/', "\\/"),
        json.trim_matches('"').to_owned(),
    ];
    // Short values would match by chance in base64.
    if value.len() >= 8 {
        forms.extend((0..3).flat_map(|shift| base64_cores(value, shift)));
    }
    forms
}

/// The characters that every base64 text has which contains `value` after `shift` other bytes (mod 3).
fn base64_cores(value: &str, shift: usize) -> [String; 2] {
    let bytes: Vec<u8> = std::iter::repeat_n(0, shift).chain(value.bytes()).collect();
    let whole = bytes.len() / 3 * 4;
    let skip = if shift == 0 { 0 } else { 4 };
    let core = |text: String| text.get(skip..whole.max(skip)).unwrap_or_default().to_owned();
    [core(BASE64_STANDARD_NO_PAD.encode(&bytes)), core(BASE64_URL_SAFE_NO_PAD.encode(&bytes))]
}

trait LowercaseEscapes {
    fn to_ascii_lowercase_escapes(&self) -> String;
}

impl LowercaseEscapes for String {
    /// `%2F` as `%2f`.
    fn to_ascii_lowercase_escapes(&self) -> String {
        let mut pending = 0;
        self.chars()
            .map(|c| {
                let lower = pending > 0;
                pending = if c == '%' { 2 } else { pending.max(1) - 1 };
                if lower { c.to_ascii_lowercase() } else { c }
            })
            .collect()
    }
}
