//! Certificates and keys from PKCS#12 files (`.p12`, `.pfx`, RFC 7292).
//! Belongs here: unpacking. Not here: their use.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy, error::Error};
use secrecy::{ExposeSecret, SecretString};

use crate::{Failure, Identity};

impl Identity {
    /// Unpacks the first private key with its certificates.
    ///
    /// # Errors
    /// [`Failure::Passphrase`] if it opens with another passphrase; [`Failure::BadSettings`] if the file is not PKCS#12, or there is no
    /// private key with a certificate in it.
    pub fn from_pkcs12(file: &[u8], passphrase: &SecretString) -> Result<Self, Failure> {
        let bad = |what: &str| Failure::BadSettings { what: format!("the PKCS#12 file {what}") };
        let passphrase = passphrase.expose_secret();
        let store =
            KeyStore::from_pkcs12(file, passphrase, Pkcs12ImportPolicy::Relaxed).map_err(|error| match error {
                Error::MacError(_) => Failure::Passphrase { given: !passphrase.is_empty() },
                error => bad(&format!("cannot be read ({error})")),
            })?;
        let (_, chain) = store.private_key_chain().ok_or_else(|| bad("has no private key with a certificate"))?;
        let certificates: String =
            chain.certs().iter().map(|certificate| pem("CERTIFICATE", certificate.as_der())).collect();
        Ok(Self { certificates: certificates.into_bytes(), key: pem("PRIVATE KEY", chain.key().as_der()).into() })
    }
}

/// RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
