//! How a client proves who it is.
//! Belongs here: the methods and what they add to a request. Not here: building the rest of the request, signing assertions.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Names of the methods (RFC 7591 2, OpenID Connect Core 9, RFC 8705 2), and the raw form of Basic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum AuthenticationMethod {
    /// HTTP Basic; id and secret are form-urlencoded first (RFC 6749 2.3.1).
    ClientSecretBasic,
    /// HTTP Basic without that encoding, as many servers expect it against the standard.
    ClientSecretBasicRaw,
    /// `client_id` and `client_secret` in the body.
    ClientSecretPost,
    /// An assertion signed with the secret (RFC 7523 2.2).
    ClientSecretJwt,
    /// An assertion signed with a private key (RFC 7523 2.2).
    PrivateKeyJwt,
    /// The TLS client certificate (RFC 8705 2).
    TlsClientAuth,
    /// A public client: `client_id` only.
    None,
}

/// A client's credentials, by method.
#[derive(Debug, Clone)]
pub enum ClientAuthentication {
    /// See [`AuthenticationMethod::ClientSecretBasic`].
    ClientSecretBasic(SecretString),
    /// See [`AuthenticationMethod::ClientSecretBasicRaw`].
    ClientSecretBasicRaw(SecretString),
    /// See [`AuthenticationMethod::ClientSecretPost`].
    ClientSecretPost(SecretString),
    /// See [`AuthenticationMethod::TlsClientAuth`]; the certificate is in the settings of [`Http`](crate::Http).
    TlsClientAuth,
    /// See [`AuthenticationMethod::None`].
    None,
}

/// A client of the authorization server.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// Credentials.
    pub authentication: ClientAuthentication,
}
