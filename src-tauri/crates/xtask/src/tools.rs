//! Cargo tools, installed below the target folder unless they are in PATH.

use crate::failure::Done;
use crate::files;
use crate::step::{Step, say};
use std::path::PathBuf;

/// Licences, sources, bans and known advisories of all dependencies, as `.cargo/deny.toml` says.
///
/// # Errors
/// When a dependency breaks a rule. Where the advisory database cannot be reached, this is said and passed over: CI has it.
pub(crate) fn deny() -> Done {
    let deny = cargo_tool("cargo-deny")?;
    Step::new(&deny).args(["check", "bans", "licenses", "sources"]).run()?;
    if Step::new(&deny).args(["fetch", "db"]).output().is_none() {
        say("Advisories: NOT checked, since their database cannot be reached from here");
        return Ok(());
    }
    Step::new(&deny).args(["check", "--disable-fetch", "advisories"]).run()
}

fn cargo_tool(name: &str) -> Done<PathBuf> {
    if Step::new(name).args(["--version"]).output().is_some() {
        return Ok(PathBuf::from(name));
    }
    let folder = files::target().join("tools");
    let program = folder.join("bin").join(name);
    if !program.exists() {
        let folder = folder.to_string_lossy();
        Step::new("cargo").args(["install", "--locked", "--quiet", "--root", &folder, name]).run()?;
    }
    Ok(program)
}
