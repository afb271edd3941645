//! Reading one part of a compact token, and noting where it departs from its RFC. Not here: what the parts mean together.

use super::claims::type_name;
use crate::inspection::{Finding, Note, Severity, Spelled};
use crate::{base64url, json};
use serde_json::Value;

/// Collects what is to be said about the text of a token.
#[derive(Default)]
pub(super) struct Remarks {
    pub(super) notes: Vec<Note>,
    pub(super) findings: Vec<Finding>,
    /// Header and payload as their numbers are written.
    pub(super) spelled: Spelled,
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
        self.spelled.header = reading.spelled;
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
        self.spelled.payload = reading.spelled;
        match (reading.value, reading.error) {
            (Some(value), _) => {
                if !value.is_object() {
                    self.no_claims(&format!("JSON, but {}", type_name(&value)));
                }
                Payload::Json(value)
            }
            (None, error) => {
                if let (true, Some((byte, message))) = (meant_as_json, error) {
                    self.note("payload", Some(offset + byte * 4 / 3), format!("not JSON: {message}"));
                } else if self.notes.is_empty() && !self.findings.iter().any(|finding| finding.id == "nested-too-deep")
                {
                    // Of a broken token that is told already, and what is too deep inside is a token.
                    self.no_claims(if bytes.is_empty() { "empty" } else { "no JSON" });
                }
                match std::str::from_utf8(bytes) {
                    Ok(text) => Payload::Text(text.to_owned()),
                    Err(_) => Payload::Bytes(bytes.to_vec()),
                }
            }
        }
    }

    fn no_claims(&mut self, what: &str) {
        let message =
            format!("The payload is {what}: a JWT has its claims in an object, so this token is no JWT and has none.");
        self.finding("payload-not-object", Severity::Medium, message, "RFC 7519 2, RFC 7519 7.2");
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
        for number in &reading.out_of_range {
            self.note(part, None, format!("{number}: many readers refuse it, and it is shown as the largest double"));
        }
        for number in &reading.rounded {
            self.finding("rounded-number", Severity::Info, format!("In the {part}, {number}."), "RFC 8259 6");
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
