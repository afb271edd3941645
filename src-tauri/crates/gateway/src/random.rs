//! Unguessable values: identifiers, secrets. Belongs here: everything that asks the cryptographic generator.
//! Not here: keys (`jose`).

use std::{cell::RefCell, sync::Arc};

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

/// A random UUID, as Gravitee's identifiers are. Every request has two, so their bits are drawn in bulk.
pub(crate) fn uuid() -> Arc<str> {
    thread_local! {
        static DRAWN: RefCell<Vec<[u8; 16]>> = const { RefCell::new(Vec::new()) };
    }
    let random = DRAWN.with_borrow_mut(|drawn| {
        if drawn.is_empty() {
            drawn.extend_from_slice(bytes::<1024>().as_chunks().0);
        }
        drawn.pop().unwrap_or_else(bytes)
    });
    let mut text = uuid::Uuid::encode_buffer();
    let text: &str = uuid::Builder::from_random_bytes(random).into_uuid().hyphenated().encode_lower(&mut text);
    text.into()
}
