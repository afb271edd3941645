//! How requests are sent: limits, redirects, trust, proxy.
//! Belongs here: the settings as data, nothing read from the machine. Not here: their use.

use std::{path::PathBuf, sync::Arc, time::Duration, time::SystemTime};

use secrecy::SecretString;

/// The time of day, passed in so that tests can fix it.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Everything that a [`Client`](crate::Client) must be told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Limit for one whole exchange, redirects included; `None` waits for ever (cancellation still works).
    pub timeout: Option<Duration>,
    /// Limit for the decoded body in bytes; a larger one is cut there and reported.
    pub max_body: u64,
    /// What to do with 3xx answers.
    pub redirects: Redirects,
    /// Trusted certificates besides the system's, each one PEM (one or many) or DER.
    pub extra_ca: Vec<Vec<u8>>,
    /// Certificate that the client shows (RFC 8705), if any.
    pub identity: Option<Identity>,
    /// Which proxy to use. Loopback is always reached directly.
    pub proxy: Proxy,
    /// Folder for bodies above 256 KiB; must exist. `None`: the system's folder for temporary files.
    pub spool: Option<PathBuf>,
    /// `User-Agent` unless the request has one.
    pub user_agent: String,
}

impl Default for Settings {
    /// 30 s, 1 GiB, no redirects, the system's trust, no proxy.
    fn default() -> Self {
        Self {
            timeout: Some(Duration::from_secs(30)),
            max_body: 1 << 30,
            redirects: Redirects::None,
            extra_ca: Vec::new(),
            identity: None,
            proxy: Proxy::None,
            spool: None,
            user_agent: concat!("claimcheck/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Treatment of 3xx answers with `Location`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirects {
    /// The 3xx answer is the answer.
    None,
    /// Follow at most so many hops.
    Follow {
        /// Hops, at most 10.
        max: u8,
    },
}

/// A client certificate with its key.
#[derive(Debug, Clone)]
pub struct Identity {
    /// PEM: the certificate first, then intermediates.
    pub certificates: Vec<u8>,
    /// PEM of the private key (PKCS#8, PKCS#1 or SEC1).
    pub key: SecretString,
}

/// Which proxy to use.
#[derive(Debug, Clone, Default)]
pub enum Proxy {
    /// Direct connections only.
    #[default]
    None,
    /// One proxy for everything: `http://`, `https://`, `socks5://` or `socks5h://`, with or without `user:password@`.
    Url(SecretString),
    /// As the usual variables say; the values are passed in.
    Environment(ProxyEnvironment),
}

/// Values of the usual proxy variables.
#[derive(Debug, Clone, Default)]
pub struct ProxyEnvironment {
    /// `http_proxy`, for `http` URLs.
    pub http: Option<SecretString>,
    /// `https_proxy`, for `https` URLs.
    pub https: Option<SecretString>,
    /// `all_proxy`, where the two above say nothing.
    pub all: Option<SecretString>,
    /// `no_proxy`: comma-separated hosts, domains, networks, or `*`.
    pub no: Option<String>,
}

/// True if the URL's host is this machine: a loopback address, `localhost` or a name under it (RFC 6761 6.3).
#[must_use]
pub fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Some(url::Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}
