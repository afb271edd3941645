//! JWS and JWE in their JSON serializations, general and flattened (RFC 7515 7.2, RFC 7516 7.2). They may verify, but are
//! no JWTs. Belongs here: taking them apart; the verdicts are those of the compact forms.

use super::jwe::{self, Parts};
use super::part::Remarks;
use super::rules::Serialization;
use super::signature::Signed;
use super::{Context, blank, broken, conclude, findings, jws, signature, unsigned};
use crate::inspection::{Form, Inspection, Severity, Signature, SignatureVerdict};
use serde_json::{Map, Value};

type Members = Map<String, Value>;

/// Inspects a JSON object.
pub(super) fn inspect(input: &str, context: &Context<'_>) -> Inspection {
    let mut remarks = Remarks::default();
    let Some(Value::Object(members)) = remarks.document(input) else {
        let inspection = blank(Form::Broken, unsigned(context, "There is no complete token to check."));
        return conclude(inspection, remarks, Serialization::Json, context);
    };
    if members.contains_key("ciphertext") {
        return encrypted(&members, remarks, context);
    }
    if members.contains_key("signatures") || members.contains_key("signature") {
        return signed(&members, remarks, context);
    }
    broken::nothing(input, 0, "a JSON object, but neither a JWS (`signature`) nor a JWE (`ciphertext`)", context)
}

/// How many signers or recipients are looked at; a hostile token names thousands.
const MOST: usize = 16;

/// The members of each recipient or signer: the list if there is one, else the object itself.
fn entries<'a>(remarks: &mut Remarks, members: &'a Members, list: &str) -> Vec<&'a Members> {
    let Some(Value::Array(entries)) = members.get(list) else { return vec![members] };
    if entries.len() > MOST {
        remarks.note(list, None, format!("{} entries; only the first {MOST} are looked at", entries.len()));
    }
    entries.iter().take(MOST).filter_map(Value::as_object).collect()
}

fn text<'a>(members: &'a Members, name: &str) -> &'a str {
    members.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The protected header and those beside it as one; a name in two of them is an error (RFC 7515 7.2.1).
fn joined(remarks: &mut Remarks, protected: &str, beside: &[Option<&Value>]) -> Members {
    let mut header = Members::new();
    if !protected.is_empty() {
        let bytes = remarks.decode("protected", protected, 0);
        match remarks.json("protected", &bytes, 0) {
            Some(Value::Object(members)) => header = members,
            Some(_) => remarks.note("protected", None, "the protected header is JSON, but no object"),
            None => {}
        }
    }
    let protects_algorithm = header.contains_key("alg");
    for (name, value) in beside.iter().flatten().filter_map(|value| value.as_object()).flatten() {
        if name == "crit" {
            remarks.note("header", None, "`crit` stands outside the protected header (RFC 7515 4.1.11)");
        }
        if header.insert(name.clone(), value.clone()).is_some() {
            remarks.note(
                "header",
                None,
                format!("`{name}` stands in two headers, which must be disjoint (RFC 7515 7.2.1)"),
            );
        }
    }
    if !protects_algorithm && header.contains_key("alg") {
        let message = "`alg` stands outside the protected header: it can be changed without breaking the signature.";
        remarks.finding("alg-unprotected", Severity::Medium, message, "RFC 7515 10.7");
    }
    header
}

/// One signer's part of a JWS.
struct Signer<'a> {
    header: Members,
    protected: &'a str,
    signature: &'a str,
}

fn signed(members: &Members, mut remarks: Remarks, context: &Context<'_>) -> Inspection {
    let payload = members.get("payload").and_then(Value::as_str);
    if payload.is_none() {
        remarks.note("payload", None, "there is no payload: detached content cannot be checked here (RFC 7515 F)");
    }
    if members.contains_key("signature") && members.contains_key("signatures") {
        remarks.note("token", None, "`signature` and `signatures` exclude each other (RFC 7515 7.2.2)");
    }
    let signers = signers(&mut remarks, members);
    let is_encoded = signers.first().is_none_or(|signer| jws::is_encoded(&signer.header));
    let content = remarks.content(payload.unwrap_or_default(), 0, is_encoded);
    let departure = remarks.notes.first().cloned();
    let mut verdicts = Vec::new();
    for signer in signers {
        let input = format!("{}.{}", signer.protected, payload.unwrap_or_default());
        let signed = Signed {
            header: &signer.header,
            input: input.as_bytes(),
            signature: signer.signature,
            departure: departure.clone(),
        };
        let verdict = signature::judge(&signed, context.keys);
        findings::of_signed(&mut remarks, &signed);
        verdicts.push((signer.header, verdict));
    }
    let mut inspection = blank(Form::JwsJson, unsigned(context, "There is no signature."));
    if let Some((header, verdict)) = decisive(verdicts) {
        inspection.header = Value::Object(header);
        inspection.signature = verdict;
    }
    if payload.is_some() {
        jws::show_payload(&mut inspection, remarks.payload(&content, 0), context);
    }
    findings::of_claims(&mut remarks, &inspection, context.expectations);
    conclude(inspection, remarks, Serialization::Json, context)
}

fn signers<'a>(remarks: &mut Remarks, members: &'a Members) -> Vec<Signer<'a>> {
    let mut signers = Vec::new();
    for entry in entries(remarks, members, "signatures") {
        let (protected, signature) = (text(entry, "protected"), text(entry, "signature"));
        let header = joined(remarks, protected, &[entry.get("header")]);
        remarks.decode("signature", signature, 0);
        signers.push(Signer { header, protected, signature });
    }
    signers
}

/// The signature that decides: one that verifies, else the first.
fn decisive(verdicts: Vec<(Members, Signature)>) -> Option<(Members, Signature)> {
    let count = verdicts.len();
    let valid = verdicts.iter().filter(|(_, signature)| signature.verdict == SignatureVerdict::Valid).count();
    let place = verdicts.iter().position(|(_, signature)| signature.verdict == SignatureVerdict::Valid).unwrap_or(0);
    let (header, mut signature) = verdicts.into_iter().nth(place)?;
    if count > 1 {
        signature.reason = format!("{} ({valid} of {count} signatures verify.)", signature.reason);
    }
    Some((header, signature))
}

fn encrypted(members: &Members, mut remarks: Remarks, context: &Context<'_>) -> Inspection {
    let protected = text(members, "protected");
    let additional_data = match members.get("aad").and_then(Value::as_str) {
        Some(aad) => format!("{protected}.{aad}"),
        None => protected.to_owned(),
    };
    let iv = remarks.decode("iv", text(members, "iv"), 0);
    let ciphertext = remarks.decode("ciphertext", text(members, "ciphertext"), 0);
    let tag = remarks.decode("tag", text(members, "tag"), 0);
    let recipients = entries(&mut remarks, members, "recipients")
        .into_iter()
        .map(|entry| Parts {
            header: joined(&mut remarks, protected, &[members.get("unprotected"), entry.get("header")]),
            encrypted_key: remarks.decode("encrypted_key", text(entry, "encrypted_key"), 0),
            iv: iv.clone(),
            ciphertext: ciphertext.clone(),
            tag: tag.clone(),
            additional_data: additional_data.clone().into_bytes(),
        })
        .collect();
    jwe::open(recipients, remarks, Serialization::Json, context)
}
