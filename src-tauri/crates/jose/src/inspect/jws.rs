//! A compact JWS (RFC 7515 7.1), however broken.

use super::part::{Payload, Remarks};
use super::rules::Serialization;
use super::signature::Signed;
use super::{
    Context, blank, claims, conclude, dpop, findings, life, looks_structured, nested, rules, signature, unsigned,
};
use crate::inspection::{Form, Inspection, Severity};
use crate::verify::payload_is_encoded;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Inspects three parts separated by dots.
pub(super) fn inspect(input: &str, context: &Context<'_>) -> Inspection {
    let mut remarks = Remarks::default();
    let (signing_input, signature) = input.rsplit_once('.').unwrap_or((input, ""));
    let (header, payload) = signing_input.split_once('.').unwrap_or((signing_input, ""));
    let payload_at = header.len() + 1;
    let header_bytes = remarks.decode("header", header, 0);
    let header = remarks.json("header", &header_bytes, 0);
    let is_encoded = header.as_ref().and_then(Value::as_object).is_none_or(is_encoded);
    let payload = remarks.content(payload, payload_at, is_encoded);
    remarks.decode("signature", signature, signing_input.len() + 1);
    let departure = remarks.notes.first().cloned();

    let mut inspection =
        blank(Form::Jws, unsigned(context, "The header cannot be read, so there is nothing to check."));
    if let Some(Value::Object(members)) = &header {
        let signed = Signed { header: members, input: signing_input.as_bytes(), signature, departure };
        inspection.signature = signature::judge(&signed, context.keys);
        findings::of_signed(&mut remarks, &signed);
    } else {
        no_header(&mut inspection, &mut remarks, header.is_some(), input);
    }
    let announced = header.as_ref().and_then(Value::as_object).is_some_and(nested::is_announced);
    inspection.header = header.unwrap_or_default();
    findings::of_text(&mut remarks, input);
    let inside = nested::token_in(&payload).filter(|_| announced);
    if inside.is_some_and(|text| nested::take_over(&mut inspection, text, &mut remarks, context)) {
        return conclude(inspection, remarks, Serialization::of_compact(input), context);
    }
    show_payload(&mut inspection, remarks.payload(&payload, payload_at), context);
    findings::of_claims(&mut remarks, &inspection, context.expectations);
    let mut inspection = conclude(inspection, remarks, Serialization::of_compact(input), context);
    as_dpop_proof(&mut inspection, input, context);
    inspection
}

/// Three parts of which the first is no header: JSON of another kind, or none.
fn no_header(inspection: &mut Inspection, remarks: &mut Remarks, is_json: bool, input: &str) {
    inspection.form = Form::Broken;
    if is_json {
        remarks.note("header", Some(0), "the header is JSON, but no object");
    }
    if !looks_structured(input) {
        let message = "The first of its three parts is no JOSE header. Some issuers put dots into opaque tokens: if this is one, introspect it.";
        remarks.finding("perhaps-opaque", Severity::Info, message, "RFC 7515 7.1");
    }
}

/// A DPoP proof is a JWS that says so, and answers to rules of its own (RFC 9449 4.2).
fn as_dpop_proof(inspection: &mut Inspection, input: &str, context: &Context<'_>) {
    let Some(header) = inspection.header.as_object().filter(|header| dpop::is_proof(header)) else { return };
    let empty = Map::new();
    let payload = inspection.payload.as_object().unwrap_or(&empty);
    let rules = dpop::rules_alone(input, header, payload, context.expectations);
    inspection.form = Form::Dpop;
    inspection.acceptable.rules.extend(rules);
    inspection.acceptable.verdict = rules::verdict(&inspection.acceptable.rules, &inspection.signature);
}

/// Whether the payload is base64url, as far as the header can be trusted in this (RFC 7797 3).
pub(super) fn is_encoded(header: &Map<String, Value>) -> bool {
    payload_is_encoded(header).unwrap_or(true)
}

/// Puts the payload where it belongs: JSON with its claims, or text, or base64.
pub(super) fn show_payload(inspection: &mut Inspection, payload: Payload, context: &Context<'_>) {
    match payload {
        Payload::Json(value) => {
            if let Value::Object(members) = &value {
                inspection.claims = claims::explain(members, context.expectations.at);
            }
            inspection.life = life(&value);
            inspection.payload = value;
        }
        Payload::Text(text) => inspection.payload_text = Some(text),
        Payload::Bytes(bytes) => inspection.payload_base64 = Some(STANDARD.encode(bytes)),
    }
}
