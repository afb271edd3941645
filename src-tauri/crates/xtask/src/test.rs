//! `cargo xtask test`: every test, and one last line that counts them.

use crate::failure::{Done, Failure};
use crate::step::{Step, say};
use crate::tally::Tally;
use crate::{system, ui};

/// Runs the UI's checks and tests, then the tests of every crate, the headless ones and those in the real window. Ends
/// with a line that counts them, whatever happened.
///
/// # Errors
/// When something is missing, does not build, or a test fails.
pub(crate) fn test() -> Done {
    let mut tally = Tally::default();
    let done = everything(&mut tally);
    if let Err(failure) = &done {
        tally.broke_off();
        say(&format!("Broke off: {failure}"));
    }
    println!("{}", tally.line());
    done?;
    if tally.failed() == 0 { Ok(()) } else { Err(Failure::new("some tests failed: see above")) }
}

fn everything(tally: &mut Tally) -> Done {
    system::ensure_tests()?;
    ui::ensure_packages()?;
    ui::test(tally)?;
    ui::ensure_built()?;
    // The tests start the programs, and examples, as child processes: `cargo test` builds them only for their own package.
    // The selection is what `cargo test` takes by itself, so that nothing is compiled twice.
    let everything = ["build", "--workspace", "--lib", "--bins", "--tests", "--examples"];
    Step::new("cargo").args(everything).run()?;
    Step::new("cargo").args(["test", "--workspace", "--no-fail-fast"]).run_tests(tally)
}
