//! How far the server's clock is from this machine's.
//! Belongs here: measuring it by an answer with a token, and saying what it does. Not here: other remarks on the answer (`granted`).

use std::time::{Duration, SystemTime};

use exchange::Exchange;

use crate::{answer::http_date, claims::Claims};

/// A difference of clocks worth a note, in seconds.
const TOLERANCE: i64 = 30;

/// A difference beyond ten years is no clock: `iat` is in milliseconds, or no time at all.
const LARGEST: i64 = 10 * 366 * 24 * 3600;

/// Seconds that the server's clock is ahead of this machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Skew {
    pub(crate) seconds: i64,
    by: &'static str,
}

/// By the answer's `Date`; without one by the `iat` of the token in it, where that differs by more than a token needs on its way.
pub(crate) fn measure(exchange: &Exchange, token: &str, expires_in: Option<u64>, now: SystemTime) -> Option<Skew> {
    if let Some(date) = exchange.header("date").and_then(http_date) {
        return Some(Skew { seconds: seconds_between(date, now), by: "its Date header" });
    }
    let claims = Claims::of(token)?;
    let issued_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(claims.seconds("iat")?))?;
    let seconds = seconds_between(issued_at, now);
    let plausible = (TOLERANCE + 1..=LARGEST).contains(&seconds.abs());
    (plausible && is_fresh(&claims, expires_in, seconds))
        .then_some(Skew { seconds, by: "the iat claim of its fresh token" })
}

/// Whether `iat` is the moment of the answer. Servers may hand out a token that they issued earlier: then less than its whole life is left.
fn is_fresh(claims: &Claims, expires_in: Option<u64>, seconds: i64) -> bool {
    match (claims.seconds("iat"), claims.seconds("exp"), expires_in) {
        (Some(iat), Some(exp), Some(left)) => exp.saturating_sub(iat).abs_diff(left) <= TOLERANCE.unsigned_abs(),
        // Nobody issued a token earlier than now in the future.
        _ => seconds > 0,
    }
}

impl Skew {
    /// What it does and what to do, if it is worth a note.
    pub(crate) fn note(self) -> Option<String> {
        let (seconds, by) = (self.seconds, self.by);
        let off = spoken(seconds.abs());
        if seconds.abs() <= TOLERANCE {
            return None;
        }
        let what = if seconds > 0 {
            format!(
                "The server's clock is {off} ahead of this machine's (by {by}). By this machine's clock its tokens begin {off} in the future (iat, nbf), so that an \
                 API with the same clock may refuse them as not yet valid, and end {off} later than meant (exp)."
            )
        } else {
            format!(
                "The server's clock is {off} behind this machine's (by {by}). By this machine's clock its tokens end {off} too early (exp): an API with the same \
                 clock refuses them as expired while the server still calls them valid."
            )
        };
        Some(format!("{what} Set the clock that is wrong, by NTP at best."))
    }
}

/// `10 minutes ahead of`, if the answer's `Date` says more than a request needs on its way.
pub(crate) fn of_answer(exchange: &Exchange) -> Option<String> {
    let seconds = seconds_between(exchange.header("date").and_then(http_date)?, exchange.sent_at());
    let word = if seconds > 0 { "ahead of" } else { "behind" };
    (seconds.abs() > TOLERANCE).then(|| format!("{} {word}", spoken(seconds.abs())))
}

/// Whole seconds from `earlier` to `later`, negative the other way round.
pub(crate) fn seconds_between(later: SystemTime, earlier: SystemTime) -> i64 {
    match later.duration_since(earlier) {
        Ok(ahead) => i64::try_from(ahead.as_secs()).unwrap_or(i64::MAX),
        Err(behind) => -i64::try_from(behind.duration().as_secs()).unwrap_or(i64::MAX),
    }
}

/// Seconds in the unit that a person would use.
fn spoken(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", (seconds + 30) / 60),
        7200..172_800 => format!("{} hours", (seconds + 1800) / 3600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}
