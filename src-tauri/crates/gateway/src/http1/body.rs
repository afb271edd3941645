//! Reading a framed body and passing it on. Belongs here: chunks, limits, cancel-safe pumping.
//! Not here: which framing a message has (`framing`).

use std::{io, pin::pin, time::Duration};

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::{
    framing::Framing,
    io::{BODY_READ, Reader, Writer},
    timer::in_time,
};

/// A chunk's size line, extensions included.
const MAX_CHUNK_LINE: usize = 256;
/// All trailer fields together; they are not passed on.
const MAX_TRAILERS: usize = 8 * 1024;

/// Why a body ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// More bytes than the route takes.
    #[error("the body is larger than {0} bytes")]
    TooLarge(u64),
    /// Not a chunked body.
    #[error("the chunked body is malformed")]
    Malformed,
    /// The peer closed in the middle.
    #[error("the connection was closed in the middle of the body")]
    Truncated,
    /// Nothing arrived, or nothing could be sent, for too long.
    #[error("the body made no progress in time")]
    Slow,
    /// The connection broke.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What is still to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyState(Remaining);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remaining {
    Done,
    Length(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailers(usize),
    UntilClose,
}

impl BodyState {
    pub(crate) fn new(framing: Framing) -> Self {
        Self(match framing {
            Framing::None | Framing::Length(0) => Remaining::Done,
            Framing::Length(length) => Remaining::Length(length),
            Framing::Chunked => Remaining::ChunkSize,
            Framing::UntilClose => Remaining::UntilClose,
        })
    }

    pub(crate) fn is_done(self) -> bool {
        self.0 == Remaining::Done
    }

    /// Bytes that a declared length still promises.
    pub(crate) fn declared(self) -> Option<u64> {
        match self.0 {
            Remaining::Length(length) => Some(length),
            _ => None,
        }
    }

    /// Whether only the peer's closing ends it.
    pub(crate) fn is_until_close(self) -> bool {
        self.0 == Remaining::UntilClose
    }

    /// The next bytes; `None` at the end. Cancel-safe.
    pub(crate) async fn next(&mut self, reader: &mut Reader) -> Result<Option<Bytes>, BodyError> {
        loop {
            if let Some(bytes) = self.take(&mut reader.buffer)? {
                return Ok(Some(bytes));
            }
            if self.is_done() {
                return Ok(None);
            }
            if reader.fill(BODY_READ).await? == 0 {
                return self.closed();
            }
        }
    }

    fn closed(&mut self) -> Result<Option<Bytes>, BodyError> {
        if self.0 != Remaining::UntilClose {
            return Err(BodyError::Truncated);
        }
        self.0 = Remaining::Done;
        Ok(None)
    }

    /// Content that is in the buffer already.
    fn take(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, BodyError> {
        loop {
            let advanced = match self.0 {
                Remaining::Done => return Ok(None),
                Remaining::UntilClose => return Ok((!buffer.is_empty()).then(|| buffer.split().freeze())),
                Remaining::Length(left) => return Ok(self.content(buffer, left, Remaining::Length, Remaining::Done)),
                Remaining::Chunk(left) => match self.content(buffer, left, Remaining::Chunk, Remaining::ChunkEnd) {
                    Some(bytes) => return Ok(Some(bytes)),
                    None => false,
                },
                Remaining::ChunkSize => self.chunk_size(buffer)?,
                Remaining::ChunkEnd => self.chunk_end(buffer)?,
                Remaining::Trailers(read) => self.trailer(buffer, read)?,
            };
            if !advanced {
                return Ok(None);
            }
        }
    }

    fn content(
        &mut self,
        buffer: &mut BytesMut,
        left: u64,
        more: fn(u64) -> Remaining,
        end: Remaining,
    ) -> Option<Bytes> {
        if buffer.is_empty() {
            return None;
        }
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let left = left.saturating_sub(size as u64);
        self.0 = if left == 0 { end } else { more(left) };
        Some(buffer.split_to(size).freeze())
    }

    fn chunk_size(&mut self, buffer: &mut BytesMut) -> Result<bool, BodyError> {
        let Some(line) = take_line(buffer, MAX_CHUNK_LINE)? else { return Ok(false) };
        let digits = line.split(|b| *b == b';').next().unwrap_or_default().trim_ascii_end();
        if digits.is_empty() || digits.len() > 15 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(BodyError::Malformed);
        }
        let text = std::str::from_utf8(digits).map_err(|_| BodyError::Malformed)?;
        let size = u64::from_str_radix(text, 16).map_err(|_| BodyError::Malformed)?;
        self.0 = if size == 0 { Remaining::Trailers(0) } else { Remaining::Chunk(size) };
        Ok(true)
    }

    fn chunk_end(&mut self, buffer: &mut BytesMut) -> Result<bool, BodyError> {
        if buffer.len() < 2 {
            return Ok(false);
        }
        if !buffer.starts_with(b"\r\n") {
            return Err(BodyError::Malformed);
        }
        buffer.advance(2);
        self.0 = Remaining::ChunkSize;
        Ok(true)
    }

    fn trailer(&mut self, buffer: &mut BytesMut, read: usize) -> Result<bool, BodyError> {
        let Some(line) = take_line(buffer, MAX_TRAILERS.saturating_sub(read))? else { return Ok(false) };
        self.0 = if line.is_empty() { Remaining::Done } else { Remaining::Trailers(read + line.len() + 2) };
        Ok(true)
    }
}

/// A line that ends with CR LF, without them.
fn take_line(buffer: &mut BytesMut, limit: usize) -> Result<Option<Bytes>, BodyError> {
    let Some(at) = buffer.iter().take(limit + 2).position(|b| *b == b'\n') else {
        return if buffer.len() > limit { Err(BodyError::Malformed) } else { Ok(None) };
    };
    let mut line = buffer.split_to(at + 1);
    if !line.ends_with(b"\r\n") {
        return Err(BodyError::Malformed);
    }
    line.truncate(at.saturating_sub(1));
    if line.contains(&b'\r') { Err(BodyError::Malformed) } else { Ok(Some(line.freeze())) }
}

/// Passes a body from a reader to a writer, framed anew. Every step can be cancelled and taken up again.
#[derive(Debug)]
pub(crate) struct Pump {
    body: BodyState,
    chunked: bool,
    pending: Bytes,
    ended: bool,
}

impl Pump {
    /// `chunked`: write chunks; otherwise the bytes as they are (a declared length, or until close).
    pub(crate) fn new(body: BodyState, chunked: bool) -> Self {
        Self { body, chunked, pending: Bytes::new(), ended: body.is_done() && !chunked }
    }

    /// What is still to be read.
    pub(crate) fn state(&self) -> BodyState {
        self.body
    }

    /// Whether everything was read and written.
    pub(crate) fn is_finished(&self) -> bool {
        self.ended && self.pending.is_empty()
    }

    /// Whether the reader stands behind the body.
    pub(crate) fn is_read(&self) -> bool {
        self.body.is_done()
    }

    /// Appends what has been received already, so that a small body leaves in one write with its head.
    pub(super) fn write_received(&mut self, reader: &mut Reader, out: &mut Vec<u8>) -> Result<(), BodyError> {
        while let Some(bytes) = self.body.take(&mut reader.buffer)? {
            out.extend_from_slice(&if self.chunked { chunk(Some(bytes)) } else { bytes });
        }
        if self.body.is_done() && !self.ended {
            self.ended = true;
            out.extend_from_slice(&if self.chunked { chunk(None) } else { Bytes::new() });
        }
        Ok(())
    }

    /// Runs to the end, giving up when nothing moves for `idle`. Cancel-safe.
    pub(crate) async fn run(
        &mut self,
        reader: &mut Reader,
        writer: &mut Writer,
        idle: Duration,
    ) -> Result<(), BodyError> {
        loop {
            in_time(idle, pin!(writer.write_some(&mut self.pending))).await.ok_or(BodyError::Slow)??;
            if self.ended {
                return Ok(writer.flush().await?);
            }
            if reader.buffer.is_empty() {
                writer.flush().await?;
            }
            let next = in_time(idle, pin!(self.body.next(reader))).await.ok_or(BodyError::Slow)??;
            self.ended = next.is_none();
            self.pending = if self.chunked { chunk(next) } else { next.unwrap_or_default() };
        }
    }
}

fn chunk(content: Option<Bytes>) -> Bytes {
    let Some(content) = content else { return Bytes::from_static(b"0\r\n\r\n") };
    let mut chunk = BytesMut::with_capacity(content.len() + 20);
    chunk.put_slice(format!("{:x}\r\n", content.len()).as_bytes());
    chunk.put_slice(&content);
    chunk.put_slice(b"\r\n");
    chunk.freeze()
}
