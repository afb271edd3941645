//! The standard reason phrases. Not here: phrases that the echo was asked for.

/// The reason phrase of RFC 9110 section 15, or an empty one.
pub(crate) fn standard_reason(status: u16) -> &'static str {
    http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default()
}
