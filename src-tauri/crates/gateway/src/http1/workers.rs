//! The threads that serve. Each has its own event loop, and a connection stays on the thread that it was given to: nothing is
//! handed between threads while a request is answered. Belongs here: starting and ending them, sharing out.
//! Not here: what they serve (`listener`).

use std::{cell::Cell, io, num::NonZero, thread};

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

/// Threads at most: a local gateway has no use for more.
const MOST: usize = 8;

thread_local! {
    static HERE: Cell<usize> = const { Cell::new(0) };
}

/// The serving threads. They end, and close everything, when this is dropped.
#[derive(Debug)]
pub(crate) struct Workers {
    loops: Vec<Handle>,
    end: CancellationToken,
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

impl Workers {
    /// One thread per core.
    pub(crate) fn start() -> io::Result<Self> {
        let mut workers = Self { loops: Vec::new(), end: CancellationToken::new() };
        for number in 0..count() {
            workers.add(number)?;
        }
        Ok(workers)
    }

    fn add(&mut self, number: usize) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (handle, end) = (runtime.handle().clone(), self.end.clone());
        thread::Builder::new().name(format!("gateway-{number}")).spawn(move || {
            HERE.set(number);
            runtime.block_on(end.cancelled());
            // Closes what is still served, and waits for nothing: a key may be in the making.
            runtime.shutdown_background();
        })?;
        self.loops.push(handle);
        Ok(())
    }

    /// Ends the threads, and with them everything that is still served.
    pub(super) fn end(&self) {
        self.end.cancel();
    }

    /// The event loops.
    pub(super) fn loops(&self) -> &[Handle] {
        &self.loops
    }
}

/// How many threads serve.
pub(crate) fn count() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(MOST)
}

/// The number of the serving thread that this runs on, below [`count`]; 0 elsewhere.
pub(crate) fn here() -> usize {
    HERE.get()
}
