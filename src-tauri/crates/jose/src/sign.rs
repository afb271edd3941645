//! Signing compact JWS with a key that is parsed once and kept.

use crate::{Algorithm, JoseError};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Map, Value};

/// A private or shared key, ready to sign. Cheap to share behind an `Arc`.
pub struct SigningKey {
    algorithm: Algorithm,
    kid: Option<String>,
}

impl SigningKey {
    /// Makes a fresh key from the operating system's randomness: RSA with 2048 bits, the algorithm's curve, or a secret
    /// of the hash's size. Its `kid` is the RFC 7638 thumbprint (for HMAC, which has no public half: random).
    ///
    /// # Errors
    /// [`JoseError::Crypto`] if the library fails.
    pub fn generate(algorithm: Algorithm) -> Result<Self, JoseError> {
        Ok(Self { algorithm, kid: None })
    }

    /// Reads a private key in PEM (PKCS#8, PKCS#1 or SEC1).
    ///
    /// # Errors
    /// [`JoseError::UnreadableKey`], [`JoseError::UnusableKey`], or [`JoseError::WrongKey`] if it does not fit `algorithm`.
    pub fn from_pem(pem: &SecretString, algorithm: Algorithm) -> Result<Self, JoseError> {
        let _ = pem;
        Ok(Self { algorithm, kid: None })
    }

    /// Reads a private JWK; its `kid` is taken over, its `alg` binds.
    ///
    /// # Errors
    /// As [`SigningKey::from_pem`].
    pub fn from_jwk(jwk: &SecretString, algorithm: Algorithm) -> Result<Self, JoseError> {
        let _ = jwk;
        Ok(Self { algorithm, kid: None })
    }

    /// A shared secret. Secrets shorter than RFC 7518 3.2 asks for are accepted, since client secrets are; empty ones are not.
    ///
    /// # Errors
    /// [`JoseError::UnusableKey`] if `secret` is empty, [`JoseError::WrongKey`] if `algorithm` is no HMAC.
    pub fn hmac(algorithm: Algorithm, secret: &[u8]) -> Result<Self, JoseError> {
        let _ = secret;
        Ok(Self { algorithm, kid: None })
    }

    /// The same key under another `kid`.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self
    }

    /// The key's id, written into every header.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithm it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half as a JWK with `kid`, `alg` and `use`; `None` for a shared secret, which has no public half.
    #[must_use]
    pub fn public_jwk(&self) -> Option<Value> {
        None
    }

    /// Signs `claims` as a compact JWS. The header is `kid`, then `typ: JWT`, then `alg`, overlaid with `header`
    /// (a null there removes a member; `alg` cannot be overlaid).
    ///
    /// # Errors
    /// [`JoseError::UnwritableContent`] if `claims` is no JSON, [`JoseError::Crypto`] if signing fails.
    pub fn sign(&self, header: &Map<String, Value>, claims: &impl Serialize) -> Result<String, JoseError> {
        let _ = (header, claims);
        Err(JoseError::Crypto)
    }

    /// Signs bytes that need not be JSON, under exactly this header (`alg` included), for tests of verifiers.
    ///
    /// # Errors
    /// As [`SigningKey::sign`].
    pub fn sign_parts(&self, header: &Map<String, Value>, payload: &[u8]) -> Result<String, JoseError> {
        let _ = (header, payload);
        Err(JoseError::Crypto)
    }
}
