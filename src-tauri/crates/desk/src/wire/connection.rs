//! Connections: the form that comes in, the view that goes out.

use oauth::AuthenticationMethod;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::{ClientAssertion, GrantOptions, Keeping};

/// Which authorization server, as the form says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum ServerForm {
    /// Gravitee AM: gateway URL and security domain path.
    Gravitee {
        /// Gateway URL, base path allowed (`http://localhost:8092`).
        url: String,
        /// Security domain path (`demo`).
        domain: String,
    },
    /// Any server with metadata: RFC 8414, then OpenID Connect.
    Issuer {
        /// Issuer identifier, compared exactly.
        issuer: String,
    },
    /// Endpoints spelled out.
    TokenUrl {
        /// Token endpoint.
        token_url: String,
        /// Introspection endpoint (RFC 7662).
        introspect_url: Option<String>,
        /// Revocation endpoint (RFC 7009).
        revoke_url: Option<String>,
        /// JWKS.
        jwks_url: Option<String>,
        /// Authorization endpoint (RFC 6749 3.1).
        #[serde(default)]
        authorize_url: Option<String>,
        /// Device authorization endpoint (RFC 8628 3.1).
        #[serde(default)]
        device_url: Option<String>,
        /// UserInfo endpoint (OpenID Connect Core 5.3).
        #[serde(default)]
        userinfo_url: Option<String>,
    },
}

/// The connection form. Field names are those of the command line.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ConnectionForm {
    /// The connection that is edited; null for a new one.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub id: Option<i64>,
    /// Name, unique; empty means one made from client ID and server.
    pub name: String,
    /// The server.
    pub server: ServerForm,
    /// Client identifier.
    pub client_id: String,
    /// Client secret, or the passphrase of the key file (PKCS#12) where the method has no secret; null keeps the saved one, an empty
    /// text means none.
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub secret: Option<SecretString>,
    /// Where to keep the credentials.
    pub keeping: Keeping,
    /// How the client authenticates.
    pub auth_method: AuthenticationMethod,
    /// Scopes, separated by spaces.
    pub scopes: String,
    /// `audience` parameter.
    pub audience: Option<String>,
    /// `resource` parameters (RFC 8707).
    pub resources: Vec<String>,
    /// Extra parameters: of the token request's body, or of the browser's request.
    pub params: Vec<(String, String)>,
    /// Extra headers of the token request.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The grant and its settings.
    #[serde(default)]
    pub grant: GrantOptions,
    /// How the client's assertions are written.
    #[serde(default)]
    pub assertion: ClientAssertion,
    /// Whether tokens are bound to a key of this client (RFC 9449).
    #[serde(default)]
    pub dpop: bool,
    /// Base URL or URL of the API to call, if known.
    pub api_url: Option<String>,
    /// PEM file with an additional certificate authority.
    pub ca_file: Option<String>,
    /// File with the client certificate: PEM, or PKCS#12 with its key.
    pub cert_file: Option<String>,
    /// File with the private key: of the certificate (PEM), or of `private_key_jwt` (PEM, JWK, PKCS#12).
    pub key_file: Option<String>,
    /// Proxy URL.
    pub proxy: Option<String>,
    /// Whether the secret may travel over plain http to another machine.
    #[serde(default)]
    pub allow_http: bool,
    /// Limit for a token request or call in seconds; null for the defaults.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub timeout_seconds: Option<u64>,
}

/// Whether the secret is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum SecretState {
    /// In the keyring.
    InKeyring,
    /// In memory, gone when the program ends.
    InMemory,
    /// It was kept in memory by an earlier run: to be entered again.
    Missing,
    /// The client has none (`none`, `tls_client_auth`).
    NotNeeded,
}

/// A saved connection as it is shown. Never holds the secret.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ConnectionView {
    /// Identity.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub id: i64,
    /// Name.
    pub name: String,
    /// The server, as in the form.
    pub server: ServerForm,
    /// The server in one line (`http://localhost:8092/demo`).
    pub server_label: String,
    /// Client identifier.
    pub client_id: String,
    /// Whether the secret is at hand.
    pub secret: SecretState,
    /// Where the credentials are kept.
    pub keeping: Keeping,
    /// How the client authenticates.
    pub auth_method: AuthenticationMethod,
    /// Scopes, separated by spaces.
    pub scopes: String,
    /// `audience` parameter.
    pub audience: Option<String>,
    /// `resource` parameters.
    pub resources: Vec<String>,
    /// Extra parameters.
    pub params: Vec<(String, String)>,
    /// Extra headers of the token request.
    pub headers: Vec<(String, String)>,
    /// The grant and its settings.
    pub grant: GrantOptions,
    /// How the client's assertions are written.
    pub assertion: ClientAssertion,
    /// Whether tokens are bound to a key of this client.
    pub dpop: bool,
    /// URL of the API.
    pub api_url: Option<String>,
    /// Additional certificate authority.
    pub ca_file: Option<String>,
    /// Client certificate.
    pub cert_file: Option<String>,
    /// Client certificate's key.
    pub key_file: Option<String>,
    /// Proxy URL.
    pub proxy: Option<String>,
    /// Whether the secret may travel over plain http to another machine.
    pub allow_http: bool,
    /// Limit in seconds.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub timeout_seconds: Option<u64>,
    /// True for the connection that belongs to the gateway on this machine.
    pub local: bool,
}

/// What the form amounts to, while it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ResultingEndpoints {
    /// The token URL; null while it cannot be said (a field is empty or wrong, or discovery has to tell).
    pub token_url: Option<String>,
    /// What is missing or wrong, or what will be discovered; null if all is well.
    pub note: Option<String>,
    /// The form field that the note is about (`server_url`, `domain`, `issuer`, `token_url`).
    pub field: Option<String>,
}

/// Outcome of *Test connection*: nothing is saved, no token is kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ConnectionTest {
    /// True if a token was granted.
    pub ok: bool,
    /// The steps in order: address, metadata, token, keys.
    pub steps: Vec<TestStep>,
}

/// One step of a connection test.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct TestStep {
    /// What was tried.
    pub title: String,
    /// `pass`, `fail` or `skip`.
    pub outcome: String,
    /// What came of it, and what to do next where it failed.
    pub detail: String,
}

/// What a pasted text (a curl line, a metadata URL, a token response) says about a connection or a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum Pasted {
    /// A token request: fills the connection form. The secret found in it is kept aside by the desk and taken over on
    /// saving with `secret: null`.
    Connection {
        /// The server.
        server: ServerForm,
        /// Client identifier, if found.
        client_id: Option<String>,
        /// Whether a client secret was found.
        secret_found: bool,
        /// Scopes, separated by spaces.
        scopes: String,
    },
    /// A request to an API: fills the request view, without its credentials.
    Request {
        /// Method token.
        method: String,
        /// URL.
        url: String,
        /// Headers without credentials.
        headers: Vec<(String, String)>,
        /// Body text.
        body: String,
    },
    /// One or more tokens: opens the token view.
    Tokens {
        /// How many were found.
        count: usize,
    },
    /// Nothing that is known.
    Unknown,
}
