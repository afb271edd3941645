//! The two directions of a connection, plain or TLS. Belongs here: buffered reading of heads, writing.
//! Not here: what is read (`head`, `body`).

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use tokio_util::io::poll_read_buf;

use super::{
    answer::push_digits,
    framing::Framing,
    head::{HeadError, RequestHead, ResponseHead},
    headers::Headers,
    timer::Timer,
};
use crate::tls::thumbprint;

/// Bytes asked for at once while reading heads.
pub(super) const HEAD_READ: usize = 4 * 1024;
/// Bytes asked for at once while reading bodies.
pub(super) const BODY_READ: usize = 64 * 1024;
/// What a peer may send ahead of the answer.
const PIPELINED: usize = 64 * 1024;

/// The reading direction.
#[derive(Debug)]
pub(crate) struct Reader {
    half: ReadHalf,
    pub(super) buffer: BytesMut,
    timer: Timer,
    /// SHA-256 of the certificate that a TLS peer has presented.
    pub(crate) peer_certificate: Option<[u8; 32]>,
}

/// The writing direction.
#[derive(Debug)]
pub(crate) struct Writer {
    half: WriteHalf,
    /// Reused for heads.
    pub(super) scratch: Vec<u8>,
    /// The connection ends with a reset.
    pub(super) is_reset: bool,
}

#[derive(Debug)]
enum ReadHalf {
    Plain(OwnedReadHalf),
    Tls(tokio::io::ReadHalf<tokio_rustls::TlsStream<TcpStream>>),
}

#[derive(Debug)]
enum WriteHalf {
    Plain(OwnedWriteHalf),
    Tls(tokio::io::WriteHalf<tokio_rustls::TlsStream<TcpStream>>),
}

/// Both directions of a plain connection.
pub(crate) fn split(stream: TcpStream) -> (Reader, Writer) {
    let (read, write) = stream.into_split();
    pair(ReadHalf::Plain(read), WriteHalf::Plain(write))
}

/// Both directions of a TLS connection.
pub(crate) fn split_tls(stream: tokio_rustls::TlsStream<TcpStream>) -> (Reader, Writer) {
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first).map(|der| thumbprint(der));
    let (read, write) = tokio::io::split(stream);
    let (mut reader, writer) = pair(ReadHalf::Tls(read), WriteHalf::Tls(write));
    reader.peer_certificate = certificate;
    (reader, writer)
}

fn pair(read: ReadHalf, write: WriteHalf) -> (Reader, Writer) {
    (
        Reader { half: read, buffer: BytesMut::new(), timer: Timer::new(), peer_certificate: None },
        Writer { half: write, scratch: Vec::new(), is_reset: false },
    )
}

impl Reader {
    /// Reads what is there into the buffer; 0 = the peer closed. Cancel-safe.
    pub(super) async fn fill(&mut self, size: usize) -> io::Result<usize> {
        self.buffer.reserve(size);
        self.half.read_buf(&mut self.buffer).await
    }

    /// Ready when the peer has closed; what it sends meanwhile is kept for the next request. Cancel-safe.
    pub(crate) async fn hung_up(&mut self) {
        while self.buffer.len() < PIPELINED {
            if !matches!(self.fill(HEAD_READ).await, Ok(1..)) {
                return;
            }
        }
        // Who sends so much ahead is there.
        std::future::pending().await
    }

    /// Waits at most `idle` for a request, and reads its first bytes; false if none comes. A connection that waits holds
    /// no buffer.
    pub(super) async fn request_begins(&mut self, idle: Duration) -> bool {
        if !self.buffer.is_empty() {
            return true;
        }
        self.timer.set(idle);
        poll_fn(|cx| match self.poll_first(cx) {
            Poll::Ready(read) => Poll::Ready(matches!(read, Ok(1..))),
            Poll::Pending => self.timer.poll(cx).map(|()| false),
        })
        .await
    }

    fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Self { half, buffer, .. } = self;
        let half = match half {
            ReadHalf::Plain(half) => half,
            // What is readable of TLS need not be data.
            ReadHalf::Tls(half) => {
                buffer.reserve(HEAD_READ);
                return poll_read_buf(Pin::new(half), cx, buffer);
            }
        };
        if half.as_ref().poll_read_ready(cx)?.is_pending() {
            *buffer = BytesMut::new();
            return Poll::Pending;
        }
        buffer.reserve(HEAD_READ);
        // Not `try_read_buf`: it does not note that a read which did not fill the buffer has taken everything, and the
        // next wait would begin with a read in vain.
        let read = poll_read_buf(Pin::new(half), cx, buffer);
        if read.is_pending() {
            *buffer = BytesMut::new();
        }
        read
    }

    /// Waits at most `limit` for a request head.
    pub(super) async fn request_head(&mut self, limit: Duration) -> Result<RequestHead, HeadError> {
        self.head(limit, RequestHead::take).await
    }

    /// Waits at most `limit` for a response head.
    pub(crate) async fn response_head(&mut self, limit: Duration) -> Result<ResponseHead, HeadError> {
        self.head(limit, ResponseHead::take).await
    }

    async fn head<T>(
        &mut self,
        limit: Duration,
        take: fn(&mut BytesMut) -> Result<Option<T>, HeadError>,
    ) -> Result<T, HeadError> {
        if let Some(head) = take(&mut self.buffer)? {
            return Ok(head);
        }
        self.timer.set(limit);
        loop {
            let before = self.buffer.len();
            match self.fill_in_time(HEAD_READ).await {
                Some(Ok(1..)) => {}
                Some(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => return Err(HeadError::Reset),
                Some(_) => return Err(HeadError::Closed),
                None => return Err(HeadError::Slow),
            }
            // Most heads come whole. Of others the end is looked for, an empty line: parsing each time would be quadratic.
            let is_whole =
                |buffer: &BytesMut| has_empty_line(buffer.get(before.saturating_sub(3)..).unwrap_or_default());
            if (before == 0 || is_whole(&self.buffer))
                && let Some(head) = take(&mut self.buffer)?
            {
                return Ok(head);
            }
            if self.buffer.len() > super::head::MAX_HEAD {
                return take(&mut self.buffer)?.ok_or(HeadError::TooLarge);
            }
        }
    }

    /// As [`Reader::fill`]; nothing when the timer rings first.
    async fn fill_in_time(&mut self, size: usize) -> Option<io::Result<usize>> {
        let Self { half, buffer, timer, .. } = self;
        buffer.reserve(size);
        poll_fn(|cx| match poll_read_buf(Pin::new(&mut *half), cx, buffer) {
            Poll::Ready(read) => Poll::Ready(Some(read)),
            Poll::Pending => timer.poll(cx).map(|()| None),
        })
        .await
    }

    /// Whether the peer has closed or sent something unasked: such an idle connection is not used again.
    pub(crate) fn is_stale(&mut self) -> bool {
        let mut probe = [0_u8; 1];
        let mut probe = ReadBuf::new(&mut probe);
        let mut context = Context::from_waker(std::task::Waker::noop());
        !self.buffer.is_empty() || Pin::new(&mut self.half).poll_read(&mut context, &mut probe).is_ready()
    }
}

fn has_empty_line(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|w| w == b"\n\n") || bytes.windows(3).any(|w| w == b"\n\r\n")
}

impl Writer {
    /// Writes all bytes.
    pub(crate) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.half.write_all(bytes).await
    }

    /// Writes a request head, framed anew. Not flushed: the body follows.
    pub(crate) async fn request_head(
        &mut self,
        method: &str,
        target: &str,
        headers: &Headers,
        framing: Framing,
    ) -> io::Result<()> {
        let out = &mut self.scratch;
        out.extend_from_slice(method.as_bytes());
        out.extend_from_slice(b" ");
        out.extend_from_slice(target.as_bytes());
        out.extend_from_slice(b" HTTP/1.1\r\n");
        headers.write(out);
        match framing {
            Framing::Length(length) => {
                out.extend_from_slice(b"Content-Length: ");
                push_digits(out, length, 1);
                out.extend_from_slice(b"\r\n");
            }
            Framing::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
            // A method that expects content says that there is none (RFC 9110 section 8.6).
            Framing::None if matches!(method, "POST" | "PUT" | "PATCH") => {
                out.extend_from_slice(b"Content-Length: 0\r\n")
            }
            Framing::None | Framing::UntilClose => {}
        }
        out.extend_from_slice(b"\r\n");
        let written = self.half.write_all(&self.scratch).await;
        self.scratch.clear();
        written
    }

    /// Writes the scratch buffer and empties it.
    pub(super) async fn flush_scratch(&mut self) -> io::Result<()> {
        let Self { half, scratch, .. } = self;
        half.write_all(scratch).await?;
        scratch.clear();
        half.flush().await
    }

    /// Writes some of the bytes and advances past them. Cancel-safe.
    pub(super) async fn write_some(&mut self, bytes: &mut impl Buf) -> io::Result<()> {
        while bytes.has_remaining() {
            if self.half.write_buf(bytes).await? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        self.half.flush().await
    }

    /// Resets the connection as soon as the reading direction is dropped too.
    pub(super) fn reset(self) {
        if let WriteHalf::Plain(half) = self.half {
            // Where it cannot be set the connection is closed instead.
            let _ = half.as_ref().set_zero_linger();
            // Dropping it would say first that nothing more follows.
            half.forget();
        }
    }

    /// Says that nothing more follows.
    pub(crate) async fn shutdown(&mut self) {
        // The peer may be gone already; there is nobody left to tell.
        let _ = self.half.shutdown().await;
    }
}

impl AsyncRead for ReadHalf {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(half) => Pin::new(half).poll_read(cx, buf),
            Self::Tls(half) => Pin::new(half).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for WriteHalf {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(half) => Pin::new(half).poll_write(cx, buf),
            Self::Tls(half) => Pin::new(half).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(half) => Pin::new(half).poll_flush(cx),
            Self::Tls(half) => Pin::new(half).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(half) => Pin::new(half).poll_shutdown(cx),
            Self::Tls(half) => Pin::new(half).poll_shutdown(cx),
        }
    }
}
