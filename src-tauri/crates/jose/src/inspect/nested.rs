//! A token inside a token (RFC 7519 5.2, 7.2): finding it, and what of it is said of the whole.
//! Not here: opening a JWE ([`super::jwe`]), the rules themselves ([`super::rules`]).

use super::part::Remarks;
use super::rules::media_type;
use super::{Context, headers, inspect_any, looks_structured};
use crate::inspection::{Decryption, DecryptionVerdict, Form, Inspection, Severity, Signature, SignatureVerdict};
use serde_json::{Map, Value};

/// The token that a content is, by its looks.
pub(super) fn token_in(content: &[u8]) -> Option<&str> {
    std::str::from_utf8(content).ok().filter(|text| text.contains('.') && looks_structured(text))
}

/// Whether a header says that the content is a token: `cty` is `JWT` (RFC 7519 5.2).
pub(super) fn is_announced(header: &Map<String, Value>) -> bool {
    header.get("cty").and_then(Value::as_str).is_some_and(|cty| media_type(cty) == "jwt")
}

/// Reads the token inside and takes over what it says, so that payload and verdicts are those of the whole. False where it is too deep inside to be read.
pub(super) fn take_over(outer: &mut Inspection, text: &str, remarks: &mut Remarks, context: &Context<'_>) -> bool {
    let Some(inside) = context.inside() else {
        too_deep(outer, remarks, context.depth + 1);
        return false;
    };
    let inner = inspect_any(text, &inside);
    outer.signature = joint(outer, &inner);
    outer.decryption = worse(outer.decryption.take(), inner.decryption.as_ref());
    outer.form = Form::Nested;
    outer.payload = inner.payload.clone();
    outer.spelled.payload.clone_from(&inner.spelled.payload);
    outer.payload_text.clone_from(&inner.payload_text);
    outer.payload_base64.clone_from(&inner.payload_base64);
    outer.claims.clone_from(&inner.claims);
    outer.life = inner.life;
    outer.findings.clone_from(&inner.findings);
    outer.inner = Some(Box::new(inner));
    true
}

/// What is not read is not known to be good.
fn too_deep(outer: &mut Inspection, remarks: &mut Remarks, level: usize) {
    let message =
        format!("{level} tokens stand inside one another, and the innermost holds one more, which is not read.");
    remarks.finding("nested-too-deep", Severity::Medium, message, "RFC 7519 5.2");
    if outer.signature.verdict == SignatureVerdict::Valid {
        outer.signature.verdict = SignatureVerdict::NotChecked;
        outer.signature.reason = format!("{} The token inside is too deep to be read.", outer.signature.reason);
    }
}

/// The signature of the whole: as good as the worst of both. Encryption signs nothing.
fn joint(outer: &Inspection, inner: &Inspection) -> Signature {
    if outer.form == Form::Jwe {
        return inner.signature.clone();
    }
    let rank = |signature: &Signature| match signature.verdict {
        SignatureVerdict::Invalid => 0,
        SignatureVerdict::NotChecked => 1,
        SignatureVerdict::Valid => 2,
    };
    let is_encrypted = |header: &Map<String, Value>| header.contains_key("enc");
    let nothing_signed_inside = inner.header.is_object() && headers(inner).into_iter().all(is_encrypted);
    if nothing_signed_inside || rank(&outer.signature) < rank(&inner.signature) {
        return outer.signature.clone();
    }
    if rank(&outer.signature) == rank(&inner.signature) {
        let reason = format!("{} The token inside: {}", outer.signature.reason, inner.signature.reason);
        return Signature { reason, ..outer.signature.clone() };
    }
    Signature { reason: format!("The token inside: {}", inner.signature.reason), ..inner.signature.clone() }
}

/// What stays closed inside is not opened by opening what is around it.
fn worse(outer: Option<Decryption>, inner: Option<&Decryption>) -> Option<Decryption> {
    match (outer, inner) {
        (outer, None) => outer,
        (Some(outer), Some(inner)) if inner.verdict == DecryptionVerdict::Decrypted => Some(outer),
        (_, Some(inner)) => {
            Some(Decryption { verdict: inner.verdict, reason: format!("The token inside: {}", inner.reason) })
        }
    }
}
