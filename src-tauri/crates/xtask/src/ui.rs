//! The UI's npm packages, its checks and its build. What is up to date is left alone.

use crate::failure::{Done, Failure};
use crate::files;
use crate::step::{Step, say};
use crate::tally::Tally;
use std::path::PathBuf;

/// Oldest Node that the UI's build runs on, as in `engines` of its package.json.
const NODE: (u32, u32) = (20, 19);

/// What a build makes, or what is not the UI's source.
const NOT_SOURCE: &[&str] = &["node_modules", "dist"];

fn folder() -> PathBuf {
    files::top().join("ui")
}

/// A script of package.json.
pub(crate) fn script(name: &str) -> Step {
    Step::new("npm").args(["run", "--silent", name]).folder(folder()).env("NO_COLOR", "1")
}

/// Sees to it that the packages of the lock file are installed.
///
/// # Errors
/// When Node is missing or too old, or the registry cannot be reached.
pub(crate) fn ensure_packages() -> Done {
    ensure_node()?;
    let fingerprint = files::fingerprint(&[folder().join("package-lock.json"), folder().join("package.json")], &[])?;
    if folder().join("node_modules").is_dir() && files::is_done("npm-ci", &fingerprint) {
        say("UI packages: up to date");
        return Ok(());
    }
    Step::new("npm").args(["ci", "--no-audit", "--no-fund"]).folder(folder()).run()?;
    files::set_done("npm-ci", &fingerprint)
}

/// Sees to it that `ui/dist` is built from the sources as they are.
///
/// # Errors
/// When the build fails.
pub(crate) fn ensure_built() -> Done {
    let before = state()?;
    if folder().join("dist/index.html").exists() && files::is_done("ui-build", &before) {
        say("UI build: up to date");
        return Ok(());
    }
    script("build").run()?;
    files::set_done("ui-build", &state()?)
}

/// Types, lint and unit tests.
///
/// # Errors
/// When types or lint are wrong; failing tests are counted.
pub(crate) fn test(tally: &mut Tally) -> Done {
    check()?;
    script("test").run_tests(tally)
}

/// Types and lint.
///
/// # Errors
/// When one of them complains.
pub(crate) fn check() -> Done {
    script("check").run()?;
    script("lint").run()
}

/// Fingerprint of the sources and of what was built from them.
fn state() -> Done<String> {
    let sources = files::fingerprint(&[folder()], NOT_SOURCE)?;
    let built = files::fingerprint(&[folder().join("dist")], &[])?;
    Ok(format!("{sources} {built}"))
}

/// Sees to it that Node is there.
///
/// # Errors
/// When it is missing or too old.
pub(crate) fn ensure_node() -> Done {
    let (major, minor) = NODE;
    let needed = format!("Node {major}.{minor} or later is needed: see https://nodejs.org/en/download");
    let Some(found) = Step::new("node").args(["--version"]).output() else {
        return Err(Failure::new(format!("Node is not installed. {needed}")));
    };
    let mut numbers = found.trim().trim_start_matches('v').split('.').map_while(|number| number.parse::<u32>().ok());
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version >= NODE { Ok(()) } else { Err(Failure::new(format!("Node {} is too old. {needed}", found.trim()))) }
}
