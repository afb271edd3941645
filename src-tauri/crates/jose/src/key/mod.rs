//! One key: what it is made of, what its owner allows, and whether it can be used at all.
//! Not here: sets of keys ([`crate::KeySet`]).

pub(crate) mod der;
pub(crate) mod encoded;
mod fitness;
mod jwk;
pub(crate) mod material;
mod parsed;
mod public;
mod recurring;
mod roca;

use crate::{Algorithm, JoseError};
use material::Material;
use parsed::Parsed;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::sync::Arc;
use zeroize::Zeroizing;

/// A key that was read: public, private or shared. Cloning is cheap; printing shows no key material.
#[derive(Clone)]
pub struct Key {
    labels: Arc<Labels>,
    body: Arc<Body>,
}

/// What stays the same under another name.
struct Body {
    material: Material,
    /// Why the key must not be used, if so.
    defect: Option<String>,
    /// A shared secret, for `jsonwebtoken`.
    decoding: Option<jsonwebtoken::DecodingKey>,
    /// A public key, for each of its algorithms.
    parsed: Parsed,
}

/// What the owner says about a key (RFC 7517 4).
#[derive(Debug, Clone, Default)]
pub(crate) struct Labels {
    pub(crate) kid: Option<String>,
    pub(crate) alg: Option<String>,
    pub(crate) usage: Option<String>,
    pub(crate) operations: Option<Vec<String>>,
}

impl Key {
    pub(crate) fn new(material: Material, labels: Labels) -> Self {
        let defect = fitness::defect(&material);
        let decoding = fitness::decoding_key(&material);
        let parsed = Parsed::of(&material);
        Self { labels: Arc::new(labels), body: Arc::new(Body { material, defect, decoding, parsed }) }
    }

    /// The same key under another `kid`.
    pub(crate) fn renamed(&self, kid: Option<String>) -> Self {
        let labels = Labels { kid, ..(*self.labels).clone() };
        Self { labels: Arc::new(labels), body: Arc::clone(&self.body) }
    }

    /// The same key without what its owner says about it.
    pub(crate) fn unlabelled(&self) -> Self {
        Self { labels: Arc::default(), body: Arc::clone(&self.body) }
    }

    /// The key's id (RFC 7517 4.5).
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.labels.kid.as_deref()
    }

    /// The algorithm that the key is bound to by its `alg`, as it stands there (RFC 7517 4.4).
    #[must_use]
    pub fn algorithm_name(&self) -> Option<&str> {
        self.labels.alg.as_deref()
    }

    /// What the key is for by its `use`: `sig` or `enc` (RFC 7517 4.2).
    #[must_use]
    pub fn usage(&self) -> Option<&str> {
        self.labels.usage.as_deref()
    }

    /// The value of `kty`: `RSA`, `EC`, `OKP` or `oct`.
    #[must_use]
    pub fn kty(&self) -> &'static str {
        self.body.material.kty()
    }

    /// Whether the private half, or the shared secret, is in it.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.body.material.is_private()
    }

    /// Type and size in words: `RSA, 2048 bits`.
    #[must_use]
    pub fn describe(&self) -> String {
        self.body.material.describe()
    }

    /// Why this key must not be used (too small, known weak, off its curve), if so.
    #[must_use]
    pub fn defect(&self) -> Option<&str> {
        self.body.defect.as_deref()
    }

    /// The RFC 7638 thumbprint: base64url of SHA-256 over the required members.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        public::thumbprint(&self.body.material)
    }

    /// The RFC 9278 URI of the thumbprint.
    #[must_use]
    pub fn thumbprint_uri(&self) -> String {
        format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", self.thumbprint())
    }

    /// The public half as a JWK with its labels; `None` for a shared secret, which has none.
    #[must_use]
    pub fn public_jwk(&self) -> Option<Map<String, Value>> {
        public::jwk(&self.body.material, &self.labels)
    }

    pub(crate) fn material(&self) -> &Material {
        &self.body.material
    }

    pub(crate) fn labels(&self) -> &Labels {
        &self.labels
    }

    pub(crate) fn decoding(&self) -> Option<&jsonwebtoken::DecodingKey> {
        self.body.decoding.as_ref()
    }

    pub(crate) fn parsed(&self, algorithm: Algorithm) -> Option<&parsed::Public> {
        self.body.parsed.key(&self.body.material, algorithm)
    }

    /// Whether the key may verify signatures of this algorithm; if not, why.
    pub(crate) fn fits(&self, algorithm: Algorithm) -> Result<(), String> {
        fitness::fits(self, algorithm)
    }

    /// Why the key must not be used with this algorithm, although it is of the right kind.
    pub(crate) fn defect_for(&self, algorithm: Algorithm) -> Option<String> {
        fitness::defect_for(self, algorithm)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("kind", &self.describe()).field("labels", &self.labels).finish_non_exhaustive()
    }
}

/// Reads one key: a JWK, or PEM or DER of a public key, private key or X.509 certificate.
///
/// # Errors
/// [`JoseError::UnreadableKey`] if the bytes are none of these. A key that reads and must not be used is no error here:
/// see [`Key::defect`].
pub fn parse_key(bytes: &[u8]) -> Result<Key, JoseError> {
    let text = std::str::from_utf8(bytes).map(|text| text.trim_start_matches('\u{FEFF}').trim_start());
    match text {
        Ok(text) if text.starts_with('{') => {
            let members = crate::json::strict_object(text.as_bytes()).map_err(JoseError::UnreadableKey)?;
            if members.contains_key("keys") {
                return Err(JoseError::UnreadableKey("this is a JWK Set, not one key".to_owned()));
            }
            jwk::read(&members).map_err(JoseError::UnreadableKey)
        }
        Ok(text) if text.contains("-----BEGIN ") => encoded::from_pem(text),
        _ => encoded::from_der(bytes),
    }
}

/// Reads one JWK that is already JSON.
pub(crate) fn parse_jwk(members: &Map<String, Value>) -> Result<Key, String> {
    jwk::read(members)
}

/// The key that a shared secret is: its UTF-8 bytes, as client secrets are used with HS256 to HS512.
#[must_use]
pub fn secret_key(secret: &SecretString) -> Key {
    let bytes = Zeroizing::new(secret.expose_secret().as_bytes().to_vec());
    Key::new(Material::Oct(bytes), Labels::default())
}
