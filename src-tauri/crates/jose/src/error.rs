//! Why a key could not be read or used. Not here: verdicts on tokens, which are data ([`crate::inspection`]).

use thiserror::Error;

/// What can go wrong with keys and signing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JoseError {
    /// The bytes are no JWK, JWKS, PEM, DER or certificate that can be read.
    #[error("this is not a key that can be read: {0}")]
    UnreadableKey(String),
    /// The key reads, and must not be used (too small, off its curve, known weak, wrong use).
    #[error("this key must not be used: {0}")]
    UnusableKey(String),
    /// The key cannot do this algorithm.
    #[error("{algorithm} cannot be used with this key: {reason}")]
    WrongKey {
        /// The algorithm asked for.
        algorithm: String,
        /// What does not fit.
        reason: String,
    },
    /// No such algorithm is known here.
    #[error("the algorithm `{0}` is not supported; see RFC 7518 3.1 for the names")]
    UnknownAlgorithm(String),
    /// Claims or header members cannot be written as a JSON object.
    #[error("the token's content cannot be written: {0}")]
    UnwritableContent(String),
    /// The cryptographic library refused; nothing can be done but to try again.
    #[error("the cryptographic operation failed")]
    Crypto,
}
