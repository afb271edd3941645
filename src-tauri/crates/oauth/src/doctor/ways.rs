//! The ways to authenticate that are worth trying.
//! Belongs here: which there are for what a client has, in which order, and which are the same on the wire. Not here: trying them (`doctor`).

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    AssertionAudience, AssertionKey, AssertionStyle, AuthenticationMethod, Client, ClientAuthentication, Endpoints,
    assertion,
};

/// What a client can prove itself with beside the way it is configured for.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The client secret.
    pub secret: Option<SecretString>,
    /// The key that signs assertions.
    pub key: Option<Arc<AssertionKey>>,
    /// True if [`Http`](crate::Http) has a client certificate.
    pub certificate: bool,
}

/// Whom the assertion of a way names (RFC 7523 3), where that is not as configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum TriedAudience {
    /// The issuer identifier.
    Issuer,
    /// The token endpoint's URL.
    TokenEndpoint,
}

/// One way to authenticate, which differs on the wire from the others.
#[derive(Debug, Clone)]
pub struct Way {
    /// The client as it would authenticate.
    pub client: Client,
    /// True if white space around the secret is removed.
    pub trimmed: bool,
    /// The audience of its assertion, where that is not as configured.
    pub audience: Option<TriedAudience>,
}

/// The way as configured, then those that send a different request: with white space around the secret removed, then with the secret as it
/// is, without a proof, with the key, with the certificate; among those the methods first that the metadata lists. None for a client that
/// has nothing to prove itself with.
#[must_use]
pub fn ways_to_try(endpoints: &Endpoints, client: &Client, credentials: &Credentials) -> Vec<Way> {
    let secret = client.secret().or(credentials.secret.as_ref());
    let key = match &client.authentication {
        ClientAuthentication::PrivateKeyJwt { key, .. } => Some(key),
        _ => credentials.key.as_ref(),
    };
    if secret.is_none() && key.is_none() && !credentials.certificate {
        return Vec::new();
    }
    let id = &client.id;
    let mut others = secret.map_or_else(Vec::new, |secret| with_secret(id, secret, endpoints));
    others.extend(with_certificate_or_nothing(id, credentials.certificate, endpoints));
    others.extend(key.into_iter().flat_map(|key| with_key(id, key)));
    // The certificate comes last.
    others.sort_by_key(|way| way.client.method() == AuthenticationMethod::TlsClientAuth);
    others.sort_by_key(|way| !way.trimmed && !way.is_listed(endpoints));
    let mut ways = vec![Way::new(id, client.authentication.clone(), None)];
    for way in others.into_iter().filter(|way| way.can_be_sent(endpoints)) {
        if !ways.iter().any(|known| known.sends_the_same(&way, endpoints)) {
            ways.push(way);
        }
    }
    ways
}

/// Without the white space around it first, if there is any.
fn with_secret(id: &str, secret: &SecretString, endpoints: &Endpoints) -> Vec<Way> {
    let audience = likely(endpoints);
    let ways = |secret: &SecretString, trimmed| {
        [
            (ClientAuthentication::ClientSecretBasic(secret.clone()), None),
            (ClientAuthentication::ClientSecretBasicRaw(secret.clone()), None),
            (ClientAuthentication::ClientSecretPost(secret.clone()), None),
            (ClientAuthentication::ClientSecretJwt { secret: secret.clone(), style: audience.style() }, Some(audience)),
        ]
        .map(|(proof, audience)| Way { trimmed, ..Way::new(id, proof, audience) })
    };
    let clean = secret.expose_secret().trim();
    let is_spaced = !clean.is_empty() && clean.len() < secret.expose_secret().len();
    let trimmed = is_spaced.then(|| ways(&clean.into(), true));
    trimmed.into_iter().flatten().chain(ways(secret, false)).collect()
}

fn with_key(id: &str, key: &Arc<AssertionKey>) -> [Way; 2] {
    [TriedAudience::Issuer, TriedAudience::TokenEndpoint].map(|audience| {
        let proof = ClientAuthentication::PrivateKeyJwt { key: key.clone(), style: audience.style() };
        Way::new(id, proof, Some(audience))
    })
}

/// Where both are the same request it is the certificate that proves.
fn with_certificate_or_nothing(id: &str, certificate: bool, endpoints: &Endpoints) -> Vec<Way> {
    let nothing = Way::new(id, ClientAuthentication::None, None);
    let certified = Way::new(id, ClientAuthentication::TlsClientAuth, None);
    match certificate && certified.is_over_tls(endpoints) {
        false => vec![nothing],
        true if certified.sends_the_same(&nothing, endpoints) => vec![certified],
        true => vec![nothing, certified],
    }
}

/// As [`AssertionAudience::Automatic`].
fn likely(endpoints: &Endpoints) -> TriedAudience {
    if endpoints.discovered && endpoints.issuer.is_some() {
        TriedAudience::Issuer
    } else {
        TriedAudience::TokenEndpoint
    }
}

impl TriedAudience {
    fn style(self) -> AssertionStyle {
        let audience = match self {
            Self::Issuer => AssertionAudience::Issuer,
            Self::TokenEndpoint => AssertionAudience::TokenEndpoint,
        };
        AssertionStyle { audience, explicit_type: false }
    }
}

impl Way {
    fn new(id: &str, authentication: ClientAuthentication, audience: Option<TriedAudience>) -> Self {
        Self { client: Client { id: id.to_owned(), authentication }, trimmed: false, audience }
    }

    /// What goes over the wire, in words.
    #[must_use]
    pub fn sends(&self) -> &'static str {
        use AuthenticationMethod as Method;
        match (self.client.method(), self.audience) {
            (Method::ClientSecretBasic, _) => {
                "Authorization: Basic; ID and secret are form-encoded first (RFC 6749 2.3.1)"
            }
            (Method::ClientSecretBasicRaw, _) => "Authorization: Basic; ID and secret as they are",
            (Method::ClientSecretPost, _) => "client_id and client_secret in the body",
            (Method::ClientSecretJwt, _) => "an assertion signed with the secret (RFC 7523); the secret stays here",
            (Method::PrivateKeyJwt, None) => {
                "an assertion signed with the private key (RFC 7523), for the audience of the connection"
            }
            (Method::PrivateKeyJwt, Some(TriedAudience::Issuer)) => {
                "an assertion signed with the private key (RFC 7523), for the issuer"
            }
            (Method::PrivateKeyJwt, Some(TriedAudience::TokenEndpoint)) => {
                "an assertion signed with the private key (RFC 7523), for the token endpoint"
            }
            (Method::TlsClientAuth, _) => "client_id; the TLS certificate is the proof (RFC 8705)",
            (Method::None, _) => "client_id only",
        }
    }

    /// The raw form of Basic counts as listed where Basic is.
    fn is_listed(&self, endpoints: &Endpoints) -> bool {
        let name = match self.client.method() {
            AuthenticationMethod::ClientSecretBasicRaw => AuthenticationMethod::ClientSecretBasic.name(),
            method => method.name(),
        };
        endpoints.authentication_methods.iter().any(|listed| listed == name)
    }

    fn is_over_tls(&self, endpoints: &Endpoints) -> bool {
        endpoints.token_for(&self.client).scheme() == "https"
    }

    /// False where the assertion is to name an issuer that nobody knows, or the ID cannot be told from the secret.
    fn can_be_sent(&self, endpoints: &Endpoints) -> bool {
        let without_issuer = self.audience == Some(TriedAudience::Issuer) && endpoints.issuer.is_none();
        let is_raw = self.client.method() == AuthenticationMethod::ClientSecretBasicRaw;
        let is_ambiguous = is_raw && self.client.id.contains(':');
        !without_issuer && !is_ambiguous
    }

    fn sends_the_same(&self, other: &Self, endpoints: &Endpoints) -> bool {
        use ClientAuthentication as By;
        let same = |one: &SecretString, two: &SecretString| one.expose_secret() == two.expose_secret();
        let same_style = |one: &AssertionStyle, two: &AssertionStyle| {
            let audience = |style: &AssertionStyle| assertion::audience(style, endpoints).ok();
            audience(one) == audience(two) && one.explicit_type == two.explicit_type
        };
        match (&self.client.authentication, &other.client.authentication) {
            (By::ClientSecretBasic(one), By::ClientSecretBasic(two))
            | (By::ClientSecretBasicRaw(one), By::ClientSecretBasicRaw(two))
            | (By::ClientSecretPost(one), By::ClientSecretPost(two)) => same(one, two),
            (By::ClientSecretBasic(one), By::ClientSecretBasicRaw(two))
            | (By::ClientSecretBasicRaw(one), By::ClientSecretBasic(two)) => {
                same(one, two) && !self.client.is_changed_by_encoding()
            }
            (By::ClientSecretJwt { secret: one, style }, By::ClientSecretJwt { secret: two, style: other }) => {
                same(one, two) && same_style(style, other)
            }
            (By::PrivateKeyJwt { style, .. }, By::PrivateKeyJwt { style: other, .. }) => same_style(style, other),
            (By::TlsClientAuth | By::None, By::TlsClientAuth | By::None) => {
                endpoints.token_for(&self.client) == endpoints.token_for(&other.client)
            }
            _ => false,
        }
    }
}
