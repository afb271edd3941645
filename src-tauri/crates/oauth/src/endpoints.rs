//! Where an authorization server's endpoints are.
//! Belongs here: the endpoints as data, Gravitee's paths. Not here: reading metadata.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{AuthenticationMethod, Client, Error};

/// Endpoints of one authorization server; `None` where it has none or none is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Endpoints {
    /// Issuer identifier, byte for byte; what `iss` in tokens must equal.
    pub issuer: Option<String>,
    /// Token endpoint (RFC 6749 3.2).
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub token: Url,
    /// Authorization endpoint (RFC 6749 3.1).
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub authorization: Option<Url>,
    /// Introspection endpoint (RFC 7662).
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub introspection: Option<Url>,
    /// Revocation endpoint (RFC 7009).
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub revocation: Option<Url>,
    /// Key set (RFC 7517).
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub jwks: Option<Url>,
    /// UserInfo endpoint (OpenID Connect Core 5.3).
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub userinfo: Option<Url>,
    /// Device authorization endpoint (RFC 8628 3.1).
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub device_authorization: Option<Url>,
    /// The token endpoint for clients with a certificate (RFC 8705 5).
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub mtls_token: Option<Url>,
    /// `token_endpoint_auth_methods_supported`; empty if not said.
    pub authentication_methods: Vec<String>,
    /// `code_challenge_methods_supported`; empty if not said.
    pub code_challenge_methods: Vec<String>,
    /// `grant_types_supported`; empty if not said.
    pub grant_types: Vec<String>,
    /// `scopes_supported`; empty if not said.
    pub scopes: Vec<String>,
    /// `dpop_signing_alg_values_supported` (RFC 9449 5.1); empty if not said.
    pub dpop_algorithms: Vec<String>,
    /// The document that all this was read from.
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub document: Option<Url>,
    /// `authorization_response_iss_parameter_supported` (RFC 9207 3).
    pub response_iss: bool,
    /// True if this was read from the issuer's metadata.
    pub discovered: bool,
    /// Remarks on the metadata, such as endpoints on other hosts than the issuer's.
    pub notes: Vec<String>,
}

impl Endpoints {
    /// Only a token endpoint.
    pub(crate) fn at(token: Url) -> Self {
        Self {
            issuer: None,
            token,
            authorization: None,
            introspection: None,
            revocation: None,
            jwks: None,
            userinfo: None,
            device_authorization: None,
            mtls_token: None,
            authentication_methods: Vec::new(),
            code_challenge_methods: Vec::new(),
            grant_types: Vec::new(),
            scopes: Vec::new(),
            dpop_algorithms: Vec::new(),
            document: None,
            response_iss: false,
            discovered: false,
            notes: Vec::new(),
        }
    }

    /// Gravitee Access Management's paths under `{url}/{domain}`.
    ///
    /// # Errors
    /// [`Error::BadServer`] if the URL is not http(s), has a query or fragment, or the domain is empty.
    pub fn gravitee(url: &Url, domain: &str) -> Result<Self, Error> {
        check(url, false)?;
        let domain = domain.trim().trim_matches('/');
        if domain.is_empty() {
            return Err(bad(url, "the security domain is empty"));
        }
        let base = format!("{}/{domain}", url.as_str().trim_end_matches('/'));
        let at = |path: &str| Url::parse(&format!("{base}{path}")).map_err(|error| bad(url, &error.to_string()));
        Ok(Self {
            issuer: Some(format!("{}/oidc", at("")?.as_str())),
            authorization: Some(at("/oauth/authorize")?),
            introspection: Some(at("/oauth/introspect")?),
            revocation: Some(at("/oauth/revoke")?),
            jwks: Some(at("/oidc/.well-known/jwks.json")?),
            userinfo: Some(at("/oidc/userinfo")?),
            ..Self::at(at("/oauth/token")?)
        })
    }

    /// The token endpoint for this client: clients with a certificate have their own where the server says so (RFC 8705 5).
    pub(crate) fn token_for(&self, client: &Client) -> &Url {
        match client.method() {
            AuthenticationMethod::TlsClientAuth => self.mtls_token.as_ref().unwrap_or(&self.token),
            _ => &self.token,
        }
    }

    /// Endpoints as given one by one, each of them usable.
    pub(crate) fn checked(self) -> Result<Self, Error> {
        let optional = [
            &self.introspection,
            &self.revocation,
            &self.jwks,
            &self.authorization,
            &self.device_authorization,
            &self.userinfo,
        ];
        std::iter::once(&self.token).chain(optional.into_iter().flatten()).try_for_each(|url| check(url, true))?;
        Ok(self)
    }
}

/// RFC 6749 3.2: a query is kept, a fragment is not allowed.
pub(crate) fn check(url: &Url, query: bool) -> Result<(), Error> {
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(bad(url, "it must be an http or https URL with a host"));
    }
    if url.fragment().is_some() {
        return Err(bad(url, "it has a fragment (#…)"));
    }
    if !query && url.query().is_some() {
        return Err(bad(url, "it has a query (?…)"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(url, "it has credentials in it; put client ID and secret into their own fields"));
    }
    Ok(())
}

fn bad(url: &Url, reason: &str) -> Error {
    Error::BadServer { server: exchange::Redaction::new().url(url), reason: reason.to_owned() }
}
