//! Configurations of policies. Belongs here: members and defaults as the plugins' schemas have them.
//! Not here: what the policies do (`gateway`).

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{GraviteeError, model};

/// Reads a plugin's configuration; `path` is where it stands, for the error.
///
/// # Errors
/// [`GraviteeError::Member`] naming the member that is missing, unknown or of the wrong kind.
pub fn configuration<T: DeserializeOwned>(path: &str, value: &Value) -> Result<T, GraviteeError> {
    static EMPTY: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| Value::Object(serde_json::Map::new()));
    model::read(path, if value.is_null() { &EMPTY } else { value })
}

/// The OAuth2 policy (`oauth2`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OAuth2 {
    /// Name of the authorization server resource.
    pub oauth_resource: Option<String>,
    /// Name of the cache resource for introspection results.
    pub oauth_cache_resource: Option<String>,
    /// Keep the introspection payload in `oauth.payload`.
    pub extract_payload: bool,
    /// Look at scopes at all.
    pub check_required_scopes: bool,
    /// Scopes to look for.
    pub required_scopes: Vec<String>,
    /// All of them, not just any.
    pub mode_strict: bool,
    /// Leave `Authorization` on the request for the endpoint.
    pub propagate_auth_header: bool,
}

impl Default for OAuth2 {
    fn default() -> Self {
        Self {
            oauth_resource: None,
            oauth_cache_resource: None,
            extract_payload: false,
            check_required_scopes: false,
            required_scopes: Vec::new(),
            mode_strict: true,
            propagate_auth_header: true,
        }
    }
}

/// The JWT policy (`jwt`).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Jwt {
    /// `RSA_RS256`, `HMAC_HS256`, …
    pub signature: String,
    /// `GIVEN_KEY`, `GATEWAY_KEYS`, `JWKS_URL`.
    pub public_key_resolver: String,
    /// Key text or JWKS URL.
    pub resolver_parameter: Option<String>,
    /// Milliseconds to connect to the JWKS URL.
    pub connect_timeout: u64,
    /// Milliseconds for its answer.
    pub request_timeout: u64,
    /// Keep the claims in `jwt.claims`.
    pub extract_claims: bool,
    /// Leave `Authorization` on the request for the endpoint.
    pub propagate_auth_header: bool,
    /// Claim that names the user.
    pub user_claim: String,
    /// Claim that names the client; dots go deeper.
    pub client_id_claim: Option<String>,
    /// Look at scopes at all.
    pub check_required_scopes: bool,
    /// Scopes to look for.
    pub required_scopes: Vec<String>,
    /// All of them, not just any.
    pub mode_strict: bool,
    /// What `typ` must be.
    pub token_typ_validation: TokenTyp,
    /// Certificate binding, as it came.
    pub confirmation_method_validation: Option<Value>,
    /// Revocation list, as it came.
    pub revocation_check: Option<Value>,
    /// Follow redirects of the JWKS URL.
    pub follow_redirects: bool,
}

impl Default for Jwt {
    fn default() -> Self {
        Self {
            signature: "RSA_RS256".into(),
            public_key_resolver: "GIVEN_KEY".into(),
            resolver_parameter: None,
            connect_timeout: 2_000,
            request_timeout: 2_000,
            extract_claims: false,
            propagate_auth_header: true,
            user_claim: "sub".into(),
            client_id_claim: None,
            check_required_scopes: false,
            required_scopes: Vec::new(),
            mode_strict: true,
            token_typ_validation: TokenTyp::default(),
            confirmation_method_validation: None,
            revocation_check: None,
            follow_redirects: false,
        }
    }
}

/// What `typ` of a JWT must be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenTyp {
    /// Whether it is looked at.
    pub enabled: bool,
    /// Whether it may be missing.
    pub ignore_missing: bool,
    /// What it may be.
    pub expected_values: Vec<String>,
    /// Whether case does not count.
    pub ignore_case: bool,
}

impl Default for TokenTyp {
    fn default() -> Self {
        Self { enabled: false, ignore_missing: false, expected_values: vec!["JWT".into()], ignore_case: false }
    }
}

/// The API key policy (`api-key`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApiKey {
    /// Leave the key on the request for the endpoint.
    pub propagate_api_key: bool,
}

/// The transform headers policy (`transform-headers`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TransformHeaders {
    /// `REQUEST` or `RESPONSE`, for version 2; version 4 goes by where the step stands.
    pub scope: Option<String>,
    /// Fields to set, replacing others of the name.
    pub add_headers: Vec<model::Header>,
    /// Fields to add beside others of the name.
    pub append_headers: Vec<model::Header>,
    /// Names to remove.
    pub remove_headers: Vec<String>,
    /// The only names to keep, if any is given.
    pub whitelist_headers: Vec<String>,
}

/// The rate limiting policy (`rate-limit`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RateLimit {
    /// Whether the answer says how much is left.
    pub add_headers: bool,
    /// The limit.
    pub rate: Rate,
}

/// So many requests in such a time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rate {
    /// What requests are counted by; expression. Absent: by subscription, or by caller's address.
    pub key: Option<String>,
    /// Requests.
    pub limit: u64,
    /// Length of the period.
    pub period_time: u64,
    /// `SECONDS` or `MINUTES`.
    pub period_time_unit: String,
    /// Expression in the place of a limit of 0.
    pub dynamic_limit: Option<String>,
    /// Expression for the length of the period.
    pub dynamic_period_time: Option<String>,
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            key: None,
            limit: 0,
            period_time: 1,
            period_time_unit: "SECONDS".into(),
            dynamic_limit: None,
            dynamic_period_time: None,
        }
    }
}
