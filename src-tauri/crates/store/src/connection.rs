//! What a saved connection is: the row, never the secret.
//! Belongs here: the types that cross to the callers. Not here: SQL, the keyring, checks of URLs (those are `oauth`'s).

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{ClientAssertion, Credentials, GrantOptions};

/// Identifies a connection in this library. Never used twice, not even after a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
#[serde(transparent)]
pub struct ConnectionId(#[cfg_attr(feature = "bindings", ts(type = "number"))] pub i64);

/// The authorization server, in the three ways it can be named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Server {
    /// Gravitee Access Management: the gateway's base URL; the security domain is [`Profile::domain`].
    Gravitee {
        /// Base URL, without the domain's path.
        url: String,
    },
    /// Any issuer that publishes metadata (RFC 8414, OpenID Connect Discovery).
    Issuer {
        /// The issuer identifier.
        url: String,
    },
    /// A bare token endpoint, for servers without metadata.
    TokenUrl {
        /// Token endpoint (RFC 6749 section 3.2).
        token_url: String,
        /// Introspection endpoint (RFC 7662).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        introspect_url: Option<String>,
        /// Revocation endpoint (RFC 7009).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        revoke_url: Option<String>,
        /// Key set (RFC 7517 section 5).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        jwks_url: Option<String>,
        /// Authorization endpoint (RFC 6749 section 3.1).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        authorize_url: Option<String>,
        /// Device authorization endpoint (RFC 8628 section 3.1).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        device_url: Option<String>,
        /// UserInfo endpoint (OpenID Connect Core section 5.3).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        userinfo_url: Option<String>,
    },
}

/// Where the secret of a connection is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Keeping {
    /// In the keyring of the operating system.
    #[default]
    Keyring,
    /// In memory, for this run only: after a restart it must be entered again.
    Memory,
}

/// Who made the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Entered by a person.
    #[default]
    Typed,
    /// Made by the product for its own local gateway.
    Local,
}

/// What a person enters for a connection, except the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Profile {
    /// Unique among the connections; outer white space is dropped.
    pub name: String,
    /// The authorization server.
    pub server: Server,
    /// Gravitee security domain (a path such as `demo`).
    #[serde(default)]
    pub domain: Option<String>,
    /// OAuth client identifier (RFC 6749 section 2.2).
    pub client_id: String,
    /// Client authentication method, in the words of the OAuth registry (`client_secret_basic`, ...).
    pub auth_method: String,
    /// Scopes to ask for; empty leaves them to the server.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Value of `audience`.
    #[serde(default)]
    pub audience: Option<String>,
    /// Values of `resource` (RFC 8707).
    #[serde(default)]
    pub resources: Vec<String>,
    /// Further form parameters of the token request, in order. No secrets: they are kept in plain text.
    #[serde(default)]
    pub params: Vec<(String, String)>,
    /// Further headers of the token request, in order. No secrets either.
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
    /// PEM file of certificate authorities to trust beside the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// File of the client certificate (RFC 8705): PEM, or PKCS#12 with its key; the secret is then the passphrase.
    #[serde(default)]
    pub cert_file: Option<PathBuf>,
    /// File of the private key (of the certificate, or of `private_key_jwt`): PEM, JWK or PKCS#12.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// Proxy URL. No password in it: it is kept in plain text.
    #[serde(default)]
    pub proxy: Option<String>,
    /// Whether the secret may travel over plain http to another machine.
    pub allow_http: bool,
    /// Time limit of one exchange, in seconds.
    #[serde(default)]
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub timeout_s: Option<u64>,
    /// Base URL of the API that is called with this connection.
    #[serde(default)]
    pub api_url: Option<String>,
}

/// What is given to [`crate::Store::save`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ConnectionDraft {
    /// The connection to change; none makes a new one.
    #[serde(default)]
    pub id: Option<ConnectionId>,
    /// What the person entered.
    #[serde(flatten)]
    pub profile: Profile,
    /// Where to keep the secret.
    #[serde(default)]
    pub keeping: Keeping,
    /// Who makes the connection.
    #[serde(default)]
    pub origin: Origin,
}

/// What [`crate::Store::save`] does with the secret.
#[derive(Debug)]
pub enum SecretChange {
    /// Leave it as it is; a new connection has none then.
    Keep,
    /// Remove it: the client is public, or authenticates with a key or certificate file.
    Clear,
    /// Replace it.
    Set(SecretString),
}

/// A saved connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// What the person entered.
    #[serde(flatten)]
    pub profile: Profile,
    /// Where its secret is kept.
    pub keeping: Keeping,
    /// Who made it.
    pub origin: Origin,
    /// Whether a secret was saved with it. [`Keeping::Memory`] and a restart in between mean that it is gone all the same.
    pub has_secret: bool,
    /// Changes with every new secret: part of the identity of a cached token. Says nothing about the secret itself.
    pub secret_version: Option<String>,
    /// Milliseconds since the Unix epoch.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub created_at: i64,
    /// Milliseconds since the Unix epoch.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub updated_at: i64,
    /// Milliseconds since the Unix epoch; none before the first [`crate::Store::touch`].
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub last_used_at: Option<i64>,
}

/// A connection that was deleted, with all that [`crate::Store::restore`] needs to bring it back. Lives in memory only.
#[derive(Debug)]
pub struct Deleted {
    /// The connection as it was.
    pub connection: Connection,
    /// Its credentials, if they could be read before they were removed.
    pub credentials: Option<Credentials>,
    /// The keyring could not be reached: its item is removed as soon as it can be.
    pub item_remains: bool,
}
