//! The gateway's configuration as data. Belongs here: the members of the TOML file and their defaults.
//! Not here: reading it (`load`), checking it (`check`), what the built-in domain and API are (`demo`).

mod check;
mod demo;
mod load;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};

use crate::event::Listener;

/// Everything the gateway needs to know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Addresses of the two listeners.
    #[serde(default)]
    pub listen: Listen,
    /// Properties of the API gateway.
    #[serde(default)]
    pub gateway: GatewayOptions,
    /// Limits of each listener.
    #[serde(default)]
    pub limits: Limits,
    /// Serve both listeners over TLS.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Security domains; absent in the file = the built-in `demo` domain.
    #[serde(default = "demo::domains")]
    pub domains: Vec<Domain>,
    /// Served APIs; absent in the file = the built-in echo API.
    #[serde(default = "demo::apis")]
    pub apis: Vec<ApiConfig>,
    /// Seconds that the gateway's clock is ahead of (or, negative, behind) this machine's.
    #[serde(default)]
    pub clock_offset_seconds: i64,
    /// The file this was read from, for messages and relative paths.
    #[serde(skip)]
    pub(crate) file: PathBuf,
}

/// Addresses of the two listeners. Port 0 is any free port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Authorization server; default `127.0.0.1:8092`.
    pub am: SocketAddr,
    /// API gateway; default `127.0.0.1:8082`.
    pub gateway: SocketAddr,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            am: SocketAddr::from((Ipv4Addr::LOCALHOST, 8092)),
            gateway: SocketAddr::from((Ipv4Addr::LOCALHOST, 8082)),
        }
    }
}

/// Properties of the API gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GatewayOptions {
    /// Gravitee's `api.security.verbose401`: the 401 of a plan says why.
    pub verbose_401: bool,
}

/// TLS of the listeners: by a certificate and its key, or by an authority that is made at the start. Paths are relative to the
/// configuration file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate and its chain, in PEM.
    pub certificate_file: Option<PathBuf>,
    /// The private key, in PEM.
    pub key_file: Option<PathBuf>,
    /// Where the certificate of the gateway's own authority is written, in PEM, for clients to trust.
    pub authority_file: Option<PathBuf>,
    /// Which listeners speak TLS; both if it is not said.
    #[serde(default = "both")]
    pub listeners: Vec<Listener>,
}

fn both() -> Vec<Listener> {
    vec![Listener::Am, Listener::Gateway]
}

/// Limits of each listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections at once; what comes beyond is answered 503.
    pub connections: usize,
    /// Requests at once; what comes beyond is answered 503.
    pub in_flight: usize,
    /// Seconds after which an idle connection is closed.
    pub keep_alive_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 1_024, in_flight: 256, keep_alive_seconds: 60 }
    }
}

impl Limits {
    pub(crate) fn keep_alive(self) -> Duration {
        Duration::from_secs(self.keep_alive_seconds)
    }
}

/// A security domain of the authorization server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// First segment of its URLs.
    pub path: String,
    /// Header values and wording.
    #[serde(default)]
    pub behaviour: DomainBehaviour,
    /// Validity of access tokens in seconds.
    #[serde(default = "default_access_token_seconds")]
    pub access_token_seconds: u32,
    /// JWT, or an opaque reference.
    #[serde(default)]
    pub token_format: TokenFormat,
    /// Signature algorithm of its tokens.
    #[serde(default)]
    pub signing: Signing,
    /// Private key (PEM or JWK), relative to the configuration file; absent = a key made at start.
    pub signing_key_file: Option<PathBuf>,
    /// A private key that has left the JWKS: its tokens are refused, except under the weakness `stale-jwks`.
    pub retired_signing_key_file: Option<PathBuf>,
    /// What tokens may be for (RFC 8707): the values that a `resource` parameter may have. None: it is not looked at.
    #[serde(default)]
    pub resources: Vec<String>,
    /// Seconds that a signing key stays in the JWKS after another one has taken its place; default: the validity of
    /// access tokens, so that none of them ends early.
    pub key_overlap_seconds: Option<u32>,
    /// Seconds after `iat` in which introspection does not ask the token store: a token revoked in that window is
    /// still introspected as active (`handlers.oauth2.introspect.offlineVerificationTimerSeconds`). 0 switches it off.
    #[serde(default = "default_offline_verification_seconds")]
    pub offline_verification_seconds: u32,
    /// What goes wrong with everything that it answers.
    #[serde(default)]
    pub faults: Vec<String>,
    /// What goes wrong with the next requests.
    pub faults_next: Option<FaultsNext>,
    /// The applications registered with it.
    #[serde(default)]
    pub clients: Vec<Client>,
}

impl Domain {
    /// Seconds that a signing key stays in the JWKS after another one has taken its place.
    pub(crate) fn key_overlap(&self) -> u32 {
        self.key_overlap_seconds.unwrap_or(self.access_token_seconds)
    }
}

fn default_access_token_seconds() -> u32 {
    7200
}

fn default_offline_verification_seconds() -> u32 {
    10
}

/// Whose answers the authorization server gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum DomainBehaviour {
    /// Access Management 4.
    #[default]
    #[serde(rename = "am-4")]
    Am4,
    /// Header values as the tutorial prints them (Access Management 1).
    #[serde(rename = "tutorial")]
    Tutorial,
}

/// Form of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenFormat {
    /// Signed JSON Web Token.
    #[default]
    Jwt,
    /// Random reference; its claims are only in the token store.
    Opaque,
}

/// Signature algorithm of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[allow(missing_docs, reason = "the names of RFC 7518")]
pub enum Signing {
    HS256,
    #[default]
    RS256,
    PS256,
    ES256,
    EdDSA,
}

/// An application of a domain.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Client identifier.
    pub client_id: String,
    /// Client secret; absent for methods without one.
    #[serde(default)]
    pub client_secret: Option<Secret>,
    /// The secret was made here: it outlives a change of the configuration.
    #[serde(skip)]
    pub(crate) secret_is_made: bool,
    /// The only method it may authenticate with.
    #[serde(default)]
    pub auth_method: AuthMethod,
    /// Grants it may use.
    #[serde(default = "default_grant_types")]
    pub grant_types: Vec<GrantType>,
    /// Scopes it may ask for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Scopes granted when none is asked for.
    #[serde(default)]
    pub default_scopes: Vec<String>,
    /// Public keys for `private_key_jwt`, and certificates of them (`x5c`) for `self_signed_tls_client_auth`, relative to the
    /// configuration file.
    pub jwks_file: Option<PathBuf>,
    /// The certificate (PEM) of `tls_client_auth` or `self_signed_tls_client_auth`, relative to the configuration file.
    pub certificate_file: Option<PathBuf>,
    /// Redirection URIs for `authorization_code`, compared exactly (RFC 9700 2.1).
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// What goes wrong when it asks for a token, for trying clients and verifiers on (`expired`, `wrong-iss`, …).
    #[serde(default)]
    pub faults: Vec<String>,
    /// What goes wrong with its next requests for a token.
    pub faults_next: Option<FaultsNext>,
    /// Claims added to its access tokens, overriding the ordinary ones.
    #[serde(default)]
    pub claims: serde_json::Map<String, serde_json::Value>,
}

impl Client {
    /// A client that can introspect and nothing else: what a resource of an API authenticates as.
    #[must_use]
    pub fn resource_server(client_id: String, client_secret: SecretString) -> Self {
        Self {
            client_id,
            client_secret: Some(Secret(client_secret)),
            secret_is_made: false,
            auth_method: AuthMethod::ClientSecretBasic,
            grant_types: Vec::new(),
            scopes: Vec::new(),
            default_scopes: Vec::new(),
            jwks_file: None,
            certificate_file: None,
            redirect_uris: Vec::new(),
            faults: Vec::new(),
            faults_next: None,
            claims: serde_json::Map::new(),
        }
    }
}

fn default_grant_types() -> Vec<GrantType> {
    vec![GrantType::ClientCredentials]
}

/// Client authentication methods (RFC 7591 section 2, OpenID Connect Core section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "registered names")]
pub enum AuthMethod {
    #[default]
    ClientSecretBasic,
    ClientSecretPost,
    ClientSecretJwt,
    PrivateKeyJwt,
    TlsClientAuth,
    SelfSignedTlsClientAuth,
    None,
}

impl AuthMethod {
    /// By the certificate of the connection (RFC 8705 section 2).
    pub(crate) fn is_by_certificate(self) -> bool {
        matches!(self, Self::TlsClientAuth | Self::SelfSignedTlsClientAuth)
    }
}

/// Grant types by their registered names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "registered names")]
pub enum GrantType {
    #[serde(rename = "client_credentials")]
    ClientCredentials,
    #[serde(rename = "authorization_code")]
    AuthorizationCode,
    #[serde(rename = "refresh_token")]
    RefreshToken,
    #[serde(rename = "urn:ietf:params:oauth:grant-type:jwt-bearer")]
    JwtBearer,
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
}

impl GrantType {
    pub(crate) const NAMES: [(&'static str, Self); 6] = [
        ("client_credentials", Self::ClientCredentials),
        ("authorization_code", Self::AuthorizationCode),
        ("refresh_token", Self::RefreshToken),
        ("urn:ietf:params:oauth:grant-type:jwt-bearer", Self::JwtBearer),
        ("urn:ietf:params:oauth:grant-type:token-exchange", Self::TokenExchange),
        ("urn:ietf:params:oauth:grant-type:device_code", Self::DeviceCode),
    ];

    /// By its registered name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, grant)| *grant)
    }
}

/// A served API.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiConfig {
    /// Gravitee definition, relative to the configuration file. Absent with `echo = true`: the built-in echo API.
    pub definition: Option<PathBuf>,
    /// A definition at hand, instead of a file.
    #[serde(skip)]
    pub given: Option<Given>,
    /// Answer with the built-in echo instead of the definition's endpoints.
    pub echo: bool,
    /// Whose answers (`tutorial`, `apim-3`, `apim-4.0`, `apim-4.6`, `apim-4.12`); default: from `export.apimVersion`.
    pub behaviour: Option<String>,
    /// Deliberate defects.
    pub weaknesses: Vec<String>,
    /// What goes wrong with its answers.
    pub faults: Vec<String>,
    /// What goes wrong with its next answers.
    pub faults_next: Option<FaultsNext>,
    /// Which clients are subscribed to which plan.
    pub subscriptions: Vec<Subscription>,
    /// Keys of API key plans.
    pub api_keys: Vec<ApiKey>,
}

/// A definition that is no file.
#[derive(Debug, Clone)]
pub struct Given {
    /// What it is called in messages.
    pub name: String,
    /// The definition. It may hold secrets.
    pub text: SecretString,
}

/// Faults that are over after some requests. They begin when the file is read, and again when it says something else.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultsNext {
    /// How many requests go wrong; those that no fault can take hold of do not count.
    pub count: u32,
    /// What goes wrong.
    pub faults: Vec<String>,
}

/// A client's subscription to a plan.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The plan's name.
    pub plan: String,
    /// The application's client identifier.
    pub client_id: String,
    /// Before this moment there is no subscription.
    pub starts_at: Option<jiff::Timestamp>,
    /// From this moment on there is no subscription.
    pub ends_at: Option<jiff::Timestamp>,
}

/// A key of an API key plan.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The plan's name.
    pub plan: String,
    /// The key.
    pub key: Secret,
}

/// A secret from the file: never printed.
#[derive(Debug, Clone)]
pub struct Secret(pub SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}
