//! The gateway on this machine: started, stopped, watched, and its own connection.
//! Belongs here: the user actions around the local gateway. Not here: how it answers (`gateway`).

use crate::{
    Desk, DeskError, Result,
    apis::Lineup,
    wire::{ConnectionView, GatewayClient, GatewayDomain, GatewayEvents, GatewayView},
};
use gateway::{
    Config, Gateway, GatewayError, Listen, Running,
    event::{Ready, RequestEvent},
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use store::{
    ClientAssertion, Connection, ConnectionDraft, GrantOptions, Keeping, Origin, Profile, SecretChange, Server,
};
use tokio::sync::Notify;

/// Settings that hold the addresses, so that a restart brings the same ones back.
const AM_ADDRESS: &str = "gateway.am";
const GATEWAY_ADDRESS: &str = "gateway.gateway";

/// A long poll answers after this time even if nothing happened.
const LONGEST_POLL: Duration = Duration::from_secs(20);

/// The running gateway, if there is one, and the word that it started or stopped.
#[derive(Default)]
pub(crate) struct LocalGateway {
    served: Mutex<Option<Served>>,
    /// Serialises start and stop.
    turn: tokio::sync::Mutex<()>,
    changed: Notify,
}

/// A gateway that serves, with what is shown of it.
pub(crate) struct Served {
    running: Arc<Running>,
    domains: Vec<GatewayDomain>,
    lineup: Lineup,
    /// The addresses as they were asked for.
    listen: Listen,
    started_at: i64,
}

impl LocalGateway {
    /// Asks the running gateway something; none while it is stopped.
    fn ask<T>(&self, question: impl FnOnce(&Served) -> T) -> Option<T> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(question)
    }

    fn replace(&self, served: Option<Served>) -> Option<Served> {
        let before = std::mem::replace(&mut *self.served.lock().unwrap_or_else(PoisonError::into_inner), served);
        self.changed.notify_waiters();
        before
    }

    fn change(&self, work: impl FnOnce(&mut Served)) {
        self.served.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(work);
        self.changed.notify_waiters();
    }

    /// The running gateway; none while it is stopped.
    pub(crate) fn running(&self) -> Option<Arc<Running>> {
        self.ask(|served| Arc::clone(&served.running))
    }

    fn requests(&self, after: u64) -> Vec<Arc<RequestEvent>> {
        self.ask(|served| served.running.recent(after)).unwrap_or_default()
    }
}

impl Desk {
    /// State of the local gateway; while it is stopped, with the addresses that it would take.
    pub async fn gateway(&self) -> GatewayView {
        let Some(mut view) = self.local.ask(Served::view) else {
            let listen = self.addresses(Listen::default()).await;
            return GatewayView {
                am: format!("http://{}", listen.am),
                gateway: format!("http://{}", listen.gateway),
                ..GatewayView::default()
            };
        };
        if let Ok(Some(local)) = self.local_connection().await {
            let clients = view.domains.iter_mut().flat_map(|domain| &mut domain.clients);
            for client in clients.filter(|client| client.client_id == local.profile.client_id) {
                client.connection = Some(local.id.0);
            }
        }
        view
    }

    /// Starts the local gateway with the client that the local connection knows, or with a fresh one. With `free_ports` it
    /// takes any free ports and remembers them.
    ///
    /// # Errors
    /// When a port is taken, or the keyring refuses the secret.
    pub async fn start_gateway(&self, free_ports: bool) -> Result<GatewayView> {
        let _turn = self.local.turn.lock().await;
        match self.local.ask(|served| served.running.ready()) {
            None => self.serve(free_ports).await?,
            // Its connection may have been deleted or changed since: it must let its owner in again.
            Some(ready) => self.restore_connection(&ready).await?,
        }
        Ok(self.gateway().await)
    }

    /// Stops the local gateway: requests under way may finish for up to four seconds.
    pub async fn stop_gateway(&self) -> GatewayView {
        let _turn = self.local.turn.lock().await;
        if let Some(served) = self.local.replace(None) {
            served.running.stop().await;
        }
        self.gateway().await
    }

    /// *Try it on this machine*: the gateway serves, its connection is saved and is the current one.
    ///
    /// # Errors
    /// As [`Desk::start_gateway`].
    pub async fn try_it(&self, free_ports: bool) -> Result<ConnectionView> {
        self.start_gateway(free_ports).await?;
        let connection = self.local_connection().await?.ok_or_else(|| {
            DeskError::NotFound("The connection of the local gateway was removed meanwhile. Try again.".into())
        })?;
        self.select_connection(connection.id.0).await?;
        self.view(connection).await
    }

    /// The requests after the number `after`. Waits until there is one, at most twenty seconds.
    pub async fn gateway_events(&self, after: u64) -> GatewayEvents {
        let _ = tokio::time::timeout(LONGEST_POLL, self.event_after(after)).await;
        let requests = self.local.requests(after);
        GatewayEvents { last: requests.last().map_or(after, |event| event.sequence), requests }
    }

    async fn event_after(&self, after: u64) {
        loop {
            // Both are listened to before the look, so that nothing falls between look and wait.
            let changed = self.local.changed.notified();
            let events = self.local.ask(|served| served.running.events());
            if !self.local.requests(after).is_empty() {
                return;
            }
            match events {
                Some(mut events) => tokio::select! {
                    _ = events.recv() => {}
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }

    async fn serve(&self, free_ports: bool) -> Result<()> {
        let known = self.local_connection().await?;
        let kept = self.local_secret().await?;
        let mut config = Config::from_toml("", Path::new("built-in")).map_err(GatewayError::from)?;
        let fresh = if let Some(secret) = kept {
            config = Config::demo(secret);
            None
        } else {
            fresh_secret(&config)
        };
        config.listen = self.addresses(config.listen).await;
        if free_ports {
            config.listen.am.set_port(0);
            config.listen.gateway.set_port(0);
        }
        let (config, lineup) = self.with_imported(config).await?;
        let (domains, listen) = (domains(&config), config.listen);
        let running = Gateway::start(config, self.setup.clock.clone()).await?;
        if let Err(error) = self.remember(&running.ready(), known, fresh).await {
            running.stop().await;
            return Err(error);
        }
        self.restore_controls(&running).await?;
        let running = Arc::new(running);
        self.local.replace(Some(Served { running, domains, lineup, listen, started_at: self.now() }));
        Ok(())
    }

    /// The built-in configuration at the addresses of the last time; its client's secret is empty.
    pub(crate) async fn built_in_config(&self) -> Config {
        let mut config = Config::demo(SecretString::default());
        config.listen = self.addresses(config.listen).await;
        config
    }

    /// What the running gateway serves; none while it is stopped.
    pub(crate) fn lineup(&self) -> Option<(Ready, Lineup)> {
        self.local.ask(|served| (served.running.ready(), served.lineup.clone()))
    }

    /// The secret that is kept for the local gateway's client.
    pub(crate) async fn local_secret(&self) -> Result<Option<SecretString>> {
        match self.local_connection().await? {
            Some(connection) => self.known_secret(&connection).await,
            None => Ok(None),
        }
    }

    /// Lets the running gateway serve what is imported now.
    pub(crate) async fn reload_apis(&self) -> Result<()> {
        let _turn = self.local.turn.lock().await;
        let Some((running, listen)) = self.local.ask(|served| (served.running.clone(), served.listen)) else {
            return Ok(());
        };
        let client = running.ready().domains.into_iter().flat_map(|domain| domain.clients).next();
        let secret = client.and_then(|client| client.client_secret).unwrap_or_default();
        let mut config = Config::demo(SecretString::from(secret));
        config.listen = listen;
        let (config, lineup) = self.with_imported(config).await?;
        let domains = domains(&config);
        running.reload(config).await?;
        self.local.change(|served| {
            served.lineup = lineup;
            served.domains = domains;
        });
        Ok(())
    }

    /// The secret that is kept for the local client; none if it was kept in memory by an earlier run or is gone.
    async fn known_secret(&self, connection: &Connection) -> Result<Option<SecretString>> {
        match self.store().await?.credentials(connection.id).await {
            Ok(credentials) => Ok(credentials.client_secret),
            Err(store::Error::SecretNotKept(_) | store::Error::Vault(store::VaultError::Missing)) => Ok(None),
            Err(_) if self.memory_only() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes sure that there is a connection that the running gateway lets in.
    async fn restore_connection(&self, ready: &Ready) -> Result<()> {
        let client = ready.domains.first().and_then(|domain| domain.clients.first());
        let secret = client.and_then(|client| client.client_secret.clone()).unwrap_or_default();
        let known = self.local_connection().await?;
        let kept = match &known {
            Some(connection) => self.known_secret(connection).await?,
            None => None,
        };
        let differs = kept.is_none_or(|kept| kept.expose_secret() != secret);
        self.remember(ready, known, differs.then(|| SecretString::from(secret))).await
    }

    /// Saves addresses and connection, so that the next start is the same.
    async fn remember(&self, ready: &Ready, known: Option<Connection>, secret: Option<SecretString>) -> Result<()> {
        let store = self.store().await?;
        store.set_setting(AM_ADDRESS, ready.am.strip_prefix("http://")).await?;
        store.set_setting(GATEWAY_ADDRESS, ready.gateway.strip_prefix("http://")).await?;
        let profile = local_profile(ready, known.as_ref());
        let unchanged = known.as_ref().is_some_and(|connection| connection.profile == profile) && secret.is_none();
        if unchanged {
            return Ok(());
        }
        let keeping = if self.memory_only() { Keeping::Memory } else { Keeping::Keyring };
        let draft = ConnectionDraft {
            id: known.as_ref().map(|connection| connection.id),
            profile,
            keeping: known.as_ref().filter(|_| secret.is_none()).map_or(keeping, |connection| connection.keeping),
            origin: Origin::Local,
        };
        let saved = store.save(draft, secret.map_or(SecretChange::Keep, SecretChange::Set)).await?;
        self.tokens.forget_connection(saved.id);
        Ok(())
    }

    pub(crate) async fn local_connection(&self) -> Result<Option<Connection>> {
        let connections = self.store().await?.connections().await?;
        Ok(connections.into_iter().find(|connection| local_origin(connection.origin)))
    }

    /// The addresses of the last time, where there are any.
    async fn addresses(&self, mut listen: Listen) -> Listen {
        let Ok(store) = self.store().await else { return listen };
        for (key, address) in [(AM_ADDRESS, &mut listen.am), (GATEWAY_ADDRESS, &mut listen.gateway)] {
            let saved = store.setting(key).await.ok().flatten().and_then(|text| text.parse::<SocketAddr>().ok());
            if let Some(saved) = saved.filter(|saved| saved.ip().is_loopback()) {
                *address = saved;
            }
        }
        listen
    }
}

/// Whether a connection is the local gateway's own.
pub(crate) fn local_origin(origin: Origin) -> bool {
    matches!(origin, Origin::Local)
}

/// What the local gateway's connection says. What a person changed on it (name, scopes) stays.
fn local_profile(ready: &Ready, known: Option<&Connection>) -> Profile {
    let domain = ready.domains.first();
    let client = domain.and_then(|domain| domain.clients.first());
    let server = Server::Gravitee { url: ready.am.clone() };
    let mut profile = match known {
        Some(connection) => Profile { server, ..connection.profile.clone() },
        None => blank("Local gateway", server),
    };
    profile.domain = domain.map(|domain| domain.path.clone());
    profile.client_id = client.map(|client| client.client_id.clone()).unwrap_or_default();
    profile.api_url = ready.apis.first().map(|api| api.url.clone());
    profile
}

impl Served {
    fn view(&self) -> GatewayView {
        let ready = self.running.ready();
        let issued = |domain: &GatewayDomain| GatewayDomain {
            issuer: format!("{}/{}/oidc", ready.am, domain.path),
            ..domain.clone()
        };
        GatewayView {
            running: true,
            domains: self.domains.iter().map(issued).collect(),
            am: ready.am.clone(),
            gateway: ready.gateway,
            apis: ready.apis,
            started_at: Some(self.started_at),
        }
    }
}

fn fresh_secret(config: &Config) -> Option<SecretString> {
    let client = config.domains.first()?.clients.first()?;
    client.client_secret.as_ref().map(|secret| secret.0.clone())
}

fn domains(config: &Config) -> Vec<GatewayDomain> {
    let client = |client: &gateway::Client| GatewayClient {
        client_id: client.client_id.clone(),
        scopes: client.scopes.join(" "),
        auth_method: serde_json::to_value(client.auth_method)
            .ok()
            .and_then(|name| name.as_str().map(str::to_owned))
            .unwrap_or_default(),
        connection: None,
    };
    let domain = |domain: &gateway::Domain| GatewayDomain {
        path: domain.path.clone(),
        issuer: String::new(),
        clients: domain.clients.iter().map(client).collect(),
    };
    config.domains.iter().map(domain).collect()
}

fn blank(name: &str, server: Server) -> Profile {
    Profile {
        name: name.to_owned(),
        server,
        domain: None,
        client_id: String::new(),
        auth_method: "client_secret_basic".to_owned(),
        scopes: Vec::new(),
        audience: None,
        resources: Vec::new(),
        params: Vec::new(),
        headers: Vec::new(),
        grant: GrantOptions::default(),
        assertion: ClientAssertion::default(),
        dpop: false,
        ca_file: None,
        cert_file: None,
        key_file: None,
        proxy: None,
        allow_http: false,
        timeout_s: None,
        api_url: None,
    }
}
