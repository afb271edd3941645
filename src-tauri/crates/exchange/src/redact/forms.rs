//! How else a value may be spelled in a message.
//! Belongs here: the encodings that are looked for. Not here: masking them (`redact`).

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use super::SHORTEST;
use crate::scan;

/// One spelling of a value.
#[derive(Clone)]
pub(super) struct Needle {
    text: SecretString,
    /// How many base64 characters before it hold bits of the value too.
    before: usize,
    /// How many after it.
    after: usize,
}

impl Needle {
    fn new(text: impl Into<SecretString>) -> Self {
        Self { text: text.into(), before: 0, after: 0 }
    }

    pub(super) fn text(&self) -> &str {
        self.text.expose_secret()
    }

    /// From where to where a find at `at` reaches, but not before `done`.
    pub(super) fn reach(&self, bytes: &[u8], done: usize, at: usize) -> (usize, usize) {
        let is_base64 = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
        let end = at + self.text().len();
        let before =
            bytes.get(done..at).unwrap_or_default().iter().rev().take(self.before).take_while(is_base64).count();
        let after = bytes.get(end..).unwrap_or_default().iter().take(self.after).take_while(is_base64).count();
        (done.max(at - before), end + after)
    }

    /// Where the beginning of it stands that is cut off by the end.
    pub(super) fn cut_off(&self, bytes: &[u8]) -> Option<usize> {
        let text = self.text().as_bytes();
        let starts = (SHORTEST..text.len()).rev().filter_map(|length| text.get(..length));
        let at = bytes.len() - starts.into_iter().find(|start| bytes.ends_with(start))?.len();
        Some(self.reach(bytes, 0, at).0)
    }
}

/// The spellings of a value.
pub(super) fn of(value: &str) -> Vec<Needle> {
    let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let percent = form.replace('+', "%20");
    let json = serde_json::to_string(value).unwrap_or_default();
    let json = json.trim_matches('"');
    let mut texts = vec![
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
        ascii_json(json),
        ascii_json(json).replace('/', "\\/"),
        scan::minimal_percent(value),
        json.replace('/', "\\/"),
        json.to_owned(),
    ];
    texts.extend(wholly_escaped(value));
    // Short values would match by chance in hexadecimal and base64.
    if value.len() < 8 {
        return texts.into_iter().map(Needle::new).collect();
    }
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    texts.extend([hex.to_ascii_uppercase(), hex]);
    texts.into_iter().map(Needle::new).chain((0..3).flat_map(|shift| base64(value, shift))).collect()
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

/// Every character escaped, also where none need be: for JSON, for HTML by number, in percent; with digits in either case.
fn wholly_escaped(value: &str) -> [String; 7] {
    let units = || value.encode_utf16();
    let numbers = || value.chars().map(u32::from);
    [
        units().map(|unit| format!("\\u{unit:04x}")).collect(),
        units().map(|unit| format!("\\u{unit:04X}")).collect(),
        numbers().map(|number| format!("&#{number};")).collect(),
        numbers().map(|number| format!("&#x{number:x};")).collect(),
        numbers().map(|number| format!("&#x{number:X};")).collect(),
        value.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        value.bytes().map(|byte| format!("%{byte:02X}")).collect(),
    ]
}

/// The characters that every base64 text has which contains `value` after `shift` other bytes (mod 3). Those of the groups that it shares
/// with what stands before and after depend on that too, and are told by their number.
fn base64(value: &str, shift: usize) -> [Needle; 2] {
    let bytes: Vec<u8> = std::iter::repeat_n(0, shift).chain(value.bytes()).collect();
    let whole = bytes.len() / 3 * 4;
    let skip = if shift == 0 { 0 } else { 4 };
    let after = match bytes.len() % 3 {
        0 => 0,
        rest => rest + 1,
    };
    let before = skip.max(shift) - shift;
    let core =
        |text: String| Needle { before, after, ..Needle::new(text.get(skip..whole.max(skip)).unwrap_or_default()) };
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
