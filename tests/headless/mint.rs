//! Tokens that no server would issue, signed here and not by the code under test.
//! Belongs here: making them. Not here: expectations.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};

/// 2001-09-09T01:46:40Z
pub(crate) const THEN: i64 = 1_000_000_000;

/// Base64url without padding.
pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A JWS with this header and payload, signed with HMAC-SHA-256 whatever the header says.
pub(crate) fn hs256(header: &Value, payload: impl AsRef<[u8]>, secret: &[u8]) -> String {
    let signed = format!("{}.{}", base64url(header.to_string()), base64url(payload));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", base64url(tag))
}

/// Seconds since the epoch.
pub(crate) fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}
