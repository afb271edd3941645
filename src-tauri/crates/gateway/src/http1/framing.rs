//! Where a body ends (RFC 9112 section 6). Belongs here: refusing what two parsers could read in two ways.
//! Not here: reading the body (`body`).

use super::headers::Headers;

/// How a body is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// No body.
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks.
    Chunked,
    /// Until the peer closes; responses only.
    UntilClose,
}

/// Why the framing is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FramingError {
    /// Both Content-Length and Transfer-Encoding.
    #[error("Content-Length and Transfer-Encoding in one message")]
    Conflict,
    /// Several Content-Length values, or one that is no number.
    #[error("Content-Length is not exactly one number")]
    Length,
    /// A transfer coding other than `chunked` alone.
    #[error("a transfer coding other than chunked")]
    Coding,
}

/// The framing of a request.
pub(crate) fn request_framing(headers: &Headers, is_1_1: bool) -> Result<Framing, FramingError> {
    match (chunked(headers, is_1_1)?, length(headers)?) {
        (true, _) => Ok(Framing::Chunked),
        (false, Some(0) | None) => Ok(Framing::None),
        (false, Some(length)) => Ok(Framing::Length(length)),
    }
}

/// Whether an answer of this status ends with its head, whatever its fields say (RFC 9112 section 6.3).
pub(super) fn is_bare(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 304)
}

/// The framing of a response with this status to a request with this method.
pub(crate) fn response_framing(
    headers: &Headers,
    is_1_1: bool,
    method: &str,
    status: u16,
) -> Result<Framing, FramingError> {
    if method == "HEAD" || is_bare(status) {
        return Ok(Framing::None);
    }
    match (chunked(headers, is_1_1)?, length(headers)?) {
        (true, _) => Ok(Framing::Chunked),
        (false, Some(length)) => Ok(Framing::Length(length)),
        (false, None) => Ok(Framing::UntilClose),
    }
}

fn chunked(headers: &Headers, is_1_1: bool) -> Result<bool, FramingError> {
    if !headers.contains("transfer-encoding") {
        return Ok(false);
    }
    if headers.contains("content-length") {
        return Err(FramingError::Conflict);
    }
    match headers.only("transfer-encoding") {
        Some(coding) if is_1_1 && coding.eq_ignore_ascii_case(b"chunked") => Ok(true),
        _ => Err(FramingError::Coding),
    }
}

fn length(headers: &Headers) -> Result<Option<u64>, FramingError> {
    if !headers.contains("content-length") {
        return Ok(None);
    }
    let digits = headers.only("content-length").ok_or(FramingError::Length)?;
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(FramingError::Length);
    }
    let text = std::str::from_utf8(digits).map_err(|_| FramingError::Length)?;
    text.parse().map(Some).map_err(|_| FramingError::Length)
}
