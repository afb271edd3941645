//! Accepting connections. Belongs here: how many, and handing each to its own task.
//! Not here: what happens on a connection (`connection`).

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

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
    pub(crate) fn new(connections: usize, in_flight: usize, keep_alive: Duration) -> Self {
        Self {
            head: Duration::from_secs(5),
            keep_alive,
            connections: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))),
            in_flight: Semaphore::new(in_flight.min(Semaphore::MAX_PERMITS)),
        }
    }
}

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
}

/// Accepts until told to stop.
pub(crate) fn serve<S: Site>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    site: Arc<S>,
    limits: Limits,
    served: &Served,
) {
    let limits = Arc::new(limits);
    let life = served.clone();
    let accept = async move {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => admit(stream, peer, tls.as_ref(), &site, &limits, &life),
                // Out of file descriptors, or the peer is gone already: neither is a reason to end.
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let stop = served.stop.clone();
    served.tasks.spawn(async move { stop.run_until_cancelled(accept).await });
}

fn admit<S: Site>(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<&TlsAcceptor>,
    site: &Arc<S>,
    limits: &Arc<Limits>,
    life: &Served,
) {
    // Without it the last segment of an answer may wait for an acknowledgement; failing to set it harms nobody.
    let _ = stream.set_nodelay(true);
    let Ok(permit) = Arc::clone(&limits.connections).try_acquire_owned() else {
        return spawn(life, turn_away(stream));
    };
    let (site, limits, stop, tls) = (Arc::clone(site), Arc::clone(limits), life.stop.clone(), tls.cloned());
    spawn(life, async move {
        let connection = Connection { site: site.as_ref(), limits: &limits, peer, is_tls: tls.is_some(), stop };
        // A peer that does not shake hands in time, or cannot, is not answered.
        match tls {
            None => {
                let (reader, writer) = split(stream);
                connection.run(reader, writer).await;
            }
            Some(tls) => {
                if let Ok(Ok(stream)) = timeout(limits.head, tls.accept(stream)).await {
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
