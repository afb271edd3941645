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

/// What ours and the peer cost in each round, in microseconds.
#[derive(Default)]
pub(super) struct Ratios {
    ours: Vec<f64>,
    peer: Vec<f64>,
    ratios: Vec<f64>,
}

impl Ratios {
    pub(super) fn add(&mut self, ours: f64, peer: f64) {
        self.ours.push(ours);
        self.peer.push(peer);
        self.ratios.push(ours / peer);
    }
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
        let mut ratios = Ratios::default();
        for _ in 0..rounds {
            ratios.add(self.ours.cost()?, self.peer.cost()?);
        }
        Ok(announce(self.name, &mut ratios, self.at_most))
    }
}

/// Prints what a side costs that has no peer and no promise.
pub(super) fn report(name: &str, side: &Side, rounds: usize) -> Done {
    let mut costs = (0..rounds).map(|_| side.cost()).collect::<Done<Vec<_>>>()?;
    let (low, cost, high) = spread(&mut costs);
    println!("{name}: {cost:.1} us ({low:.1} to {high:.1}; no promise)");
    Ok(())
}

/// Prints a figure with its spread; true if the median of the ratios is what is promised.
pub(super) fn announce(name: &str, costs: &mut Ratios, at_most: f64) -> bool {
    let (low, ratio, high) = spread(&mut costs.ratios);
    let (_, ours, _) = spread(&mut costs.ours);
    let (_, peer, _) = spread(&mut costs.peer);
    let holds = ratio <= at_most;
    let word = if holds { "holds" } else { "MISSED" };
    println!("{name}: {ratio:.3} ({low:.3} to {high:.3}; at most {at_most}) {word} | {ours:.1} us vs {peer:.1} us");
    holds
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
