//! `cargo xtask bench`: what a request costs, as ratios to programs that others wrote, all in one run.
//! Belongs here: which figures there are and what they are held against. Not here: starting programs, counting.

mod filter;
mod idle;
mod inspect;
mod load;
mod measured;
mod peers;
mod process;
mod serving;

use crate::failure::{Done, Failure};
use crate::step::Step;
use crate::{interop, system};
use filter::Filter;

/// Rounds of each figure; in each, ours and the peer run one after the other.
const ROUNDS: usize = 7;

/// Builds for release, starts everything on loopback, prints every figure with its spread and whether it holds.
/// With a word, only the figures with that word in their name.
///
/// # Errors
/// When something is missing, no figure has the word, or a side answers anything but what is right. A figure that misses
/// its target is printed, and is an error at the end.
pub(crate) fn bench(word: Option<&str>) -> Done {
    let filter = Filter::new(word, &[&serving::NAMES, &inspect::NAMES])?;
    system::ensure_bench()?;
    interop::ensure_packages()?;
    Step::new("cargo").args(["build", "--release", "--package", "claimcheck-cli"]).run()?;
    let mut missed = 0;
    if filter.wants_any(&serving::NAMES) {
        missed += serving::run(&filter)?;
    }
    missed += inspect::run(&filter, ROUNDS)?;
    if missed == 0 { Ok(()) } else { Err(Failure::new(format!("{missed} figures miss their target: see above"))) }
}
