//! Idle connections to one origin. Belongs here: keeping them by the thread that they are served on.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::http1::{Reader, Writer, worker, worker_count};

/// Idle connections kept per thread.
const MOST: usize = 100;
/// An idle connection is not used after this time: the peer may be closing it.
const IDLE: Duration = Duration::from_secs(30);

type Kept = (Reader, Writer, Instant);

/// Idle connections by serving thread: a connection is waited for in one event loop only.
#[derive(Debug)]
pub(crate) struct Pool(Vec<Mutex<Vec<Kept>>>);

impl Pool {
    pub(super) fn new() -> Self {
        Self((0..worker_count()).map(|_| Mutex::default()).collect())
    }

    /// A connection that can be used again, the last one that was kept first.
    pub(super) fn take(&self) -> Option<(Reader, Writer)> {
        let kept = self.0.get(worker())?;
        loop {
            let (mut reader, writer, since) = kept.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() < IDLE && !reader.is_stale() {
                return Some((reader, writer));
            }
        }
    }

    /// Takes back a connection when both bodies of its last exchange are through.
    pub(crate) fn put(&self, reader: Reader, writer: Writer) {
        let Some(kept) = self.0.get(worker()) else { return };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST {
            kept.push((reader, writer, Instant::now()));
        }
    }
}
