//! Starting, asking and stopping the gateway. Belongs here: the life of the two listeners.
//! Not here: what they answer (`am`, `api`).

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use tokio::{net::TcpListener, sync::broadcast, time::timeout};

use crate::{
    Clock, Config, ConfigError, GatewayError,
    am::{Am, Domain},
    api::{self, Api, ApiGateway},
    event::{Ready, ReadyApi, ReadyClient, ReadyDomain, RequestEvent},
    guard::Hosts,
    http1::{Limits, Served, serve},
    journal::Journal,
    tls,
};

/// How long requests in flight may take to end when the gateway stops.
const DRAIN: Duration = Duration::from_secs(4);

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
        let domains = open_domains(&config)?;
        let tls = config.tls.as_ref().map(|tls| tls::acceptor(&config, tls)).transpose()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let am_socket = listen(config.listen.am, "the authorization server", "am").await?;
        let am = address(&am_socket, config.listen.am);
        let (apis, warnings) = api::load(&config, &domains, am)?;
        warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        let gateway_socket = listen(config.listen.gateway, "the API gateway", "gateway").await?;
        let gateway = address(&gateway_socket, config.listen.gateway);
        let ready = ready(&config, scheme, am, gateway, &apis);
        let journal = Arc::new(Journal::new());
        let served = Served::new();
        domains.iter().for_each(Domain::warm_up);
        let limits = || Limits::new(config.limits.connections, config.limits.in_flight, config.limits.keep_alive());
        let am = Am { domains, hosts: Hosts::new(am.port(), []), journal: journal.clone(), clock: clock.clone() };
        serve(am_socket, tls.clone(), Arc::new(am), limits(), &served);
        let named = apis.iter().flat_map(|api| &api.paths).filter_map(|at| at.host.clone());
        let hosts = Hosts::new(gateway.port(), named.collect::<Vec<_>>());
        let gateway = ApiGateway { apis, hosts, journal: journal.clone(), clock };
        serve(gateway_socket, tls, Arc::new(gateway), limits(), &served);
        Ok(Running { ready, warnings, journal, served })
    }
}

fn open_domains(config: &Config) -> Result<Vec<Arc<Domain>>, ConfigError> {
    let open = |(at, domain)| Domain::open(config, at, domain).map(Arc::new);
    config.domains.iter().enumerate().map(open).collect()
}

async fn listen(address: SocketAddr, listener: &'static str, flag: &'static str) -> Result<TcpListener, GatewayError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => GatewayError::PortTaken { address, listener, flag },
        _ => GatewayError::Listen { address, listener, flag, source },
    })
}

fn address(socket: &TcpListener, asked: SocketAddr) -> SocketAddr {
    socket.local_addr().unwrap_or(asked)
}

fn ready(config: &Config, scheme: &str, am: SocketAddr, gateway: SocketAddr, apis: &[Api]) -> Ready {
    let client = |client: &crate::Client| ReadyClient {
        client_id: client.client_id.clone(),
        client_secret: client.client_secret.as_ref().map(|secret| secret.0.expose_secret().to_owned()),
    };
    let domain = |domain: &crate::Domain| ReadyDomain {
        path: domain.path.clone(),
        clients: domain.clients.iter().map(client).collect(),
    };
    let api = |api: &Api| ReadyApi { name: api.name.clone(), url: url(scheme, gateway, api) };
    Ready {
        am: format!("{scheme}://{am}"),
        gateway: format!("{scheme}://{gateway}"),
        domains: config.domains.iter().map(domain).collect(),
        apis: apis.iter().map(api).collect(),
    }
}

/// The URL of an API's first listener path.
fn url(scheme: &str, gateway: SocketAddr, api: &Api) -> String {
    let first = api.paths.first();
    let path = first.map(|at| at.path.as_str()).unwrap_or_default();
    match first.and_then(|at| at.host.as_deref()) {
        Some(host) => format!("{scheme}://{host}:{}{path}", gateway.port()),
        None => format!("{scheme}://{gateway}{path}"),
    }
}

/// A gateway that serves. Dropping it closes everything at once; [`Running::stop`] lets requests end first.
#[derive(Debug)]
pub struct Running {
    ready: Ready,
    warnings: Vec<String>,
    journal: Arc<Journal>,
    served: Served,
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

    /// What is odd about the definitions, one sentence each: policies that name no resource. For the log on stderr.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
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

    /// Calls `sink` with every request from now on, in order, before its answer is sent. The sink must be quick:
    /// requests wait for it.
    pub fn on_event(&self, sink: impl Fn(&RequestEvent) + Send + Sync + 'static) {
        self.journal.on_event(Box::new(sink));
    }

    /// Accepts nothing new, lets the requests in flight end for at most four seconds, then closes.
    pub async fn stop(self) {
        self.served.stop.cancel();
        self.served.tasks.close();
        // What has not ended by then is closed when `self` is dropped.
        let _ = timeout(DRAIN, self.served.tasks.wait()).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.served.stop.cancel();
        self.served.kill.cancel();
    }
}
