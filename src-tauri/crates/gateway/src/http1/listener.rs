//! Accepting connections. Belongs here: how many, and handing each to its own task.
//! Not here: what happens on a connection (`connection`).

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    connection::{Connection, Site},
    io::{split, split_tls},
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

/// How a listener ends.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    /// Accept nothing new, end what is in flight.
    pub(crate) stop: CancellationToken,
    /// End everything now.
    pub(crate) kill: CancellationToken,
    /// Every connection's task.
    pub(crate) tasks: TaskTracker,
}

impl Served {
    pub(crate) fn new() -> Self {
        Self { stop: CancellationToken::new(), kill: CancellationToken::new(), tasks: TaskTracker::new() }
    }

    /// Ends with this one, and may be stopped before it.
    pub(crate) fn child(&self) -> Self {
        Self { stop: self.stop.child_token(), kill: self.kill.clone(), tasks: self.tasks.clone() }
    }
}

/// Accepts until told to stop.
pub(crate) fn serve<S: Site>(listener: TcpListener, live: Arc<Live<S>>, served: &Served) {
    let life = served.clone();
    let accept = async move {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => admit(stream, peer, &live, &life),
                // Out of file descriptors, or the peer is gone already: neither is a reason to end.
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let stop = served.stop.clone();
    served.tasks.spawn(async move { stop.run_until_cancelled(accept).await });
}

fn admit<S: Site>(stream: TcpStream, peer: SocketAddr, live: &Arc<Live<S>>, life: &Served) {
    // Without it the last segment of an answer may wait for an acknowledgement; failing to set it harms nobody.
    let _ = stream.set_nodelay(true);
    let front = live.load();
    let Ok(permit) = Arc::clone(&front.limits.connections).try_acquire_owned() else {
        return spawn(life, turn_away(stream));
    };
    let (tls, handshake) = (front.tls.clone(), front.limits.head);
    let (live, stop) = (Arc::clone(live), life.stop.clone());
    spawn(life, async move {
        let connection = Connection { live: &live, peer, is_tls: tls.is_some(), stop };
        // A peer that does not shake hands in time, or cannot, is not answered.
        match tls {
            None => {
                let (reader, writer) = split(stream);
                connection.run(reader, writer).await;
            }
            Some(tls) => {
                if let Ok(Ok(stream)) = timeout(handshake, tls.accept(stream)).await {
                    let (reader, writer) = split_tls(stream.into());
                    connection.run(reader, writer).await;
                }
            }
        }
        drop(permit);
    });
}

fn spawn(life: &Served, task: impl Future<Output = ()> + Send + 'static) {
    let kill = life.kill.clone();
    life.tasks.spawn(async move { kill.run_until_cancelled(task).await });
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
