//! What goes into a keyring item, and what is sealed into the library because it is too large for one.
//! Belongs here: sealing. Not here: where the two halves are kept.
//!
//! Windows caps an item at 2,560 bytes. Every sealed value has a key of its own, which lives and dies with its item: without the
//! item the sealed bytes are noise.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, Payload},
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::VaultError;

/// The largest value that goes into the item itself, in bytes.
const LARGEST_ITEM: usize = 1_200;

/// The half of a sealed value that lies in the library.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) nonce: Vec<u8>,
    pub(crate) ciphertext: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealingKey {
    sealed: String,
}

impl Zeroize for SealingKey {
    fn zeroize(&mut self) {
        self.sealed.zeroize();
    }
}

/// Splits a value that is too large for an item: returns what goes into the item and what goes into the library.
pub(crate) fn seal(
    account: &str,
    item: Zeroizing<Vec<u8>>,
) -> Result<(Zeroizing<Vec<u8>>, Option<Sealed>), VaultError> {
    if item.len() <= LARGEST_ITEM {
        return Ok((item, None));
    }
    let failed = |what: &str| VaultError::Failed(what.to_owned());
    let key = Zeroizing::new(<[u8; 32]>::try_generate().map_err(|_| failed("no randomness"))?);
    let nonce = XNonce::try_generate().map_err(|_| failed("no randomness"))?;
    let ciphertext = XChaCha20Poly1305::new(&Key::from(*key))
        .encrypt(&nonce, Payload { msg: &item, aad: account.as_bytes() })
        .map_err(|_| failed("sealing"))?;
    let item = Zeroizing::new(SealingKey { sealed: STANDARD_NO_PAD.encode(*key) });
    let item = serde_json::to_vec(&*item).map(Zeroizing::new).map_err(|_| failed("sealing"))?;
    Ok((item, Some(Sealed { nonce: nonce.to_vec(), ciphertext })))
}

/// Puts the halves together again.
pub(crate) fn open(account: &str, item: &[u8], sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let foreign = || VaultError::Foreign("it does not open what is sealed in the library".to_owned());
    let key: Zeroizing<SealingKey> = serde_json::from_slice(item).map(Zeroizing::new).map_err(|_| foreign())?;
    let key = Zeroizing::new(STANDARD_NO_PAD.decode(key.sealed.as_bytes()).map_err(|_| foreign())?);
    let cipher = XChaCha20Poly1305::new_from_slice(&key).map_err(|_| foreign())?;
    let nonce = XNonce::try_from(sealed.nonce.as_slice()).map_err(|_| foreign())?;
    cipher
        .decrypt(&nonce, Payload { msg: &sealed.ciphertext, aad: account.as_bytes() })
        .map(Zeroizing::new)
        .map_err(|_| foreign())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn small_values_stay_whole() {
        let (item, sealed) = seal("a", Zeroizing::new(vec![7; LARGEST_ITEM])).unwrap();
        assert!(sealed.is_none());
        assert_eq!(item.len(), LARGEST_ITEM);
    }

    #[test]
    fn large_values_come_back_only_with_their_own_item_and_account() {
        let value = vec![7; LARGEST_ITEM + 1];
        let (item, sealed) = seal("a", Zeroizing::new(value.clone())).unwrap();
        let (other, _) = seal("a", Zeroizing::new(value.clone())).unwrap();
        let mut sealed = sealed.unwrap();
        assert!(item.len() < 2_560, "Windows would refuse {} bytes", item.len());
        assert_eq!(*open("a", &item, &sealed).unwrap(), value);
        assert!(open("b", &item, &sealed).is_err());
        assert!(open("a", &other, &sealed).is_err());
        assert!(open("a", b"{\"sealed\":\"AAAA\"}", &sealed).is_err());
        sealed.ciphertext[3] ^= 1;
        assert!(open("a", &item, &sealed).is_err());
    }
}
