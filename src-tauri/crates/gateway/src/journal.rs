//! What happened lately: a bounded ring of request events, and a broadcast to whoever listens.
//! Belongs here: keeping and handing out. Not here: what an event says (`trace`).

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::broadcast;

use crate::event::RequestEvent;

/// How many events are kept for [`Journal::recent`]. They are written and given back all the time: so many still fit into
/// a processor's second-level cache.
const KEPT: usize = 500;
/// How far a slow listener may fall behind before it misses events.
const BACKLOG: usize = 4_096;

/// Is called with every event.
pub(crate) type Sink = Box<dyn Fn(&RequestEvent) + Send + Sync>;

/// The ring and the broadcast.
pub(crate) struct Journal {
    ring: Mutex<Ring>,
    sender: broadcast::Sender<Arc<RequestEvent>>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Ring {
    sinks: Vec<Sink>,
    last: u64,
    events: VecDeque<Arc<RequestEvent>>,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self { ring: Mutex::default(), sender: broadcast::Sender::new(BACKLOG) }
    }

    /// Numbers the event, keeps it, and tells the listeners. The order of numbers is the order of both.
    pub(crate) fn record(&self, mut event: RequestEvent) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.last += 1;
        event.sequence = ring.last;
        let event = Arc::new(event);
        ring.sinks.iter().for_each(|sink| sink(&event));
        let oldest = if ring.events.len() == KEPT { ring.events.pop_front() } else { None };
        ring.events.push_back(Arc::clone(&event));
        if self.sender.receiver_count() > 0 {
            // An error only says that nobody listens any more.
            let _ = self.sender.send(event);
        }
        drop(ring);
        // Its many texts are given back when no other request waits for that.
        drop(oldest);
    }

    pub(crate) fn on_event(&self, sink: Sink) {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).sinks.push(sink);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<RequestEvent>> {
        self.sender.subscribe()
    }

    /// The kept events after this number, oldest first; 0 is all of them.
    pub(crate) fn recent(&self, after_sequence: u64) -> Vec<Arc<RequestEvent>> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let start = ring.events.partition_point(|event| event.sequence <= after_sequence);
        ring.events.range(start..).cloned().collect()
    }
}
