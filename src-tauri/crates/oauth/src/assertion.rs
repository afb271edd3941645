//! Assertions by which a client proves who it is (RFC 7523 2.2 and 3).
//! Belongs here: keys, claims and header of the assertion. Not here: where it stands in a request (`authentication`).

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest;
use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use jose::{Algorithm, SigningKey};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::{Endpoints, Error, random};

/// An assertion is used at once; servers cap its life at a few minutes.
const LIFE: Duration = Duration::from_secs(120);

/// Algorithms that are tried for a key that names none.
const CANDIDATES: [Algorithm; 5] =
    [Algorithm::Rs256, Algorithm::Es256, Algorithm::Es384, Algorithm::Es512, Algorithm::EdDsa];

/// Whom an assertion names as its audience.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum AssertionAudience {
    /// The issuer where metadata was read, else the token endpoint.
    #[default]
    Automatic,
    /// The issuer identifier (RFC 7523bis).
    Issuer,
    /// The token endpoint's URL (RFC 7523 3; what older servers want).
    TokenEndpoint,
    /// Whatever the server wants.
    Other(String),
}

/// How assertions are written; the default suits most servers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct AssertionStyle {
    /// Audience.
    pub audience: AssertionAudience,
    /// `typ: client-authentication+jwt` (RFC 7523bis) instead of `JWT`; some servers refuse it.
    pub explicit_type: bool,
}

/// A private key that signs assertions. Neither `Debug` nor errors show key material.
pub struct AssertionKey {
    signer: SigningKey,
    certificate: Option<Vec<u8>>,
}

impl std::fmt::Debug for AssertionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AssertionKey({}, kid {:?})", self.signer.algorithm(), self.signer.kid())
    }
}

impl AssertionKey {
    /// Reads a private key: PEM (PKCS#8, PKCS#1, SEC1) or JWK. Without an algorithm the key's own or its usual one is taken.
    /// For PKCS#12 see [`exchange::Identity::from_pkcs12`].
    ///
    /// # Errors
    /// [`Error::BadRequest`] if the key cannot be read or does not fit the algorithm.
    pub fn new(key: &SecretString, algorithm: Option<Algorithm>) -> Result<Self, Error> {
        let bad = |error: jose::JoseError| Error::BadRequest { what: format!("the client's private key: {error}") };
        let key = jose::parse_key(key.expose_secret().as_bytes()).map_err(bad)?;
        if !key.is_private() {
            let what = "this is a public key, and assertions are signed with the private one. Name the file of the private key, \
                        and register the public one at the server"
                .to_owned();
            return Err(Error::BadRequest { what });
        }
        let named = algorithm.or_else(|| key.algorithm_name().and_then(Algorithm::from_name));
        let signer = match named {
            Some(algorithm) => SigningKey::from_key(&key, algorithm),
            // The error of the last candidate is as good as any: the key fits none.
            None => CANDIDATES
                .iter()
                .map(|algorithm| SigningKey::from_key(&key, *algorithm))
                .reduce(Result::or)
                .unwrap_or_else(|| SigningKey::from_key(&key, Algorithm::Rs256)),
        };
        Ok(Self { signer: signer.map_err(bad)?, certificate: None })
    }

    /// Names the key by this `kid`.
    #[must_use]
    pub fn with_kid(self, kid: impl Into<String>) -> Self {
        Self { signer: self.signer.with_kid(kid), ..self }
    }

    /// Names the key by its certificate's thumbprints, `x5t` and `x5t#S256` (RFC 7515 4.1.7, 4.1.8). PEM or DER; of a chain the first.
    ///
    /// # Errors
    /// [`Error::BadRequest`] if there is no certificate in it.
    pub fn with_certificate(self, certificate: &[u8]) -> Result<Self, Error> {
        let certificate = der(certificate)
            .ok_or_else(|| Error::BadRequest { what: "the client's certificate is neither PEM nor DER".to_owned() })?;
        Ok(Self { certificate: Some(certificate), ..self })
    }

    /// The public key as JWK, for registering it at the server.
    #[must_use]
    pub fn public_jwk(&self) -> Option<Value> {
        self.signer.public_jwk()
    }

    /// The `kid` that names the key.
    pub(crate) fn kid(&self) -> Option<&str> {
        self.signer.kid()
    }

    /// RFC 7638 thumbprint of the public key.
    pub(crate) fn thumbprint(&self) -> String {
        self.signer.verifying_key().thumbprint()
    }
}

/// DER of the first certificate.
fn der(certificate: &[u8]) -> Option<Vec<u8>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    match std::str::from_utf8(certificate).ok().and_then(|text| text.split_once(BEGIN)) {
        Some((_, rest)) => {
            let body: String = rest.split("-----END").next()?.split_whitespace().collect();
            BASE64_STANDARD.decode(body).ok()
        }
        None => (certificate.first() == Some(&0x30)).then(|| certificate.to_vec()),
    }
}

/// An assertion by the client's key.
pub(crate) fn by_key(
    id: &str,
    key: &AssertionKey,
    style: &AssertionStyle,
    endpoints: &Endpoints,
    now: SystemTime,
) -> Result<SecretString, Error> {
    let mut header = Map::new();
    if let Some(certificate) = &key.certificate {
        let print = |algorithm| BASE64_URL_SAFE_NO_PAD.encode(digest::digest(algorithm, certificate));
        header.insert("x5t".to_owned(), print(&digest::SHA1_FOR_LEGACY_USE_ONLY).into());
        header.insert("x5t#S256".to_owned(), print(&digest::SHA256).into());
    }
    sign(id, &key.signer, header, style, endpoints, now)
}

/// An assertion by the client's secret (HS256).
pub(crate) fn by_secret(
    id: &str,
    secret: &SecretString,
    style: &AssertionStyle,
    endpoints: &Endpoints,
    now: SystemTime,
) -> Result<SecretString, Error> {
    let signer = SigningKey::hmac(Algorithm::Hs256, secret.expose_secret().as_bytes())
        .map_err(|error| Error::BadRequest { what: format!("the client secret as a key: {error}") })?;
    sign(id, &signer, Map::new(), style, endpoints, now)
}

fn sign(
    id: &str,
    signer: &SigningKey,
    mut header: Map<String, Value>,
    style: &AssertionStyle,
    endpoints: &Endpoints,
    now: SystemTime,
) -> Result<SecretString, Error> {
    if style.explicit_type {
        header.insert("typ".to_owned(), "client-authentication+jwt".into());
    }
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let claims = json!({
        "iss": id,
        "sub": id,
        "aud": audience(style, endpoints)?,
        "jti": random::text::<16>()?,
        "iat": seconds,
        "exp": seconds + LIFE.as_secs(),
    });
    let token = signer.sign(&header, &claims);
    token
        .map(SecretString::from)
        .map_err(|error| Error::BadRequest { what: format!("the assertion could not be signed: {error}") })
}

/// Whom an assertion written like this names.
pub(crate) fn audience(style: &AssertionStyle, endpoints: &Endpoints) -> Result<String, Error> {
    let token = || endpoints.token.to_string();
    let unknown = || Error::BadRequest {
        what: "the assertion's audience is to be the issuer, but no issuer is known".to_owned(),
    };
    match &style.audience {
        AssertionAudience::Automatic if endpoints.discovered => Ok(endpoints.issuer.clone().unwrap_or_else(token)),
        AssertionAudience::Automatic | AssertionAudience::TokenEndpoint => Ok(token()),
        AssertionAudience::Issuer => endpoints.issuer.clone().ok_or_else(unknown),
        AssertionAudience::Other(audience) => Ok(audience.clone()),
    }
}

/// An assertion that stands for a grant (RFC 7523 2.1): the given claims with `aud`, `jti`, `iat`, `exp` added where absent.
///
/// # Errors
/// [`Error::BadRequest`] if it cannot be signed.
pub fn grant_assertion(
    key: &AssertionKey,
    claims: Map<String, Value>,
    endpoints: &Endpoints,
    now: SystemTime,
) -> Result<SecretString, Error> {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut claims = claims;
    let defaults = [
        ("aud", Value::from(audience(&AssertionStyle::default(), endpoints)?)),
        ("jti", random::text::<16>()?.into()),
        ("iat", seconds.into()),
        ("exp", (seconds + LIFE.as_secs()).into()),
    ];
    for (name, value) in defaults {
        claims.entry(name).or_insert(value);
    }
    let token = key.signer.sign(&Map::new(), &claims);
    token
        .map(SecretString::from)
        .map_err(|error| Error::BadRequest { what: format!("the assertion could not be signed: {error}") })
}
