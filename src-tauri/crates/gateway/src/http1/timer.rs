//! Deadlines. Belongs here: keeping them without touching the runtime's timers for every request.
//! Not here: how long anything may take.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// Waits at most `limit`; nothing if that was too short. What is ready at once needs no timer.
///
/// The future comes pinned: an async function has room for its arguments twice, as they came and as they are used.
pub(crate) fn in_time<T>(
    limit: Duration,
    mut future: impl Future<Output = T> + Unpin,
) -> impl Future<Output = Option<T>> {
    let mut timer: Option<Pin<Box<Sleep>>> = None;
    poll_fn(move |cx| match Pin::new(&mut future).poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => timer.get_or_insert_with(|| Box::pin(sleep(limit))).as_mut().poll(cx).map(|()| None),
    })
}

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
    use std::{future::poll_fn, pin::pin, time::Duration};

    use tokio::time::{Instant, timeout};

    use super::{Timer, in_time};

    #[tokio::test]
    async fn what_takes_too_long_is_given_up() {
        let millis = Duration::from_millis;
        for (takes, limit, expected) in [(0, 0, Some(7)), (1, 60_000, Some(7)), (60_000, 1, None)] {
            let future = async {
                if takes > 0 {
                    tokio::time::sleep(millis(takes)).await;
                }
                7
            };
            assert_eq!(in_time(millis(limit), pin!(future)).await, expected, "{takes} ms in {limit} ms");
        }
    }

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
