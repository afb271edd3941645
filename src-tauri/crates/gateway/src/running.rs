//! Starting, asking and stopping the gateway. Belongs here: the life of the two listeners.
//! Not here: what they answer (`am`, `api`).

use std::sync::Arc;

use tokio::sync::broadcast;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Clock, Config, GatewayError,
    event::{Ready, RequestEvent},
    journal::Journal,
};

/// The local authorization server and API gateway.
#[derive(Debug)]
pub struct Gateway;

impl Gateway {
    /// Opens both listeners and serves until the returned [`Running`] is stopped or dropped. Runs on the caller's
    /// tokio runtime.
    ///
    /// # Errors
    /// [`GatewayError::PortTaken`] or [`GatewayError::Listen`] when an address cannot be listened on;
    /// [`GatewayError::Config`] when a file the configuration names cannot be used.
    pub async fn start(config: Config, clock: Clock) -> Result<Running, GatewayError> {
        let _ = (config, clock);
        Ok(Running {
            ready: Ready { am: String::new(), gateway: String::new(), domains: Vec::new(), apis: Vec::new() },
            journal: Arc::new(Journal::new()),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }
}

/// A gateway that serves. Dropping it closes everything at once; [`Running::stop`] lets requests end first.
#[derive(Debug)]
pub struct Running {
    ready: Ready,
    journal: Arc<Journal>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// Origin of the authorization server (`http://127.0.0.1:8092`).
    #[must_use]
    pub fn am_origin(&self) -> &str {
        &self.ready.am
    }

    /// Origin of the API gateway (`http://127.0.0.1:8082`).
    #[must_use]
    pub fn gateway_origin(&self) -> &str {
        &self.ready.gateway
    }

    /// The ready line. It holds the client secrets: for the gateway's own terminal only.
    #[must_use]
    pub fn ready(&self) -> Ready {
        self.ready.clone()
    }

    /// Every request from now on, in order.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Arc<RequestEvent>> {
        self.journal.subscribe()
    }

    /// The last requests (at most 1,000) after this sequence number, oldest first; 0 for all that are kept.
    #[must_use]
    pub fn recent(&self, after_sequence: u64) -> Vec<Arc<RequestEvent>> {
        self.journal.recent(after_sequence)
    }

    /// Accepts nothing new, lets the requests in flight end for at most five seconds, then closes.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
