//! What one configuration becomes. Belongs here: making it, with what the one before has issued and remembers.
//! Not here: the listeners, when it is exchanged (`reload`).

use std::{net::SocketAddr, sync::Arc};

use secrecy::ExposeSecret;
use tokio_rustls::TlsAcceptor;

use super::controls::Controls;
use crate::{
    Config, ConfigError, GatewayError,
    am::{Am, Domain},
    api::{self, Api, ApiGateway},
    authority::Vouched,
    clock::VirtualClock,
    event::{Listener, Ready, ReadyApi, ReadyClient, ReadyDomain},
    fault::NextFaults,
    guard::Hosts,
    http1::{Front, Limits},
    journal::Journal,
    tls,
};

/// Everything that is served, from one configuration.
#[derive(Clone)]
pub(super) struct State {
    pub(super) config: Arc<Config>,
    /// Domains and APIs as the configuration says.
    pub(super) configured: (Vec<Arc<Domain>>, Vec<Arc<Api>>),
    /// What was switched since, and both with it.
    pub(super) controls: Controls,
    pub(super) domains: Vec<Arc<Domain>>,
    pub(super) apis: Vec<Arc<Api>>,
    pub(super) tls: Option<TlsAcceptor>,
    /// What the own authority vouches for; the same as long as the configuration asks for the same.
    pub(super) vouched: Option<Arc<Vouched>>,
    pub(super) warnings: Vec<String>,
    pub(super) addresses: Addresses,
    /// One for each listener, since each counts by itself.
    pub(super) limits: [Arc<Limits>; 2],
}

/// Where the two listeners listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Addresses {
    pub(super) am: SocketAddr,
    pub(super) gateway: SocketAddr,
}

/// What both sites share, and what outlives every change.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) journal: Arc<Journal>,
    pub(super) clock: Arc<VirtualClock>,
    pub(super) next_faults: Arc<NextFaults>,
}

/// Opens the domains of a configuration. `now` in seconds since the epoch.
pub(super) fn open_domains(config: &Config, before: &[Arc<Domain>], now: i64) -> Result<Vec<Arc<Domain>>, ConfigError> {
    let open = |(at, domain): (usize, &crate::Domain)| {
        let before = before.iter().find(|before| before.path() == domain.path);
        Domain::open(config, at, domain, before.map(AsRef::as_ref), now).map(Arc::new)
    };
    config.domains.iter().enumerate().map(open).collect()
}

/// What the own authority vouches for, if the configuration asks for one: this machine, and the hosts of the APIs.
fn vouched(config: &Config, apis: &[Arc<Api>], before: Option<&State>) -> Result<Option<Arc<Vouched>>, ConfigError> {
    let Some(file) = config.tls.as_ref().and_then(|tls| tls.authority_file.as_deref()) else { return Ok(None) };
    let file = config.resolve(file);
    let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into_iter();
    let named = apis.iter().flat_map(|api| &api.paths).filter_map(|at| at.host.clone());
    let hosts: Vec<_> = own.chain(named.filter(|host| !host.contains(':'))).collect();
    let before = before.and_then(|before| before.vouched.clone()).filter(|before| before.fits(&file, &hosts));
    if before.is_some() {
        return Ok(before);
    }
    let invalid =
        |message| ConfigError::Invalid { file: config.file.clone(), place: "tls.authority_file".into(), message };
    Vouched::new(file, hosts).map(|vouched| Some(Arc::new(vouched))).map_err(invalid)
}

impl State {
    /// Reads what the configuration names. Nothing is served yet.
    pub(super) fn make(
        config: Config,
        domains: Vec<Arc<Domain>>,
        addresses: Addresses,
        before: Option<&Self>,
    ) -> Result<Self, GatewayError> {
        let (apis, warnings) = api::load(&config, &domains, addresses.am)?;
        let vouched = vouched(&config, &apis, before)?;
        let acceptor = |tls| tls::acceptor(&config, tls, vouched.as_deref());
        let tls = config.tls.as_ref().map(acceptor).transpose()?;
        let controls = before.map(|before| before.controls.clone()).unwrap_or_default();
        let limits = match before {
            // Requests and connections that are under way count on.
            Some(before) if before.config.limits == config.limits => before.limits.clone(),
            _ => [(); 2].map(|()| Arc::new(Limits::of(config.limits))),
        };
        let config = Arc::new(config);
        let configured = (domains.clone(), apis.clone());
        let state = Self { config, configured, controls, domains, apis, tls, vouched, warnings, addresses, limits };
        Ok(state.controlled())
    }

    pub(super) fn am(&self, common: &Common) -> Arc<Front<Am>> {
        let Common { journal, clock, next_faults } = common.clone();
        let hosts = Hosts::new(self.addresses.am.port(), []);
        let site = Am { domains: self.domains.clone(), hosts, journal, clock, next_faults };
        Arc::new(self.front(site, Listener::Am))
    }

    pub(super) fn gateway(&self, common: &Common) -> Arc<Front<ApiGateway>> {
        let Common { journal, clock, next_faults } = common.clone();
        let named = self.apis.iter().flat_map(|api| &api.paths).filter_map(|at| at.host.clone());
        let hosts = Hosts::new(self.addresses.gateway.port(), named.collect::<Vec<_>>());
        let site = ApiGateway { apis: self.apis.clone(), hosts, journal, clock, next_faults };
        Arc::new(self.front(site, Listener::Gateway))
    }

    fn front<S>(&self, site: S, listener: Listener) -> Front<S> {
        let [am, gateway] = &self.limits;
        let limits = Arc::clone(if listener == Listener::Am { am } else { gateway });
        Front { site, limits, tls: self.tls.clone().filter(|_| self.speaks_tls(listener)) }
    }

    fn speaks_tls(&self, listener: Listener) -> bool {
        self.config.tls.as_ref().is_some_and(|tls| tls.listeners.contains(&listener))
    }

    fn scheme(&self, listener: Listener) -> &'static str {
        if self.speaks_tls(listener) { "https" } else { "http" }
    }

    /// The ready line.
    pub(super) fn ready(&self) -> Ready {
        let client = |client: &crate::Client| ReadyClient {
            client_id: client.client_id.clone(),
            client_secret: client.client_secret.as_ref().map(|secret| secret.0.expose_secret().to_owned()),
        };
        let domain = |domain: &crate::Domain| ReadyDomain {
            path: domain.path.clone(),
            clients: domain.clients.iter().map(client).collect(),
        };
        let api = |api: &Arc<Api>| ReadyApi { name: api.name.clone(), url: self.url(api) };
        Ready {
            am: format!("{}://{}", self.scheme(Listener::Am), self.addresses.am),
            gateway: format!("{}://{}", self.scheme(Listener::Gateway), self.addresses.gateway),
            domains: self.config.domains.iter().map(domain).collect(),
            apis: self.apis.iter().map(api).collect(),
            warnings: self.warnings.clone(),
        }
    }

    /// The URL of an API's first listener path.
    pub(super) fn url(&self, api: &Api) -> String {
        let (scheme, gateway) = (self.scheme(Listener::Gateway), self.addresses.gateway);
        let first = api.paths.first();
        let path = first.map(|at| at.path.as_str()).unwrap_or_default();
        match first.and_then(|at| at.host.as_deref()) {
            Some(host) => format!("{scheme}://{host}:{}{path}", gateway.port()),
            None => format!("{scheme}://{gateway}{path}"),
        }
    }
}
