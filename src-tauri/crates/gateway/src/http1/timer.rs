//! A deadline that moves with every request. Belongs here: moving it without touching the runtime's timers each time.
//! Not here: how long anything may take.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// One timer of a connection, used for one wait after the other.
#[derive(Debug)]
pub(super) struct Timer {
    due: Instant,
    /// Made when something waits for the first time. Moved only when it rings, or would ring too late.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    pub(super) fn new() -> Self {
        Self { due: Instant::now(), sleep: None }
    }

    /// Rings in so much time from now.
    pub(super) fn set(&mut self, after: Duration) {
        self.due = Instant::now() + after;
    }

    /// Ready when it rings.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = self.due;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if due < sleep.deadline() {
            sleep.as_mut().reset(due);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if Instant::now() >= due {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(due);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::{future::poll_fn, time::Duration};

    use tokio::time::{Instant, timeout};

    use super::Timer;

    #[tokio::test]
    async fn rings_when_it_was_last_set_to_sooner_or_later() {
        let mut timer = Timer::new();
        for after in [30, 60_000, 20, 50, 0, 40].map(Duration::from_millis) {
            timer.set(after);
            let set = Instant::now();
            let rings =
                timeout(Duration::from_secs(if after.as_secs() > 0 { 0 } else { 10 }), poll_fn(|cx| timer.poll(cx)));
            assert_eq!(rings.await.is_ok(), after.as_secs() == 0, "{after:?}");
            assert!(after.as_secs() > 0 || set.elapsed() >= after, "{after:?}");
        }
    }
}
