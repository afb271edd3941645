//! Content encryption (RFC 7518 5): AES-CBC with HMAC, and AES-GCM. Not here: where the content key comes from.

use super::{Bytes, Message};
use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, hmac};
use zeroize::Zeroizing;

/// A value of `enc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    A128CbcHs256,
    A192CbcHs384,
    A256CbcHs512,
    A128Gcm,
    A192Gcm,
    A256Gcm,
}

impl Encryption {
    const ALL: [Self; 6] =
        [Self::A128CbcHs256, Self::A192CbcHs384, Self::A256CbcHs512, Self::A128Gcm, Self::A192Gcm, Self::A256Gcm];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A192CbcHs384 => "A192CBC-HS384",
            Self::A256CbcHs512 => "A256CBC-HS512",
            Self::A128Gcm => "A128GCM",
            Self::A192Gcm => "A192GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encryption| encryption.name() == name)
    }

    /// Bytes of the content key.
    pub(crate) fn key_bytes(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A192Gcm => 24,
            Self::A128CbcHs256 | Self::A256Gcm => 32,
            Self::A192CbcHs384 => 48,
            Self::A256CbcHs512 => 64,
        }
    }
}

/// The content, if key, tag and all sizes are right.
pub(super) fn decrypt(encryption: Encryption, key: &[u8], message: &Message<'_>) -> Option<Bytes> {
    if key.len() != encryption.key_bytes() {
        return None;
    }
    match encryption {
        Encryption::A128Gcm | Encryption::A192Gcm | Encryption::A256Gcm => {
            gcm(key, message.iv, message.additional_data, message.ciphertext, message.tag)
        }
        Encryption::A128CbcHs256 => cbc(&AES_128, hmac::HMAC_SHA256, key, message),
        Encryption::A192CbcHs384 => cbc(&AES_192, hmac::HMAC_SHA384, key, message),
        Encryption::A256CbcHs512 => cbc(&AES_256, hmac::HMAC_SHA512, key, message),
    }
}

/// AES-GCM with a nonce of 96 bits and a tag of 128 (RFC 7518 5.3); the key's size picks the cipher.
pub(super) fn gcm(key: &[u8], iv: &[u8], additional_data: &[u8], ciphertext: &[u8], tag: &[u8]) -> Option<Bytes> {
    let cipher = match key.len() {
        16 => &AES_128_GCM,
        24 => &AES_192_GCM,
        32 => &AES_256_GCM,
        _ => return None,
    };
    if tag.len() != 16 {
        return None;
    }
    let key = LessSafeKey::new(UnboundKey::new(cipher, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(iv).ok()?;
    let mut buffer = Zeroizing::new([ciphertext, tag].concat());
    let length = key.open_in_place(nonce, Aad::from(additional_data), &mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

/// AES-CBC with HMAC (RFC 7518 5.2): the tag is checked before anything is decrypted, so there is no padding oracle.
fn cbc(cipher: &'static Algorithm, hash: hmac::Algorithm, key: &[u8], message: &Message<'_>) -> Option<Bytes> {
    let (mac_key, cipher_key) = key.split_at_checked(key.len() / 2)?;
    let bits = (message.additional_data.len() as u64) * 8;
    let mut context = hmac::Context::with_key(&hmac::Key::new(hash, mac_key));
    for part in [message.additional_data, message.iv, message.ciphertext, &bits.to_be_bytes()] {
        context.update(part);
    }
    let tag = context.sign();
    let expected = tag.as_ref().get(..mac_key.len())?;
    constant_time::verify_slices_are_equal(expected, message.tag).ok()?;
    let iv: [u8; 16] = message.iv.try_into().ok()?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(cipher, cipher_key).ok()?).ok()?;
    let mut buffer = Zeroizing::new(message.ciphertext.to_vec());
    let length = key.decrypt(&mut buffer, DecryptionContext::Iv128(FixedLength::from(iv))).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}
