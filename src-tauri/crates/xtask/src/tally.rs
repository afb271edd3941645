//! How many tests passed and failed, read from the summary lines of cargo and vitest.

/// Counts over all test programs of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    pub(crate) fn failed(&self) -> u64 {
        self.failed
    }

    /// A run that did not get to its end has failed, whatever was counted.
    pub(crate) fn broke_off(&mut self) {
        self.failed += 1;
    }

    /// Takes a line of output into account. A line that is no summary counts nothing.
    pub(crate) fn count(&mut self, line: &str) {
        let line = line.trim();
        if let Some(summary) = line.strip_prefix("test result: ") {
            self.add(summary.split([';', '.']));
        } else if let Some(summary) = line.strip_prefix("Tests ") {
            self.add(summary.split(['|', '(']));
        }
    }

    /// The last line of a run.
    pub(crate) fn line(&self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }

    fn add<'a>(&mut self, parts: impl Iterator<Item = &'a str>) {
        for part in parts {
            let mut words = part.split_whitespace();
            let count = words.next().and_then(|word| word.parse::<u64>().ok());
            match (count, words.next()) {
                (Some(count), Some("passed")) => self.passed += count,
                (Some(count), Some("failed")) => self.failed += count,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn tally(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.count(line));
        tally
    }

    #[test]
    fn cargo_summaries_add_up() {
        let tally = tally(&[
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
        ]);
        assert_eq!(tally, Tally { passed: 15, failed: 2 });
    }

    #[test]
    fn vitest_counts_tests_not_files() {
        let tally =
            tally(&[" Test Files  1 failed | 3 passed (4)", "      Tests  2 failed | 40 passed | 1 skipped (43)"]);
        assert_eq!(tally, Tally { passed: 40, failed: 2 });
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(tally(&["test a::b ... ok", "7 passed", "Tests are running", ""]), Tally::default());
    }

    #[test]
    fn the_last_line_says_both_numbers() {
        assert_eq!(Tally { passed: 5, failed: 0 }.line(), "5 passed, 0 failed");
    }
}
