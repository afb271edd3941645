//! Where an API listens and where it sends requests. Belongs here: paths, targets, what is no URL.

use super::Found;
use crate::model::ListenerKind;

impl Found<'_> {
    pub(super) fn listeners(&mut self) {
        let is_served = |kind, paths: usize| kind == ListenerKind::Http && paths > 0;
        if !self.api.listeners.iter().any(|listener| is_served(listener.kind, listener.paths.len())) {
            self.add("api.listeners", "no HTTP listener with a path");
        }
        for (at, listener) in self.api.listeners.iter().enumerate() {
            for (path_at, path) in listener.paths.iter().enumerate() {
                if !path.path.starts_with('/') {
                    let place = format!("api.listeners[{at}].paths[{path_at}].path");
                    self.add(place, format!("`{}` does not begin with a slash", path.path));
                }
            }
        }
    }

    pub(super) fn endpoints(&mut self) {
        for (group_at, group) in self.api.endpoint_groups.iter().enumerate() {
            for (at, endpoint) in group.endpoints.iter().enumerate() {
                let place = format!("api.endpointGroups[{group_at}].endpoints[{at}]");
                if matches!(endpoint.kind.as_str(), "http-proxy" | "http" | "mcp-proxy") {
                    let place = format!("{place}.configuration.target");
                    self.url(&place, &endpoint.configuration.target, "the URL that requests are sent to");
                } else {
                    let message = format!("endpoints of the type {} are not served here; http-proxy is", endpoint.kind);
                    self.warn(format!("{place}.type"), message);
                }
            }
        }
        if self.api.endpoint_groups.iter().all(|group| group.endpoints.is_empty()) {
            self.add("api.endpointGroups", "no endpoint: there is nowhere to send requests to");
        }
    }

    /// Whether the text is a URL to send requests to; `what` it is for is said where it is missing.
    pub(super) fn url(&mut self, place: &str, text: &str, what: &str) {
        if text.trim().is_empty() {
            self.add(place, format!("is missing: {what}"));
        } else if let Some(wrong) = wrong_url(text) {
            self.add(place, format!("`{text}` {wrong}"));
        }
    }
}

/// What is wrong with a URL (RFC 3986 section 3.2). Expressions and the operator's references are filled in only when it is deployed.
fn wrong_url(text: &str) -> Option<&'static str> {
    if text.contains("{#") || text.contains("[[") {
        return None;
    }
    let lower = text.trim().to_ascii_lowercase();
    let Some(rest) = ["http://", "https://"].iter().find_map(|scheme| lower.strip_prefix(scheme)) else {
        return Some("is no http or https URL");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    // The colons in brackets are those of an IPv6 address.
    let (host, port) = match host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
        Some((host, port)) => (host, Some(port).filter(|port| !port.is_empty())),
        None => (host, None),
    };
    if host.is_empty() || host.contains(char::is_whitespace) {
        Some("names no host")
    } else if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        Some("has a port that is no number up to 65535")
    } else {
        None
    }
}
