//! The published test vectors, through the public names of the crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod encryption;
mod inspect;
mod keys;
mod paste;
mod proofs;
mod rfc;
mod signature;

use serde_json::Value;

/// Reads a vector file of `tests/vectors`.
fn load(path: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/vectors/");
    let text = std::fs::read(format!("{folder}{path}")).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_slice(&text).unwrap()
}

/// Every test of a Wycheproof file with its group.
fn cases(file: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    file["testGroups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["tests"].as_array().unwrap().iter().map(move |test| (group, test)))
}

/// The public key of a group, or the secret one where there is no other.
fn verification_key(group: &Value) -> Vec<u8> {
    let key = if group["public"].is_null() { &group["private"] } else { &group["public"] };
    serde_json::to_vec(key).unwrap()
}
