//! The gateway as a client: of upstream APIs, of foreign authorization servers, of key sets.
//! Belongs here: connecting, pooling, small exchanges. Not here: relaying a caller's request (`api::endpoint`).

mod pool;
mod tls;

use std::{io, num::NonZero, pin::pin, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::{
    net::{TcpStream, lookup_host},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

use crate::http1::{
    BodyError, BodyState, Framing, HeadError, Headers, Reader, ResponseHead, Writer, in_time, response_framing, split,
    split_tls,
};
pub(crate) use pool::Pool;
pub(crate) use tls::{Trust, connector};

/// Largest answer of an authorization server or key set.
const MAX_ANSWER: usize = 1024 * 1024;

/// Why an upstream could not be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error("the connection was refused")]
    Refused,
    #[error("the host name is not known")]
    Dns,
    #[error("the host cannot be reached")]
    Unreachable,
    #[error("the TLS handshake failed: {0}")]
    Tls(String),
    #[error("the connection was reset")]
    Reset,
    #[error("the connection was closed before the answer")]
    Closed,
    #[error("no connection in time")]
    ConnectTimeout,
    #[error("all connections that may be open at once are in use (http.maxConcurrentConnections)")]
    Exhausted,
    #[error("no answer in time")]
    ReadTimeout,
    #[error("the answer is not HTTP/1.1 that can be read in one way only")]
    Malformed,
    #[error("the answer is too large")]
    TooLarge,
    #[error("the client's own body cannot be read: {0}")]
    BadBody(String),
    #[error("the client has closed its connection, so nobody waits for an answer")]
    ClientGone,
}

impl ClientError {
    /// Why a request's body did not go up: the client's fault, or the upstream's.
    pub(crate) fn sending(error: BodyError) -> Self {
        match error {
            BodyError::Malformed | BodyError::TooLarge(_) => Self::BadBody(error.to_string()),
            BodyError::Truncated => Self::ClientGone,
            BodyError::Slow | BodyError::Io(_) => Self::Closed,
        }
    }
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) is_tls: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// As the `Host` header says it.
    pub(crate) authority: String,
}

impl Origin {
    /// The origin of an http or https URL.
    pub(crate) fn of(url: &url::Url) -> Option<Self> {
        let is_tls = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let host = url.host_str()?.to_owned();
        let authority = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        Some(Self { is_tls, port: url.port_or_known_default()?, host, authority })
    }
}

/// How connections to an origin are made and kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connecting {
    /// For a place among the connections, and for a new connection.
    pub(crate) timeout: Duration,
    pub(crate) keep_alive: bool,
    /// Connections in use at once.
    pub(crate) most: NonZero<usize>,
}

impl Connecting {
    /// What Gravitee's HTTP clients have in use at once, unless told otherwise.
    pub(crate) const USUAL: NonZero<usize> = NonZero::<usize>::MIN.saturating_add(99);
}

/// Connects to one origin and keeps idle connections.
pub(crate) struct Connector {
    pub(crate) origin: Origin,
    tls: Option<TlsConnector>,
    pool: Arc<Pool>,
    places: Arc<Semaphore>,
    connecting: Connecting,
}

/// A connection to an upstream.
pub(crate) struct Link {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    /// It served a request before: the peer may have closed it meanwhile.
    pub(crate) is_reused: bool,
    /// Its place among the connections in use.
    pub(crate) place: OwnedSemaphorePermit,
}

/// A small request and what is expected of it.
pub(crate) struct Message<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
    pub(crate) limit: Duration,
}

impl Connector {
    pub(crate) fn new(origin: Origin, trust: &Trust, connecting: Connecting) -> Result<Self, String> {
        let tls = if origin.is_tls { Some(connector(trust)?) } else { None };
        let places = Arc::new(Semaphore::new(connecting.most.get().min(Semaphore::MAX_PERMITS)));
        Ok(Self { origin, tls, pool: Arc::new(Pool::new()), places, connecting })
    }

    /// A connection that was kept, or a new one.
    pub(crate) async fn link(&self) -> Result<Link, ClientError> {
        let place = self.place().await?;
        match self.pool.take() {
            Some((reader, writer)) => Ok(Link { reader, writer, is_reused: true, place }),
            None => self.open(place).await,
        }
    }

    /// A new connection.
    pub(crate) async fn fresh(&self) -> Result<Link, ClientError> {
        self.open(self.place().await?).await
    }

    /// Waits for one of the connections in use to end, as Gravitee's pool does, but not for ever.
    async fn place(&self) -> Result<OwnedSemaphorePermit, ClientError> {
        let places = &self.places;
        if let Ok(place) = Arc::clone(places).try_acquire_owned() {
            return Ok(place);
        }
        let freed = in_time(self.connecting.timeout, pin!(Arc::clone(places).acquire_owned())).await;
        freed.and_then(Result::ok).ok_or(ClientError::Exhausted)
    }

    async fn open(&self, place: OwnedSemaphorePermit) -> Result<Link, ClientError> {
        // Boxed, as all that is rare: requests should not have room for a handshake.
        let connected = in_time(self.connecting.timeout, Box::pin(self.connect())).await;
        let (reader, writer) = connected.ok_or(ClientError::ConnectTimeout)??;
        Ok(Link { reader, writer, is_reused: false, place })
    }

    async fn connect(&self) -> Result<(Reader, Writer), ClientError> {
        let host = self.origin.host.trim_matches(['[', ']']);
        let addresses: Vec<_> = lookup_host((host, self.origin.port)).await.map_err(|_| ClientError::Dns)?.collect();
        let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|error| connecting(&error))?;
        // Small requests should leave at once; failing to set it harms nobody.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else { return Ok(split(stream)) };
        let name = ServerName::try_from(host.to_owned()).map_err(|error| ClientError::Tls(error.to_string()))?;
        let stream = tls.connect(name, stream).await.map_err(|error| ClientError::Tls(error.to_string()))?;
        Ok(split_tls(stream.into()))
    }

    /// Where a connection goes back to when both bodies of its last exchange are through.
    pub(crate) fn give_back(&self) -> Option<Arc<Pool>> {
        self.connecting.keep_alive.then(|| Arc::clone(&self.pool))
    }

    /// Sends a small request and reads the whole answer.
    pub(crate) async fn fetch(&self, message: &Message<'_>) -> Result<(u16, Bytes), ClientError> {
        let exchange = async {
            let link = self.link().await?;
            let is_reused = link.is_reused;
            match self.exchange(link, message).await {
                // The peer closed the idle connection at the same moment.
                Err(ClientError::Closed | ClientError::Reset) if is_reused => {
                    self.exchange(self.fresh().await?, message).await
                }
                result => result,
            }
        };
        in_time(message.limit, Box::pin(exchange)).await.unwrap_or(Err(ClientError::ReadTimeout))
    }

    async fn exchange(&self, mut link: Link, message: &Message<'_>) -> Result<(u16, Bytes), ClientError> {
        let framing = if message.body.is_empty() { Framing::None } else { Framing::Length(message.body.len() as u64) };
        link.writer.request_head(message.method, message.target, &message.headers, framing).await?;
        link.writer.write_all(&message.body).await?;
        link.writer.flush().await?;
        let head = link.answer(message.limit).await?;
        let framing = response_framing(&head.headers, head.is_1_1, message.method, head.status);
        let mut state = BodyState::new(framing.map_err(|_| ClientError::Malformed)?);
        let reusable = !state.is_until_close() && persists(&head);
        let mut body = BytesMut::new();
        while let Some(bytes) = state.next(&mut link.reader).await.map_err(|_| ClientError::Closed)? {
            if body.len() + bytes.len() > MAX_ANSWER {
                return Err(ClientError::TooLarge);
            }
            body.extend_from_slice(&bytes);
        }
        if reusable && self.connecting.keep_alive {
            self.pool.put(link.reader, link.writer);
        }
        Ok((head.status, body.freeze()))
    }
}

impl Link {
    /// The answer's head; interim answers are passed over.
    pub(crate) async fn answer(&mut self, limit: Duration) -> Result<ResponseHead, ClientError> {
        /// More interim answers than any server sends.
        const INTERIM: usize = 16;
        for _ in 0..INTERIM {
            let head = self.reader.response_head(limit).await?;
            if !(100..200).contains(&head.status) {
                return Ok(head);
            }
        }
        Err(ClientError::Malformed)
    }
}

/// Whether the server keeps the connection.
pub(crate) fn persists(head: &ResponseHead) -> bool {
    let close = |value: &[u8]| value.split(|b| *b == b',').any(|word| word.trim_ascii().eq_ignore_ascii_case(b"close"));
    head.is_1_1 && !head.headers.all("connection").any(close)
}

fn connecting(error: &io::Error) -> ClientError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ClientError::Refused,
        io::ErrorKind::TimedOut => ClientError::ConnectTimeout,
        io::ErrorKind::ConnectionReset => ClientError::Reset,
        _ => ClientError::Unreachable,
    }
}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Self::Reset,
            _ => Self::Closed,
        }
    }
}

impl From<HeadError> for ClientError {
    fn from(error: HeadError) -> Self {
        match error {
            HeadError::Slow => Self::ReadTimeout,
            HeadError::Closed => Self::Closed,
            HeadError::Reset => Self::Reset,
            HeadError::Malformed | HeadError::TooLarge => Self::Malformed,
        }
    }
}
