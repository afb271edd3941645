//! Unguessable values: identifiers, secrets. Belongs here: everything that asks the cryptographic generator.
//! Not here: keys (`jose`).

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Random bytes. A generator that fails is asked again: a guessable value must never leave here.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    while rand::fill(&mut bytes).is_err() {
        std::thread::yield_now();
    }
    bytes
}

/// 256 random bits as text that needs no escaping in a shell or URL (RFC 6749 section 10.10).
pub(crate) fn token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// A random UUID, as Gravitee's identifiers are.
pub(crate) fn uuid() -> String {
    uuid::Builder::from_random_bytes(bytes()).into_uuid().to_string()
}
