//! No secret in any file: the whole life of a secret, then a search for it in every form it could have been written in.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use support::keyring::Keyring;

use crate::driver::Driver;

/// The bytes that a file would hold had the canary been written there.
fn forms(canary: &str) -> Vec<Vec<u8>> {
    let hex = |upper: bool| -> String {
        canary.bytes().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect()
    };
    let mut forms = vec![
        canary.as_bytes().to_vec(),
        canary.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        hex(true).into_bytes(),
        hex(false).into_bytes(),
    ];
    for (ahead, cut) in [(0, 0), (1, 2), (2, 3)] {
        let encoded = STANDARD.encode([&vec![0; ahead], canary.as_bytes()].concat());
        let end = encoded.trim_end_matches('=').len() - 2;
        forms.push(encoded.as_bytes()[cut..end].to_vec());
    }
    forms
}

/// The files below `folder` that hold the canary.
fn hits(folder: &Path, canary: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(hits(&entry.path(), canary));
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).unwrap();
            let hit = forms(canary).iter().any(|form| bytes.windows(form.len()).any(|window| window == form));
            found.extend(hit.then(|| entry.path().display().to_string()));
        }
    }
    found
}

#[test]
fn no_secret_is_in_any_file() {
    let canary = "kN4ry-8d1f-Tweet-55c2-never-on-disk";
    let keyring = Keyring::start();
    let home = keyring.folder().join("library");
    let mut store = Driver::start(&home, &keyring.environment());
    store.add("small", canary);
    let large = store.add("large", &canary.repeat(60));
    store.ask(json!({ "do": "save", "name": "this run", "client_id": "c", "secret": canary, "memory": true }));
    store.ask(json!({ "do": "save", "id": large, "name": "large", "client_id": "changed" }));
    assert_eq!(store.secret(large), canary.repeat(60));
    store.ask(json!({ "do": "delete", "id": large }));

    assert!(home.join("library.sqlite-wal").metadata().unwrap().len() > 0, "the write-ahead log is among the files");
    assert!(hits(&home, "my-client").len() == 1, "the search finds what is there");
    assert_eq!(hits(keyring.folder(), canary), Vec::<String>::new());
    store.kill();
    assert_eq!(hits(keyring.folder(), canary), Vec::<String>::new());
    drop(Driver::start(&home, &keyring.environment()));
    assert_eq!(hits(keyring.folder(), canary), Vec::<String>::new());
}

#[test]
fn the_search_knows_every_form() {
    let folder = tempfile::TempDir::new().unwrap();
    let canary = "a canary that is there";
    let utf16: Vec<u8> = canary.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
    let encoded = ["", "x", "xy", "xyz"].map(|ahead| STANDARD.encode(format!("{ahead}{canary}!")).into_bytes());
    let planted = [canary.as_bytes().to_vec(), utf16, hex.to_uppercase().into_bytes(), hex.into_bytes()];
    for (number, bytes) in planted.into_iter().chain(encoded).enumerate() {
        let file = folder.path().join(number.to_string());
        fs::write(&file, [b"before".as_slice(), &bytes, b"after"].concat()).unwrap();
        assert_eq!(hits(folder.path(), canary).len(), 1, "form {number}");
        fs::remove_file(file).unwrap();
    }
}
