//! The inspection of one token: finds out its form, reads what can be read, and gathers the verdicts.
//! Belongs here: telling forms apart and putting an [`Inspection`] together. The verdicts live one file each beside it.

mod broken;
mod claims;
mod conclusion;
mod dpop;
mod findings;
mod glossary;
mod id_token;
mod json_serialization;
mod jwe;
mod jws;
mod key_binding;
mod nested;
mod parameters;
mod part;
mod rules;
mod sd_jwt;
mod signature;
mod times;
mod weak_secret;

use crate::inspection::{
    Acceptable, AcceptableVerdict, Form, Inspection, Life, Severity, Signature, SignatureVerdict, Spelled,
};
use crate::{Expectations, KeySet, base64url, find};
pub use claims::is_hidden;
use conclusion::{conclude, facts};
pub use dpop::{DPOP_WINDOW, DpopRequest, check_dpop_proof};
pub use id_token::{IdTokenAnswer, check_id_token};
use part::Remarks;
use rules::Serialization;
use serde_json::{Map, Value};
use times::NumericDate;
pub(crate) use times::duration;

/// Says everything that can be said of one token. Never fails, never panics: what is broken is described.
/// The input is taken as it stands: see [`normalise`] for white space and `Bearer`, [`crate::find_tokens`] for whole pastes.
#[must_use]
pub fn inspect(input: &str, keys: &KeySet, expectations: &Expectations) -> Inspection {
    inspect_any(input, &Context { keys, expectations, depth: 0 })
}

fn inspect_any(input: &str, context: &Context<'_>) -> Inspection {
    let mut inspection = match Shape::of(input) {
        Shape::Jws => jws::inspect(input, context),
        Shape::Jwe => jwe::inspect(input, context),
        Shape::Json => json_serialization::inspect(input, context),
        Shape::SdJwt => sd_jwt::inspect(input, context),
        Shape::Opaque => opaque(input, context),
        Shape::Fragments => broken::fragments(input, context),
        Shape::Several(end) => broken::several(input, end, context),
        Shape::Empty => broken::nothing(input, 0, "there is nothing: the input is empty", context),
    };
    if let Some(header) = inspection.header.as_object() {
        inspection.parameters = claims::explain_header(header);
    }
    inspection.findings.sort_by_key(|finding| finding.severity);
    inspection
}

/// Strips outer white space and the scheme `Bearer`, as in an Authorization header; nothing inside is touched.
#[must_use]
pub fn normalise(input: &str) -> &str {
    let input = input.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    match input.split_at_checked(6) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") && rest.starts_with(char::is_whitespace) => {
            rest.trim_start()
        }
        _ => input,
    }
}

/// What every form is inspected with.
struct Context<'a> {
    keys: &'a KeySet,
    expectations: &'a Expectations,
    /// How many tokens this one is inside of.
    depth: usize,
}

/// Nobody nests deeper in earnest.
const DEEPEST: usize = 3;

impl Context<'_> {
    /// The context of a token inside this one, unless that is too deep.
    fn inside(&self) -> Option<Self> {
        (self.depth < DEEPEST).then(|| Context { depth: self.depth + 1, ..*self })
    }
}

/// What a text is meant to be, before it is read.
enum Shape {
    Jws,
    Jwe,
    Json,
    SdJwt,
    Opaque,
    /// Meant as a JWS or JWE, with too few or too many parts.
    Fragments,
    /// A whole token up to this byte, and another one behind white space.
    Several(usize),
    Empty,
}

impl Shape {
    fn of(input: &str) -> Self {
        if input.is_empty() {
            return Self::Empty;
        }
        if input.trim_start().starts_with('{') {
            return Self::Json;
        }
        if is_url(input) {
            return Self::Opaque;
        }
        let is_structured = looks_structured(input);
        if let Some(end) = find::end_of_first(input).filter(|_| is_structured) {
            return Self::Several(end);
        }
        if is_structured && input.contains('~') {
            return Self::SdJwt;
        }
        let dots = input.matches('.').count();
        match (dots, is_structured) {
            (_, false) if is_paseto(input) => Self::Opaque,
            (2, _) => Self::Jws,
            (4, _) => Self::Jwe,
            (_, true) => Self::Fragments,
            (_, false) => Self::Opaque,
        }
    }
}

/// Whether the first part is meant as a JOSE header: base64url of something that starts like a JSON object. A brace alone
/// is not enough: one in 256 opaque tokens has that.
pub(crate) fn looks_structured(input: &str) -> bool {
    let first = input.split('.').next().unwrap_or_default();
    let start: String = first.chars().take(64).collect();
    let bytes = base64url::read(&start).bytes;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let inside = bytes.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    inside.is_some_and(|inside| inside.starts_with(b"\"") || inside.starts_with(b"}"))
}

/// An inspection in which nothing could be read yet.
fn blank(form: Form, signature: Signature) -> Inspection {
    Inspection {
        form,
        well_formed: true,
        notes: Vec::new(),
        header: Value::Null,
        payload: Value::Null,
        payload_text: None,
        payload_base64: None,
        parameters: Vec::new(),
        claims: Vec::new(),
        signature,
        acceptable: Acceptable { verdict: AcceptableVerdict::Unknown, rules: Vec::new() },
        findings: Vec::new(),
        life: Life::default(),
        decryption: None,
        inner: None,
        selective_disclosure: None,
        spelled: Spelled::default(),
    }
}

/// The signature verdict where there is no signature: unchecked, and invalid as soon as a key asks for one.
fn unsigned(context: &Context<'_>, reason: &str) -> Signature {
    let verdict = if context.keys.is_none() { SignatureVerdict::NotChecked } else { SignatureVerdict::Invalid };
    Signature { verdict, reason: reason.to_owned(), algorithm: None, key: None }
}

/// Longer opaque tokens fit into no header that a server reads: common limits lie between 8 and 16 KiB.
const LONGEST_OPAQUE: usize = 16 * 1024;

/// Where a text stops being an opaque token, and why: one is made of visible ASCII (RFC 6749 A.12; the space, which that
/// section lets pass, would end it in an Authorization header, RFC 6750 2.1), and short enough to be sent.
fn opaque_defect(input: &str) -> Option<(usize, String)> {
    if is_url(input) {
        return Some((0, "this is a URL, and no token; tokens inside of it are found one by one".to_owned()));
    }
    let foreign = input.char_indices().find(|(_, character)| !character.is_ascii_graphic());
    match foreign {
        Some((byte, character)) => {
            let character = character.escape_default();
            Some((
                byte,
                format!("`{character}` stands in no token: tokens are visible ASCII (RFC 6749 A.12, RFC 6750 2.1)"),
            ))
        }
        None if input.len() > LONGEST_OPAQUE => {
            let length = input.len();
            Some((
                LONGEST_OPAQUE,
                format!("{length} bytes without structure; no opaque token is longer than {LONGEST_OPAQUE}"),
            ))
        }
        None => None,
    }
}

fn opaque(input: &str, context: &Context<'_>) -> Inspection {
    if let Some((byte, reason)) = opaque_defect(input) {
        return broken::nothing(input, byte, &reason, context);
    }
    let signature =
        unsigned(context, "An opaque token has no signature to check; only its issuer can say whether it is good.");
    let mut inspection = blank(Form::Opaque, signature);
    let facts = facts(&inspection, Serialization::Compact);
    inspection.acceptable = rules::judge(&facts, context.expectations);
    let mut remarks = Remarks::default();
    if is_paseto(input) {
        remarks.finding("paseto", Severity::Info, "This looks like a PASETO, which is no JOSE token.", "PASETO");
    }
    inspection.findings = remarks.findings;
    inspection
}

/// A scheme and `://` (RFC 3986 3.1), which no token has: RFC 6750 2.1 knows no colon.
fn is_url(input: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    input.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme))
}

/// `v1` to `v4`, `local` or `public`.
fn is_paseto(input: &str) -> bool {
    let mut parts = input.split('.');
    matches!(parts.next(), Some("v1" | "v2" | "v3" | "v4")) && matches!(parts.next(), Some("local" | "public"))
}

/// The header, and those of the tokens inside, the outermost first.
fn headers(inspection: &Inspection) -> Vec<&Map<String, Value>> {
    let inside = inspection.inner.as_deref().map(headers).unwrap_or_default();
    inspection.header.as_object().into_iter().chain(inside).collect()
}

/// The times of a payload.
fn life(payload: &Value) -> Life {
    let time = |name| NumericDate::read(payload.get(name)).seconds();
    Life { issued_at: time("iat"), not_before: time("nbf"), expires_at: time("exp") }
}
