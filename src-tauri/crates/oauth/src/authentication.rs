//! How a client proves who it is.
//! Belongs here: the methods and what they add to a request. Not here: building the rest of the request, signing assertions.

use std::{sync::Arc, time::SystemTime};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use exchange::{Header, Value};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::{AssertionKey, AssertionStyle, Endpoints, Error, assertion};

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

impl AuthenticationMethod {
    /// The method's registered name; `client_secret_basic_raw` is ours.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretBasicRaw => "client_secret_basic_raw",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::None => "none",
        }
    }
}

impl std::str::FromStr for AuthenticationMethod {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let all = [
            Self::ClientSecretBasic,
            Self::ClientSecretBasicRaw,
            Self::ClientSecretPost,
            Self::ClientSecretJwt,
            Self::PrivateKeyJwt,
            Self::TlsClientAuth,
            Self::None,
        ];
        let unknown = || Error::BadRequest { what: format!("{name} is no method of client authentication") };
        all.into_iter().find(|method| method.name() == name).ok_or_else(unknown)
    }
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
    /// See [`AuthenticationMethod::ClientSecretJwt`].
    ClientSecretJwt {
        /// The secret; its bytes are the HMAC key.
        secret: SecretString,
        /// How the assertion is written.
        style: AssertionStyle,
    },
    /// See [`AuthenticationMethod::PrivateKeyJwt`].
    PrivateKeyJwt {
        /// The key.
        key: Arc<AssertionKey>,
        /// How the assertion is written.
        style: AssertionStyle,
    },
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

/// What client authentication adds to a request.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    pub(crate) headers: Vec<Header>,
    pub(crate) parameters: Vec<(String, Value)>,
    pub(crate) secrets: Vec<SecretString>,
}

impl ClientAuthentication {
    /// The method of these credentials.
    #[must_use]
    pub fn method(&self) -> AuthenticationMethod {
        match self {
            Self::ClientSecretBasic(_) => AuthenticationMethod::ClientSecretBasic,
            Self::ClientSecretBasicRaw(_) => AuthenticationMethod::ClientSecretBasicRaw,
            Self::ClientSecretPost(_) => AuthenticationMethod::ClientSecretPost,
            Self::ClientSecretJwt { .. } => AuthenticationMethod::ClientSecretJwt,
            Self::PrivateKeyJwt { .. } => AuthenticationMethod::PrivateKeyJwt,
            Self::TlsClientAuth => AuthenticationMethod::TlsClientAuth,
            Self::None => AuthenticationMethod::None,
        }
    }
}

impl Client {
    /// The method of its credentials.
    #[must_use]
    pub fn method(&self) -> AuthenticationMethod {
        self.authentication.method()
    }

    /// The secret, for methods that have one.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretString> {
        match &self.authentication {
            ClientAuthentication::ClientSecretBasic(secret)
            | ClientAuthentication::ClientSecretBasicRaw(secret)
            | ClientAuthentication::ClientSecretPost(secret)
            | ClientAuthentication::ClientSecretJwt { secret, .. } => Some(secret),
            ClientAuthentication::PrivateKeyJwt { .. }
            | ClientAuthentication::TlsClientAuth
            | ClientAuthentication::None => None,
        }
    }

    /// Whether form-encoding changes the ID or the secret, so that the two forms of Basic send something else.
    pub(crate) fn is_changed_by_encoding(&self) -> bool {
        let is_changed = |text: &str| form_encoded(text) != text;
        is_changed(&self.id) || self.secret().is_some_and(|secret| is_changed(secret.expose_secret()))
    }

    /// Exactly one method per request (RFC 6749 2.3).
    pub(crate) fn prove(&self, endpoints: &Endpoints, now: SystemTime) -> Result<Proof, Error> {
        if self.id.is_empty() {
            return Err(Error::BadRequest { what: "the client ID is empty".to_owned() });
        }
        let id = || ("client_id".to_owned(), Value::from(self.id.as_str()));
        let mut proof = Proof { secrets: self.secret().cloned().into_iter().collect(), ..Proof::default() };
        match &self.authentication {
            ClientAuthentication::ClientSecretBasic(secret) => {
                proof.headers.push(basic(&form_encoded(&self.id), &form_encoded(secret.expose_secret())));
            }
            ClientAuthentication::ClientSecretBasicRaw(secret) => {
                if self.id.contains(':') {
                    let what =
                        "a client ID with a colon cannot be sent as raw Basic; use client_secret_basic".to_owned();
                    return Err(Error::BadRequest { what });
                }
                proof.headers.push(basic(&self.id, secret.expose_secret()));
            }
            ClientAuthentication::ClientSecretPost(secret) => {
                proof.parameters = vec![id(), ("client_secret".to_owned(), Value::from(secret.clone()))];
            }
            ClientAuthentication::ClientSecretJwt { secret, style } => {
                let assertion = assertion::by_secret(&self.id, secret, style, endpoints, now)?;
                proof.parameters = asserted(id(), assertion);
            }
            ClientAuthentication::PrivateKeyJwt { key, style } => {
                let assertion = assertion::by_key(&self.id, key, style, endpoints, now)?;
                proof.parameters = asserted(id(), assertion);
            }
            ClientAuthentication::TlsClientAuth | ClientAuthentication::None => proof.parameters = vec![id()],
        }
        Ok(proof)
    }
}

/// RFC 7523 2.2; `client_id` is optional there, but some servers find the client by it.
fn asserted(id: (String, Value), assertion: SecretString) -> Vec<(String, Value)> {
    let assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    vec![
        id,
        ("client_assertion_type".to_owned(), assertion_type.into()),
        ("client_assertion".to_owned(), assertion.into()),
    ]
}

fn basic(id: &str, secret: &str) -> Header {
    let credentials = BASE64_STANDARD.encode(format!("{id}:{secret}"));
    Header::new("Authorization", SecretString::from(format!("Basic {credentials}")))
}

/// `application/x-www-form-urlencoded` of one value (RFC 6749 appendix B), as ID and secret stand in HTTP Basic. A space is `%20`: whoever
/// decodes forms reads it as well as `+`, and servers that only decode percent signs, such as Gravitee's, read nothing else.
#[must_use]
pub fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn endpoints() -> Endpoints {
        Endpoints::gravitee(&url::Url::parse("https://as.example").unwrap(), "d").unwrap()
    }

    fn header(id: &str, authentication: ClientAuthentication) -> String {
        let client = Client { id: id.to_owned(), authentication };
        client.prove(&endpoints(), SystemTime::UNIX_EPOCH).unwrap().headers[0].value.expose().to_owned()
    }

    /// The test vector of AppAuth for RFC 6749 appendix B.
    #[test]
    fn basic_is_form_encoded_first() {
        let secret = ClientAuthentication::ClientSecretBasic("MY?CLIENT?SECRET".into());
        let expected = BASE64_STANDARD.encode("MY%3FCLIENT%3FID:MY%3FCLIENT%3FSECRET");
        assert_eq!(header("MY?CLIENT?ID", secret), format!("Basic {expected}"));
    }

    #[test]
    fn characters_that_matter_survive() {
        for (secret, encoded) in
            [(" %&+£€", "%20%25%26%2B%C2%A3%E2%82%AC"), ("a:b/c=d", "a%3Ab%2Fc%3Dd"), ("~-._*", "%7E-._*")]
        {
            let expected = BASE64_STANDARD.encode(format!("id:{encoded}"));
            let sent = header("id", ClientAuthentication::ClientSecretBasic(secret.into()));
            assert_eq!(sent, format!("Basic {expected}"), "{secret}");
        }
    }

    #[test]
    fn raw_basic_is_left_alone() {
        let expected = BASE64_STANDARD.encode("my id:p%s:w+rd");
        assert_eq!(
            header("my id", ClientAuthentication::ClientSecretBasicRaw("p%s:w+rd".into())),
            format!("Basic {expected}")
        );
    }

    #[test]
    fn raw_basic_cannot_carry_a_colon_in_the_id() {
        let client =
            Client { id: "a:b".into(), authentication: ClientAuthentication::ClientSecretBasicRaw("s".into()) };
        assert!(matches!(client.prove(&endpoints(), SystemTime::UNIX_EPOCH), Err(Error::BadRequest { .. })));
    }

    #[test]
    fn one_method_per_request() {
        let post = Client { id: "id".into(), authentication: ClientAuthentication::ClientSecretPost("s".into()) };
        let proof = post.prove(&endpoints(), SystemTime::UNIX_EPOCH).unwrap();
        assert!(proof.headers.is_empty());
        assert_eq!(proof.parameters.len(), 2);
        let public = Client { id: "id".into(), authentication: ClientAuthentication::None }
            .prove(&endpoints(), SystemTime::UNIX_EPOCH)
            .unwrap();
        assert_eq!((public.headers.len(), public.parameters.len()), (0, 1));
    }
}
