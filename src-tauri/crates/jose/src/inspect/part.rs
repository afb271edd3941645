//! Reading one part of a compact token, and noting where it departs from its RFC. Not here: what the parts mean together.

use super::claims::type_name;
use crate::inspection::{Finding, Note, Severity};
use crate::{base64url, json};
use serde_json::Value;

/// Collects what is to be said about the text of a token.
#[derive(Default)]
pub(super) struct Remarks {
    pub(super) notes: Vec<Note>,
    pub(super) findings: Vec<Finding>,
}

impl Remarks {
    pub(super) fn note(&mut self, part: &str, byte: Option<usize>, message: impl Into<String>) {
        self.notes.push(Note { part: part.to_owned(), byte, message: message.into() });
    }

    pub(super) fn finding(&mut self, id: &str, severity: Severity, message: impl Into<String>, reference: &str) {
        self.findings.push(Finding {
            id: id.to_owned(),
            severity,
            message: message.into(),
            reference: reference.to_owned(),
        });
    }

    /// The bytes behind base64url, as far as they can be read.
    pub(super) fn decode(&mut self, part: &str, text: &str, offset: usize) -> Vec<u8> {
        let reading = base64url::read(text);
        for (byte, message) in reading.departures {
            self.note(part, Some(offset + byte), message);
        }
        reading.bytes
    }

    /// The bytes of a payload, which need not be encoded (RFC 7797).
    pub(super) fn content(&mut self, text: &str, offset: usize, is_encoded: bool) -> Vec<u8> {
        if is_encoded { self.decode("payload", text, offset) } else { text.as_bytes().to_vec() }
    }

    /// The JSON in the bytes of a part whose text starts at `offset`.
    pub(super) fn json(&mut self, part: &str, bytes: &[u8], offset: usize) -> Option<Value> {
        let reading = json::read(bytes);
        self.remark(part, &reading, offset);
        if let Some((byte, message)) = &reading.error {
            self.note(part, Some(offset + byte * 4 / 3), format!("not JSON: {message}"));
        }
        reading.value
    }

    /// A text that is JSON as it stands: a JSON serialization.
    pub(super) fn document(&mut self, text: &str) -> Option<Value> {
        let reading = json::read(text.as_bytes());
        self.remark("token", &reading, 0);
        if let Some((byte, message)) = &reading.error {
            self.note("token", Some(*byte), format!("not JSON: {message}"));
        }
        reading.value
    }

    /// The JSON in a payload, which need not be JSON at all.
    pub(super) fn payload(&mut self, bytes: &[u8], offset: usize) -> Payload {
        let reading = json::read(bytes);
        self.remark("payload", &reading, offset);
        let meant_as_json = bytes.trim_ascii_start().starts_with(b"{");
        match (reading.value, reading.error) {
            (Some(value), _) => {
                if !value.is_object() {
                    let kind = type_name(&value);
                    let message = format!(
                        "The payload is JSON, but {kind}: a JWT has its claims in an object, so this token is no JWT and has none."
                    );
                    self.finding("payload-not-object", Severity::Medium, message, "RFC 7519 2, RFC 7519 7.2");
                }
                Payload::Json(value)
            }
            (None, error) => {
                if let (true, Some((byte, message))) = (meant_as_json, error) {
                    self.note("payload", Some(offset + byte * 4 / 3), format!("not JSON: {message}"));
                }
                match std::str::from_utf8(bytes) {
                    Ok(text) => Payload::Text(text.to_owned()),
                    Err(_) => Payload::Bytes(bytes.to_vec()),
                }
            }
        }
    }

    fn remark(&mut self, part: &str, reading: &json::Reading, offset: usize) {
        if reading.byte_order_mark {
            self.note(part, Some(offset), "a byte order mark stands before the JSON (RFC 8259 8.1)");
        }
        for duplicate in &reading.duplicates {
            self.note(part, None, format!("duplicate member {duplicate}"));
            let message = format!("In the {part}, {duplicate}: readers differ in which one they take.");
            self.finding("duplicate-member", Severity::High, message, "RFC 7515 4, RFC 7519 4");
        }
        if reading.trailing {
            let message = format!(
                "In the {part}, something follows after the end of the JSON: readers that stop there take it, others refuse it."
            );
            self.finding("trailing-data", Severity::High, message, "RFC 8259 2, RFC 7519 7.2");
        }
        for integer in &reading.big_integers {
            self.finding("big-integer", Severity::Low, format!("In the {part}, {integer}."), "RFC 8259 6");
        }
    }
}

/// What a payload turned out to be.
pub(super) enum Payload {
    Json(Value),
    Text(String),
    Bytes(Vec<u8>),
}
