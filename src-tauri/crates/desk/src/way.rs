//! The way to servers: trust, client certificate, proxy and limits of a connection, as ready clients with their kept connections.
//! Belongs here: building and keeping the clients. Not here: what is sent over them.

use crate::{Desk, DeskError, Result, inspecting::read, wire::ConnectionForm};
use exchange::{Identity, Proxy, Redirects, Settings};
use oauth::Http;
use secrecy::SecretString;
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Ready clients for one set of settings.
pub(crate) struct Way {
    /// To the authorization server.
    pub(crate) http: Http,
    /// To APIs, redirects being the answer.
    direct: exchange::Client,
    /// To APIs, redirects followed.
    following: exchange::Client,
}

impl Way {
    /// The client for calls, with redirects followed or not.
    pub(crate) fn client(&self, follow_redirects: bool) -> &exchange::Client {
        if follow_redirects { &self.following } else { &self.direct }
    }
}

/// What makes one way differ from another: the contents of the files, so that a changed file makes a new way.
#[derive(Clone, PartialEq, Eq, Hash)]
struct WayKey {
    ca: Option<Vec<u8>>,
    certificate: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
    proxy: Option<String>,
    timeout: Option<u64>,
    allow_http: bool,
}

/// The ways used in this run. Connections behind them are kept alive between sends.
#[derive(Default)]
pub(crate) struct Ways(Mutex<HashMap<WayKey, Arc<Way>>>);

impl Desk {
    /// The way that a connection's settings ask for.
    pub(crate) fn way(&self, form: &ConnectionForm) -> Result<Arc<Way>> {
        let key = WayKey {
            ca: file("ca_file", &form.ca_file)?,
            certificate: file("cert_file", &form.cert_file)?,
            key: file("key_file", &form.key_file)?,
            proxy: form.proxy.clone().filter(|proxy| !proxy.trim().is_empty()),
            timeout: form.timeout_seconds,
            allow_http: form.allow_http,
        };
        self.way_for(key)
    }

    /// The way without any particular settings.
    pub(crate) fn plain_way(&self) -> Result<Arc<Way>> {
        self.way_for(WayKey { ca: None, certificate: None, key: None, proxy: None, timeout: None, allow_http: false })
    }

    fn way_for(&self, key: WayKey) -> Result<Arc<Way>> {
        let mut ways = self.ways.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(way) = ways.get(&key) {
            return Ok(way.clone());
        }
        let way = Arc::new(self.build(&key)?);
        ways.insert(key, way.clone());
        Ok(way)
    }

    fn build(&self, key: &WayKey) -> Result<Way> {
        let settings = self.settings(key)?;
        let clock = &self.setup.clock;
        let following = Settings { redirects: Redirects::Follow { max: 10 }, ..settings.clone() };
        let client = |settings| exchange::Client::new(settings, clock.clone()).map_err(exchange::SendError::from);
        Ok(Way {
            http: Http::new(settings.clone(), clock.clone(), key.allow_http)?,
            direct: client(settings)?,
            following: client(following)?,
        })
    }

    fn settings(&self, key: &WayKey) -> Result<Settings> {
        let identity = match (&key.certificate, &key.key) {
            (Some(certificates), Some(pem)) => {
                let pem = String::from_utf8(pem.clone())
                    .map_err(|_| DeskError::invalid("key_file", "The key file is not PEM text. Convert it with `openssl pkey`."))?;
                Some(Identity { certificates: certificates.clone(), key: SecretString::from(pem) })
            }
            _ => None,
        };
        Ok(Settings {
            timeout: key.timeout.map(Duration::from_secs).or(Settings::default().timeout),
            extra_ca: key.ca.iter().cloned().collect(),
            identity,
            proxy: match &key.proxy {
                Some(url) => Proxy::Url(SecretString::from(url.clone())),
                None => Proxy::Environment(self.setup.proxies.clone()),
            },
            ..Settings::default()
        })
    }
}

fn file(field: &'static str, path: &Option<String>) -> Result<Option<Vec<u8>>> {
    let Some(path) = path.as_deref().map(str::trim).filter(|path| !path.is_empty()) else { return Ok(None) };
    match read(Path::new(path)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) => Err(DeskError::invalid(field, error.to_string())),
    }
}
