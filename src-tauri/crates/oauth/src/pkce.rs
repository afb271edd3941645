//! Proof Key for Code Exchange (RFC 7636): S256, always.
//! Belongs here: verifier and challenge. Not here: the flow around them (`authorization`).

use aws_lc_rs::digest;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::SecretString;

use crate::{Error, random};

/// A verifier of 43 characters from 32 random bytes, and its challenge.
pub(crate) struct Pkce {
    pub(crate) verifier: SecretString,
    pub(crate) challenge: String,
}

impl Pkce {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self::of(random::text::<32>()?))
    }

    fn of(verifier: String) -> Self {
        let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
        Self { challenge: BASE64_URL_SAFE_NO_PAD.encode(hash), verifier: verifier.into() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use secrecy::ExposeSecret;

    /// RFC 7636 appendix B.
    #[test]
    fn the_vector_of_the_standard() {
        let pkce = Pkce::of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        assert_eq!(pkce.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn fresh_ones_are_long_enough_and_differ() {
        let (one, other) = (Pkce::new().unwrap(), Pkce::new().unwrap());
        assert_eq!(one.verifier.expose_secret().len(), 43);
        assert_ne!(one.challenge, other.challenge);
    }
}
