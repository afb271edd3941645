//! The gateway's lines on stdout, in order: written at once where that cannot block, else by a thread of their own.
//! Belongs here: that a reader who stops reading holds up neither the gateway nor its end. Not here: what a line says.

use crate::{
    command::{gateway::lines_of, reloading::Reload},
    output::{self, Output},
};
use desk::event::RequestEvent;
use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

/// Lines that wait for a slow reader; later ones are left out and counted.
const LONGEST_QUEUE: usize = 4_096;

/// An answer waits this long for its line to be written, the first time that nobody reads.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lines to be written. Clones share the queue.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<(Mutex<Queue>, Condvar)>);

/// What a line tells of.
enum Line {
    Request(Box<RequestEvent>),
    Reload(Reload),
}

#[derive(Default)]
struct Queue {
    /// Where the lines go; nowhere before the ready line is out.
    output: Option<Output>,
    waiting: VecDeque<Line>,
    /// Number of the last line put in, and of the last one written.
    put: u64,
    written: u64,
    left_out: u64,
    /// Nobody reads: answers do not wait until a line has been written again.
    stuck: bool,
}

impl Lines {
    /// Takes a line in, and returns when it is written, or when it is clear that nobody reads.
    pub(super) fn put(&self, event: &RequestEvent) {
        let (queue, changed) = &*self.0;
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.writes_at_once(event) {
            return;
        }
        let Some(number) = queue.take(Line::Request(Box::new(event.clone()))) else { return };
        changed.notify_all();
        if queue.stuck {
            return;
        }
        let waited = changed.wait_timeout_while(queue, PATIENCE, |queue| queue.written < number && !queue.stuck);
        let (mut queue, outcome) = waited.unwrap_or_else(PoisonError::into_inner);
        if outcome.timed_out() {
            queue.stuck = true;
            output::nobody_reads(true);
            changed.notify_all();
        }
    }

    /// Takes a line in that nobody waits for.
    pub(super) fn tell(&self, reload: Reload) {
        let (queue, changed) = &*self.0;
        queue.lock().unwrap_or_else(PoisonError::into_inner).take(Line::Reload(reload));
        changed.notify_all();
    }

    /// Starts the thread that writes. It ends with the process.
    pub(super) fn write_from_now_on(&self, output: Output) {
        let lines = self.clone();
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).output = Some(output);
        std::thread::spawn(move || {
            loop {
                let (line, left_out) = lines.next();
                if left_out > 0 {
                    output.talk(format!("claimcheck: nobody read standard output; {left_out} lines were left out"));
                }
                match line {
                    Line::Request(event) => output.raw(lines_of(&event, output).as_bytes()),
                    Line::Reload(reload) if output.json => output.event(&reload),
                    Line::Reload(reload) => reload.talk().iter().for_each(|line| output.talk(line)),
                }
                lines.written();
            }
        });
    }

    fn next(&self) -> (Line, u64) {
        let (queue, changed) = &*self.0;
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(line) = queue.waiting.pop_front() {
                return (line, std::mem::take(&mut queue.left_out));
            }
            queue = changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn written(&self) {
        let (queue, changed) = &*self.0;
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.written += 1;
        if std::mem::take(&mut queue.stuck) {
            output::nobody_reads(false);
        }
        changed.notify_all();
    }
}

impl Queue {
    /// Writes the line, if none is before it and stdout takes it without waiting: the thread would cost two switches.
    fn writes_at_once(&mut self, event: &RequestEvent) -> bool {
        let Some(output) = self.output.filter(|_| self.written == self.put) else { return false };
        let text = lines_of(event, output);
        let is_taken = output.takes_at_once(text.len());
        if is_taken {
            output.raw(text.as_bytes());
        }
        is_taken
    }

    /// The number of the line; none if there was no room for it.
    fn take(&mut self, line: Line) -> Option<u64> {
        if self.waiting.len() >= LONGEST_QUEUE {
            self.left_out += 1;
            return None;
        }
        self.waiting.push_back(line);
        self.put += 1;
        Some(self.put)
    }
}
