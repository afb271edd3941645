//! Configurations of resources. Belongs here: members and defaults as the plugins' Java classes have them (the
//! defaults of a schema are only the console's).

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::model::Ssl;

/// Generic OAuth2 authorization server (`oauth2`). Its `scopeSeparator` has no effect in any version.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the plugin's own names")]
pub struct GenericOAuth2 {
    pub authorization_server_url: Option<String>,
    pub introspection_endpoint: Option<String>,
    pub introspection_endpoint_method: Option<String>,
    pub authorization_server_metadata_endpoint: Option<String>,
    pub user_claim: String,
    pub client_id: Option<String>,
    pub client_secret: Option<String>,
    pub use_client_authorization_header: bool,
    pub client_authorization_header_name: Option<String>,
    pub client_authorization_header_scheme: Option<String>,
    pub token_is_supplied_by_query_param: bool,
    pub token_query_param_name: Option<String>,
    pub token_is_supplied_by_http_header: bool,
    pub token_header_name: Option<String>,
    pub token_is_supplied_by_form_url_encoded: bool,
    pub token_form_url_encoded_name: Option<String>,
    pub http: ResourceHttp,
    pub proxy: Option<Value>,
    pub ssl: Option<Ssl>,
}

impl Default for GenericOAuth2 {
    fn default() -> Self {
        Self {
            authorization_server_url: None,
            introspection_endpoint: None,
            introspection_endpoint_method: None,
            authorization_server_metadata_endpoint: None,
            user_claim: "sub".into(),
            client_id: None,
            client_secret: None,
            use_client_authorization_header: false,
            client_authorization_header_name: None,
            client_authorization_header_scheme: None,
            token_is_supplied_by_query_param: false,
            token_query_param_name: None,
            token_is_supplied_by_http_header: false,
            token_header_name: None,
            token_is_supplied_by_form_url_encoded: false,
            token_form_url_encoded_name: None,
            http: ResourceHttp::default(),
            proxy: None,
            ssl: None,
        }
    }
}

impl fmt::Debug for GenericOAuth2 {
    /// Leaves the secret out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenericOAuth2").field("url", &self.authorization_server_url).finish_non_exhaustive()
    }
}

/// Gravitee Access Management (`oauth2-am-resource`).
#[derive(Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the plugin's own names")]
pub struct AmOAuth2 {
    #[serde(rename = "serverURL")]
    pub server_url: String,
    pub version: String,
    pub security_domain: String,
    pub client_id: String,
    pub client_secret: String,
    pub user_claim: String,
    pub http: ResourceHttp,
    pub proxy: Option<Value>,
    pub ssl: Option<Ssl>,
}

impl Default for AmOAuth2 {
    fn default() -> Self {
        Self {
            server_url: String::new(),
            version: "V1_X".into(),
            security_domain: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
            user_claim: "sub".into(),
            http: ResourceHttp::default(),
            proxy: None,
            ssl: None,
        }
    }
}

impl fmt::Debug for AmOAuth2 {
    /// Leaves the secret out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AmOAuth2").field("server_url", &self.server_url).finish_non_exhaustive()
    }
}

/// HTTP options of an authorization server. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceHttp {
    /// For the connection.
    pub connect_timeout: u64,
    /// Connections in use at once.
    pub max_concurrent_connections: usize,
}

impl Default for ResourceHttp {
    fn default() -> Self {
        Self { connect_timeout: 5_000, max_concurrent_connections: 100 }
    }
}

/// In-memory cache (`cache`). 0 means without limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the plugin's own names")]
pub struct Cache {
    pub time_to_live_seconds: u64,
    pub time_to_idle_seconds: u64,
    pub max_entries_local_heap: u64,
}
