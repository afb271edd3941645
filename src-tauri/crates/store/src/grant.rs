//! How a connection gets its tokens: the grant and what belongs to it. Never a secret: it is kept in plain text.
//! Belongs here: the types that cross to the callers. Not here: the protocol (`oauth`), what is asked of a person each time.

use serde::{Deserialize, Serialize};

/// The grants, by the names of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// The client for itself (RFC 6749 section 4.4).
    #[default]
    ClientCredentials,
    /// A person signs in, in the browser (RFC 6749 section 4.1, with PKCE).
    AuthorizationCode,
    /// A person signs in on another device (RFC 8628).
    DeviceCode,
    /// A refresh token that is at hand (RFC 6749 section 6).
    RefreshToken,
    /// A token for another token (RFC 8693).
    TokenExchange,
    /// A token for a signed assertion (RFC 7523 section 2.1).
    JwtBearer,
    /// User name and password (RFC 6749 section 4.3); RFC 9700 section 2.4 forbids it for new systems.
    Password,
}

/// The grant and its settings. Those that do not belong to it are kept all the same: a person may go back to it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
#[serde(default)]
pub struct GrantOptions {
    /// The grant.
    pub grant_type: GrantType,
    /// `password`: the user. The password is asked for.
    pub username: Option<String>,
    /// `authorization_code`: port of the redirect URI `http://127.0.0.1:{port}/callback`; none for any.
    pub redirect_port: Option<u16>,
    /// `authorization_code`: go on although the metadata does not list PKCE with S256.
    pub allow_missing_pkce: bool,
    /// `token_exchange`: number of the connection whose token is exchanged; none if the token is asked for.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub subject_connection: Option<i64>,
    /// `token_exchange`: type of the subject token; none for an access token.
    pub subject_token_type: Option<String>,
    /// `token_exchange`: type of the actor token; none if there is no actor token.
    pub actor_token_type: Option<String>,
    /// `token_exchange`: the type wanted; none leaves it to the server.
    pub requested_token_type: Option<String>,
    /// `jwt_bearer`: file of the private key that signs the assertion (PEM or JWK); none if the assertion is asked for.
    pub assertion_key_file: Option<String>,
    /// `jwt_bearer`: `iss` of the assertion; none for the client ID.
    pub assertion_issuer: Option<String>,
    /// `jwt_bearer`: `sub` of the assertion; none for its issuer.
    pub assertion_subject: Option<String>,
}

/// How the client's own assertions are written (`client_secret_jwt`, `private_key_jwt`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
#[serde(default)]
pub struct ClientAssertion {
    /// `aud`: `issuer`, `token_endpoint`, or the value itself; none for the issuer where it is known, else the token endpoint.
    pub audience: Option<String>,
    /// `kid`; none for the key's own.
    pub key_id: Option<String>,
    /// `typ: client-authentication+jwt` instead of `JWT`.
    pub explicit_type: bool,
}
