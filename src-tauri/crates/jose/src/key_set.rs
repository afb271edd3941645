//! Keys with their provenance: given by the user, or fetched from the issuer's JWKS.

use crate::{Algorithm, JoseError, Key, Verified, VerifyError};

/// Keys to verify or decrypt with, and where they came from.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// No key at all: nothing will be checked.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Keys that the user gave; an empty list is a set in which no key fits.
    #[must_use]
    pub fn given(keys: Vec<Key>) -> Self {
        Self { keys }
    }

    /// The same keys, said to come from this file (still given by the user).
    #[must_use]
    pub fn from_file(self, path: &str) -> Self {
        let _ = path;
        self
    }

    /// The same keys, said to come from the issuer's JWKS at this URL.
    #[must_use]
    pub fn from_issuer(self, url: &str) -> Self {
        let _ = url;
        self
    }

    /// The keys, in the order they came in.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// Verifies a compact JWS strictly. The algorithm must be in `allowed` and fit the key; the token only picks among them.
    ///
    /// # Errors
    /// [`VerifyError`] says what is wrong with the token; the content must not be used then.
    pub fn verify_jws(&self, token: &str, allowed: &[Algorithm]) -> Result<Verified, VerifyError> {
        let _ = (token, allowed);
        Err(VerifyError::NoKey)
    }
}

/// Reads a JWK Set (RFC 7517 5), or a single JWK. Members that cannot be read are left out, and listed by the key lint.
///
/// # Errors
/// [`JoseError::UnreadableKey`] if this is no JSON object with a `keys` array.
pub fn parse_jwks(bytes: &[u8]) -> Result<KeySet, JoseError> {
    let _ = bytes;
    Err(JoseError::UnreadableKey("nothing is read yet".to_owned()))
}
