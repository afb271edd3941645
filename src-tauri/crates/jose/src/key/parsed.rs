//! Public keys that are parsed once and kept. Not here: which key verifies a token ([`crate::verify`]).
//!
//! `jsonwebtoken` parses a public key anew for every signature, a good part of the whole cost, and has neither ES512 nor
//! ES256K; so public keys go to `aws-lc-rs`, the provider under both.

use super::fitness::verification;
use super::material::{Curve, Material, OkpCurve};
use super::recurring::Recurring;
use crate::Algorithm;
use aws_lc_rs::signature::{
    ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents,
};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// One key in the form that each of its algorithms takes, made when it is first asked for.
pub(super) struct Parsed(Vec<(Algorithm, OnceLock<Option<Public>>)>);

impl Parsed {
    pub(super) fn of(material: &Material) -> Self {
        use Algorithm as A;
        let algorithms: &[A] = match material {
            Material::Rsa(_) => &[A::Rs256, A::Rs384, A::Rs512, A::Ps256, A::Ps384, A::Ps512],
            Material::Ec(ec) => match ec.curve {
                Curve::P256 => &[A::Es256],
                Curve::P384 => &[A::Es384],
                Curve::P521 => &[A::Es512],
                Curve::Secp256k1 => &[A::Es256K],
            },
            Material::Okp(okp) if okp.curve == OkpCurve::Ed25519 => &[A::EdDsa, A::Ed25519],
            Material::Okp(_) | Material::Oct(_) => &[],
        };
        Self(algorithms.iter().map(|algorithm| (*algorithm, OnceLock::new())).collect())
    }

    /// The key for this algorithm; none for a shared secret, or if the key is no such key at all.
    pub(super) fn key(&self, material: &Material, algorithm: Algorithm) -> Option<&Public> {
        let (_, kept) = self.0.iter().find(|(known, _)| *known == algorithm)?;
        kept.get_or_init(|| parse(material, algorithm)).as_ref()
    }
}

/// A public key that is ready to verify with one algorithm.
pub(crate) struct Public {
    key: ParsedPublicKey,
    /// The multiples of a P-256 key, once it has verified [`RECURS`] signatures.
    recurring: Option<(AtomicU32, OnceLock<Option<Recurring>>)>,
}

/// After so many signatures a key is taken for one that comes again: what its multiples cost is then saved soon.
const RECURS: u32 = 64;

impl Public {
    fn new(key: ParsedPublicKey) -> Self {
        Self { key, recurring: None }
    }

    /// A key whose multiples are worth keeping.
    fn of_p256(key: ParsedPublicKey) -> Self {
        Self { recurring: Some(Default::default()), ..Self::new(key) }
    }

    /// Whether the signature is that of the message. The multiples can only say yes: what they do not confirm, `aws-lc-rs`
    /// judges.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let confirmed = self.recurring().is_some_and(|recurring| recurring.confirms(message, signature));
        confirmed || self.key.verify_sig(message, signature).is_ok()
    }

    fn recurring(&self) -> Option<&Recurring> {
        let (met, multiples) = self.recurring.as_ref()?;
        if met.load(Relaxed) < RECURS {
            met.fetch_add(1, Relaxed);
            return None;
        }
        multiples.get_or_init(|| Recurring::new(self.key.as_ref())).as_ref()
    }
}

fn parse(material: &Material, algorithm: Algorithm) -> Option<Public> {
    match material {
        Material::Rsa(rsa) => {
            let components = RsaPublicKeyComponents { n: &rsa.n, e: &rsa.e };
            components.to_parsed_public_key(rsa_parameters(algorithm)?).ok().map(Public::new)
        }
        Material::Ec(ec) => {
            let key = ParsedPublicKey::new(verification(ec.curve), ec.point()).ok()?;
            Some(if ec.curve == Curve::P256 { Public::of_p256(key) } else { Public::new(key) })
        }
        Material::Okp(okp) => ParsedPublicKey::new(&ED25519, &okp.x).ok().map(Public::new),
        Material::Oct(_) => None,
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Some(&RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Some(&RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::RECURS;
    use crate::{Algorithm, SigningKey, parse_key};

    #[test]
    fn a_key_is_parsed_once_and_its_copies_share_it() {
        let key = parse_key(include_bytes!("../../tests/keys/rsapub.pem")).unwrap();
        let parsed = key.parsed(Algorithm::Rs256).unwrap();
        for copy in [key.clone(), key.renamed(Some("other".to_owned())), key.unlabelled()] {
            assert!(std::ptr::eq(parsed, copy.parsed(Algorithm::Rs256).unwrap()));
        }
        assert!(!std::ptr::eq(parsed, key.parsed(Algorithm::Ps256).unwrap()), "another padding, another key");
        assert!(key.parsed(Algorithm::Es512).is_none());
    }

    #[test]
    fn a_key_that_comes_again_judges_as_before() {
        let signing = SigningKey::generate(Algorithm::Es256).unwrap();
        let key = signing.verifying_key();
        let parsed = key.parsed(Algorithm::Es256).unwrap();
        for round in 0..RECURS {
            let message = round.to_be_bytes();
            let signature = signing.signature(&message).unwrap();
            assert!(parsed.verifies(&message, &signature), "{round}");
            assert!(!parsed.verifies(b"another", &signature), "{round}");
        }
        assert!(parsed.recurring().is_some(), "its multiples are kept by now");
    }
}
