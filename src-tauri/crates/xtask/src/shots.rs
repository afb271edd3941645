//! `cargo xtask shots`: the pictures of the guide, taken in the real window with the real local gateway.

use crate::failure::Done;
use crate::step::Step;
use crate::{system, ui};

/// Takes every picture anew.
///
/// # Errors
/// When something is missing, or a view does not come up.
pub(crate) fn shots() -> Done {
    system::ensure_tests()?;
    ui::ensure_packages()?;
    ui::ensure_built()?;
    Step::new("cargo").args(["build", "--package", "claimcheck-desktop"]).run()?;
    Step::new("cargo").args(["run", "--package", "claimcheck-tests", "--example", "shots"]).run()
}
