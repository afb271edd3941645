//! The way to servers: trust, client certificate, proxy and limits of a connection, as ready clients with their kept connections.
//! Belongs here: building and keeping the clients. Not here: what is sent over them.

use crate::{Desk, DeskError, Result, client::is_pkcs12, inspecting::read, wire::ConnectionForm};
use exchange::{Identity, Proxy, Redirects, Settings};
use oauth::Http;
use secrecy::SecretString;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
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

/// What makes one way differ from another. A changed file makes a new way.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct WayKey {
    ca: Option<Version>,
    certificate: Option<Version>,
    key: Option<Version>,
    proxy: Option<String>,
    timeout: Option<u64>,
    allow_http: bool,
}

/// A file as it was when it was looked at. Its content, which may be a private key, is not kept.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Version {
    path: PathBuf,
    modified: Option<SystemTime>,
    size: u64,
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
        self.way_for(key, form.secret.as_ref())
    }

    /// The way to a server that is no connection.
    pub(crate) fn way_to(&self, ca_file: &Option<String>, allow_http: bool) -> Result<Arc<Way>> {
        self.way_for(WayKey { ca: file("ca_file", ca_file)?, allow_http, ..WayKey::default() }, None)
    }

    /// The way without any particular settings.
    pub(crate) fn plain_way(&self) -> Result<Arc<Way>> {
        self.way_for(WayKey::default(), None)
    }

    fn way_for(&self, key: WayKey, passphrase: Option<&SecretString>) -> Result<Arc<Way>> {
        let mut ways = self.ways.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(way) = ways.get(&key) {
            return Ok(way.clone());
        }
        let way = Arc::new(self.build(&key, passphrase)?);
        ways.insert(key, way.clone());
        Ok(way)
    }

    fn build(&self, key: &WayKey, passphrase: Option<&SecretString>) -> Result<Way> {
        let settings = self.settings(key, passphrase)?;
        let clock = &self.setup.clock;
        let following = Settings { redirects: Redirects::Follow { max: 10 }, ..settings.clone() };
        let client = |settings| exchange::Client::new(settings, clock.clone()).map_err(exchange::SendError::from);
        Ok(Way {
            http: Http::new(settings.clone(), clock.clone(), key.allow_http)?,
            direct: client(settings)?,
            following: client(following)?,
        })
    }

    fn settings(&self, key: &WayKey, passphrase: Option<&SecretString>) -> Result<Settings> {
        let identity = match (&key.certificate, &key.key) {
            (Some(certificate), _) if is_pkcs12(&certificate.path.to_string_lossy()) => {
                Some(unpacked("cert_file", &certificate.path, passphrase)?)
            }
            (Some(certificate), Some(key)) => {
                Some(Identity { certificates: content("cert_file", certificate)?, key: pem(key)? })
            }
            _ => None,
        };
        let ca = key.ca.as_ref().map(|ca| content("ca_file", ca)).transpose()?;
        Ok(Settings {
            timeout: key.timeout.map(Duration::from_secs).or(Settings::default().timeout),
            extra_ca: ca.into_iter().collect(),
            identity,
            proxy: match &key.proxy {
                Some(url) => Proxy::Url(SecretString::from(url.clone())),
                None => Proxy::Environment(self.setup.proxies.clone()),
            },
            ..Settings::default()
        })
    }
}

fn file(field: &'static str, path: &Option<String>) -> Result<Option<Version>> {
    let Some(path) = path.as_deref().map(str::trim).filter(|path| !path.is_empty()) else { return Ok(None) };
    let about =
        std::fs::metadata(path).map_err(|error| DeskError::invalid(field, unreadable(path, &error.to_string())))?;
    Ok(Some(Version { path: PathBuf::from(path), modified: about.modified().ok(), size: about.len() }))
}

/// Certificate and key of a PKCS#12 file. The passphrase is kept where the client secret would be.
pub(crate) fn unpacked(field: &'static str, file: &Path, passphrase: Option<&SecretString>) -> Result<Identity> {
    let bytes = read(file).map_err(|error| DeskError::invalid(field, error.to_string()))?;
    Identity::from_pkcs12(&bytes, &passphrase.cloned().unwrap_or_default()).map_err(|error| {
        let field = if matches!(error, exchange::Failure::Passphrase { .. }) { "secret" } else { field };
        DeskError::invalid(field, format!("{}: {error}", file.display()))
    })
}

fn content(field: &'static str, file: &Version) -> Result<Vec<u8>> {
    read(&file.path).map_err(|error| DeskError::invalid(field, error.to_string()))
}

fn pem(file: &Version) -> Result<SecretString> {
    match String::from_utf8(content("key_file", file)?) {
        Ok(text) => Ok(SecretString::from(text)),
        Err(_) => Err(DeskError::invalid("key_file", "The key file is not PEM text. Convert it with `openssl pkey`.")),
    }
}

fn unreadable(path: &str, reason: &str) -> String {
    format!("The file {path} cannot be read: {reason}. Check the path and its permissions.")
}
