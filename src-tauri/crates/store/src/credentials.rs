//! The three things that live in one keyring item: client id, secret, domain.
//! Belongs here: the type and its form inside the item. Not here: the keyring.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::VaultError;

/// The largest value that can be kept, in bytes.
const LARGEST: usize = 1 << 20;

/// The credentials of a connection, as kept in the keyring. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// OAuth client identifier.
    pub client_id: String,
    /// The secret; none for a public client.
    pub client_secret: Option<SecretString>,
    /// Gravitee security domain.
    pub domain: Option<String>,
}

#[derive(Serialize)]
struct Written<'a> {
    client_id: &'a str,
    client_secret: Option<&'a str>,
    domain: Option<&'a str>,
}

#[derive(Deserialize)]
struct Read {
    client_id: String,
    client_secret: Option<String>,
    domain: Option<String>,
}

impl Credentials {
    /// The bytes of the item. Written into one buffer that is large enough, so that no copy is left behind by growing.
    pub(crate) fn to_item(&self) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let secret = self.client_secret.as_ref().map(|secret| secret.expose_secret());
        let domain = self.domain.as_deref();
        let size = self.client_id.len() + secret.map_or(0, str::len) + domain.map_or(0, str::len);
        if size > LARGEST {
            return Err(VaultError::TooLarge(size));
        }
        let mut item = Zeroizing::new(Vec::with_capacity(6 * size + 64));
        let written = Written { client_id: &self.client_id, client_secret: secret, domain };
        serde_json::to_writer(&mut *item, &written).map_err(|error| VaultError::Failed(error.to_string()))?;
        Ok(item)
    }

    /// Reads what [`Self::to_item`] wrote. The error never repeats the content.
    pub(crate) fn from_item(item: &[u8]) -> Result<Self, VaultError> {
        let read: Read = serde_json::from_slice(item)
            .map_err(|_| VaultError::Foreign("its content is not what this program writes".to_owned()))?;
        Ok(Self {
            client_id: read.client_id,
            client_secret: read.client_secret.map(SecretString::from),
            domain: read.domain,
        })
    }
}
