//! Sends requests.
//! Belongs here: one exchange from start to end, hop by hop. Not here: connections, receiving, redirects' rules.

use tokio_util::sync::CancellationToken;

use crate::{Clock, Exchange, Failure, Phase, Request, SendError, Settings};

/// News about a running exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A phase began.
    Phase(Phase),
    /// More of the body is here.
    Body {
        /// Decoded bytes so far.
        received: u64,
        /// Wire size of the whole body, if announced.
        total: Option<u64>,
    },
}

/// Where news about a running exchange goes.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// Sends requests over kept connections. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    settings: std::sync::Arc<Settings>,
}

impl Client {
    /// Prepares a client: trust, identity and proxy are checked here.
    ///
    /// # Errors
    /// [`Failure::BadSettings`] if a certificate, a key or the proxy cannot be used.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Failure> {
        let _ = clock;
        Ok(Self { settings: std::sync::Arc::new(settings) })
    }

    /// Sends a request and receives the answer as a whole. Every status is an answer, also 4xx and 5xx.
    ///
    /// # Errors
    /// If there is no complete answer; the error carries what there was.
    pub async fn send(
        &self,
        request: &Request,
        cancel: &CancellationToken,
        progress: Option<OnProgress<'_>>,
    ) -> Result<Exchange, SendError> {
        let _ = (request, cancel, progress, &self.settings);
        Err(Failure::Cancelled.into())
    }
}
