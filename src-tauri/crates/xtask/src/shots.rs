//! `cargo xtask shots`: the pictures of the guide, taken in the real window with the real local gateway.

use crate::failure::Done;
use crate::step::Step;
use crate::{files, system, ui};

/// Takes every picture anew.
///
/// # Errors
/// When something is missing, or a view does not come up.
pub(crate) fn shots() -> Done {
    system::ensure_tests()?;
    ui::ensure_packages()?;
    ui::ensure_built()?;
    // The selection of the tests: what they have compiled is not compiled again.
    Step::new("cargo").args(["build", "--workspace", "--lib", "--bins", "--tests", "--examples"]).run()?;
    Step::new(files::target().join("debug/examples/shots")).run()
}
