//! Where an API sends requests. Belongs here: groups, targets, HTTP and TLS options.

use serde::Deserialize;
use serde_json::Value;

use super::{words::words, yes};

words! {
    /// How a group chooses its endpoint.
    Balancing {
        /// One after the other.
        RoundRobin = "ROUND_ROBIN",
        /// Any.
        Random = "RANDOM",
        /// One after the other, by weight.
        WeightedRoundRobin = "WEIGHTED_ROUND_ROBIN",
        /// Any, by weight.
        WeightedRandom = "WEIGHTED_RANDOM",
    }
}

/// Endpoints of one kind.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointGroup {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Plugin id (`http-proxy`).
    #[serde(default = "http_proxy", rename = "type")]
    pub kind: String,
    /// How an endpoint is chosen.
    #[serde(default)]
    pub load_balancer: LoadBalancer,
    /// Options of all its endpoints.
    #[serde(default)]
    pub shared_configuration: SharedConfiguration,
    /// Its endpoints.
    #[serde(default)]
    pub endpoints: Vec<Endpoint>,
}

fn http_proxy() -> String {
    "http-proxy".into()
}

/// How an endpoint is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LoadBalancer {
    /// The rule.
    #[serde(rename = "type")]
    pub kind: Balancing,
}

impl Default for LoadBalancer {
    fn default() -> Self {
        Self { kind: Balancing::RoundRobin }
    }
}

/// One target.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Plugin id (`http-proxy`).
    #[serde(default = "http_proxy", rename = "type")]
    pub kind: String,
    /// Its share, for weighted rules.
    #[serde(default = "one")]
    pub weight: u32,
    /// Whether the group's options apply.
    #[serde(default = "yes")]
    pub inherit_configuration: bool,
    /// Used only when no other one is there.
    #[serde(default)]
    pub secondary: bool,
    /// Where it is.
    #[serde(default)]
    pub configuration: EndpointConfiguration,
    /// Its own options.
    #[serde(default)]
    pub shared_configuration_override: SharedConfiguration,
}

fn one() -> u32 {
    1
}

/// Where an endpoint is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct EndpointConfiguration {
    /// URL that the rest of the path is appended to.
    #[serde(default)]
    pub target: String,
}

/// HTTP and TLS options.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SharedConfiguration {
    /// HTTP options.
    pub http: HttpOptions,
    /// TLS options.
    pub ssl: Option<Ssl>,
    /// Outgoing proxy, as it came.
    pub proxy: Option<Value>,
    /// Fields added to every request.
    pub headers: Vec<Header>,
}

/// A header field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value; may hold expressions.
    #[serde(default)]
    pub value: String,
}

/// HTTP options of an endpoint. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpOptions {
    /// For the connection.
    pub connect_timeout: u64,
    /// For the first byte of the answer.
    pub read_timeout: u64,
    /// Without any byte.
    pub idle_timeout: u64,
    /// Whether connections are used again.
    pub keep_alive: bool,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
    /// Whether the caller's `Host` is sent on.
    pub propagate_client_host: bool,
    /// `HTTP_1_1` or `HTTP_2`.
    pub version: String,
    /// Connections in use at once.
    pub max_concurrent_connections: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: 3_000,
            read_timeout: 30_000,
            idle_timeout: 60_000,
            keep_alive: true,
            follow_redirects: false,
            propagate_client_host: false,
            version: "HTTP_1_1".into(),
            max_concurrent_connections: 100,
        }
    }
}

/// TLS options.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ssl {
    /// Whether the certificate must name the host.
    pub hostname_verifier: bool,
    /// Whether any certificate is trusted.
    pub trust_all: bool,
    /// Own trust anchors, as they came.
    pub trust_store: Option<Value>,
    /// Client certificate, as it came.
    pub key_store: Option<Value>,
}
