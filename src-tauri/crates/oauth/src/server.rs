//! Which authorization server is meant, and where its endpoints are.
//! Belongs here: the ways to name a server. Not here: reading metadata (`metadata`), the endpoints themselves (`endpoints`).

use exchange::CancellationToken;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Endpoints, Error, Http, metadata};

/// How an authorization server is named.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
#[allow(clippy::large_enum_variant, reason = "one per connection")]
pub enum Server {
    /// Gravitee Access Management: gateway URL and security domain path.
    Gravitee {
        /// URL of the gateway, with base path if it has one.
        #[cfg_attr(feature = "bindings", ts(type = "string"))]
        url: Url,
        /// Path of the security domain, with or without slashes around it.
        domain: String,
    },
    /// An issuer whose metadata says the rest (RFC 8414, then OpenID Connect Discovery).
    Issuer {
        /// Issuer identifier, kept byte for byte.
        issuer: String,
    },
    /// Endpoints one by one.
    TokenUrl {
        /// Token endpoint; its query is kept.
        #[cfg_attr(feature = "bindings", ts(type = "string"))]
        token: Url,
        /// Introspection endpoint.
        #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
        introspection: Option<Url>,
        /// Revocation endpoint.
        #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
        revocation: Option<Url>,
        /// Key set.
        #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
        jwks: Option<Url>,
        /// Authorization endpoint.
        #[serde(default)]
        #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
        authorization: Option<Url>,
        /// Device authorization endpoint.
        #[serde(default)]
        #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
        device_authorization: Option<Url>,
        /// UserInfo endpoint.
        #[serde(default)]
        #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
        userinfo: Option<Url>,
    },
}

impl Server {
    /// The server's endpoints. Only an issuer is asked over the network.
    ///
    /// # Errors
    /// [`Error::BadServer`] for an unusable address; [`Error::NoMetadata`], [`Error::IssuerMismatch`] and what a request can meet for issuers.
    pub async fn endpoints(&self, http: &Http, cancel: &CancellationToken) -> Result<Endpoints, Error> {
        match self {
            Self::Gravitee { url, domain } => Endpoints::gravitee(url, domain),
            Self::Issuer { issuer } => metadata::discover(http, issuer, cancel).await,
            Self::TokenUrl {
                token,
                introspection,
                revocation,
                jwks,
                authorization,
                device_authorization,
                userinfo,
            } => {
                let [introspection, revocation, jwks, authorization, device_authorization, userinfo] =
                    [introspection, revocation, jwks, authorization, device_authorization, userinfo].map(Clone::clone);
                let at = Endpoints::at(token.clone());
                Endpoints { introspection, revocation, jwks, authorization, device_authorization, userinfo, ..at }
                    .checked()
            }
        }
    }
}
