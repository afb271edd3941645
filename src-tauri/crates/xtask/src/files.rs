//! Folders of the project, and fingerprints that tell whether something has to be done again.

use crate::failure::Done;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The top folder.
pub(crate) fn top() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.."))
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), |folder| top().join(folder))
}

/// Whether the work with this name was last done on the same fingerprint.
pub(crate) fn is_done(name: &str, fingerprint: &str) -> bool {
    fs::read_to_string(stamp(name)).is_ok_and(|done| done == fingerprint)
}

/// Notes that the work with this name is done for this fingerprint.
pub(crate) fn set_done(name: &str, fingerprint: &str) -> Done {
    let stamp = stamp(name);
    if let Some(folder) = stamp.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(stamp, fingerprint)?)
}

fn stamp(name: &str) -> PathBuf {
    target().join("xtask").join(name)
}

/// Fingerprint of names and contents of everything below a folder, or of a file. Entries whose name is in `except` are
/// left out at every depth; what is not there has a fingerprint too.
pub(crate) fn fingerprint(paths: &[PathBuf], except: &[&str]) -> Done<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        add(&mut hasher, path, except)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(hasher: &mut DefaultHasher, path: &Path, except: &[&str]) -> Done {
    path.file_name().hash(hasher);
    if path.is_dir() {
        for entry in sorted(path)? {
            let left_out = entry.file_name().and_then(|name| name.to_str()).is_some_and(|name| except.contains(&name));
            if !left_out {
                add(hasher, &entry, except)?;
            }
        }
    } else if path.exists() {
        fs::read(path)?.hash(hasher);
    }
    Ok(())
}

/// Entries of a folder by name.
pub(crate) fn sorted(folder: &Path) -> Done<Vec<PathBuf>> {
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Done<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}
