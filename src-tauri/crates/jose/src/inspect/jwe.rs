//! A JWE (RFC 7516), opened where the key for it is there. Not here: the cryptography ([`crate::jwe`]).

use super::part::Remarks;
use super::rules::rule;
use super::{Context, blank, facts, findings, inspect_any, jws, looks_structured, rules};
use crate::inspection::{Decryption, DecryptionVerdict, Form, Inspection, RuleVerdict, Signature, SignatureVerdict};
use crate::jwe::{Closed, Message, asks_too_many_rounds, decrypt};
use serde_json::{Map, Value};

/// The decoded parts of one recipient's JWE.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) header: Map<String, Value>,
    pub(super) encrypted_key: Vec<u8>,
    pub(super) iv: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
    pub(super) additional_data: Vec<u8>,
}

/// Inspects five parts separated by dots.
pub(super) fn inspect(input: &str, context: &Context<'_>) -> Inspection {
    let mut remarks = Remarks::default();
    let mut offset = 0;
    let mut decoded = Vec::new();
    for (name, text) in
        ["header", "encrypted key", "initialization vector", "ciphertext", "tag"].into_iter().zip(input.split('.'))
    {
        decoded.push(remarks.decode(name, text, offset));
        offset += text.len() + 1;
    }
    let mut decoded = decoded.into_iter();
    let mut next = || decoded.next().unwrap_or_default();
    let header = remarks.json("header", &next(), 0);
    findings::of_text(&mut remarks, input);
    let Some(Value::Object(header)) = header else {
        if header.is_some() {
            remarks.note("header", Some(0), "the header is JSON, but no object");
        }
        return conclude(blank(Form::Broken, no_signature(None)), remarks, true, context);
    };
    let additional_data = input.split('.').next().unwrap_or_default().as_bytes().to_vec();
    let parts = Parts { header, encrypted_key: next(), iv: next(), ciphertext: next(), tag: next(), additional_data };
    open(vec![parts], remarks, true, context)
}

/// Opens the message for the first recipient whose key is there, and tells the rest.
pub(super) fn open(
    recipients: Vec<Parts>,
    mut remarks: Remarks,
    is_compact: bool,
    context: &Context<'_>,
) -> Inspection {
    let first = recipients.first().map(|parts| parts.header.clone()).unwrap_or_default();
    findings::of_encrypted(&mut remarks, &first);
    let mut inspection = blank(Form::Jwe, no_signature(first.get("alg").and_then(Value::as_str)));
    inspection.header = Value::Object(first);
    let outcome = try_recipients(&recipients, &remarks, context);
    let (verdict, reason) = match &outcome {
        Outcome::Opened(..) => (DecryptionVerdict::Decrypted, "Opened with the key given.".to_owned()),
        Outcome::Closed(reason) => (DecryptionVerdict::Failed, reason.clone()),
        Outcome::NoKey => (DecryptionVerdict::NotTried, "No key was given to open it with.".to_owned()),
    };
    inspection.decryption = Some(Decryption { verdict, reason });
    if let Outcome::Opened(header, content) = outcome {
        inspection.header = Value::Object(header);
        return show(inspection, &content, remarks, is_compact, context);
    }
    conclude(inspection, remarks, is_compact, context)
}

enum Outcome {
    Opened(Map<String, Value>, zeroize::Zeroizing<Vec<u8>>),
    Closed(String),
    NoKey,
}

fn try_recipients(recipients: &[Parts], remarks: &Remarks, context: &Context<'_>) -> Outcome {
    if context.keys.is_none() {
        return Outcome::NoKey;
    }
    if let Some(note) = remarks.notes.first() {
        return Outcome::Closed(format!(
            "A strict reader refuses the token before it decrypts: {}: {}.",
            note.part, note.message
        ));
    }
    if asks_too_many_rounds(recipients.iter().map(|parts| &parts.header)) {
        return Outcome::Closed("The header asks for more PBKDF2 rounds (`p2c`) than are computed.".to_owned());
    }
    let mut closed = String::new();
    for parts in recipients {
        let message = Message {
            header: &parts.header,
            encrypted_key: &parts.encrypted_key,
            iv: &parts.iv,
            ciphertext: &parts.ciphertext,
            tag: &parts.tag,
            additional_data: &parts.additional_data,
        };
        match decrypt(&message, context.keys, context.expectations.allow_rsa1_5) {
            Ok(content) => return Outcome::Opened(parts.header.clone(), content),
            Err(Closed::Refused(reason)) => closed = reason,
            Err(Closed::NotOpened) => {
                "No key that was given opens it: another key is needed, or the token was changed."
                    .clone_into(&mut closed);
            }
        }
    }
    Outcome::Closed(closed)
}

/// Shows the content: a token inside, or a payload.
fn show(
    mut outer: Inspection,
    content: &[u8],
    mut remarks: Remarks,
    is_compact: bool,
    context: &Context<'_>,
) -> Inspection {
    let inner = std::str::from_utf8(content).ok().filter(|text| text.contains('.') && looks_structured(text));
    let (Some(text), Some(inside)) = (inner, context.inside()) else {
        let payload = remarks.payload(content, 0);
        jws::show_payload(&mut outer, payload, context);
        findings::of_claims(&mut remarks, &outer, context.expectations);
        return conclude(outer, remarks, is_compact, context);
    };
    let inner = inspect_any(text, &inside);
    outer.form = Form::Nested;
    outer.payload = inner.payload.clone();
    outer.payload_text.clone_from(&inner.payload_text);
    outer.payload_base64.clone_from(&inner.payload_base64);
    outer.claims.clone_from(&inner.claims);
    outer.life = inner.life;
    outer.signature = inner.signature.clone();
    outer.findings.clone_from(&inner.findings);
    outer.inner = Some(Box::new(inner));
    conclude(outer, remarks, is_compact, context)
}

/// Adds what was remarked, then judges the rules; those on a nested token look at the inner header.
fn conclude(mut inspection: Inspection, remarks: Remarks, is_compact: bool, context: &Context<'_>) -> Inspection {
    inspection.notes = remarks.notes;
    let inner_is_well_formed = inspection.inner.as_ref().is_none_or(|inner| inner.well_formed);
    inspection.well_formed = inspection.notes.is_empty() && inner_is_well_formed;
    inspection.findings.extend(remarks.findings);
    let mut facts = facts(&inspection, is_compact);
    if let Some(inner) = &inspection.inner {
        facts.header = inner.header.as_object();
        facts.departure = facts.departure.or_else(|| super::departure(inner));
    }
    let mut acceptable = rules::judge(&facts, context.expectations);
    if let Some(decryption) = &inspection.decryption {
        let verdict = match decryption.verdict {
            DecryptionVerdict::Decrypted => RuleVerdict::Pass,
            DecryptionVerdict::Failed => RuleVerdict::Fail,
            DecryptionVerdict::NotTried => RuleVerdict::NotChecked,
        };
        acceptable.rules.push(rule("decryption", verdict, decryption.reason.clone(), "RFC 7516 5.2"));
        acceptable.verdict = rules::verdict(&acceptable.rules, &inspection.signature);
    }
    inspection.acceptable = acceptable;
    inspection
}

fn no_signature(algorithm: Option<&str>) -> Signature {
    Signature {
        verdict: SignatureVerdict::NotChecked,
        reason: "A JWE has no signature: encrypting does not tell who made it.".to_owned(),
        algorithm: algorithm.map(str::to_owned),
        key: None,
    }
}
