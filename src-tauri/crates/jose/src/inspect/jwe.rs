//! A JWE (RFC 7516), opened where the key for it is there. Not here: the cryptography ([`crate::jwe`]).

use super::part::Remarks;
use super::rules::Serialization;
use super::{Context, blank, conclude, findings, jws, nested};
use crate::inspection::{Decryption, DecryptionVerdict, Form, Inspection, Signature, SignatureVerdict};
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
        return conclude(blank(Form::Broken, no_signature(None)), remarks, Serialization::of_compact(input), context);
    };
    let additional_data = input.split('.').next().unwrap_or_default().as_bytes().to_vec();
    let parts = Parts { header, encrypted_key: next(), iv: next(), ciphertext: next(), tag: next(), additional_data };
    open(vec![parts], remarks, Serialization::of_compact(input), context)
}

/// Opens the message for the first recipient whose key is there, and tells the rest.
pub(super) fn open(
    recipients: Vec<Parts>,
    mut remarks: Remarks,
    serialization: Serialization,
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
        return show(inspection, &content, remarks, serialization, context);
    }
    conclude(inspection, remarks, serialization, context)
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
    serialization: Serialization,
    context: &Context<'_>,
) -> Inspection {
    let is_nested =
        nested::token_in(content).is_some_and(|text| nested::take_over(&mut outer, text, &mut remarks, context));
    if !is_nested {
        let payload = remarks.payload(content, 0);
        jws::show_payload(&mut outer, payload, context);
        findings::of_claims(&mut remarks, &outer, context.expectations);
    }
    conclude(outer, remarks, serialization, context)
}

fn no_signature(algorithm: Option<&str>) -> Signature {
    Signature {
        verdict: SignatureVerdict::NotChecked,
        reason: "A JWE has no signature: encrypting does not tell who made it.".to_owned(),
        algorithm: algorithm.map(str::to_owned),
        key: None,
    }
}
