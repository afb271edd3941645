//! Which proxy a URL goes through.
//! Belongs here: choosing from the settings. Not here: reading the environment, talking to the proxy.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::{Failure, Proxy, is_loopback};

/// The choice for every URL. Proxy URLs are secrets: they may hold a password.
#[derive(Clone, Default)]
pub(crate) struct Route {
    http: Option<Url>,
    https: Option<Url>,
    direct: Vec<Direct>,
}

/// An entry of `no_proxy`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Direct {
    /// `*`
    All,
    /// A host, and the hosts under it.
    Domain(String),
    /// Addresses that begin with these bits.
    Network(IpAddr, u8),
}

impl Direct {
    fn read(entry: &str) -> Option<Self> {
        let entry = entry.trim();
        if entry == "*" {
            return Some(Self::All);
        }
        let (address, bits) = entry.split_once('/').map_or((entry, None), |(address, bits)| (address, Some(bits)));
        if let Ok(address) = address.trim_matches(['[', ']']).parse::<IpAddr>() {
            let whole = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Some(whole), |bits| bits.parse().ok().filter(|bits| *bits <= whole))?;
            return Some(Self::Network(address, bits));
        }
        // `.example.org`, `*.example.org` and a port after the name are common.
        let name = entry.split(':').next()?.trim_start_matches('*').trim_matches('.').to_ascii_lowercase();
        (!name.is_empty()).then_some(Self::Domain(name))
    }

    fn covers(&self, host: &Host<&str>) -> bool {
        match (self, host) {
            (Self::All, _) => true,
            (Self::Domain(name), Host::Domain(host)) => {
                let host = host.trim_end_matches('.');
                host == name || host.strip_suffix(name.as_str()).is_some_and(|start| start.ends_with('.'))
            }
            (Self::Network(IpAddr::V4(network), bits), Host::Ipv4(host)) => {
                same_bits(u128::from(network.to_bits()) << 96, u128::from(host.to_bits()) << 96, *bits)
            }
            (Self::Network(IpAddr::V6(network), bits), Host::Ipv6(host)) => {
                same_bits(network.to_bits(), host.to_bits(), *bits)
            }
            _ => false,
        }
    }
}

fn same_bits(one: u128, other: u128, bits: u8) -> bool {
    bits == 0 || (one ^ other) >> (128 - u32::from(bits)) == 0
}

impl Route {
    pub(crate) fn new(proxy: &Proxy) -> Result<Self, Failure> {
        match proxy {
            Proxy::None => Ok(Self::default()),
            Proxy::Url(url) => {
                let url = Some(parse(url)?);
                Ok(Self { http: url.clone(), https: url, direct: Vec::new() })
            }
            Proxy::Environment(values) => {
                let pick = |own: &Option<SecretString>| {
                    let set = |value: &&SecretString| !value.expose_secret().trim().is_empty();
                    own.as_ref().filter(set).or(values.all.as_ref().filter(set)).map(parse).transpose()
                };
                let direct = values.no.iter().flat_map(|list| list.split(',')).filter_map(Direct::read).collect();
                Ok(Self { http: pick(&values.http)?, https: pick(&values.https)?, direct })
            }
        }
    }

    /// The proxy for a URL; `None` if it is reached directly.
    pub(crate) fn pick(&self, url: &Url) -> Option<Url> {
        let direct = |host: Host<&str>| self.direct.iter().any(|entry| entry.covers(&host));
        if is_loopback(url) || url.host().is_some_and(direct) {
            return None;
        }
        if url.scheme() == "https" { self.https.clone() } else { self.http.clone() }
    }

    /// The route as the HTTP library wants it; `None` if everything goes directly.
    pub(crate) fn to_reqwest(&self) -> Option<reqwest::Proxy> {
        if self.http.is_none() && self.https.is_none() {
            return None;
        }
        let route = self.clone();
        Some(reqwest::Proxy::custom(move |url| route.pick(url)))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::ProxyEnvironment;

    #[test]
    fn the_usual_variables() {
        let environment = ProxyEnvironment {
            http: None,
            https: Some("secure.proxy:1".into()),
            all: Some("socks5://all.proxy:2".into()),
            no: Some("direct.example, .dotted.example,10.0.0.0/8 , 2001:db8::/32,192.0.2.7,broken/99/9,".into()),
        };
        let route = Route::new(&Proxy::Environment(environment)).unwrap();
        for (url, proxy) in [
            ("http://a.example/", Some("all.proxy")),
            ("https://a.example/", Some("secure.proxy")),
            ("https://direct.example:8443/", None),
            ("https://sub.direct.example/", None),
            ("https://notdirect.example/", Some("secure.proxy")),
            ("https://dotted.example/", None),
            ("http://10.1.2.3/", None),
            ("http://11.1.2.3/", Some("all.proxy")),
            ("http://192.0.2.7/", None),
            ("http://192.0.2.8/", Some("all.proxy")),
            ("http://[2001:db8:1::1]/", None),
            ("http://[2001:db9::1]/", Some("all.proxy")),
            ("http://localhost/", None),
            ("http://app.localhost/", None),
            ("http://127.9.9.9/", None),
            ("http://[::1]/", None),
        ] {
            let picked = route.pick(&Url::parse(url).unwrap());
            assert_eq!(picked.as_ref().and_then(Url::host_str), proxy, "{url}");
        }
        let all = Route::new(&Proxy::Environment(ProxyEnvironment {
            http: Some("p".into()),
            no: Some("*".into()),
            ..ProxyEnvironment::default()
        }));
        assert_eq!(all.unwrap().pick(&Url::parse("http://a/").unwrap()), None);
    }
}
