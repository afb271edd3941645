//! The record of an exchange as it is shown and exported: the JSON shape `exchange` of the interface contract.
//! Belongs here: the serialised shape, secrets already masked. Not here: sending, timing, masking.

use serde::{Deserialize, Serialize};

/// One request and its response, with timeline and redirects. Secrets are masked unless the record was made to reveal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ExchangeRecord {
    /// The request as it left, headers that the client library adds included.
    pub request: RequestRecord,
    /// The final response; absent if none arrived.
    pub response: Option<ResponseRecord>,
    /// Phases of the final hop in microseconds.
    pub timing_us: TimingRecord,
    /// The hops that were followed before the final one, oldest first.
    pub redirects: Vec<RedirectRecord>,
    /// When the request was sent, RFC 3339 in UTC.
    pub sent_at: String,
    /// The address that answered (`127.0.0.1:8082`), if a connection was made.
    pub remote_address: Option<String>,
    /// `HTTP/1.1` or `HTTP/2`.
    pub http_version: Option<String>,
}

/// The request half.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct RequestRecord {
    /// Method token as sent.
    pub method: String,
    /// Absolute URL as sent.
    pub url: String,
    /// Header pairs in sending order.
    pub headers: Vec<(String, String)>,
    /// Text of the body; null if there was none or it is not UTF-8.
    pub body: Option<String>,
}

/// The response half. Exactly one of `body`, `body_base64` is present unless the body was empty or was spilled to disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ResponseRecord {
    /// Status code.
    pub status: u16,
    /// Reason phrase: the one on the wire, else the standard one.
    pub reason: String,
    /// Header pairs in arrival order.
    pub headers: Vec<(String, String)>,
    /// The body as text, if it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub body: Option<String>,
    /// The body in base64, if it is not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub body_base64: Option<String>,
    /// Decoded size of the whole body in bytes, also when only a part is shown.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub body_bytes: u64,
    /// True if `body` holds only the beginning (a large body stays on disk, or the transfer broke off).
    pub body_truncated: bool,
}

/// Phases in microseconds; null where nothing happened (no DNS for an address, no connect on a reused connection, no TLS).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct TimingRecord {
    /// Name resolution.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub dns: Option<u64>,
    /// TCP connect.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub connect: Option<u64>,
    /// TLS handshake.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub tls: Option<u64>,
    /// From the start of sending to the response head.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub first_byte: Option<u64>,
    /// From start to the last byte of the body.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub total: Option<u64>,
}

/// One followed redirect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct RedirectRecord {
    /// The redirect's status.
    pub status: u16,
    /// Where it was asked from.
    pub from: String,
    /// Where it pointed to.
    pub to: String,
    /// Header names that were dropped because the origin changed.
    pub dropped_headers: Vec<String>,
}
