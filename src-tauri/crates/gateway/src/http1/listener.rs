//! Accepting connections. Belongs here: how many, and handing each to its own task.
//! Not here: what happens on a connection (`connection`).

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    runtime::Handle,
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    connection::{Connection, Site},
    io::{split, split_tls},
    workers::Workers,
};

/// Limits of one listener.
#[derive(Debug)]
pub(crate) struct Limits {
    /// A head is complete within this time.
    pub(crate) head: Duration,
    /// An idle connection is closed after this time.
    pub(crate) keep_alive: Duration,
    /// Connections at once.
    pub(crate) connections: Arc<Semaphore>,
    /// Requests at once.
    pub(crate) in_flight: Semaphore,
}

impl Limits {
    pub(crate) fn of(limits: crate::Limits) -> Self {
        Self {
            head: Duration::from_secs(5),
            keep_alive: limits.keep_alive(),
            connections: Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS))),
            in_flight: Semaphore::new(limits.in_flight.min(Semaphore::MAX_PERMITS)),
        }
    }
}

/// What a listener serves. Exchanged as a whole while it serves: a request ends on what it began with.
pub(crate) struct Front<S> {
    pub(crate) site: S,
    pub(crate) limits: Arc<Limits>,
    /// For connections that are opened from now on.
    pub(crate) tls: Option<TlsAcceptor>,
}

/// What is served now.
pub(crate) type Live<S> = ArcSwap<Front<S>>;

/// What serves, and how it ends. When the last one is dropped, everything ends at once.
#[derive(Debug)]
pub(crate) struct Served {
    /// Accept nothing new, end what is in flight.
    pub(crate) stop: CancellationToken,
    /// Every connection's task.
    pub(crate) tasks: TaskTracker,
    workers: Arc<Workers>,
}

impl Served {
    pub(crate) fn start() -> io::Result<Self> {
        let workers = Arc::new(Workers::start()?);
        Ok(Self { stop: CancellationToken::new(), tasks: TaskTracker::new(), workers })
    }

    /// Ends with this one, and may be stopped before it.
    pub(crate) fn child(&self) -> Self {
        Self { stop: self.stop.child_token(), tasks: self.tasks.clone(), workers: Arc::clone(&self.workers) }
    }

    /// Closes everything now.
    pub(crate) fn end(&self) {
        self.workers.end();
    }

    /// Accepts until told to stop.
    pub(crate) fn serve<S: Site>(&self, listener: std::net::TcpListener, live: Arc<Live<S>>) {
        let hall = Hall { live, tasks: self.tasks.clone() };
        // Each thread is told by a token of its own, so that they do not contend for one.
        let seats: Vec<_> = self.workers.loops().iter().map(|at| (at.clone(), self.stop.child_token())).collect();
        let Some((first, _)) = seats.first().cloned() else { return };
        let stop = self.stop.clone();
        self.tasks.spawn_on(async move { stop.run_until_cancelled(hall.accept(listener, &seats)).await }, &first);
    }
}

/// What every connection of a listener shares.
struct Hall<S> {
    live: Arc<Live<S>>,
    tasks: TaskTracker,
}

impl<S: Site> Hall<S> {
    /// Accepts, and shares the connections out to the threads in turn.
    async fn accept(&self, listener: std::net::TcpListener, seats: &[(Handle, CancellationToken)]) {
        let listener = match TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => return tracing::error!("the listener cannot be waited for: {error}"),
        };
        for (seat, stop) in seats.iter().cycle() {
            let (stream, peer) = loop {
                match listener.accept().await {
                    Ok(accepted) => break accepted,
                    // Out of file descriptors, or the peer is gone already: neither is a reason to end.
                    Err(_) => sleep(Duration::from_millis(20)).await,
                }
            };
            self.admit(stream, peer, seat, stop.clone());
        }
    }

    fn admit(&self, stream: TcpStream, peer: SocketAddr, seat: &Handle, stop: CancellationToken) {
        // Without it the last segment of an answer may wait for an acknowledgement; failing to set it harms nobody.
        let _ = stream.set_nodelay(true);
        let front = self.live.load();
        let Ok(permit) = Arc::clone(&front.limits.connections).try_acquire_owned() else {
            self.tasks.spawn(turn_away(stream));
            return;
        };
        // Taken out of this thread's event loop, to be waited for in that of its own thread.
        let Ok(stream) = stream.into_std() else { return };
        let (live, tls, handshake) = (Arc::clone(&self.live), front.tls.clone(), front.limits.head);
        let serve = async move {
            let Ok(stream) = TcpStream::from_std(stream) else { return };
            let connection = Connection { live: &live, peer, is_tls: tls.is_some(), stop };
            match tls {
                None => connection.run(split(stream)).await,
                // Boxed: a plain connection should not have room for a handshake.
                Some(tls) => Box::pin(secured(&connection, tls, stream, handshake)).await,
            }
            drop(permit);
        };
        self.tasks.spawn_on(serve, seat);
    }
}

/// A peer that does not shake hands in time, or cannot, is not answered.
async fn secured<S: Site>(connection: &Connection<'_, S>, tls: TlsAcceptor, stream: TcpStream, limit: Duration) {
    if let Ok(Ok(stream)) = timeout(limit, tls.accept(stream)).await {
        connection.run(split_tls(stream.into())).await;
    }
}

/// Answers without reading: there is no room for another connection.
async fn turn_away(mut stream: TcpStream) {
    const FULL: &[u8] =
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let write = async {
        // Reading first what is there keeps the close from resetting the connection.
        let _ = timeout(Duration::from_millis(50), stream.readable()).await;
        let mut unread = [0_u8; 8192];
        let _ = stream.try_read(&mut unread);
        let _ = stream.write_all(FULL).await;
        let _ = stream.shutdown().await;
    };
    let _ = timeout(Duration::from_secs(1), write).await;
}
