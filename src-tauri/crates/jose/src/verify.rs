//! Strict verification of a compact JWS for those who act on it (the gateway). Not here: explaining ([`crate::inspect`]).

use crate::Algorithm;
use thiserror::Error;

/// A token whose signature holds. Its claims are not judged yet.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The protected header.
    pub header: serde_json::Map<String, serde_json::Value>,
    /// The payload's bytes.
    pub payload: Vec<u8>,
    /// The algorithm that was used.
    pub algorithm: Algorithm,
    /// The `kid` of the key that decided.
    pub kid: Option<String>,
}

/// Why a token was not verified.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Not a strict compact JWS.
    #[error("not a well-formed JWS: {0}")]
    Malformed(String),
    /// `alg` is missing, `none`, unknown, or not among those allowed.
    #[error("the algorithm `{0}` is not allowed")]
    Algorithm(String),
    /// The header names an extension in `crit` that is not understood (RFC 7515 4.1.11).
    #[error("the critical header parameter `{0}` is not understood")]
    Critical(String),
    /// No key of the set fits kid and algorithm.
    #[error("no key fits this token")]
    NoKey,
    /// The fitting key must not be used.
    #[error("the key must not be used: {0}")]
    UnusableKey(String),
    /// The signature does not match.
    #[error("the signature does not match")]
    Signature,
}
