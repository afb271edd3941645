//! Times of a token in words, and what people get wrong about them. Not here: the rules on them ([`super::rules`]).

use jiff::Timestamp;
use serde_json::Value;
use std::ops::RangeInclusive;

/// The years 2000 to 2100 in milliseconds; as seconds they are past the year 31000.
const MILLISECONDS: RangeInclusive<f64> = 946_684_800_000.0..=4_102_444_800_000.0;

/// What stands where a NumericDate belongs (RFC 7519 2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum NumericDate {
    /// Nothing.
    Absent,
    /// Seconds since the epoch; fractions are allowed.
    Seconds(f64),
    /// Something that is no number.
    NotANumber,
}

impl NumericDate {
    pub(super) fn read(value: Option<&Value>) -> Self {
        match value {
            None => Self::Absent,
            Some(value) => value.as_f64().map_or(Self::NotANumber, Self::Seconds),
        }
    }

    /// Whole seconds, rounded down.
    pub(super) fn seconds(self) -> Option<i64> {
        match self {
            Self::Seconds(seconds) => Some(seconds.floor() as i64),
            _ => None,
        }
    }

    /// Whether this was meant as milliseconds.
    pub(super) fn is_milliseconds(self) -> bool {
        matches!(self, Self::Seconds(seconds) if MILLISECONDS.contains(&seconds))
    }
}

/// A time in UTC, and how far it is from `now`.
pub(super) fn describe(seconds: f64, now: i64) -> String {
    if NumericDate::Seconds(seconds).is_milliseconds() {
        return format!(
            "looks like milliseconds; NumericDate counts seconds (RFC 7519 2). As milliseconds: {}",
            describe(seconds / 1000.0, now)
        );
    }
    match utc(seconds) {
        Some(utc) => format!("{utc}, {}", relative((seconds.floor() as i64).saturating_sub(now))),
        None => "no time that a calendar has".to_owned(),
    }
}

/// RFC 3339 in UTC.
pub(super) fn utc(seconds: f64) -> Option<String> {
    let whole = Timestamp::from_second(seconds.floor() as i64).ok()?;
    Some(whole.to_string())
}

/// `in 1 h 58 min`, `12 s ago`, `now`.
pub(super) fn relative(difference: i64) -> String {
    match difference {
        0 => "now".to_owned(),
        1.. => format!("in {}", duration(difference.unsigned_abs())),
        _ => format!("{} ago", duration(difference.unsigned_abs())),
    }
}

/// The two largest units.
pub(crate) fn duration(seconds: u64) -> String {
    const UNITS: [(u64, &str); 5] = [(31_556_952, "y"), (86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut words = Vec::new();
    for (size, unit) in UNITS {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            words.push(format!("{count} {unit}"));
        } else if !words.is_empty() {
            break;
        }
        if words.len() == 2 {
            break;
        }
    }
    if words.is_empty() { "0 s".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        assert_eq!(describe(1_300_819_380.0, 1_300_812_260), "2011-03-22T18:43:00Z, in 1 h 58 min");
        assert_eq!(describe(1_300_819_380.5, 1_300_819_392), "2011-03-22T18:43:00Z, 12 s ago");
        assert!(describe(1_300_819_380_000.0, 1_300_819_380).contains("milliseconds: 2011-03-22T18:43:00Z, now"));
        for never in [f64::MIN, f64::MAX, 1e15, 1e20, 9_223_372_036_854_775_807.0] {
            assert_eq!(describe(never, i64::MIN), "no time that a calendar has");
        }
        assert_eq!(duration(90_061), "1 d 1 h");
        assert_eq!(duration(86_401), "1 d");
    }
}
