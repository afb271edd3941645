//! `cargo xtask run`: from a fresh clone to the running product.

use crate::failure::Done;
use crate::step::{Step, say};
use crate::{screen, system, ui};

/// Starts the window where there is a display, the demo where there is none.
///
/// # Errors
/// When something is missing that cannot be set up from here, or the product ends with an error.
pub(crate) fn run() -> Done {
    if !screen::is_there() {
        say("No display: showing the journey on the command line");
        return Step::new("cargo").args(["run", "--package", "claimcheck-cli", "--", "demo"]).run();
    }
    system::ensure_window()?;
    ui::ensure_packages()?;
    ui::ensure_built()?;
    Step::new("cargo").args(["run", "--package", "claimcheck-desktop"]).run()
}
