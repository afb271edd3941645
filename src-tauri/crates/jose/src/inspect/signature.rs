//! The verdict on a signature, with the provenance of the key. Not here: rules on claims.

use super::claims::type_name;
use super::dpop;
use crate::algorithm::Algorithm;
use crate::inspection::{KeyOrigin, KeySource, Note, Signature, SignatureVerdict};
use crate::key::parse_jwk;
use crate::verify::{matches, payload_is_encoded, verify};
use crate::{Key, KeySet, VerifyError, parse_key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// What was signed, and the signature as it stands in the token.
pub(super) struct Signed<'a> {
    pub(super) header: &'a Map<String, Value>,
    pub(super) input: &'a [u8],
    pub(super) signature: &'a str,
    /// Where text or header are not strict: verifiers refuse the token then. What the payload means is not their concern.
    pub(super) departure: Option<Note>,
}

/// Judges a signature. Without a key it is not checked, unless it must be refused whatever the key.
pub(super) fn judge(signed: &Signed<'_>, keys: &KeySet) -> Signature {
    let algorithm = signed.header.get("alg").and_then(Value::as_str);
    let (verdict, reason, key) = if let Some(reason) = hopeless(signed, algorithm) {
        (SignatureVerdict::Invalid, reason, None)
    } else if keys.is_none() {
        (SignatureVerdict::NotChecked, not_checked(signed), brought(signed.header).map(|key| origin(&key)))
    } else {
        match decide(signed, algorithm.unwrap_or_default(), keys) {
            Ok((key, reason)) => (SignatureVerdict::Valid, reason, Some(key)),
            Err((key, reason)) => (SignatureVerdict::Invalid, reason + &own_key_hint(signed), key),
        }
    };
    Signature { verdict, reason, algorithm: algorithm.map(str::to_owned), key }
}

/// Why no key in the world makes this signature valid.
fn hopeless(signed: &Signed<'_>, algorithm: Option<&str>) -> Option<String> {
    match algorithm {
        None => Some(match signed.header.get("alg") {
            Some(other) => format!("`alg` is {}, and must be a string (RFC 7515 4.1.1).", type_name(other)),
            None => "The header has no `alg`, which RFC 7515 4.1.1 demands.".to_owned(),
        }),
        Some(name) if is_none(name) => {
            Some(format!("`alg` is `{name}`: nothing is signed, anyone can write this token."))
        }
        Some(_) if signed.signature.is_empty() => {
            Some("The signature is empty: it was stripped, or never made.".to_owned())
        }
        Some(_) => None,
    }
}

/// `none` in any spelling: some libraries compare without regard to case.
pub(super) fn is_none(algorithm: &str) -> bool {
    algorithm.eq_ignore_ascii_case("none")
}

type Refusal = (Option<KeyOrigin>, String);

fn decide(signed: &Signed<'_>, name: &str, keys: &KeySet) -> Result<(KeyOrigin, String), Refusal> {
    let plain = |error: VerifyError| (None, sentence(&error.to_string()));
    payload_is_encoded(signed.header).map_err(plain)?;
    if let Some(note) = &signed.departure {
        let (part, message) = (&note.part, &note.message);
        let reason =
            format!("A strict verifier refuses the token before it looks at the signature: {part}: {message}.");
        return Err((None, reason));
    }
    let algorithm = Algorithm::from_name(name)
        .ok_or_else(|| (None, format!("`{name}` is no signature algorithm that is known here.")))?;
    let kid = keys.asked(signed.header).map_err(plain)?;
    let candidates = keys.candidates(kid, algorithm).map_err(plain)?;
    let mut refusal = (None, String::new());
    for member in candidates {
        match verify(&member.key, algorithm, signed.input, signed.signature) {
            Ok(()) => return Ok((member.origin(), valid_reason(kid, &member.key))),
            Err(error) => refusal = (Some(member.origin()), refusal_reason(&error, signed, &member.key, algorithm)),
        }
    }
    Err(refusal)
}

fn valid_reason(kid: Option<&str>, key: &Key) -> String {
    match (kid, key.kid()) {
        (Some(asked), Some(has)) if asked != has => {
            format!("Verifies, though the token names the key `{asked}` and the only key given is `{has}`.")
        }
        _ => "Verifies with this key.".to_owned(),
    }
}

fn refusal_reason(error: &VerifyError, signed: &Signed<'_>, key: &Key, algorithm: Algorithm) -> String {
    match error {
        VerifyError::UnusableKey(_) if matches(key, algorithm, signed.input, signed.signature) => {
            sentence(&format!("{error}; the signature as such matches"))
        }
        VerifyError::Signature if signed.input.ends_with(b".") => {
            "The signature does not match, and there is no payload: detached content cannot be checked here (RFC 7515 F).".to_owned()
        }
        VerifyError::Signature if is_der(signed) => {
            "The signature is written in DER; JWS wants R and S as plain bytes (RFC 7518 3.4).".to_owned()
        }
        VerifyError::Signature => match (signed.header.get("kid").and_then(Value::as_str), key.kid()) {
            (Some(asked), Some(has)) if asked != has => {
                format!("The token names the key `{asked}`; the only key given is `{has}`, and that one does not match.")
            }
            _ => "The signature does not match: another key signed it, or header or payload were changed.".to_owned(),
        },
        error => sentence(&error.to_string()),
    }
}

/// An ECDSA signature as OpenSSL writes it.
fn is_der(signed: &Signed<'_>) -> bool {
    let is_ecdsa = signed.header.get("alg").and_then(Value::as_str).is_some_and(|name| name.starts_with("ES"));
    let bytes = crate::base64url::decode(signed.signature).unwrap_or_default();
    is_ecdsa && bytes.starts_with(&[0x30]) && ![64, 96, 132].contains(&bytes.len())
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

fn not_checked(signed: &Signed<'_>) -> String {
    let start = "No key was given to check it with.";
    match brought(signed.header) {
        Some(_) if brings_by_design(signed.header) => format!("{start}{}", own_key_hint(signed)),
        Some(_) => format!("{start} The token brings a key of its own, which proves nothing.{}", own_key_hint(signed)),
        None => start.to_owned(),
    }
}

/// The key that the token itself carries, in `jwk` or as the first certificate of `x5c`. It is never trusted.
pub(super) fn brought(header: &Map<String, Value>) -> Option<Key> {
    if let Some(Value::Object(members)) = header.get("jwk") {
        return parse_jwk(members).ok();
    }
    let first = header.get("x5c")?.as_array()?.first()?.as_str()?;
    parse_key(&STANDARD.decode(first).ok()?).ok()
}

/// A DPoP proof is verified with the key in its own `jwk` (RFC 9449 4.3, check 7).
fn brings_by_design(header: &Map<String, Value>) -> bool {
    dpop::is_proof(header) && header.contains_key("jwk")
}

fn origin(key: &Key) -> KeyOrigin {
    KeyOrigin {
        source: KeySource::Token,
        kid: key.kid().map(str::to_owned),
        detail: format!("{}, from the token's own header", key.describe()),
    }
}

/// Whether the token verifies against its own key, which tells a forgery from a mere mix-up of keys. A DPoP proof has to.
fn own_key_hint(signed: &Signed<'_>) -> String {
    let algorithm = signed.header.get("alg").and_then(Value::as_str).and_then(Algorithm::from_name);
    let (Some(key), Some(algorithm)) = (brought(signed.header), algorithm) else { return String::new() };
    let verifies = key.fits(algorithm).is_ok() && verify(&key, algorithm, signed.input, signed.signature).is_ok();
    match (brings_by_design(signed.header), verifies) {
        (true, true) => " A DPoP proof brings its key by design, and this one verifies against it: whoever made it holds that key, and no more is proved (RFC 9449 4.2).",
        (true, false) => " A DPoP proof brings its key by design, and this one does not verify against it (RFC 9449 4.2).",
        (false, true) => " It verifies against the key that the token itself brought, as a forgery would.",
        (false, false) => " It does not verify against the key that the token itself brought either.",
    }
    .to_owned()
}
