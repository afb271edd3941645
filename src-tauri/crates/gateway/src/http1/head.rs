//! Request and response heads, read from received bytes. Belongs here: the start line and its strictness.
//! Not here: reading the bytes (`io`), where the body ends (`framing`).

use std::{borrow::Cow, mem::MaybeUninit};

use bytes::{Bytes, BytesMut};

use super::{
    headers::{Fields, Headers, Span},
    reason::standard_reason,
};

/// Most bytes a head may have.
pub(super) const MAX_HEAD: usize = 64 * 1024;
/// Most fields a head may have.
const MAX_FIELDS: usize = 100;

/// A request head.
#[derive(Debug, Clone)]
pub(crate) struct RequestHead {
    /// The method token.
    pub(crate) method: Cow<'static, str>,
    target: String,
    /// HTTP/1.1, not 1.0.
    pub(crate) is_1_1: bool,
    pub(crate) headers: Headers,
}

/// A response head of an upstream.
#[derive(Debug, Clone)]
pub(crate) struct ResponseHead {
    pub(crate) status: u16,
    /// None for the standard one.
    pub(crate) reason: Option<String>,
    /// HTTP/1.1, not 1.0.
    pub(crate) is_1_1: bool,
    pub(crate) headers: Headers,
}

/// Why received bytes are no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeadError {
    /// Not HTTP/1.
    #[error("the head is not HTTP/1.1 (RFC 9112)")]
    Malformed,
    /// More than 64 KiB or 100 fields.
    #[error("the head has more than 64 KiB or 100 fields")]
    TooLarge,
    /// The head was not complete in time.
    #[error("the head was not complete in time")]
    Slow,
    /// The peer closed before the head was complete, or between requests.
    #[error("the connection was closed")]
    Closed,
    /// The peer reset the connection.
    #[error("the connection was reset")]
    Reset,
}

impl RequestHead {
    /// The method token.
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// The request target as received.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// Path and query of the target; of an absolute URL (RFC 9112 section 3.2.2) what follows the authority.
    fn origin_form(&self) -> &str {
        let target = self.target();
        if target.starts_with('/') {
            return target;
        }
        match target.split_once("://") {
            Some((scheme, rest)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/")
            }
            _ => target,
        }
    }

    /// The authority of an absolute URL as target.
    pub(crate) fn authority(&self) -> Option<&str> {
        let target = self.target();
        if target.starts_with('/') {
            return None;
        }
        let (scheme, rest) = target.split_once("://")?;
        scheme.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| rest.split(['/', '?']).next()).flatten()
    }

    /// The path as received, not decoded.
    pub(crate) fn path(&self) -> &str {
        let origin = self.origin_form();
        origin.split_once('?').map_or(origin, |(path, _)| path)
    }

    /// The path, which is not here any more afterwards.
    pub(super) fn take_path(&mut self) -> String {
        if !self.target.starts_with('/') {
            return self.path().to_owned();
        }
        let mut path = std::mem::take(&mut self.target);
        path.truncate(path.find('?').unwrap_or(path.len()));
        path
    }

    /// The query as received, without `?`.
    pub(crate) fn query(&self) -> Option<&str> {
        self.origin_form().split_once('?').map(|(_, query)| query)
    }

    /// Takes a whole request head from the front of the buffer; `None` while it is not complete.
    pub(super) fn take(buffer: &mut BytesMut) -> Result<Option<Self>, HeadError> {
        let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut parsed = httparse::Request::new(&mut []);
        let length = match parsed.parse_with_uninit_headers(buffer, &mut fields) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return partial(buffer),
            Err(error) => return Err(error.into()),
        };
        let (Some(method), Some(target), Some(version)) = (parsed.method, parsed.path, parsed.version) else {
            return Err(HeadError::Malformed);
        };
        if !target.is_ascii() || !target_form_is_known(method, target) {
            return Err(HeadError::Malformed);
        }
        let (method, target) = (named(method), target.to_owned());
        let span = |part: &[u8]| span(buffer, part);
        let spans = parsed.headers.iter().map(|field| (span(field.name.as_bytes()), span(field.value)));
        let fields = Fields::received(spans);
        let headers = Headers::of(whole(buffer, length, &fields)?, fields);
        Ok(Some(Self { method, target, is_1_1: version == 1, headers }))
    }
}

impl ResponseHead {
    /// Takes a whole response head from the front of the buffer; `None` while it is not complete.
    pub(super) fn take(buffer: &mut BytesMut) -> Result<Option<Self>, HeadError> {
        let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut parsed = httparse::Response::new(&mut []);
        let length = match httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut parsed,
            buffer,
            &mut fields,
        ) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return partial(buffer),
            Err(error) => return Err(error.into()),
        };
        let (Some(status), Some(version)) = (parsed.code, parsed.version) else {
            return Err(HeadError::Malformed);
        };
        let reason = parsed.reason.unwrap_or_default();
        let reason = (reason != standard_reason(status)).then(|| reason.to_owned());
        let span = |part: &[u8]| span(buffer, part);
        let spans = parsed.headers.iter().map(|field| (span(field.name.as_bytes()), span(field.value)));
        let fields = Fields::received(spans);
        let bytes = whole(buffer, length, &fields)?;
        Ok(Some(Self { status, reason, is_1_1: version == 1, headers: Headers::of(bytes, fields) }))
    }
}

/// The method; the usual ones without a copy.
fn named(method: &str) -> Cow<'static, str> {
    const USUAL: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];
    let known = USUAL.into_iter().find(|known| *known == method);
    known.map_or_else(|| Cow::Owned(method.to_owned()), Cow::Borrowed)
}

/// Origin form, absolute form, or `*` for OPTIONS. No CONNECT: this is no tunnel.
fn target_form_is_known(method: &str, target: &str) -> bool {
    match target {
        "*" => method == "OPTIONS",
        _ => target.starts_with('/') || target.starts_with("http://") || target.starts_with("https://"),
    }
}

fn partial<T>(buffer: &BytesMut) -> Result<Option<T>, HeadError> {
    if buffer.len() > MAX_HEAD { Err(HeadError::TooLarge) } else { Ok(None) }
}

/// The bytes of the head. A line that ends without a carriage return is refused: two parsers may see two heads in it.
fn whole(buffer: &mut BytesMut, length: usize, fields: &Fields) -> Result<Bytes, HeadError> {
    if length > MAX_HEAD {
        return Err(HeadError::TooLarge);
    }
    // Values hold no line ends; they are most of a head, and need not be looked through.
    let is_bare = |part: &[u8]| {
        part.first() == Some(&b'\n') || part.windows(2).any(|pair| matches!(pair, [before, b'\n'] if *before != b'\r'))
    };
    if fields.between(buffer.get(..length).unwrap_or_default()).any(is_bare) {
        return Err(HeadError::Malformed);
    }
    Ok(buffer.split_to(length).freeze())
}

fn span(buffer: &[u8], part: &[u8]) -> Span {
    let start = (part.as_ptr() as usize).saturating_sub(buffer.as_ptr() as usize);
    let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { start: clamp(start), end: clamp(start + part.len()) }
}

impl From<httparse::Error> for HeadError {
    fn from(error: httparse::Error) -> Self {
        if error == httparse::Error::TooManyHeaders { Self::TooLarge } else { Self::Malformed }
    }
}
