//! Key management (RFC 7518 4): which keys an `alg` takes, and how the content key comes out. Not here: the content.

use super::content::{Encryption, gcm};
use super::{Bytes, Closed, Message, agreement, key_wrap};
use crate::key::der;
use crate::key::material::{Curve, Material, OkpCurve, Rsa};
use crate::{Key, base64url};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512, OaepAlgorithm,
    OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::{pbkdf2, rand};
use serde_json::Value;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// More PBKDF2 rounds than this only serve to stall the reader (RFC 8725bis).
pub(super) const MOST_ROUNDS: u64 = 1_200_000;

/// A value of `alg`. Sizes are bytes of the key that wraps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Management {
    Rsa1_5,
    RsaOaep,
    RsaOaep256,
    RsaOaep384,
    RsaOaep512,
    AesKw(usize),
    AesGcmKw(usize),
    Direct,
    EcdhEs,
    EcdhEsKw(usize),
    Pbes2(usize),
}

use Management::{
    AesGcmKw, AesKw, Direct, EcdhEs, EcdhEsKw, Pbes2, Rsa1_5, RsaOaep, RsaOaep256, RsaOaep384, RsaOaep512,
};

const NAMES: [(&str, Management); 19] = [
    ("RSA1_5", Rsa1_5),
    ("RSA-OAEP", RsaOaep),
    ("RSA-OAEP-256", RsaOaep256),
    ("RSA-OAEP-384", RsaOaep384),
    ("RSA-OAEP-512", RsaOaep512),
    ("A128KW", AesKw(16)),
    ("A192KW", AesKw(24)),
    ("A256KW", AesKw(32)),
    ("A128GCMKW", AesGcmKw(16)),
    ("A192GCMKW", AesGcmKw(24)),
    ("A256GCMKW", AesGcmKw(32)),
    ("dir", Direct),
    ("ECDH-ES", EcdhEs),
    ("ECDH-ES+A128KW", EcdhEsKw(16)),
    ("ECDH-ES+A192KW", EcdhEsKw(24)),
    ("ECDH-ES+A256KW", EcdhEsKw(32)),
    ("PBES2-HS256+A128KW", Pbes2(16)),
    ("PBES2-HS384+A192KW", Pbes2(24)),
    ("PBES2-HS512+A256KW", Pbes2(32)),
];

impl Management {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, management)| management)
    }

    fn name(self) -> &'static str {
        NAMES.into_iter().find(|(_, management)| *management == self).map_or("", |(name, _)| name)
    }
}

/// Whether a key may open messages of this kind; if not, why. Nothing here depends on the message's content.
pub(super) fn fits(key: &Key, management: Management, encryption: Encryption) -> Result<(), String> {
    let name = management.name();
    if let Some(defect) = key.defect() {
        return Err(format!("The key must not be used: {defect}."));
    }
    if !kind_fits(key.material(), management, encryption) {
        return Err(format!("{name} does not go with this key ({}).", key.describe()));
    }
    if !key.is_private() {
        return Err("This is a public key; a private one is needed to decrypt.".to_owned());
    }
    let labels = key.labels();
    // A key for `dir` is labelled with the content encryption that it is used for (RFC 7520 5.6.1).
    let bound = if management == Direct { encryption.name() } else { name };
    if let Some(alg) = labels.alg.as_deref().filter(|alg| *alg != bound && *alg != name) {
        return Err(format!("The key is bound to `{alg}` by its `alg`; the token says {name}."));
    }
    if let Some(usage) = labels.usage.as_deref().filter(|usage| *usage != "enc") {
        return Err(format!("The key's `use` is `{usage}`, not `enc`."));
    }
    const OPERATIONS: [&str; 4] = ["decrypt", "unwrapKey", "deriveKey", "deriveBits"];
    match labels.operations.as_deref() {
        Some(operations) if !operations.iter().any(|operation| OPERATIONS.contains(&operation.as_str())) => {
            Err(format!("The key's `key_ops` are `{}`; decrypting is not among them.", operations.join(" ")))
        }
        _ => Ok(()),
    }
}

fn kind_fits(material: &Material, management: Management, encryption: Encryption) -> bool {
    match (material, management) {
        (Material::Rsa(_), Rsa1_5 | RsaOaep | RsaOaep256 | RsaOaep384 | RsaOaep512) => true,
        (Material::Ec(ec), EcdhEs | EcdhEsKw(_)) => ec.curve != Curve::Secp256k1,
        (Material::Okp(okp), EcdhEs | EcdhEsKw(_)) => okp.curve == OkpCurve::X25519,
        (Material::Oct(secret), AesKw(size) | AesGcmKw(size)) => secret.len() == size,
        (Material::Oct(secret), Direct) => secret.len() == encryption.key_bytes(),
        (Material::Oct(_), Pbes2(_)) => true,
        _ => false,
    }
}

/// The content key; `Ok(None)` if the key does not open it.
pub(super) fn content_key(
    message: &Message<'_>,
    key: &Key,
    management: Management,
    encryption: Encryption,
) -> Result<Option<Bytes>, Closed> {
    let wrapped = message.encrypted_key;
    Ok(match (management, key.material()) {
        (Rsa1_5, Material::Rsa(rsa)) => Some(rsa_pkcs1(rsa, wrapped, encryption.key_bytes())),
        (RsaOaep, Material::Rsa(rsa)) => rsa_oaep(rsa, wrapped, &OAEP_SHA1_MGF1SHA1),
        (RsaOaep256, Material::Rsa(rsa)) => rsa_oaep(rsa, wrapped, &OAEP_SHA256_MGF1SHA256),
        (RsaOaep384, Material::Rsa(rsa)) => rsa_oaep(rsa, wrapped, &OAEP_SHA384_MGF1SHA384),
        (RsaOaep512, Material::Rsa(rsa)) => rsa_oaep(rsa, wrapped, &OAEP_SHA512_MGF1SHA512),
        (AesKw(_), Material::Oct(secret)) => key_wrap::unwrap(secret, wrapped),
        (AesGcmKw(_), Material::Oct(secret)) => gcm_unwrap(message, secret),
        (Direct, Material::Oct(secret)) if wrapped.is_empty() => Some(secret.clone()),
        (EcdhEs, _) if wrapped.is_empty() => agreement::derive(message, key, encryption.name(), encryption.key_bytes()),
        (EcdhEsKw(size), _) => agreement::derive(message, key, management.name(), size)
            .and_then(|wrapping| key_wrap::unwrap(&wrapping, wrapped)),
        (Pbes2(size), Material::Oct(password)) => {
            pbes2(message, password, management.name(), size)?.and_then(|wrapping| key_wrap::unwrap(&wrapping, wrapped))
        }
        _ => None,
    })
}

fn decrypting(rsa: &Rsa) -> Option<PrivateDecryptingKey> {
    /// `AlgorithmIdentifier` of rsaEncryption with NULL parameters.
    const ALGORITHM: &[u8] =
        &[0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00];
    let pkcs1 = Zeroizing::new(der::value(der::OCTET_STRING, rsa.private.as_ref()?));
    let content = Zeroizing::new([der::unsigned(&[]).as_slice(), ALGORITHM, &pkcs1].concat());
    PrivateDecryptingKey::from_pkcs8(&Zeroizing::new(der::value(der::SEQUENCE, &content))).ok()
}

fn rsa_oaep(rsa: &Rsa, wrapped: &[u8], algorithm: &'static OaepAlgorithm) -> Option<Bytes> {
    let key = OaepPrivateDecryptingKey::new(decrypting(rsa)?).ok()?;
    let mut buffer = Zeroizing::new(vec![0; key.min_output_size()]);
    let length = key.decrypt(algorithm, wrapped, &mut buffer, None).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

/// A random key stands in for one that does not come out, so that the padding cannot be probed (RFC 7516 11.5).
fn rsa_pkcs1(rsa: &Rsa, wrapped: &[u8], size: usize) -> Bytes {
    let mut stand_in = Zeroizing::new(vec![0; size]);
    if rand::fill(&mut stand_in).is_err() {
        return Zeroizing::new(Vec::new());
    }
    let opened = || {
        let key = Pkcs1PrivateDecryptingKey::new(decrypting(rsa)?).ok()?;
        let mut buffer = Zeroizing::new(vec![0; key.min_output_size()]);
        let length = key.decrypt(wrapped, &mut buffer).ok()?.len();
        buffer.truncate(length);
        (length == size).then_some(buffer)
    };
    opened().unwrap_or(stand_in)
}

/// RFC 7518 4.7.
fn gcm_unwrap(message: &Message<'_>, secret: &[u8]) -> Option<Bytes> {
    let member = |name: &str| base64url::decode(message.header.get(name)?.as_str()?);
    gcm(secret, &member("iv")?, &[], message.encrypted_key, &member("tag")?)
}

/// RFC 7518 4.8.
fn pbes2(message: &Message<'_>, password: &[u8], name: &str, size: usize) -> Result<Option<Bytes>, Closed> {
    let refused = |reason: String| Err(Closed::Refused(reason));
    let rounds = message.header.get("p2c").and_then(Value::as_u64).unwrap_or_default();
    if rounds > MOST_ROUNDS {
        return refused(format!("`p2c` asks for {rounds} rounds; more than {MOST_ROUNDS} are not computed."));
    }
    let Some(rounds) = u32::try_from(rounds).ok().and_then(NonZeroU32::new) else {
        return refused("`p2c` is missing or no positive number.".to_owned());
    };
    let salt = message.header.get("p2s").and_then(Value::as_str).and_then(base64url::decode);
    let Some(salt) = salt.filter(|salt| salt.len() >= 8) else {
        return refused("`p2s` must be base64url of at least 8 bytes.".to_owned());
    };
    let algorithm = match size {
        16 => pbkdf2::PBKDF2_HMAC_SHA256,
        24 => pbkdf2::PBKDF2_HMAC_SHA384,
        _ => pbkdf2::PBKDF2_HMAC_SHA512,
    };
    let mut derived = Zeroizing::new(vec![0; size]);
    pbkdf2::derive(algorithm, rounds, &[name.as_bytes(), &[0], &salt].concat(), password, &mut derived);
    Ok(Some(derived))
}
