//! Which proxy a URL goes through.
//! Belongs here: choosing from the settings. Not here: reading the environment, talking to the proxy.

use reqwest::NoProxy;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{Failure, Proxy, is_loopback};

/// The choice for every URL. Proxy URLs are secrets: they may hold a password.
#[derive(Clone, Default)]
pub(crate) struct Route {
    http: Option<Url>,
    https: Option<Url>,
    no: Option<String>,
}

impl Route {
    pub(crate) fn new(proxy: &Proxy) -> Result<Self, Failure> {
        match proxy {
            Proxy::None => Ok(Self::default()),
            Proxy::Url(url) => {
                let url = Some(parse(url)?);
                Ok(Self { http: url.clone(), https: url, no: None })
            }
            Proxy::Environment(values) => {
                let pick = |own: &Option<SecretString>| {
                    let set = |value: &&SecretString| !value.expose_secret().trim().is_empty();
                    own.as_ref().filter(set).or(values.all.as_ref().filter(set)).map(parse).transpose()
                };
                Ok(Self { http: pick(&values.http)?, https: pick(&values.https)?, no: values.no.clone() })
            }
        }
    }

    /// The proxy for a URL, before `no_proxy`.
    pub(crate) fn pick(&self, url: &Url) -> Option<Url> {
        match url.scheme() {
            _ if is_loopback(url) => None,
            "https" => self.https.clone(),
            _ => self.http.clone(),
        }
    }

    /// The route as the HTTP library wants it; `None` if everything goes directly.
    pub(crate) fn to_reqwest(&self) -> Option<reqwest::Proxy> {
        if self.http.is_none() && self.https.is_none() {
            return None;
        }
        let no = self.no.as_deref().and_then(NoProxy::from_string);
        let route = self.clone();
        Some(reqwest::Proxy::custom(move |url| route.pick(url)).no_proxy(no))
    }
}

fn parse(value: &SecretString) -> Result<Url, Failure> {
    let text = value.expose_secret().trim();
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let bad = |what: &str| Failure::BadSettings { what: format!("the proxy {what}") };
    let url = Url::parse(&with_scheme).map_err(|_| bad("is not a URL such as http://proxy.example:3128"))?;
    if !matches!(url.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h") {
        return Err(bad("must be http, https, socks4, socks4a, socks5 or socks5h"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(bad("has no host"));
    }
    Ok(url)
}
