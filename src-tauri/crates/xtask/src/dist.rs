//! `cargo xtask dist`: the Debian package.

use crate::failure::Done;
use crate::step::{Step, say};
use crate::{files, system, ui};

/// The bundler: the npm build of the Tauri CLI, of the same release as the `tauri` crate in `Cargo.lock`.
const BUNDLER: &str = "@tauri-apps/cli@2.12.5";

/// Builds window and command line for release and packs both.
///
/// # Errors
/// When something is missing or does not build.
pub(crate) fn dist() -> Done {
    system::ensure_window()?;
    ui::ensure_packages()?;
    Step::new("cargo").args(["build", "--release", "--package", "claimcheck-cli"]).run()?;
    Step::new("npx").args(["--yes", BUNDLER, "build", "--bundles", "deb"]).env("CI", "true").run()?;
    for package in files::sorted(&files::target().join("release/bundle/deb"))? {
        if package.extension().is_some_and(|extension| extension == "deb") {
            say(&format!("Package: {}", package.display()));
        }
    }
    Ok(())
}
