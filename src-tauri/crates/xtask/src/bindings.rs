//! `cargo xtask bindings`: the TypeScript types of what crosses to the window, generated from Rust.

use crate::failure::{Done, Failure};
use crate::files;
use crate::step::{Step, say};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn committed() -> PathBuf {
    files::top().join("ui/src/lib/bindings")
}

/// Replaces the generated types.
///
/// # Errors
/// When the engine does not compile, or the folder cannot be written.
pub(crate) fn bindings() -> Done {
    let fresh = generate()?;
    let folder = committed();
    // Only now: what does not compile leaves the old ones.
    fs::remove_dir_all(&folder)?;
    for (name, text) in contents(&fresh)? {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(path, text)?;
    }
    Ok(())
}

/// Compares the generated types with what the sources say.
///
/// # Errors
/// When they differ; the text names the files.
pub(crate) fn check() -> Done {
    let (committed, fresh) = (contents(&committed())?, contents(&generate()?)?);
    let names = committed.keys().chain(fresh.keys()).collect::<std::collections::BTreeSet<_>>();
    let differing: Vec<_> =
        names.into_iter().filter(|name| committed.get(*name) != fresh.get(*name)).cloned().collect();
    if differing.is_empty() {
        say("Generated types: up to date");
        return Ok(());
    }
    Err(Failure::new(format!("generated types differ ({}): run `cargo xtask bindings`", differing.join(", "))))
}

/// Generates the types into a folder below `target`.
fn generate() -> Done<PathBuf> {
    let folder = files::target().join("xtask/bindings");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    // The desk's types take along what they are made of; the gateway has types that the window gets from it alone.
    let packages = ["--package", "claimcheck-desk", "--package", "claimcheck-gateway"];
    let which = ["--features", "claimcheck-desk/bindings", "--lib", "export_bindings"];
    let export = Step::new("cargo").args(["test", "--quiet"]).args(packages).args(which);
    export.env("TS_RS_EXPORT_DIR", &folder).run()?;
    Ok(folder)
}

fn contents(folder: &Path) -> Done<BTreeMap<String, Vec<u8>>> {
    let read = |path: PathBuf| {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        Ok((name, fs::read(&path)?))
    };
    all_files(folder)?.into_iter().map(read).collect()
}

fn all_files(folder: &Path) -> Done<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in files::sorted(folder)? {
        if path.is_dir() {
            found.extend(all_files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
