//! Where an API listens. Belongs here: paths, hosts, CORS. Not here: entrypoints other than `http-proxy`.

use serde::Deserialize;
use serde_json::Value;

use super::words::words;

words! {
    /// Kind of a listener.
    ListenerKind {
        /// HTTP.
        Http = "HTTP",
        /// Anything that is not served here.
        Other = "OTHER",
    } other = Other
}

/// A listener of an API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listener {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: ListenerKind,
    /// Paths, for HTTP.
    #[serde(default)]
    pub paths: Vec<ListenerPath>,
    /// Cross-origin rules.
    #[serde(default)]
    pub cors: Option<Cors>,
    /// Entrypoints, as they came.
    #[serde(default)]
    pub entrypoints: Vec<Value>,
}

/// A context path, on all hosts or one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListenerPath {
    /// Host that it is served on; none = every host of the gateway.
    #[serde(default)]
    pub host: Option<String>,
    /// The path.
    #[serde(default = "root")]
    pub path: String,
}

fn root() -> String {
    "/".into()
}

/// Cross-origin rules (Fetch standard).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cors {
    /// Whether any of it applies.
    pub enabled: bool,
    /// Origins; `*` for all, or regular expressions.
    pub allow_origin: Vec<String>,
    /// Methods.
    pub allow_methods: Vec<String>,
    /// Request headers.
    pub allow_headers: Vec<String>,
    /// Response headers that scripts may read.
    pub expose_headers: Vec<String>,
    /// Whether credentials may be sent.
    pub allow_credentials: bool,
    /// Seconds a preflight may be remembered; negative = not said.
    pub max_age: i64,
    /// Whether policies run on a preflight.
    pub run_policies: bool,
}
