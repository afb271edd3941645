//! The life of one connection: head, answer, head, answer. Belongs here: persistence, containment of panics,
//! relaying bodies. Not here: accepting (`listener`), deciding (`Site`).

use std::{
    borrow::Cow,
    future::{Future, poll_fn},
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    task::Poll,
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};
use tokio_util::sync::CancellationToken;

use super::{
    answer::{Answer, AnswerBody, Upstream},
    body::{BodyError, BodyState, Pump},
    broken,
    framing::{FramingError, request_framing},
    head::{HeadError, RequestHead},
    io::{Reader, Writer},
    listener::{Front, Live},
    public,
    timer::in_time,
};
use crate::{
    event::{Listener, Moment, RequestEvent},
    guard::Hosts,
    journal::Journal,
    trace::Trace,
};

/// A request body or an answer makes progress within this time, or the connection is closed.
pub(super) const STALLED: Duration = Duration::from_secs(30);
/// An unread request body up to this size is read to keep the connection; a larger one closes it.
const DRAIN: u64 = 64 * 1024;
/// An answer up to this size is written together with its head.
const ONE_WRITE: usize = 16 * 1024;

/// Decides what a listener answers.
pub(crate) trait Site: Send + Sync + 'static {
    /// Which listener this is.
    const LISTENER: Listener;
    /// Which Host headers are answered at all.
    fn hosts(&self) -> &Hosts;
    /// Where the events go.
    fn journal(&self) -> &Journal;
    /// The time.
    fn now(&self) -> SystemTime;
    /// Answers a request whose Host is right.
    fn call(&self, request: &mut Request<'_>) -> impl Future<Output = Answer> + Send;
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Request<'c> {
    pub(crate) head: RequestHead,
    pub(crate) trace: Trace,
    pub(crate) peer: SocketAddr,
    /// Whether the connection is TLS.
    pub(crate) is_tls: bool,
    /// What is left of the body.
    pub(crate) body: BodyState,
    pub(crate) reader: &'c mut Reader,
    pub(super) writer: &'c mut Writer,
    expects_continue: bool,
}

impl Request<'_> {
    /// Tells a client that waits for it that its body is wanted (RFC 9110 section 10.1.1).
    pub(crate) async fn welcome_body(&mut self) -> Result<(), BodyError> {
        if std::mem::take(&mut self.expects_continue) && !self.body.is_done() {
            self.writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            self.writer.flush().await?;
        }
        Ok(())
    }

    /// The whole body, if it is not larger than `limit` bytes.
    pub(crate) async fn read_body(&mut self, limit: u64) -> Result<Bytes, BodyError> {
        if self.body.declared().is_some_and(|length| length > limit) {
            return Err(BodyError::TooLarge(limit));
        }
        self.welcome_body().await?;
        // All of it in the time that each part has: a body that drips would hold its place for hours.
        in_time(STALLED, pin!(self.read_whole(limit))).await.unwrap_or(Err(BodyError::Slow))
    }

    async fn read_whole(&mut self, limit: u64) -> Result<Bytes, BodyError> {
        let mut whole = BytesMut::new();
        while let Some(bytes) = self.body.next(self.reader).await? {
            if whole.len() as u64 + bytes.len() as u64 > limit {
                return Err(BodyError::TooLarge(limit));
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(whole.freeze())
    }

    /// Reads the body and counts it.
    pub(crate) async fn count_body(&mut self) -> Result<u64, BodyError> {
        self.welcome_body().await?;
        let mut count = 0;
        while let Some(bytes) = self.next_bytes().await? {
            count += bytes.len() as u64;
        }
        Ok(count)
    }

    async fn next_bytes(&mut self) -> Result<Option<Bytes>, BodyError> {
        in_time(STALLED, pin!(self.body.next(self.reader))).await.unwrap_or(Err(BodyError::Slow))
    }
}

/// One connection with what it needs to serve requests.
pub(super) struct Connection<'s, S> {
    pub(super) live: &'s Live<S>,
    pub(super) peer: SocketAddr,
    pub(super) is_tls: bool,
    pub(super) stop: CancellationToken,
}

impl<S: Site> Connection<'_, S> {
    /// Serves until the peer closes, something is wrong, or the gateway stops.
    pub(super) async fn run(&self, (mut reader, mut writer): (Reader, Writer)) {
        let mut stopped = pin!(self.stop.cancelled());
        // The first head must come at once; later ones may let the connection idle.
        let mut idle = self.live.load().limits.head;
        loop {
            let begins = tokio::select! {
                biased;
                begins = reader.request_begins(idle) => begins,
                () = &mut stopped => false,
            };
            // Boxed: its state would make every idle connection several times as large.
            if !begins || !Box::pin(self.serve(&mut reader, &mut writer, stopped.as_mut())).await {
                break;
            }
            writer.scratch = Vec::new();
            idle = self.live.load().limits.keep_alive;
        }
        Box::pin(close(reader, writer)).await;
    }

    /// Reads a head of which something has come, and answers; says whether the connection may be used again.
    async fn serve(&self, reader: &mut Reader, writer: &mut Writer, stopped: impl Future<Output = ()>) -> bool {
        let limit = self.live.load().limits.head;
        let head = tokio::select! {
            biased;
            head = reader.request_head(limit) => head,
            () = stopped => return false,
        };
        // What is served may have been exchanged while the connection was idle.
        let front = self.live.load_full();
        match head {
            Ok(head) => self.exchange(&front, head, reader, writer).await,
            Err(HeadError::Closed | HeadError::Reset) => false,
            Err(error) => Box::pin(refuse_head(&front.site, error, writer)).await,
        }
    }

    /// Answers one request; says whether the connection may be used again.
    async fn exchange(&self, front: &Front<S>, head: RequestHead, reader: &mut Reader, writer: &mut Writer) -> bool {
        let trace = Trace::start();
        let arrived = front.site.now();
        let wants_more = wants_more(&head);
        let expects_continue =
            head.is_1_1 && head.headers.first("expect").is_some_and(|v| v.eq_ignore_ascii_case(b"100-continue"));
        let framing = request_framing(&head.headers, head.is_1_1);
        let body = BodyState::new(*framing.as_ref().unwrap_or(&super::Framing::None));
        let peer = self.peer;
        let is_tls = self.is_tls;
        let mut request = Request { head, trace, peer, is_tls, body, reader, writer, expects_continue };
        // Until the last byte of the answer is sent: an answer that streams is in flight too.
        let place = front.limits.in_flight.try_acquire().ok();
        let mut answer = match framing {
            Ok(_) => front.decide(&mut request, place.is_some()).await,
            Err(error) => refuse_framing(error, &mut request.trace),
        }
        .bared();
        answer.close |= !wants_more || self.stop.is_cancelled() || too_much_unread(&answer, &request);
        record(&front.site, &mut request, &answer, arrived);
        send(answer, &mut request).await
    }
}

impl<S: Site> Front<S> {
    async fn decide(&self, request: &mut Request<'_>, has_place: bool) -> Answer {
        if let Some(refusal) = self.site.hosts().refuse(request) {
            return refusal;
        }
        if !has_place {
            request.trace.refuse("limit", "too many requests in flight");
            return Answer::text(503, "Service Unavailable").header("Retry-After", "1");
        }
        let answer = contained(pin!(self.site.call(request))).await;
        match answer {
            Some(answer) => answer,
            None => {
                request.trace.refuse("panic", "a defect of the gateway; the request was ended, the listener lives");
                Answer::empty(500).closing()
            }
        }
    }
}

fn record<S: Site>(site: &S, request: &mut Request<'_>, answer: &Answer, arrived: SystemTime) {
    let told = public::answer(answer, request);
    let (method, path) = (request.head.method.clone(), request.head.take_path());
    let event = event::<S>(method, path, answer.status, arrived, request.trace.take());
    site.journal().record(RequestEvent { answer: told, ..event });
}

async fn refuse_head<S: Site>(site: &S, error: HeadError, writer: &mut Writer) -> bool {
    let status = match error {
        HeadError::TooLarge => 431,
        HeadError::Slow => 408,
        _ => 400,
    };
    let mut trace = Trace::start();
    trace.refuse("head", error.to_string());
    site.journal().record(event::<S>(Cow::Borrowed(""), String::new(), status, site.now(), trace));
    let answer = Answer::empty(status).closing();
    answer.write_head(&mut writer.scratch, true, false);
    // The connection ends here either way.
    let _ = in_time(STALLED, pin!(writer.flush_scratch())).await;
    false
}

fn event<S: Site>(
    method: Cow<'static, str>,
    path: String,
    status: u16,
    arrived: SystemTime,
    trace: Trace,
) -> RequestEvent {
    let total_us = trace.total_us();
    let (steps, error_key) = trace.finish();
    RequestEvent {
        listener: S::LISTENER,
        method,
        path,
        status,
        error_key,
        answer: None,
        trace: steps,
        sequence: 0,
        at: Moment(arrived),
        total_us,
    }
}

fn refuse_framing(error: FramingError, trace: &mut Trace) -> Answer {
    trace.refuse("framing", error.to_string());
    Answer::empty(if error == FramingError::Coding { 501 } else { 400 }).closing()
}

fn wants_more(head: &RequestHead) -> bool {
    let says = |word: &str| {
        head.headers
            .all("connection")
            .flat_map(|value| value.split(|b| *b == b','))
            .any(|option| option.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
    };
    if head.is_1_1 { !says("close") } else { says("keep-alive") && !says("close") }
}

/// Whether the rest of the request body is too large to be read only to keep the connection.
fn too_much_unread(answer: &Answer, request: &Request<'_>) -> bool {
    matches!(answer.body, AnswerBody::Full(_))
        && !request.body.is_done()
        && (request.expects_continue || request.body.declared().is_none_or(|left| left > DRAIN))
}

/// Writes the answer; says whether the connection may be used again.
async fn send(answer: Answer, request: &mut Request<'_>) -> bool {
    let is_1_1 = request.head.is_1_1;
    let keep_alive = !answer.close && answer.is_delimited(is_1_1);
    let chunked = answer.write_head(&mut request.writer.scratch, is_1_1, keep_alive);
    let is_head = request.head.method() == "HEAD";
    match answer.body {
        AnswerBody::Full(body) => {
            let body = if is_head { Bytes::new() } else { body };
            send_full(body, request).await && keep_alive && drained(request).await
        }
        AnswerBody::Broken(body, how) => {
            let body = if is_head { Bytes::new() } else { body };
            Box::pin(broken::send(body, how, request)).await && keep_alive && drained(request).await
        }
        AnswerBody::Upstream(upstream) => relay(*upstream, chunked, request).await && keep_alive,
    }
}

async fn send_full(body: Bytes, request: &mut Request<'_>) -> bool {
    let write = async {
        if body.len() <= ONE_WRITE {
            request.writer.scratch.extend_from_slice(&body);
            return request.writer.flush_scratch().await;
        }
        request.writer.flush_scratch().await?;
        let mut body = body;
        request.writer.write_some(&mut body).await?;
        request.writer.flush().await
    };
    matches!(in_time(STALLED, pin!(write)).await, Some(Ok(())))
}

async fn drained(request: &mut Request<'_>) -> bool {
    request.body.is_done() || Box::pin(drain(request)).await
}

async fn drain(request: &mut Request<'_>) -> bool {
    let read = async {
        while let Ok(bytes) = request.body.next(request.reader).await {
            if bytes.is_none() {
                return true;
            }
        }
        false
    };
    in_time(Duration::from_secs(1), pin!(read)).await.unwrap_or(false)
}

/// Passes the upstream's body down while the rest of the request's body may still go up.
async fn relay(mut upstream: Upstream, chunked: bool, request: &mut Request<'_>) -> bool {
    let mut down = Pump::new(upstream.body, chunked);
    let received = down.write_received(&mut upstream.reader, &mut request.writer.scratch);
    if !matches!(in_time(STALLED, pin!(request.writer.flush_scratch())).await, Some(Ok(()))) || received.is_err() {
        return false;
    }
    if !down.is_finished() || !upstream.rest.is_finished() {
        let up = async {
            // An upstream that has answered need not read the rest of the request.
            let _ = upstream.rest.run(request.reader, &mut upstream.writer, STALLED).await;
            request.reader.hung_up().await;
        };
        let down = down.run(&mut upstream.reader, request.writer, STALLED);
        let both = async {
            tokio::select! {
                biased;
                ended = down => ended.is_ok(),
                // A caller who has left frees the upstream and its own place, however little comes from there.
                () = up => false,
            }
        };
        if !Box::pin(both).await {
            return false;
        }
    }
    let reusable = upstream.rest.is_finished() && !upstream.body.is_until_close();
    if let (true, Some(pool)) = (reusable, upstream.give_back) {
        pool.put(upstream.reader, upstream.writer);
    }
    // Only now: who waits for the place finds the connection.
    drop(upstream.place);
    upstream.rest.is_read()
}

/// Says that nothing more follows, and reads a little more before the socket is dropped: closing with unread bytes would
/// reset the connection and could destroy the answer on its way.
async fn close(mut reader: Reader, mut writer: Writer) {
    if writer.is_reset {
        return writer.reset();
    }
    writer.shutdown().await;
    let read = async {
        for _ in 0..64 {
            reader.buffer.clear();
            if !matches!(reader.fill(super::io::BODY_READ).await, Ok(1..)) {
                return;
            }
        }
    };
    let _ = in_time(Duration::from_millis(500), pin!(read)).await;
}

/// Runs a future; `None` if it panicked. Pinned for the reason that [`in_time`] has.
fn contained<T>(mut future: Pin<&mut impl Future<Output = T>>) -> impl Future<Output = Option<T>> {
    poll_fn(move |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    #[tokio::test]
    async fn a_panic_ends_one_request_only() {
        #[allow(clippy::panic, reason = "what is tested")]
        let defect = async {
            if true {
                panic!("a defect")
            }
        };
        assert_eq!(super::contained(pin!(defect)).await, None);
        assert_eq!(super::contained(pin!(async { 7 })).await, Some(7));
    }
}
