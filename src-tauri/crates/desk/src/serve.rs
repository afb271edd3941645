//! A gateway in the foreground: for `claimcheck gateway` and `claimcheck demo`.
//! Belongs here: from command-line words to a running gateway. Not here: the window's gateway (`local`).

use crate::{
    Desk, DeskError, Result, Target,
    wire::{ConnectionForm, ServerForm},
};
use gateway::{Config, Gateway, Running, event::Ready};
use oauth::AuthenticationMethod;
use secrecy::SecretString;
use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
};
use store::{ClientAssertion, GrantOptions, Keeping};

/// What to serve, and where.
#[derive(Debug, Clone, Default)]
pub struct ServeWish {
    /// Configuration file; none for the built-in one.
    pub config: Option<PathBuf>,
    /// Address of the authorization server, over the file's.
    pub am: Option<String>,
    /// Address of the API gateway, over the file's.
    pub gateway: Option<String>,
}

impl Desk {
    /// Starts a gateway that runs until it is stopped or dropped. Nothing is stored.
    ///
    /// # Errors
    /// When the configuration or an address cannot be used, or a port is taken.
    pub async fn serve_gateway(&self, wish: &ServeWish) -> Result<Running> {
        Ok(Gateway::start(configuration(wish)?, self.setup.clock.clone()).await?)
    }

    /// Serves what the configuration says now, without losing a request; says what that is.
    ///
    /// # Errors
    /// As [`Desk::serve_gateway`]. Then the configuration before it serves on.
    pub async fn reload_gateway(&self, running: &Running, wish: &ServeWish) -> Result<Ready> {
        running.reload(configuration(wish)?).await?;
        Ok(running.ready())
    }
}

fn configuration(wish: &ServeWish) -> Result<Config> {
    let mut config = match &wish.config {
        Some(file) => Config::load(file).map_err(gateway::GatewayError::from)?,
        None => Config::from_toml("", Path::new("built-in")).map_err(gateway::GatewayError::from)?,
    };
    if let Some(am) = &wish.am {
        config.listen.am = address("am", am)?;
    }
    if let Some(gateway) = &wish.gateway {
        config.listen.gateway = address("gateway", gateway)?;
    }
    Ok(config)
}

/// The first client of a running gateway as a connection that is spelled out.
#[must_use]
pub fn demo_target(running: &Running) -> Option<Target> {
    let ready = running.ready();
    let domain = ready.domains.into_iter().next()?;
    let client = domain.clients.into_iter().next()?;
    Some(Target::Spelled(Box::new(ConnectionForm {
        id: None,
        name: String::new(),
        server: ServerForm::Gravitee { url: ready.am, domain: domain.path },
        client_id: client.client_id,
        secret: client.client_secret.map(SecretString::from),
        keeping: Keeping::Memory,
        auth_method: AuthenticationMethod::ClientSecretBasic,
        scopes: String::new(),
        audience: None,
        resources: Vec::new(),
        params: Vec::new(),
        headers: Vec::new(),
        grant: GrantOptions::default(),
        assertion: ClientAssertion::default(),
        dpop: false,
        api_url: None,
        ca_file: None,
        cert_file: None,
        key_file: None,
        proxy: None,
        allow_http: false,
        timeout_seconds: None,
    })))
}

fn address(field: &'static str, text: &str) -> Result<SocketAddr> {
    let wrong = |why: String| {
        DeskError::invalid(
            field,
            format!("`{text}` is not an address ({why}). Write it like 127.0.0.1:8082; port 0 takes any free one."),
        )
    };
    // `localhost:8092` is an address too; names are looked up on this machine.
    let found = text.to_socket_addrs().map_err(|error| wrong(error.to_string()))?.next();
    match found {
        Some(address) if address.ip().is_loopback() => Ok(address),
        Some(address) => Err(wrong(format!("{} is not this machine: the gateway serves 127.0.0.1 only", address.ip()))),
        None => Err(wrong("it leads nowhere".into())),
    }
}
