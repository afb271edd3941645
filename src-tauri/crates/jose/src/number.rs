//! Numbers as they are written. Belongs here: finding their spellings in a JSON text, and telling those that a double does not
//! hold (`18446744073709551617`, `1e400`). Not here: the rest of the text ([`crate::json`]).

use serde::de::IgnoredAny;
use serde_json::{Number, Value};

/// A number in the text that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spelling<'a>(&'a str);

/// How much of a spelling is told; a hostile one has millions of digits.
const TOLD: usize = 80;

impl<'a> Spelling<'a> {
    /// The number that stands for it; one out of range becomes the largest that there is.
    pub(crate) fn number(self) -> Option<Number> {
        let largest = if self.0.starts_with('-') { f64::MIN } else { f64::MAX };
        if self.is_out_of_range() { Number::from_f64(largest) } else { serde_json::from_str(self.0).ok() }
    }

    /// A small integer, of which there is nothing to tell.
    pub(crate) fn is_plain(self) -> bool {
        self.0.len() < 16 && !self.0.starts_with('0') && self.0.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Grammatical, and beyond what a double can say (RFC 8259 6).
    pub(crate) fn is_out_of_range(self) -> bool {
        serde_json::from_str::<Number>(self.0).is_err() && serde_json::from_str::<IgnoredAny>(self.0).is_ok()
    }

    /// The spelling as a text where the number would be written otherwise.
    pub(crate) fn respelt(self, number: &Number) -> Option<Value> {
        (number.to_string() != self.0).then(|| self.0.into())
    }

    /// Whether the number is another one than was written.
    pub(crate) fn is_rounded_to(self, number: &Number) -> bool {
        let shown = number.to_string();
        shown != self.0 && Decimal::of(&shown) != Decimal::of(self.0)
    }

    pub(crate) fn brief(self) -> &'a str {
        self.0.get(..TOLD).unwrap_or(self.0)
    }
}

/// Every number of a JSON text with its place in it, in the order they stand in, up to where it is no JSON.
pub(crate) fn spellings(json: &str) -> impl Iterator<Item = (usize, Spelling<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + json.get(at..)?.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit())?;
            let from = json.get(start..)?;
            let mut values = serde_json::Deserializer::from_str(from).into_iter::<IgnoredAny>();
            values.next()?.ok()?;
            at = start + values.byte_offset();
            if !from.starts_with('"') {
                return Some((start, Spelling(json.get(start..at)?)));
            }
        }
    })
}

/// The text with a zero for each number that is out of range; none if there is no such number.
pub(crate) fn within_range(json: &str) -> Option<String> {
    let (mut out, mut end) = (String::with_capacity(json.len()), 0);
    for (start, spelling) in spellings(json).filter(|(_, spelling)| spelling.is_out_of_range()) {
        out.push_str(json.get(end..start)?);
        out.push('0');
        end = start + spelling.0.len();
    }
    out.push_str(json.get(end..)?);
    (end > 0).then_some(out)
}

/// Whether two numbers are the same however they are written, without the detour over doubles.
pub(crate) fn is_same(one: &Number, other: &Number) -> bool {
    one == other || Decimal::of(&one.to_string()).is_some_and(|value| Some(value) == Decimal::of(&other.to_string()))
}

/// What a spelling says, however it says it: digits without zeros around them, and the power of ten of the last one.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: String,
    power: i64,
}

impl Decimal {
    /// None for an exponent that is a number of many digits itself.
    fn of(spelling: &str) -> Option<Self> {
        let (mantissa, exponent) = spelling.split_once(['e', 'E']).unwrap_or((spelling, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole.trim_start_matches('-'), fraction].concat();
        let digits = all.trim_end_matches('0');
        let zeros = i64::try_from(all.len() - digits.len()).ok()?;
        let digits = digits.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self { is_negative: false, digits, power: 0 });
        }
        let power = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        Some(Self { is_negative: whole.starts_with('-'), digits, power: power.checked_add(zeros)? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn spelt(json: &str) -> Vec<&str> {
        spellings(json).map(|(_, spelling)| spelling.0).collect()
    }

    #[test]
    fn numbers_are_found_in_their_order_and_not_in_texts() {
        assert_eq!(spelt(r#"{"a 1\" 2":-1.5e3,"b":[0,"3\\",4],"c":{"d":1E400}}"#), ["-1.5e3", "0", "4", "1E400"]);
        assert_eq!(spelt(r#"["1","#), [""; 0]);
        assert_eq!(within_range(r#"[1e400,"1e400",-1e999,2]"#).unwrap(), r#"[0,"1e400",0,2]"#);
        assert_eq!(within_range("[1e300,1e,01]"), None);
    }

    #[test]
    fn another_spelling_of_the_same_number_is_not_rounded() {
        let rounded = |text| {
            let spelling = Spelling(text);
            spelling.is_rounded_to(&spelling.number().unwrap())
        };
        for same in ["1", "1.50", "1e3", "-0", "0e99", "100000000000000000000", "1.0E-7", "18446744073709551615"] {
            assert!(!rounded(same), "{same}");
        }
        for other in ["18446744073709551617", "0.10000000000000000000001", "1e400", "-1e400", "1e-400"] {
            assert!(rounded(other), "{other}");
        }
    }
}
