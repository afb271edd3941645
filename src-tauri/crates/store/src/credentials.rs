//! The three things that live in one keyring item: client id, secret, domain.
//! Belongs here: the type and its form inside the item. Not here: the keyring.

use secrecy::SecretString;

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
