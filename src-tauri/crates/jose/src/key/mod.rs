//! One key: what it is made of and what its owner allows.

use crate::JoseError;
use secrecy::SecretString;

/// A key that was read, public or private or shared.
#[derive(Clone)]
pub struct Key {
    kid: Option<String>,
}

impl Key {
    /// The key's id (RFC 7517 4.5).
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The RFC 7638 thumbprint: base64url of SHA-256 over the required members.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        String::new()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// Reads one key: a JWK, or PEM or DER of a public key, private key or X.509 certificate.
///
/// # Errors
/// [`JoseError::UnreadableKey`] if the bytes are none of these.
pub fn parse_key(bytes: &[u8]) -> Result<Key, JoseError> {
    let _ = bytes;
    Err(JoseError::UnreadableKey("nothing is read yet".to_owned()))
}

/// The key that a shared secret is: its UTF-8 bytes, as client secrets are used with HS256 to HS512.
#[must_use]
pub fn secret_key(secret: &SecretString) -> Key {
    let _ = secret;
    Key { kid: None }
}
