//! Getting a token: what a person is asked for, what they are shown meanwhile, and what a server says it offers.

use oauth::AuthenticationMethod;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::GrantType;

/// What belongs to one grant and is not saved with the connection. The desk keeps it in memory until the token is forgotten.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct GrantInputs {
    /// `password`: the user's password.
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub password: Option<SecretString>,
    /// `refresh_token`: the refresh token to begin with.
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub refresh_token: Option<SecretString>,
    /// `token_exchange`: the token to be exchanged.
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub subject_token: Option<SecretString>,
    /// `token_exchange`: the acting party's token.
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub actor_token: Option<SecretString>,
    /// `jwt_bearer`: the signed assertion.
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub assertion: Option<SecretString>,
}

impl GrantInputs {
    /// These, and the others where these say nothing.
    #[must_use]
    pub fn or(self, others: GrantInputs) -> Self {
        GrantInputs {
            password: self.password.or(others.password),
            refresh_token: self.refresh_token.or(others.refresh_token),
            subject_token: self.subject_token.or(others.subject_token),
            actor_token: self.actor_token.or(others.actor_token),
            assertion: self.assertion.or(others.assertion),
        }
    }
}

/// What a person is to do while a token is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum SignIn {
    /// Sign in, in the browser.
    Browser {
        /// The address to open.
        url: String,
        /// Whether it was opened in the system's browser.
        opened: bool,
        /// Why it was not; null if it was, or was not to be.
        note: Option<String>,
        /// Seconds since the epoch after which nobody waits any more.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        expires_at: i64,
    },
    /// Type a code in, on any device.
    Device {
        /// The code.
        user_code: String,
        /// Where.
        verification_uri: String,
        /// The same with the code in it.
        verification_uri_complete: Option<String>,
        /// Seconds since the epoch after which the code is void.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        expires_at: i64,
    },
}

impl SignIn {
    /// The address to open.
    #[must_use]
    pub fn address(&self) -> &str {
        match self {
            SignIn::Browser { url, .. } => url,
            SignIn::Device { verification_uri, verification_uri_complete, .. } => {
                verification_uri_complete.as_ref().unwrap_or(verification_uri)
            }
        }
    }
}

/// What a server's metadata says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Discovery {
    /// The issuer, byte for byte.
    pub issuer: String,
    /// The document that was found.
    pub document: String,
    /// Token endpoint.
    pub token_url: String,
    /// Authorization endpoint.
    pub authorize_url: Option<String>,
    /// Device authorization endpoint.
    pub device_url: Option<String>,
    /// Introspection endpoint.
    pub introspect_url: Option<String>,
    /// Revocation endpoint.
    pub revoke_url: Option<String>,
    /// UserInfo endpoint.
    pub userinfo_url: Option<String>,
    /// Key set.
    pub jwks_url: Option<String>,
    /// Grants that it offers, of those that can be used here; empty if it does not say.
    pub grants: Vec<GrantType>,
    /// Authentication methods that it offers, of those that can be used here; empty if it does not say.
    pub methods: Vec<AuthenticationMethod>,
    /// `scopes_supported`; empty if it does not say.
    pub scopes: Vec<String>,
    /// Whether it knows proofs of possession (RFC 9449).
    pub dpop: bool,
    /// What is odd about it, and what was changed against what was typed.
    pub notes: Vec<String>,
}
