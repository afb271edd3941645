//! The clock of both listeners, which may run ahead, behind, or stand still. Belongs here: what time it is.
//! Not here: what durations on the wire last (timeouts are real time).

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, SystemTime},
};

use serde::Serialize;

use crate::{Clock, am::millis};

/// No moment at which the clock stands still.
const RUNS: i64 = i64::MIN;
/// Offsets beyond a century would leave what `NumericDate` and RFC 3339 can say.
pub(crate) const FURTHEST: i64 = 100 * 366 * 86_400;

/// The machine's clock, moved.
pub(crate) struct VirtualClock {
    machine: Clock,
    offset_ms: AtomicI64,
    /// Milliseconds since the epoch, or `RUNS`.
    stands_at_ms: AtomicI64,
}

/// How the gateway's clock stands to the machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ClockState {
    /// Seconds that it is ahead; negative: behind.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub offset_seconds: i64,
    /// Whether it stands still.
    pub frozen: bool,
    /// What it says, seconds since the epoch.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub now: i64,
}

impl VirtualClock {
    pub(crate) fn new(machine: Clock) -> Self {
        Self { machine, offset_ms: AtomicI64::new(0), stands_at_ms: AtomicI64::new(RUNS) }
    }

    pub(crate) fn now(&self) -> SystemTime {
        let stands_at = self.stands_at_ms.load(Ordering::Acquire);
        if stands_at != RUNS {
            return moved(SystemTime::UNIX_EPOCH, stands_at);
        }
        moved((self.machine)(), self.offset_ms.load(Ordering::Acquire))
    }

    /// Moves it on (negative: back), from where it is.
    pub(crate) fn shift(&self, seconds: i64) {
        let furthest = FURTHEST * 1000;
        let by = seconds.clamp(-FURTHEST, FURTHEST) * 1000;
        let offset = self.offset_ms.load(Ordering::Acquire);
        let moved = (offset + by).clamp(-furthest, furthest);
        self.offset_ms.store(moved, Ordering::Release);
        let stands_at = self.stands_at_ms.load(Ordering::Acquire);
        if stands_at != RUNS {
            self.stands_at_ms.store(stands_at + moved - offset, Ordering::Release);
        }
    }

    /// Sets how far it is ahead of the machine's.
    pub(crate) fn set_offset(&self, seconds: i64) {
        self.shift(seconds.saturating_sub(self.offset_ms.load(Ordering::Acquire) / 1000));
    }

    /// Stops it, or lets it go on from where it stands.
    pub(crate) fn freeze(&self, on: bool) {
        let now = millis(self.now());
        if on {
            self.stands_at_ms.store(now, Ordering::Release);
        } else {
            self.offset_ms.store(now - millis((self.machine)()), Ordering::Release);
            self.stands_at_ms.store(RUNS, Ordering::Release);
        }
    }

    /// The machine's time again.
    pub(crate) fn reset(&self) {
        self.offset_ms.store(0, Ordering::Release);
        self.stands_at_ms.store(RUNS, Ordering::Release);
    }

    pub(crate) fn state(&self) -> ClockState {
        let now = millis(self.now());
        ClockState {
            offset_seconds: (now - millis((self.machine)())).div_euclid(1000),
            frozen: self.stands_at_ms.load(Ordering::Acquire) != RUNS,
            now: now.div_euclid(1000),
        }
    }
}

fn moved(time: SystemTime, by_ms: i64) -> SystemTime {
    let by = Duration::from_millis(by_ms.unsigned_abs());
    let moved = if by_ms < 0 { time.checked_sub(by) } else { time.checked_add(by) };
    moved.unwrap_or(time)
}
