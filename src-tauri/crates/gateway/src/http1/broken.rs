//! Answers that break on the wire on purpose. Belongs here: how each is written. Not here: deciding for it (`fault`).

use std::{pin::pin, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::time::sleep;

use super::{
    answer::{Answer, AnswerBody, Upstream},
    connection::{Request, STALLED},
    timer::in_time,
};

/// Between two lines of a slow head.
const LINE: Duration = Duration::from_millis(250);
/// Content of an upstream that is taken in, to be spoiled.
const MOST: usize = 1024 * 1024;

/// How an answer breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    /// The connection is reset in its place. Over TLS it is closed without a close_notify.
    Reset,
    /// The head comes line by line.
    SlowHead,
    /// The connection is closed after half of the content.
    HalfBody,
    /// Nothing comes after half of the content.
    ChunkStall,
}

/// Writes an answer whose head is in the writer's scratch; says whether the connection may be used again.
pub(super) async fn send(body: Bytes, how: Break, request: &mut Request<'_>) -> bool {
    let (half, _) = body.split_at(body.len() / 2);
    match how {
        Break::Reset => {
            request.writer.scratch.clear();
            request.writer.is_reset = true;
            false
        }
        Break::SlowHead => send_slowly(&body, request).await,
        Break::HalfBody => {
            request.writer.scratch.extend_from_slice(half);
            let _ = in_time(STALLED, pin!(request.writer.flush_scratch())).await;
            false
        }
        Break::ChunkStall => {
            // A chunk of nothing would be the end of the content.
            if !half.is_empty() {
                let out = &mut request.writer.scratch;
                out.extend_from_slice(format!("{:x}\r\n", half.len()).as_bytes());
                out.extend_from_slice(half);
                out.extend_from_slice(b"\r\n");
            }
            if matches!(in_time(STALLED, pin!(request.writer.flush_scratch())).await, Some(Ok(()))) {
                // Until the peer has had enough.
                let _ = in_time(STALLED, pin!(request.reader.fill(1))).await;
            }
            false
        }
    }
}

async fn send_slowly(body: &Bytes, request: &mut Request<'_>) -> bool {
    let head = std::mem::take(&mut request.writer.scratch);
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        request.writer.scratch.extend_from_slice(line);
        if !matches!(in_time(STALLED, pin!(request.writer.flush_scratch())).await, Some(Ok(()))) {
            return false;
        }
        sleep(LINE).await;
    }
    request.writer.scratch.extend_from_slice(body);
    matches!(in_time(STALLED, pin!(request.writer.flush_scratch())).await, Some(Ok(())))
}

impl Answer {
    /// The answer with its content in hand; what is left of an upstream that breaks off or says too much is left out.
    pub(crate) async fn collected(mut self, request: &mut Request<'_>) -> Self {
        if let AnswerBody::Upstream(upstream) = self.body {
            self.body = AnswerBody::Full(collect(*upstream, request).await);
        }
        self
    }
}

/// Reads an upstream's content while the rest of the request may still go up.
async fn collect(mut upstream: Upstream, request: &mut Request<'_>) -> Bytes {
    let mut content = BytesMut::new();
    let Upstream { reader, writer, body, rest, .. } = &mut upstream;
    let up = async {
        let _ = rest.run(request.reader, writer, STALLED).await;
        std::future::pending::<()>().await;
    };
    let down = async {
        while let Ok(Some(bytes)) = body.next(reader).await {
            if content.len() + bytes.len() > MOST {
                break;
            }
            content.extend_from_slice(&bytes);
        }
    };
    let both = async {
        tokio::select! {
            () = down => {}
            () = up => {}
        }
    };
    let _ = in_time(STALLED, pin!(both)).await;
    request.body = upstream.rest.state();
    content.freeze()
}
