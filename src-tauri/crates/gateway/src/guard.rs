//! Who may talk to a loopback listener. Belongs here: the Host rule (against DNS rebinding) and the cross-site rule
//! (against pages in the user's browser). Not here: credentials.

use crate::http1::{Answer, Headers, Request};

/// The Host headers a listener answers to.
#[derive(Debug)]
pub(crate) struct Hosts {
    port: u16,
    /// The port as a Host header says it.
    port_text: String,
    /// Hosts that a loaded definition names, lower case, maybe with a `*` in front.
    named: Vec<String>,
}

impl Hosts {
    pub(crate) fn new(port: u16, named: impl IntoIterator<Item = String>) -> Self {
        let named = named.into_iter().map(|host| host.to_ascii_lowercase()).collect();
        Self { port, port_text: port.to_string(), named }
    }

    /// The refusal, if the request is for somebody else.
    pub(crate) fn refuse(&self, request: &mut Request<'_>) -> Option<Answer> {
        let headers = &request.head.headers;
        let Some(host) = headers.only("host") else {
            let several = headers.contains("host");
            if several || request.head.is_1_1 {
                request.trace.refuse("host", "not exactly one Host header (RFC 9112 section 3.2)");
                return Some(Answer::empty(400).closing());
            }
            return Some(self.misdirected(request));
        };
        let target_is_same = request.head.authority().is_none_or(|at| at.as_bytes().eq_ignore_ascii_case(host));
        if target_is_same && std::str::from_utf8(host).is_ok_and(|host| self.allows(host)) {
            return None;
        }
        Some(self.misdirected(request))
    }

    fn misdirected(&self, request: &mut Request<'_>) -> Answer {
        request.trace.refuse("host", "the Host header names neither this listener nor a host of a loaded definition");
        let port = self.port;
        Answer::text(421, format!("This listener answers to 127.0.0.1:{port} and localhost:{port} only."))
    }

    fn allows(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        let port_is_right = match port {
            Some(port) => port == self.port_text,
            None => self.port == 80,
        };
        let is_loopback = || ["127.0.0.1", "localhost", "[::1]"].iter().any(|own| name.eq_ignore_ascii_case(own));
        if port_is_right && is_loopback() {
            return true;
        }
        let name = name.to_ascii_lowercase();
        let is_named = self.named.iter().any(|own| match own.strip_prefix('*') {
            Some(end) => name.ends_with(end),
            None => name == *own,
        });
        is_named && (port_is_right || port.is_none())
    }
}

/// Whether a browser says that another site sent this. Programs that are no browser send neither header.
pub(crate) fn is_cross_site(headers: &Headers) -> bool {
    let foreign_fetch = headers.all("sec-fetch-site").any(|site| !matches!(site, b"same-origin" | b"none"));
    let own_origin = |origin: &[u8]| {
        let host = headers.first("host").unwrap_or_default();
        [b"http://".as_slice(), b"https://"]
            .iter()
            .any(|scheme| origin.strip_prefix(*scheme).is_some_and(|rest| rest.eq_ignore_ascii_case(host)))
    };
    foreign_fetch || !headers.all("origin").all(own_origin)
}
