//! The way to the authorization server: limits that hold for every request to it.
//! Belongs here: settings and rules common to token, introspection, revocation, metadata and key requests. Not here: their content.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use exchange::{Body, CancellationToken, Exchange, Failure, Header, Redirects, Request, SendError, Settings};
use url::Url;

pub use exchange::Clock;

use crate::{Dpop, Error, WrongAnswer};

/// An authorization server's answer is small; whatever is larger is not one.
const MAX_ANSWER: u64 = 1 << 20;

/// Nobody waits longer for a token.
const MAX_TIMEOUT: Duration = Duration::from_secs(30);

/// Sends requests to authorization servers: no redirects, at most 1 MiB and 30 s, no plain http off this machine.
#[derive(Clone)]
pub struct Http {
    client: exchange::Client,
    clock: Clock,
    allow_plain_http: bool,
    certificate: Arc<[u8]>,
    dpop: Option<Arc<Dpop>>,
}

impl Http {
    /// Takes trust, identity, proxy and shorter limits from `settings`. `allow_plain_http` permits `http` to other machines.
    ///
    /// # Errors
    /// [`Error::Send`] if the settings cannot be used.
    pub fn new(settings: Settings, clock: Clock, allow_plain_http: bool) -> Result<Self, Error> {
        let timeout = settings.timeout.map_or(MAX_TIMEOUT, |limit| limit.min(MAX_TIMEOUT));
        let certificate =
            settings.identity.as_ref().map_or_else(Vec::new, |identity| identity.certificates.clone()).into();
        let settings = Settings {
            timeout: Some(timeout),
            max_body: settings.max_body.min(MAX_ANSWER),
            redirects: Redirects::None,
            ..settings
        };
        let client = exchange::Client::new(settings, clock.clone())?;
        Ok(Self { client, clock, allow_plain_http, certificate, dpop: None })
    }

    /// The time of day.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        (self.clock)()
    }

    /// Has token requests prove possession of this key, so that tokens are bound to it (RFC 9449 5).
    #[must_use]
    pub fn with_dpop(self, dpop: Arc<Dpop>) -> Self {
        Self { dpop: Some(dpop), ..self }
    }

    pub(crate) fn proof_of_possession(&self) -> Option<&Dpop> {
        self.dpop.as_deref()
    }

    /// The client certificate as given, empty if there is none.
    pub(crate) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    pub(crate) async fn send(&self, request: &Request, cancel: &CancellationToken) -> Result<Exchange, Error> {
        self.permit(&request.url)?;
        let exchange = match self.client.send(request, cancel, None).await {
            Ok(exchange) => exchange,
            // Nobody pages through a token answer: the advice for the answers of APIs does not fit.
            Err(SendError { failure: Failure::TooLarge { limit, .. }, exchange: Some(exchange) }) => {
                return Err(Error::wrong(*exchange, WrongAnswer::TooLarge { limit }));
            }
            Err(error) => return Err(error.into()),
        };
        match exchange.status() {
            300..=399 => Err(Error::redirected(exchange, carries_credentials(request))),
            _ => Ok(exchange),
        }
    }

    /// RFC 6749 3.2, RFC 8414 3: TLS; this machine is the exception.
    fn permit(&self, url: &Url) -> Result<(), Error> {
        if url.scheme() == "http" && !self.allow_plain_http && !exchange::is_loopback(url) {
            return Err(Error::PlainHttp { host: url.host_str().unwrap_or_default().to_owned() });
        }
        Ok(())
    }
}

/// True for a request with something that is not for others: only those for metadata and keys have nothing.
fn carries_credentials(request: &Request) -> bool {
    !matches!(request.body, Body::Empty) || request.headers.iter().any(Header::filled_from_secret)
}
