//! Strict verification of a compact JWS for those who act on it (the gateway). Not here: explaining ([`crate::inspect()`]).
//!
//! HMACs are verified by `jsonwebtoken` at the level of bytes. Its `decode` is not used: it takes a header for granted that
//! it knows, and so cannot be strict about duplicate members, `crit`, `use`, `key_ops` and key sizes, which are checked here
//! and in [`crate::key`]. Public keys, which it parses anew every time, go to `aws-lc-rs`, the provider under both.

use crate::algorithm::Algorithm;
use crate::{Key, KeySet, base64url, json};
use serde_json::{Map, Value};
use thiserror::Error;

/// A token whose signature holds. Its claims are not judged yet.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The protected header.
    pub header: Map<String, Value>,
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
    /// The header's `crit` is malformed, or names an extension that is not understood (RFC 7515 4.1.11).
    #[error("{0}")]
    Critical(String),
    /// No key of the set fits kid and algorithm.
    #[error("no key fits: {0}")]
    NoKey(String),
    /// The fitting key must not be used.
    #[error("the key must not be used: {0}")]
    UnusableKey(String),
    /// The signature does not match.
    #[error("the signature does not match")]
    Signature,
}

impl KeySet {
    /// Verifies a compact JWS strictly. The algorithm must be in `allowed` and fit the key; the token only picks among them.
    ///
    /// # Errors
    /// [`VerifyError`] says what is wrong with the token; nothing of it must be used then.
    pub fn verify_jws(&self, token: &str, allowed: &[Algorithm]) -> Result<Verified, VerifyError> {
        let malformed = |part: &str, reason: &str| VerifyError::Malformed(format!("{part}: {reason}"));
        let (signing_input, signature) =
            token.rsplit_once('.').ok_or_else(|| malformed("token", "three parts expected"))?;
        let (header, payload) =
            signing_input.split_once('.').ok_or_else(|| malformed("token", "three parts expected"))?;
        let header = base64url::decode(header).ok_or_else(|| malformed("header", "not base64url"))?;
        let header = json::strict_object(&header).map_err(|reason| malformed("header", &reason))?;
        if base64url::decode(signature).is_none() {
            return Err(malformed("signature", "not base64url"));
        }
        let is_encoded = payload_is_encoded(&header)?;
        let payload = if is_encoded {
            base64url::decode(payload).ok_or_else(|| malformed("payload", "not base64url"))?
        } else if payload.contains('.') {
            return Err(malformed("token", "three parts expected"));
        } else {
            payload.as_bytes().to_vec()
        };
        let (algorithm, kid) = self.decide(&header, allowed, signing_input.as_bytes(), signature)?;
        Ok(Verified { header, payload, algorithm, kid })
    }

    /// Picks algorithm and key, and checks the signature with them.
    fn decide(
        &self,
        header: &Map<String, Value>,
        allowed: &[Algorithm],
        signing_input: &[u8],
        signature: &str,
    ) -> Result<(Algorithm, Option<String>), VerifyError> {
        let name = header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let algorithm = Algorithm::from_name(name)
            .filter(|algorithm| allowed.contains(algorithm))
            .ok_or_else(|| VerifyError::Algorithm(json::brief(&name.into())))?;
        let kid = self.asked(header)?;
        let mut refusal = VerifyError::Signature;
        for member in self.candidates(kid, algorithm)? {
            match verify(&member.key, algorithm, signing_input, signature) {
                Ok(()) => return Ok((algorithm, member.key.kid().map(str::to_owned))),
                Err(reason) => refusal = reason,
            }
        }
        Err(refusal)
    }
}

/// Verifies with one key that fits the algorithm.
pub(crate) fn verify(
    key: &Key,
    algorithm: Algorithm,
    signing_input: &[u8],
    signature: &str,
) -> Result<(), VerifyError> {
    if let Some(defect) = key.defect_for(algorithm) {
        return Err(VerifyError::UnusableKey(defect));
    }
    if matches(key, algorithm, signing_input, signature) { Ok(()) } else { Err(VerifyError::Signature) }
}

/// Whether the signature (base64url) matches, however weak the key is.
pub(crate) fn matches(key: &Key, algorithm: Algorithm, signing_input: &[u8], signature: &str) -> bool {
    if let Some(parsed) = key.parsed(algorithm) {
        let signature = base64url::decode(signature);
        return signature.is_some_and(|signature| parsed.verifies(signing_input, &signature));
    }
    let (Some(name), Some(decoding)) = (jsonwebtoken_name(algorithm), key.decoding()) else { return false };
    jsonwebtoken::crypto::verify(signature, signing_input, decoding, name).unwrap_or(false)
}

fn jsonwebtoken_name(algorithm: Algorithm) -> Option<jsonwebtoken::Algorithm> {
    use jsonwebtoken::Algorithm as Name;
    match algorithm {
        Algorithm::Hs256 => Some(Name::HS256),
        Algorithm::Hs384 => Some(Name::HS384),
        Algorithm::Hs512 => Some(Name::HS512),
        _ => None,
    }
}

/// Whether the payload is base64url: always, unless `b64` is false and critical (RFC 7797 6). Checks `crit` on the way.
pub(crate) fn payload_is_encoded(header: &Map<String, Value>) -> Result<bool, VerifyError> {
    let critical = |message: String| Err(VerifyError::Critical(message));
    let mut names_b64 = false;
    match header.get("crit") {
        None => {}
        Some(Value::Array(names)) if !names.is_empty() => {
            for name in names {
                match name.as_str() {
                    Some("b64") if header.contains_key("b64") => names_b64 = true,
                    Some(name) => return critical(format!("the critical header parameter `{name}` is not understood")),
                    None => return critical("`crit` holds something else than names".to_owned()),
                }
            }
        }
        Some(_) => return critical("`crit` must be a list of names that is not empty".to_owned()),
    }
    match header.get("b64") {
        None => Ok(true),
        Some(Value::Bool(value)) if names_b64 => Ok(*value),
        Some(_) => critical("`b64` must be a boolean and named in `crit`".to_owned()),
    }
}
