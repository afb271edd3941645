//! One figure: ours and the peer alternated, the median of the ratios per round, and their spread.

use super::load::Load;
use super::process;
use crate::failure::{Done, Failure};

/// A program under load.
pub(super) struct Side {
    pub(super) port: u16,
    pub(super) pid: u32,
    pub(super) load: Load,
}

/// CPU time per request of ours over that of the peer.
pub(super) struct Figure {
    pub(super) name: &'static str,
    /// The ratio that is promised.
    pub(super) at_most: f64,
    pub(super) ours: Side,
    pub(super) peer: Side,
}

impl Side {
    /// Microseconds of CPU per request.
    fn cost(&self) -> Done<f64> {
        let ready = self.load.prepare()?;
        let before = process::cpu_micros(self.pid)?;
        let requests = ready.run(self.port)?;
        let spent = process::cpu_micros(self.pid)?.saturating_sub(before);
        if spent == 0 {
            return Err(Failure::new("a side spent no CPU time: nothing was measured"));
        }
        Ok(spent as f64 / requests as f64)
    }
}

impl Figure {
    /// Prints the figure; true if it holds.
    pub(super) fn run(&self, rounds: usize) -> Done<bool> {
        let (mut ours, mut peer, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let (a, b) = (self.ours.cost()?, self.peer.cost()?);
            ours.push(a);
            peer.push(b);
            ratios.push(a / b);
        }
        let (low, ratio, high) = spread(&mut ratios);
        let (_, ours, _) = spread(&mut ours);
        let (_, peer, _) = spread(&mut peer);
        let holds = ratio <= self.at_most;
        println!(
            "{}: {ratio:.3} ({low:.3} to {high:.3}; at most {}) {} | {ours:.1} us vs {peer:.1} us",
            self.name,
            self.at_most,
            if holds { "holds" } else { "MISSED" },
        );
        Ok(holds)
    }
}

/// Prints what a side costs that has no peer and no promise.
pub(super) fn report(name: &str, side: &Side, rounds: usize) -> Done {
    let mut costs = (0..rounds).map(|_| side.cost()).collect::<Done<Vec<_>>>()?;
    let (low, cost, high) = spread(&mut costs);
    println!("{name}: {cost:.1} us ({low:.1} to {high:.1}; no promise)");
    Ok(())
}

/// Least, median, greatest.
fn spread(values: &mut [f64]) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    (at(0), at(values.len() / 2), at(values.len().saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(super::spread(&mut [3.0, 1.0, 2.0]), (1.0, 2.0, 3.0));
    }
}
