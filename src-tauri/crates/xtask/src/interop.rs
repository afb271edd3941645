//! `cargo xtask interop`: our parts against clients and servers that others wrote. Not part of `test`, since it needs npm's
//! registry.

use crate::failure::Done;
use crate::step::{Step, say};
use crate::{files, ui};

/// Runs every ignored interop test.
///
/// # Errors
/// When a package cannot be installed, or a test fails.
pub(crate) fn interop() -> Done {
    ensure_packages()?;
    let ignored = ["--", "--ignored", "interop"];
    Step::new("cargo").args(["test", "--package", "claimcheck-oauth", "--test", "oauth"]).args(ignored).run()?;
    Step::new("cargo").args(["test", "--package", "claimcheck-gateway", "--test", "sockets"]).args(ignored).run()?;
    Step::new("cargo").args(["test", "--package", "claimcheck-tests", "--test", "headless"]).args(ignored).run()
}

/// Sees to it that the packages of `tests/interop` are installed.
///
/// # Errors
/// When Node is missing or too old, or the registry cannot be reached.
pub(crate) fn ensure_packages() -> Done {
    ui::ensure_node()?;
    let folder = files::top().join("tests/interop");
    let fingerprint = files::fingerprint(&[folder.join("package-lock.json"), folder.join("package.json")], &[])?;
    if folder.join("node_modules").is_dir() && files::is_done("interop-npm-ci", &fingerprint) {
        say("Interop packages: up to date");
        return Ok(());
    }
    Step::new("npm").args(["ci", "--no-audit", "--no-fund"]).folder(&folder).run()?;
    files::set_done("interop-npm-ci", &fingerprint)
}
