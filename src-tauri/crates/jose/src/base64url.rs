//! base64url without padding (RFC 7515 2): strict for verifiers, forgiving and telling for an inspector.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};

/// What a forgiving reading found.
pub(crate) struct Reading {
    /// The bytes, as far as they can be read.
    pub(crate) bytes: Vec<u8>,
    /// Departures from strict base64url: byte offset inside the text, and what is there. At most one of each kind.
    pub(crate) departures: Vec<(usize, String)>,
}

/// Writes base64url.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads strictly: no padding, no white space, no `+` or `/`, spare bits zero.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Reads what can be read and says what a strict reader refuses.
pub(crate) fn read(text: &str) -> Reading {
    if let Some(bytes) = decode(text) {
        return Reading { bytes, departures: Vec::new() };
    }
    let (mut symbols, mut departures) = symbols(text);
    if symbols.len() % 4 == 1 {
        symbols.pop();
        let message = "the part ends in the middle of a byte: its length is 4n+1, a character is missing or too many";
        departures.push((text.len(), message.to_owned()));
    }
    let forgiving = GeneralPurpose::new(
        &URL_SAFE,
        GeneralPurposeConfig::new()
            .with_encode_padding(false)
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
    );
    let bytes = forgiving.decode(&symbols).unwrap_or_default();
    if URL_SAFE_NO_PAD.decode(&symbols).is_err() {
        departures.push((
            text.len().saturating_sub(1),
            "the spare bits of the last character are not zero, so two texts stand for the same bytes".to_owned(),
        ));
    }
    Reading { bytes, departures }
}

/// The base64url characters of a text, and the first occurrence of each kind of foreign character.
fn symbols(text: &str) -> (Vec<u8>, Vec<(usize, String)>) {
    let mut symbols = Vec::with_capacity(text.len());
    let mut seen = [false; 4];
    let mut departures = Vec::new();
    for (offset, character) in text.char_indices() {
        let (kind, message) = match character {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' => {
                symbols.push(character as u8);
                continue;
            }
            '+' | '/' => {
                symbols.push(if character == '+' { b'-' } else { b'_' });
                (0, format!("`{character}` belongs to ordinary base64; base64url writes `-` and `_`"))
            }
            '=' => (1, "padding `=` is not allowed".to_owned()),
            c if c.is_whitespace() => (2, "white space is not allowed".to_owned()),
            c => (3, format!("`{}` is no base64url character", c.escape_default())),
        };
        if let Some(first) = seen.get_mut(kind).filter(|seen| !**seen) {
            *first = true;
            departures.push((offset, message));
        }
    }
    (symbols, departures)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn strict_reading_refuses_what_forgiving_reading_explains() {
        for (text, offset, word) in [
            ("Zm9v=", 4, "padding"),
            ("Zm 9v", 2, "white space"),
            ("+_8", 0, "ordinary base64"),
            ("Zm9", 2, ""),
            ("Zm9?v", 3, "no base64url"),
            ("Zm9vZ", 5, "4n+1"),
            ("Zg-", 2, "spare bits"),
        ] {
            if word.is_empty() {
                continue;
            }
            assert_eq!(decode(text), None, "{text}");
            let reading = read(text);
            assert_eq!(reading.departures[0].0, offset, "{text}");
            assert!(reading.departures[0].1.contains(word), "{text}: {}", reading.departures[0].1);
        }
        assert_eq!(read("Zm9v==").bytes, b"foo");
        assert_eq!(read("Z m 9 v").bytes, b"foo");
        assert!(read("Zm9v").departures.is_empty());
    }

    #[test]
    fn a_million_foreign_characters_make_one_note() {
        let reading = read(&"+".repeat(1_000_000));
        assert_eq!(reading.departures.len(), 1);
    }
}
