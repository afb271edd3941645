//! When the phases of an exchange began and ended.
//! Belongs here: the recorder, and the hooks in resolver, connector and TLS that feed it. Not here: what is done with the times.
//!
//! A connection is made inside the task that waits for it, so a task-local recorder sees exactly the phases of its own exchange. On a reused
//! connection no connector ends in the task, and nothing is recorded. If a kept connection becomes free while a new one is being made, the
//! new one is finished by another task and leaves no trace here either.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::{
    NamedGroup,
    client::{ClientSessionMemoryCache, ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue},
    pki_types::ServerName,
};
use tokio::time::Instant;
use tower::{BoxError, Layer, Service};

use crate::{OnProgress, Phase, Progress, TimingRecord};

tokio::task_local! {
    static TIMELINE: Arc<Timeline>;
}

/// The times of one exchange.
pub(crate) struct Timeline {
    start: Instant,
    marks: Mutex<Marks>,
    progress: Option<OnProgress>,
}

/// Marks of the current hop.
#[derive(Clone, Copy)]
struct Marks {
    phase: Phase,
    hop: Instant,
    dns: Option<Duration>,
    connecting: Option<Instant>,
    tls: Option<Instant>,
    connected: Option<Instant>,
    head: Option<Instant>,
    end: Option<Instant>,
}

impl Marks {
    fn at(hop: Instant) -> Self {
        Self { phase: Phase::Wait, hop, dns: None, connecting: None, tls: None, connected: None, head: None, end: None }
    }
}

impl Timeline {
    pub(crate) fn start(progress: Option<OnProgress>) -> Arc<Self> {
        let start = Instant::now();
        Arc::new(Self { start, marks: Mutex::new(Marks::at(start)), progress })
    }

    /// Runs the sending of one hop under this recorder.
    pub(crate) async fn hop<F: Future>(self: &Arc<Self>, future: F) -> F::Output {
        *self.marks() = Marks::at(Instant::now());
        TIMELINE.scope(self.clone(), future).await
    }

    pub(crate) fn phase(&self) -> Phase {
        self.marks().phase
    }

    /// The response head is here.
    pub(crate) fn head(&self) {
        self.marks().head = Some(Instant::now());
        self.enter(Phase::Body);
    }

    /// The exchange is over, well or not.
    pub(crate) fn end(&self) {
        self.marks().end = Some(Instant::now());
    }

    pub(crate) fn received(&self, received: u64, total: Option<u64>) {
        if let Some(progress) = &self.progress {
            progress(Progress::Body { received, total });
        }
    }

    /// The phases in microseconds, none without its event.
    pub(crate) fn record(&self) -> TimingRecord {
        let marks = *self.marks();
        let sent = marks.connected.unwrap_or(marks.hop);
        let made = marks.connected.and(marks.connecting);
        let tls = marks.connected.zip(marks.tls).map(|(end, start)| micros(end - start));
        TimingRecord {
            dns: marks.dns.map(micros),
            connect: made.zip(marks.tls.or(marks.connected)).map(|(start, end)| micros(end - start)),
            tls,
            first_byte: marks.head.map(|head| micros(head - sent)),
            total: marks.end.map(|end| micros(end - self.start)),
        }
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, phase: Phase) {
        self.marks().phase = phase;
        if let Some(progress) = &self.progress {
            progress(Progress::Phase(phase));
        }
    }

    fn connect_began(&self) {
        self.marks().connecting = Some(Instant::now());
        self.enter(Phase::Connect);
    }

    fn dns_ended(&self, began: Instant) {
        {
            let mut marks = self.marks();
            let now = Instant::now();
            marks.dns = Some(now - began);
            marks.connecting = Some(now);
        }
        self.enter(Phase::Connect);
    }

    fn tls_began(&self) {
        self.marks().tls = Some(Instant::now());
        self.enter(Phase::Tls);
    }

    fn connected(&self) {
        self.marks().connected = Some(Instant::now());
        self.enter(Phase::Wait);
    }

    /// The kept connection won: what the unfinished connector left here did not happen for this exchange.
    pub(crate) fn forget_unfinished_connection(&self) {
        let mut marks = self.marks();
        if marks.connected.is_none() {
            (marks.dns, marks.connecting, marks.tls) = (None, None, None);
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn with_timeline(mark: impl FnOnce(&Timeline)) {
    // Outside of an exchange: a connection that is finished for the pool.
    let _ = TIMELINE.try_with(|timeline| mark(timeline));
}

/// A name without an address.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct NameNotFound {
    pub(crate) reason: String,
}

/// The system's resolver, timed.
pub(crate) struct TimedResolver;

impl Resolve for TimedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let began = Instant::now();
            with_timeline(|timeline| timeline.enter(Phase::Dns));
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let addresses: Vec<SocketAddr> =
                found.map_err(|error| NameNotFound { reason: plain_reason(&error) })?.collect();
            if addresses.is_empty() {
                return Err(NameNotFound { reason: "it has no address".to_owned() }.into());
            }
            with_timeline(|timeline| timeline.dns_ended(began));
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The resolver's words without the library's wrapping.
fn plain_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned()
}

/// Times the connector.
#[derive(Clone)]
pub(crate) struct TimedConnect;

impl<S> Layer<S> for TimedConnect {
    type Service = TimedConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TimedConnector { inner }
    }
}

/// See [`TimedConnect`].
#[derive(Clone)]
pub(crate) struct TimedConnector<S> {
    inner: S,
}

impl<S, R> Service<R> for TimedConnector<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connecting = self.inner.call(request);
        Box::pin(async move {
            with_timeline(Timeline::connect_began);
            let connection = connecting.await?;
            with_timeline(Timeline::connected);
            Ok(connection)
        })
    }
}

/// A session store that is asked for a key-exchange hint at the very start of each handshake, which is the mark.
#[derive(Debug)]
pub(crate) struct TimedSessions(pub(crate) ClientSessionMemoryCache);

impl ClientSessionStore for TimedSessions {
    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.0.set_kx_hint(server, group);
    }

    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        with_timeline(Timeline::tls_began);
        self.0.kx_hint(server)
    }

    fn set_tls12_session(&self, server: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(server, value);
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(server)
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.0.remove_tls12_session(server);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.0.insert_tls13_ticket(server, value);
    }

    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.take_tls13_ticket(server)
    }
}
