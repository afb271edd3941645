//! Searching for a secret in every form it could have been written in.
//! Belongs here: the forms, and walking through files. Not here: where to search and what may be found.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::{fs, path::Path};

/// The bytes that would be there had the secret been written: UTF-8, UTF-16LE, hex, percent-encoded, and in the middle of base64
/// at each of the three alignments (both alphabets).
///
/// # Panics
/// If it is shorter than four bytes: then the forms would be found everywhere.
#[must_use]
pub fn forms(secret: &str) -> Vec<Vec<u8>> {
    assert!(secret.len() >= 4, "too short to be looked for");
    let hex = |upper: bool| -> String {
        secret.bytes().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect()
    };
    let percent = |encode: fn(u8) -> bool, upper: bool| -> Vec<u8> {
        let one = |byte: u8| match (encode(byte), upper) {
            (false, _) => char::from(byte).to_string(),
            (true, true) => format!("%{byte:02X}"),
            (true, false) => format!("%{byte:02x}"),
        };
        secret.bytes().map(one).collect::<String>().into_bytes()
    };
    let reserved: fn(u8) -> bool = |byte| !(byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    let form_encoded =
        |upper: bool| String::from_utf8(percent(reserved, upper)).unwrap().replace("%20", "+").into_bytes();
    let mut forms = vec![
        secret.as_bytes().to_vec(),
        secret.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        hex(true).into_bytes(),
        hex(false).into_bytes(),
        percent(|_| true, true),
        percent(|_| true, false),
        percent(reserved, true),
        percent(reserved, false),
        form_encoded(true),
        form_encoded(false),
        serde_json::to_string(secret).unwrap().trim_matches('"').as_bytes().to_vec(),
    ];
    for (ahead, cut) in [(0, 0), (1, 2), (2, 3)] {
        let encoded = STANDARD.encode([&vec![0; ahead], secret.as_bytes()].concat());
        // The first and last characters depend on the neighbours.
        let middle = &encoded[cut..encoded.trim_end_matches('=').len() - 2];
        forms.push(middle.as_bytes().to_vec());
        forms.push(middle.replace('+', "-").replace('/', "_").into_bytes());
    }
    forms.sort();
    forms.dedup();
    forms
}

/// Whether the bytes hold the secret in any form.
#[must_use]
pub fn holds(bytes: &[u8], secret: &str) -> bool {
    forms(secret).iter().any(|form| find(bytes, form))
}

fn find(bytes: &[u8], form: &[u8]) -> bool {
    let Some((first, rest)) = form.split_first() else { return false };
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| byte == first) {
        from += at + 1;
        if bytes[from..].starts_with(rest) {
            return true;
        }
    }
    false
}

/// The files below a folder that hold the secret, in their content or their name.
///
/// # Panics
/// If there is no such folder: then nothing was searched.
#[must_use]
pub fn files(folder: &Path, secret: &str) -> Vec<String> {
    assert!(folder.is_dir(), "{} is no folder", folder.display());
    below(folder, secret)
}

fn below(folder: &Path, secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    // What is removed while we look holds nothing any more.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            found.extend(below(&entry.path(), secret));
        } else if kind.is_file() {
            let content = fs::read(entry.path()).unwrap_or_default();
            let hit = holds(&content, secret) || holds(entry.file_name().as_encoded_bytes(), secret);
            found.extend(hit.then(|| entry.path().display().to_string()));
        }
    }
    found
}
