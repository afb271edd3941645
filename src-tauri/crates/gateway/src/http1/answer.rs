//! What is sent back. Belongs here: the answer as data, and its bytes.
//! Not here: deciding it (`am`, `api`), relaying an upstream's body (`connection`).

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    body::{BodyState, Pump},
    broken::Break,
    framing::is_bare,
    headers::Headers,
    io::{Reader, Writer},
    reason::standard_reason,
};
use crate::{client::Pool, text::Text};

/// Room for a head as it usually is.
const USUAL_HEAD: usize = 512;

/// A response before it is written.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Reason phrase; `None` = the standard one.
    pub(crate) reason: Option<Cow<'static, str>>,
    pub(crate) headers: Headers,
    pub(crate) body: AnswerBody,
    /// Close the connection afterwards, and say so.
    pub(crate) close: bool,
}

/// The content of a response.
#[derive(Debug)]
pub(crate) enum AnswerBody {
    Full(Bytes),
    /// Comes from an upstream while it is sent.
    Upstream(Box<Upstream>),
    /// Breaks on its way.
    Broken(Bytes, Break),
}

/// An upstream whose response head has arrived.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    /// Its response body.
    pub(crate) body: BodyState,
    /// Content-Length where no body follows: 0, or what an answer to HEAD declared.
    pub(crate) declared: Option<u64>,
    /// The rest of the request body, which may still be on its way up.
    pub(crate) rest: Pump,
    /// Where the connection goes back to when both bodies are through.
    pub(crate) give_back: Option<Arc<Pool>>,
    /// Its place among the connections in use.
    pub(crate) place: OwnedSemaphorePermit,
}

impl Answer {
    /// An answer without content.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, reason: None, headers: Headers::default(), body: AnswerBody::Full(Bytes::new()), close: false }
    }

    /// An answer with content of this type.
    pub(crate) fn with(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut answer = Self::empty(status);
        answer.headers.add("Content-Type", content_type);
        answer.body = AnswerBody::Full(body.into());
        answer
    }

    /// Plain text.
    pub(crate) fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self::with(status, "text/plain", body)
    }

    /// With one more field.
    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        self.headers.add(name, value);
        self
    }

    /// Closing the connection afterwards.
    #[must_use]
    pub(crate) fn closing(mut self) -> Self {
        self.close = true;
        self
    }

    /// Without content where its status has none: the next answer on the connection would be read as it.
    pub(super) fn bared(mut self) -> Self {
        if let AnswerBody::Full(body) | AnswerBody::Broken(body, _) = &mut self.body
            && is_bare(self.status)
        {
            body.clear();
        }
        self
    }

    /// Whether a peer of this version can see where the body ends without the connection being closed.
    pub(super) fn is_delimited(&self, is_1_1: bool) -> bool {
        match &self.body {
            AnswerBody::Full(_) | AnswerBody::Broken(..) => true,
            AnswerBody::Upstream(upstream) => is_1_1 || upstream.body.is_done() || upstream.body.declared().is_some(),
        }
    }

    /// Writes the head; says whether the body must be chunked.
    pub(super) fn write_head(&self, out: &mut Vec<u8>, is_1_1: bool, keep_alive: bool) -> bool {
        let reason = self.reason.as_deref().unwrap_or_else(|| standard_reason(self.status));
        out.reserve(USUAL_HEAD);
        out.extend_from_slice(b"HTTP/1.1 ");
        // Three digits always: an upstream or an echo may have asked for any of them.
        push_digits(out, u64::from(self.status), 3);
        out.push(b' ');
        out.extend(reason.bytes().filter(|b| !b.is_ascii_control()));
        out.extend_from_slice(b"\r\n");
        self.headers.write(out);
        let chunked = self.write_framing(out, is_1_1);
        match (is_1_1, keep_alive) {
            (true, false) => out.extend_from_slice(b"Connection: close\r\n"),
            (false, true) => out.extend_from_slice(b"Connection: keep-alive\r\n"),
            _ => {}
        }
        out.extend_from_slice(b"\r\n");
        chunked
    }

    fn write_framing(&self, out: &mut Vec<u8>, is_1_1: bool) -> bool {
        if is_bare(self.status) {
            return false;
        }
        let length = match &self.body {
            AnswerBody::Full(body) => Some(body.len() as u64),
            AnswerBody::Broken(_, Break::ChunkStall) => None,
            AnswerBody::Broken(body, _) => Some(body.len() as u64),
            AnswerBody::Upstream(upstream) if upstream.body.is_done() => match upstream.declared {
                Some(length) => Some(length),
                // An answer to HEAD need not say how long the content would be.
                None => return false,
            },
            AnswerBody::Upstream(upstream) => upstream.body.declared(),
        };
        match length {
            Some(length) => {
                out.extend_from_slice(b"Content-Length: ");
                push_digits(out, length, 1);
                out.extend_from_slice(b"\r\n");
            }
            None if is_1_1 => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
            None => {}
        }
        length.is_none() && is_1_1
    }
}

/// Appends a number, with zeros in front up to this many digits. A formatter would cost more than the rest of the line.
pub(super) fn push_digits(out: &mut Vec<u8>, number: u64, least: usize) {
    let mut digits = [b'0'; 20];
    let (mut rest, mut start) = (number, digits.len());
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        if rest == 0 {
            break;
        }
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        start = at;
    }
    let start = start.min(digits.len().saturating_sub(least));
    out.extend_from_slice(digits.get(start..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_have_their_least_digits() {
        for (number, least, expected) in
            [(0, 1, "0"), (7, 3, "007"), (200, 3, "200"), (1_024, 1, "1024"), (u64::MAX, 1, "18446744073709551615")]
        {
            let mut out = Vec::new();
            super::push_digits(&mut out, number, least);
            assert_eq!(out, expected.as_bytes());
        }
    }
}
