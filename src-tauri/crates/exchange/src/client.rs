//! Sends requests.
//! Belongs here: one exchange from start to end, hop by hop. Not here: connections, receiving, redirects' rules.

use std::{fmt, sync::Arc, time::Duration};

use http::header;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    Clock, Exchange, Failure, Phase, Redaction, Redirects, Request, Response, ResponseBody, SendError, Settings,
    body::BodyWriter,
    error::bare,
    exchange::{Hop, Sent},
    failure::{Target, classify},
    outgoing::{self, Outgoing, authority},
    proxy::Route,
    receive::receive,
    redirect,
    timeline::{TimedConnect, TimedResolver, Timeline},
    tls,
};

/// Hops that are followed at most.
const MAX_HOPS: u8 = 10;

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

/// Where news about a running exchange goes. Called from the sending task: must not block.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// Sends requests over kept connections. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    route: Route,
    settings: Settings,
    clock: Clock,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

impl Client {
    /// Prepares a client: trust, identity and proxy are checked here.
    ///
    /// # Errors
    /// [`Failure::BadSettings`] if a certificate, a key or the proxy cannot be used.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Failure> {
        let route = Route::new(&settings.proxy)?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::configuration(&settings)?)
            .dns_resolver(TimedResolver)
            .connector_layer(TimedConnect)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_title_case_headers()
            .no_proxy();
        if let Some(proxy) = route.to_reqwest() {
            builder = builder.proxy(proxy);
        }
        let http = builder.build().map_err(|error| Failure::BadSettings { what: error.without_url().to_string() })?;
        Ok(Self { inner: Arc::new(Inner { http, route, settings, clock }) })
    }

    /// Sends a request and receives the answer as a whole. Every status is an answer, also 4xx and 5xx.
    ///
    /// # Errors
    /// If there is no complete answer; the error carries what there was.
    pub async fn send(
        &self,
        request: &Request,
        cancel: &CancellationToken,
        progress: Option<OnProgress>,
    ) -> Result<Exchange, SendError> {
        let limit = self.inner.settings.timeout;
        let mut run = Run::new(&self.inner, request, progress)?;
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Failure::Cancelled),
            outcome = run.drive() => outcome,
            limit = expiry(limit) => Err(run.timed_out(limit)),
        };
        run.finish(outcome)
    }
}

/// Ends after the limit; never without one.
async fn expiry(limit: Option<Duration>) -> Duration {
    match limit {
        Some(limit) => {
            tokio::time::sleep(limit).await;
            limit
        }
        None => std::future::pending().await,
    }
}

/// One exchange on its way. What it has so far survives when the future that drives it is dropped.
struct Run<'a> {
    inner: &'a Inner,
    request: Request,
    sent: Sent,
    outgoing: Outgoing,
    timeline: Arc<Timeline>,
    sent_at: std::time::SystemTime,
    redaction: Redaction,
    hops: Vec<Hop>,
    head: Option<Head>,
    writer: BodyWriter<'a>,
}

/// What is known of a response before its body.
struct Head {
    status: http::StatusCode,
    reason: String,
    headers: http::HeaderMap,
    remote_address: Option<std::net::SocketAddr>,
    version: http::Version,
}

impl<'a> Run<'a> {
    fn new(inner: &'a Inner, request: &Request, progress: Option<crate::OnProgress>) -> Result<Self, Failure> {
        let mut request = request.clone();
        outgoing::settle_url(&mut request)?;
        let outgoing = Outgoing::new(&request, &inner.settings.user_agent)?;
        Ok(Self {
            sent: outgoing.sent(&request.url),
            redaction: outgoing::redaction(&request),
            timeline: Timeline::start(progress),
            sent_at: (inner.clock)(),
            hops: Vec::new(),
            head: None,
            writer: BodyWriter::new(inner.settings.spool.as_deref()),
            inner,
            request,
            outgoing,
        })
    }

    async fn drive(&mut self) -> Result<(), Failure> {
        loop {
            let response = self.hop().await?;
            match self.next_hop()? {
                Some(next) => self.move_on(next)?,
                None => return self.body(response).await,
            }
        }
    }

    /// Sends the request of this hop and waits for the response head.
    async fn hop(&mut self) -> Result<reqwest::Response, Failure> {
        let mut request = reqwest::Request::new(self.outgoing.method.clone(), self.request.url.clone());
        *request.headers_mut() = self.outgoing.headers.clone();
        *request.body_mut() = self.outgoing.body.clone().map(reqwest::Body::from);
        let answer = self.timeline.hop(self.inner.http.execute(request)).await;
        let response = answer.map_err(|error| classify(&error, &self.target()))?;
        self.timeline.forget_unfinished_connection();
        self.timeline.head();
        self.head = Some(Head::of(&response));
        Ok(response)
    }

    fn next_hop(&self) -> Result<Option<redirect::Next>, Failure> {
        let Redirects::Follow { max } = self.inner.settings.redirects else { return Ok(None) };
        let Some(head) = &self.head else { return Ok(None) };
        let location = head.headers.get(header::LOCATION).map(header::HeaderValue::as_bytes);
        let next = redirect::next(&self.request, &self.redaction, head.status, location)?;
        let max = max.min(MAX_HOPS);
        if next.is_some() && self.hops.len() >= usize::from(max) {
            return Err(Failure::TooManyRedirects { url: bare(&self.request.url), max });
        }
        Ok(next)
    }

    fn move_on(&mut self, next: redirect::Next) -> Result<(), Failure> {
        let status = self.head.take().map_or(0, |head| head.status.as_u16());
        let (from, to) = (self.request.url.clone(), next.request.url.clone());
        self.hops.push(Hop { status, from, to, dropped: next.dropped });
        self.request = next.request;
        self.outgoing = Outgoing::new(&self.request, &self.inner.settings.user_agent)?;
        self.sent = self.outgoing.sent(&self.request.url);
        Ok(())
    }

    async fn body(&mut self, response: reqwest::Response) -> Result<(), Failure> {
        let limit = self.inner.settings.max_body;
        let total = response.content_length();
        let response = http::Response::<reqwest::Body>::from(response);
        let (parts, body) = response.into_parts();
        let timeline = &self.timeline;
        let news = |received| timeline.received(received, total);
        let ended = receive(&parts.headers, body, limit, &mut self.writer, news).await;
        ended.map_err(|ended| ended.into_failure(authority_with_port(&self.request.url), self.writer.len(), limit))
    }

    fn target(&self) -> Target {
        let url = &self.request.url;
        Target {
            host: url.host_str().unwrap_or_default().to_owned(),
            address: authority_with_port(url),
            proxied: self.inner.route.pick(url).is_some(),
        }
    }

    fn timed_out(&self, limit: Duration) -> Failure {
        Failure::Timeout { address: authority_with_port(&self.request.url), phase: self.timeline.phase(), limit }
    }

    /// The exchange as it stands, complete or with the failure that ended it.
    fn finish(self, outcome: Result<(), Failure>) -> Result<Exchange, SendError> {
        self.timeline.end();
        let complete = outcome.is_ok();
        let (body, spooled) = match self.writer.finish() {
            Ok(body) => (body, Ok(())),
            Err(error) => (ResponseBody::default(), Err(Failure::Spool { reason: error.to_string() })),
        };
        let http_version = self.head.as_ref().map(|head| head.version);
        let mut sent = self.sent;
        if http_version == Some(http::Version::HTTP_2) {
            sent.lower_case_names();
        }
        let exchange = Exchange {
            request: sent,
            remote_address: self.head.as_ref().and_then(|head| head.remote_address),
            response: self.head.map(|head| head.with(body, complete && spooled.is_ok())),
            timing: self.timeline.record(),
            redirects: self.hops,
            sent_at: self.sent_at,
            http_version,
            redaction: self.redaction,
        };
        match outcome.and(spooled) {
            Ok(()) => Ok(exchange),
            Err(failure) => Err(SendError { failure, exchange: Some(Box::new(exchange)) }),
        }
    }
}

impl Head {
    fn of(response: &reqwest::Response) -> Self {
        let status = response.status();
        let on_wire = response.extensions().get::<hyper::ext::ReasonPhrase>();
        let reason = on_wire.map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned());
        Self {
            status,
            reason: reason.unwrap_or_else(|| status.canonical_reason().unwrap_or_default().to_owned()),
            headers: response.headers().clone(),
            remote_address: response.remote_addr(),
            version: response.version(),
        }
    }

    fn with(self, body: ResponseBody, complete: bool) -> Response {
        Response { status: self.status, reason: self.reason, headers: self.headers, body, complete }
    }
}

/// `host:port`, for messages.
fn authority_with_port(url: &Url) -> String {
    match (url.port(), url.port_or_known_default()) {
        (None, Some(port)) => format!("{}:{port}", authority(url)),
        _ => authority(url),
    }
}
