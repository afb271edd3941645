//! What is sent back. Belongs here: the answer as data, and its bytes.
//! Not here: deciding it (`am`, `api`), relaying an upstream's body (`connection`).

use std::{borrow::Cow, fmt::Write, sync::Arc};

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    body::{BodyState, Pump},
    broken::Break,
    headers::Headers,
    io::{Reader, Writer},
    reason::standard_reason,
};
use crate::client::Pool;

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
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.add(name, value);
        self
    }

    /// Closing the connection afterwards.
    #[must_use]
    pub(crate) fn closing(mut self) -> Self {
        self.close = true;
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
    pub(super) fn write_head(&self, out: &mut BytesMut, is_1_1: bool, keep_alive: bool) -> bool {
        let reason = self.reason.as_deref().unwrap_or_else(|| standard_reason(self.status));
        out.reserve(USUAL_HEAD);
        // Three digits always: an upstream or an echo may have asked for any of them. Writing to memory cannot fail.
        let _ = write!(out, "HTTP/1.1 {:03} ", self.status);
        if reason.bytes().any(|b| b.is_ascii_control()) {
            out.extend(reason.bytes().filter(|b| !b.is_ascii_control()));
        } else {
            out.put_slice(reason.as_bytes());
        }
        out.put_slice(b"\r\n");
        self.headers.write(out);
        let chunked = self.write_framing(out, is_1_1);
        match (is_1_1, keep_alive) {
            (true, false) => out.put_slice(b"Connection: close\r\n"),
            (false, true) => out.put_slice(b"Connection: keep-alive\r\n"),
            _ => {}
        }
        out.put_slice(b"\r\n");
        chunked
    }

    fn write_framing(&self, out: &mut BytesMut, is_1_1: bool) -> bool {
        if matches!(self.status, 100..=199 | 204 | 304) {
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
                let _ = write!(out, "Content-Length: {length}\r\n");
            }
            None if is_1_1 => out.put_slice(b"Transfer-Encoding: chunked\r\n"),
            None => {}
        }
        length.is_none() && is_1_1
    }
}
