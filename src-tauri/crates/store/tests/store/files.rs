//! The library's file: who may read it, and what happens when it is damaged, foreign, too new, on a full or read-only disk.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use claimcheck_store::{Error, NewHistoryEntry, Notice, Opened};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    driver::{Driver, program},
    library::{open, save},
};

/// A closed library with connections and a history in it.
async fn filled(folder: &Path) -> PathBuf {
    let store = open(folder).await.unwrap().store;
    for number in 0..40 {
        let id = save(&store, &format!("connection {number}")).await.id;
        let entry = NewHistoryEntry {
            connection: Some(id),
            method: "GET".to_owned(),
            url: format!("https://a/{}", "p".repeat(500)),
            status: Some(200),
            total_us: None,
            size: None,
        };
        store.add_history(entry).await.unwrap();
    }
    drop(store);
    let path = folder.join("library.sqlite");
    assert!(!folder.join("library.sqlite-wal").exists(), "closed: all of it is in the one file");
    path
}

fn aside(notices: &[Notice]) -> Option<&Path> {
    notices.iter().find_map(|notice| match notice {
        Notice::SetAside { path, .. } => Some(path.as_path()),
        _ => None,
    })
}

#[tokio::test]
async fn only_the_owner_can_read() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("a/b");
    let store = open(&folder).await.unwrap().store;
    save(&store, "one").await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 4, "library, log, index and lock: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_file_that_is_no_library_is_set_aside_untouched() {
    let foreign = TempDir::new().unwrap();
    let foreign = foreign.path().join("foreign.sqlite");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    let header_only = b"SQLite format 3\0".to_vec();
    for content in [Vec::new(), b"garbage ".repeat(700), header_only, fs::read(&foreign).unwrap()] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("library.sqlite");
        for _ in 0..2 {
            fs::write(&path, &content).unwrap();
            let Opened { store, notices } = open(folder.path()).await.unwrap();
            let aside = aside(&notices).unwrap_or_else(|| panic!("{} bytes were taken for a library", content.len()));
            assert!(fs::read(aside).unwrap() == content, "{} bytes were changed", content.len());
            save(&store, "one").await;
        }
        let kept = fs::read_dir(folder.path()).unwrap().filter(|entry| {
            let name = entry.as_ref().unwrap().file_name().into_string().unwrap();
            name.starts_with("library.damaged-") && name.ends_with(".sqlite")
        });
        assert_eq!(kept.count(), 2, "the second one does not overwrite the first");
    }
}

#[tokio::test]
async fn a_truncated_library_is_set_aside() {
    let folder = TempDir::new().unwrap();
    let path = filled(folder.path()).await;
    let whole = fs::read(&path).unwrap();
    for length in [1, 100, 4_095, 4_096, 8_192, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let notices = open(folder.path()).await.unwrap().notices;
        assert_eq!(fs::read(aside(&notices).unwrap_or_else(|| panic!("at {length}"))).unwrap().len(), length);
    }
}

#[tokio::test]
async fn a_flipped_bit_never_ends_in_a_panic_or_in_a_loss_without_a_word() {
    let folder = TempDir::new().unwrap();
    let path = filled(folder.path()).await;
    let whole = fs::read(&path).unwrap();
    let mut set_aside = 0;
    for position in (0..whole.len()).step_by(whole.len() / 150) {
        let mut flipped = whole.clone();
        flipped[position] ^= 1 << (position % 8);
        fs::write(&path, &flipped).unwrap();
        match open(folder.path()).await {
            Ok(Opened { store, notices }) => match aside(&notices) {
                Some(aside) => {
                    set_aside += 1;
                    assert_eq!(fs::read(aside).unwrap().len(), flipped.len());
                }
                None => assert_eq!(store.connections().await.map_or(40, |all| all.len()), 40, "at {position}"),
            },
            Err(Error::NewerSchema { .. }) => {}
            Err(error) => panic!("at {position}: {error}"),
        }
    }
    assert!(set_aside > 3, "some flips hit what holds the file together: {set_aside}");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = filled(folder.path()).await;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let refused = open(folder.path()).await.unwrap_err();
    assert!(matches!(&refused, Error::NewerSchema { found: 99, .. }), "{refused}");
    assert!(fs::read(&path).unwrap() == before);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = open(&file.join("below")).await.unwrap_err();
    assert!(matches!(&refused, Error::Folder { path, .. } if path.starts_with(&file)), "{refused}");
    assert_eq!(refused.code(), "data_folder");
}

/// The driver on a file system of its own, mounted where nobody else sees it; none where mounting is not allowed.
fn on_tmpfs(folder: &Path, options: &str) -> Option<Driver> {
    let allowed = Command::new("unshare").args(["--mount", "--map-root-user", "true"]).status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: this machine does not allow a private mount");
        return None;
    }
    let mut command = Command::new("unshare");
    let script = "mount -t tmpfs -o \"$1\" tmpfs \"$2\" && exec \"$3\" \"$2\" memory";
    command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh", options]).arg(folder).arg(program());
    Some(Driver::spawn(command))
}

#[test]
fn a_read_only_folder_is_named() {
    let folder = TempDir::new().unwrap();
    let Some(store) = on_tmpfs(folder.path(), "ro") else { return };
    assert_eq!(store.opened["error"], "data_folder");
    assert!(store.opened["message"].as_str().unwrap().contains(folder.path().to_str().unwrap()), "{}", store.opened);
}

#[test]
fn a_full_disk_loses_nothing_and_the_next_save_works() {
    let folder = TempDir::new().unwrap();
    let Some(mut store) = on_tmpfs(folder.path(), "size=2m") else { return };
    let id = store.add("before", "s");
    let filler = format!("/proc/{}/root{}/filler", store.pid(), folder.path().display());
    let written = fs::write(&filler, vec![0; 4 << 20]);
    assert!(written.is_err(), "the disk is full now");
    let large = "n".repeat(60_000);
    let refused = store.ask(json!({ "do": "save", "name": large, "client_id": "c", "secret": "s" }));
    assert_eq!(refused["error"], "disk_full", "{refused}");
    assert_eq!(store.list().len(), 1);
    assert_eq!(store.secret(id), "s");
    fs::remove_file(&filler).unwrap();
    let saved = store.ask(json!({ "do": "save", "name": large, "client_id": "c", "secret": "s" }));
    assert!(saved["id"].is_i64(), "{saved}");
}
