//! Agreeing on a key over elliptic curves: ECDH-ES with the Concat KDF (RFC 7518 4.6, RFC 8037 3.2).

use super::{Bytes, Message};
use crate::key::material::{Curve, Material, OkpCurve};
use crate::{Key, base64url};
use aws_lc_rs::agreement::{Algorithm, ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::digest;
use serde_json::Value;
use zeroize::Zeroizing;

/// The key of `length` bytes that both sides derive for the purpose `name`; `None` if the ephemeral key is no good.
pub(super) fn derive(message: &Message<'_>, key: &Key, name: &str, length: usize) -> Option<Bytes> {
    let (algorithm, private) = private(key)?;
    let public = ephemeral(message, key)?;
    let private = PrivateKey::from_private_key(algorithm, private).ok()?;
    let party = |member: &str| match message.header.get(member) {
        None => Some(Vec::new()),
        Some(value) => base64url::decode(value.as_str()?),
    };
    let other = other_info(name, &party("apu")?, &party("apv")?, length);
    let public = UnparsedPublicKey::new(algorithm, public);
    agree(&private, public, (), |secret| Ok(concat_kdf(secret, &other, length))).ok()
}

fn private(key: &Key) -> Option<(&'static Algorithm, &[u8])> {
    match key.material() {
        Material::Ec(ec) => {
            let algorithm = match ec.curve {
                Curve::P256 => &ECDH_P256,
                Curve::P384 => &ECDH_P384,
                Curve::P521 => &ECDH_P521,
                Curve::Secp256k1 => return None,
            };
            Some((algorithm, ec.d.as_ref()?))
        }
        Material::Okp(okp) if okp.curve == OkpCurve::X25519 => Some((&X25519, okp.d.as_ref()?)),
        _ => None,
    }
}

/// The sender's `epk`, which must be a good public key on the same curve.
fn ephemeral(message: &Message<'_>, key: &Key) -> Option<Vec<u8>> {
    let Some(Value::Object(members)) = message.header.get("epk") else { return None };
    let epk = crate::key::parse_jwk(members).ok().filter(|epk| epk.defect().is_none())?;
    match (epk.material(), key.material()) {
        (Material::Ec(theirs), Material::Ec(ours)) if theirs.curve == ours.curve => Some(theirs.point()),
        (Material::Okp(theirs), Material::Okp(ours)) if theirs.curve == ours.curve => Some(theirs.x.clone()),
        _ => None,
    }
}

/// `AlgorithmID || PartyUInfo || PartyVInfo || SuppPubInfo`.
fn other_info(name: &str, apu: &[u8], apv: &[u8], length: usize) -> Vec<u8> {
    let mut info = Vec::new();
    for part in [name.as_bytes(), apu, apv] {
        info.extend_from_slice(&(part.len() as u32).to_be_bytes());
        info.extend_from_slice(part);
    }
    info.extend_from_slice(&(length as u32 * 8).to_be_bytes());
    info
}

fn concat_kdf(secret: &[u8], other: &[u8], length: usize) -> Bytes {
    let mut derived = Zeroizing::new(Vec::with_capacity(length + 32));
    for round in 1_u32.. {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [round.to_be_bytes().as_slice(), secret, other] {
            context.update(part);
        }
        derived.extend_from_slice(context.finish().as_ref());
        if derived.len() >= length {
            break;
        }
    }
    derived.truncate(length);
    derived
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    /// Wycheproof: 518 agreements with JWK keys, low-order points and non-canonical coordinates among them.
    #[test]
    fn agreement_on_x25519_follows_wycheproof() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/vectors/wycheproof/x25519_jwk_test.json");
        let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let mut agreed = 0;
        for test in file["testGroups"][0]["tests"].as_array().unwrap() {
            let key = test["private"].as_object().and_then(|private| crate::key::parse_jwk(private).ok());
            let header = serde_json::json!({"epk": test["public"]});
            let message = Message {
                header: header.as_object().unwrap(),
                encrypted_key: &[],
                iv: &[],
                ciphertext: &[],
                tag: &[],
                additional_data: &[],
            };
            let derived = key.as_ref().and_then(|key| derive(&message, key, "A128GCM", 16));
            let hex = test["shared"].as_str().unwrap();
            let shared: Vec<u8> =
                (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
            let expected = concat_kdf(&shared, &other_info("A128GCM", &[], &[], 16), 16);
            match test["result"].as_str().unwrap() {
                "valid" => assert_eq!(derived.unwrap(), expected, "{}", test["tcId"]),
                "invalid" => assert!(derived.is_none(), "{}", test["tcId"]),
                _acceptable => assert!(derived.is_none_or(|derived| derived == expected), "{}", test["tcId"]),
            }
            agreed += 1;
        }
        assert!(agreed > 500);
    }
}
