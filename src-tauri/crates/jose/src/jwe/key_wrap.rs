//! AES Key Wrap (RFC 3394 2.2.2). Written out on the block cipher, since the provider has no wrap for 192 bits.

use super::Bytes;
use aws_lc_rs::cipher::{AES_128, AES_192, AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time;
use zeroize::Zeroizing;

/// Unwraps a key; `None` if the wrapping key or the wrapped one is not right.
pub(super) fn unwrap(wrapping: &[u8], wrapped: &[u8]) -> Option<Bytes> {
    let cipher = match wrapping.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => return None,
    };
    let (register, blocks) = wrapped.split_first_chunk::<8>()?;
    if blocks.len() < 16 || !blocks.len().is_multiple_of(8) {
        return None;
    }
    let cipher = DecryptingKey::ecb(UnboundCipherKey::new(cipher, wrapping).ok()?).ok()?;
    let mut register = *register;
    let mut blocks = Zeroizing::new(blocks.to_vec());
    let count = blocks.len() / 8;
    for step in (1..=6 * count as u64).rev() {
        let place = 8 * ((step as usize - 1) % count);
        let block = blocks.get_mut(place..place + 8)?;
        let mut buffer =
            Zeroizing::new([(u64::from_be_bytes(register) ^ step).to_be_bytes().as_slice(), block].concat());
        let opened = cipher.decrypt(&mut buffer, DecryptionContext::None).ok()?;
        let (head, tail) = opened.split_first_chunk::<8>()?;
        register = *head;
        block.copy_from_slice(tail);
    }
    constant_time::verify_slices_are_equal(&register, &[0xA6; 8]).ok()?;
    Some(blocks)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn the_examples_of_the_rfc_unwrap() {
        // RFC 3394 4.1, 4.2 and 4.6.
        for (wrapping, wrapped, key) in [
            (
                "000102030405060708090A0B0C0D0E0F",
                "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5",
                "00112233445566778899AABBCCDDEEFF",
            ),
            (
                "000102030405060708090A0B0C0D0E0F1011121314151617",
                "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D",
                "00112233445566778899AABBCCDDEEFF",
            ),
            (
                "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
                "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
                "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
            ),
        ] {
            assert_eq!(*unwrap(&bytes(wrapping), &bytes(wrapped)).unwrap(), bytes(key));
            let mut changed = bytes(wrapped);
            changed[9] ^= 1;
            assert!(unwrap(&bytes(wrapping), &changed).is_none());
            assert!(unwrap(&bytes(wrapping), &changed[..16]).is_none());
        }
    }
}
