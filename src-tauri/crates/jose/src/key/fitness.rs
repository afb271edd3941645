//! Whether a key can be used at all, and for which algorithm. Not here: finding the key in a set.

use super::material::{Curve, Ec, Material, Okp, OkpCurve, Rsa};
use super::{Key, roca};
use crate::Algorithm;
use crate::algorithm::Family;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256K1_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED,
    EcdsaVerificationAlgorithm, ParsedPublicKey,
};
use jsonwebtoken::DecodingKey;

/// Moduli beyond this only serve to stall a verifier.
const LARGEST_RSA_BITS: usize = 8192;

/// What makes the key unusable for everything.
pub(super) fn defect(material: &Material) -> Option<String> {
    match material {
        Material::Rsa(rsa) => rsa_defect(rsa),
        Material::Ec(ec) => ec_defect(ec),
        Material::Okp(Okp { curve, x, .. }) => (x.len() != curve.bytes())
            .then(|| format!("the key has {} bytes; {} has {}", x.len(), curve.name(), curve.bytes())),
        Material::Oct(secret) => secret.is_empty().then(|| "the secret is empty".to_owned()),
    }
}

fn rsa_defect(rsa: &Rsa) -> Option<String> {
    let bits = rsa.bits();
    if bits < 2048 {
        return Some(format!("RSA with {bits} bits is too small; RFC 7518 3.3 asks for 2048"));
    }
    if bits > LARGEST_RSA_BITS {
        return Some(format!("RSA with {bits} bits is too large; {LARGEST_RSA_BITS} are accepted"));
    }
    match rsa.e.as_slice() {
        [] => return Some("the RSA exponent is 0".to_owned()),
        [1] => return Some("the RSA exponent is 1: everything verifies".to_owned()),
        [.., last] if last % 2 == 0 => return Some("the RSA exponent is even".to_owned()),
        e if e.len() > 4 => return Some("the RSA exponent is larger than 32 bits".to_owned()),
        _ => {}
    }
    if rsa.n.last().is_some_and(|last| last % 2 == 0) {
        return Some("the RSA modulus is even, so it is factored".to_owned());
    }
    roca::is_roca(&rsa.n)
        .then(|| "the RSA modulus has the ROCA fingerprint (CVE-2017-15361): it can be factored".to_owned())
}

fn ec_defect(ec: &Ec) -> Option<String> {
    let bytes = ec.curve.bytes();
    let name = ec.curve.name();
    if ec.x.len() != bytes || ec.y.len() != bytes {
        return Some(format!("the coordinates have {} and {} bytes; {name} has {bytes}", ec.x.len(), ec.y.len()));
    }
    let parsed = ParsedPublicKey::new(verification(ec.curve), ec.point());
    parsed.is_err().then(|| format!("the point is not on the curve {name}"))
}

/// The ECDSA algorithm that belongs to a curve.
pub(crate) fn verification(curve: Curve) -> &'static EcdsaVerificationAlgorithm {
    match curve {
        Curve::P256 => &ECDSA_P256_SHA256_FIXED,
        Curve::P384 => &ECDSA_P384_SHA384_FIXED,
        Curve::P521 => &ECDSA_P521_SHA512_FIXED,
        Curve::Secp256k1 => &ECDSA_P256K1_SHA256_FIXED,
    }
}

/// The prepared key of `jsonwebtoken`: a shared secret. Public keys are [`super::parsed`].
pub(super) fn decoding_key(material: &Material) -> Option<DecodingKey> {
    match material {
        Material::Oct(secret) => Some(DecodingKey::from_secret(secret)),
        Material::Rsa(_) | Material::Ec(_) | Material::Okp(_) => None,
    }
}

/// Whether the key is of the kind that the algorithm takes, and its owner allows it (RFC 7517 4.2 to 4.4).
pub(super) fn fits(key: &Key, algorithm: Algorithm) -> Result<(), String> {
    if !kind_fits(key.material(), algorithm) {
        return Err(format!("{algorithm} does not go with this key ({})", key.describe()));
    }
    let labels = key.labels();
    if let Some(alg) = labels.alg.as_deref()
        && !binds(alg, algorithm)
    {
        return Err(format!("the key is bound to `{alg}` by its `alg`; the token says {algorithm}"));
    }
    if let Some(usage) = labels.usage.as_deref().filter(|usage| *usage != "sig") {
        return Err(format!("the key's `use` is `{usage}`, not `sig`"));
    }
    match labels.operations.as_deref() {
        // A private key that signs verifies, too; a public key with `sign` is mislabelled.
        Some(operations)
            if !operations.iter().any(|named| named == "verify" || (named == "sign" && key.is_private())) =>
        {
            Err(format!("the key's `key_ops` are `{}`; `verify` is not among them", operations.join(" ")))
        }
        _ => Ok(()),
    }
}

fn kind_fits(material: &Material, algorithm: Algorithm) -> bool {
    match (material, algorithm.family()) {
        (Material::Rsa(_), Family::RsaPkcs1 | Family::RsaPss) | (Material::Oct(_), Family::Hmac) => true,
        (Material::Ec(ec), Family::Ecdsa) => {
            let expected = match ec.curve {
                Curve::P256 => Algorithm::Es256,
                Curve::P384 => Algorithm::Es384,
                Curve::P521 => Algorithm::Es512,
                Curve::Secp256k1 => Algorithm::Es256K,
            };
            algorithm == expected
        }
        (Material::Okp(okp), Family::EdDsa) => okp.curve == OkpCurve::Ed25519,
        _ => false,
    }
}

/// `EdDSA` and `Ed25519` are two names of one algorithm (RFC 9864 2.2).
fn binds(alg: &str, algorithm: Algorithm) -> bool {
    alg == algorithm.name() || (alg == "EdDSA" || alg == "Ed25519") && algorithm.family() == Family::EdDsa
}

pub(super) fn defect_for(key: &Key, algorithm: Algorithm) -> Option<String> {
    if let Some(defect) = key.defect() {
        return Some(defect.to_owned());
    }
    match (key.material(), algorithm.hmac_key_bytes()) {
        (Material::Oct(secret), Some(least)) if secret.len() < least => Some(format!(
            "the secret has {} bytes; RFC 7518 3.2 asks for at least {least} with {algorithm}",
            secret.len()
        )),
        _ => None,
    }
}
