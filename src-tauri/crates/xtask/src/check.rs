//! `cargo xtask check`: everything that can be judged without running the product.

use crate::failure::Done;
use crate::step::Step;
use crate::{bindings, system, tools, ui};

/// Formatting, lints, documentation, dependencies, the UI's types and lint, generated types. A warning is an error.
///
/// # Errors
/// At the first one that complains.
pub(crate) fn check() -> Done {
    system::ensure_window()?;
    Step::new("cargo").args(["fmt", "--all", "--check"]).run()?;
    Step::new("cargo").args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]).run()?;
    let documentation = ["doc", "--workspace", "--no-deps", "--document-private-items"];
    Step::new("cargo").args(documentation).env("RUSTDOCFLAGS", "--deny warnings").run()?;
    tools::deny()?;
    ui::ensure_packages()?;
    ui::check()?;
    bindings::check()
}
