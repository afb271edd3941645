//! Large response bodies: they stay here, the window asks for the lines that it shows.
//! Belongs here: handles and windows. Not here: how a body is kept (`exchange`).

use crate::{Desk, DeskError, Result, wire::BodyWindow};
use exchange::{Exchange, ResponseBody, Reveal};
use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes of bodies that can be looked at; beyond it the oldest gives way. The newest always stays.
const BUDGET: u64 = 512 << 20;

/// So many at the most, however small.
const KEPT: usize = 32;

/// Lines in one window at most.
const LONGEST_WINDOW: u64 = 2_000;

/// Bytes of a line that are shown.
const LONGEST_LINE: usize = 8 * 1024;

/// A body that is shown line by line.
#[derive(Clone)]
pub(crate) enum Shown {
    /// As it came, masked line by line.
    Wire(Arc<Exchange>),
    /// Re-indented and masked already.
    Text(ResponseBody),
}

impl Shown {
    /// How many lines it has.
    pub(crate) fn line_count(&self) -> u64 {
        match self {
            Shown::Wire(exchange) => exchange.response().map_or(0, |response| response.body.line_count()),
            Shown::Text(text) => text.line_count(),
        }
    }

    fn len(&self) -> u64 {
        match self {
            Shown::Wire(exchange) => exchange.response().map_or(0, |response| response.body.len()),
            Shown::Text(text) => text.len(),
        }
    }

    fn lines(&self, first: u64, count: u64) -> io::Result<Vec<String>> {
        match self {
            Shown::Wire(exchange) => exchange.lines(first, count, LONGEST_LINE, Reveal::No),
            Shown::Text(text) => {
                let lines = text.lines(first, count, LONGEST_LINE)?;
                Ok(lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect())
            }
        }
    }
}

/// The bodies that the window can scroll through.
#[derive(Default)]
pub(crate) struct Bodies(Mutex<VecDeque<(String, Shown)>>);

impl Bodies {
    /// Keeps a body and gives its handle, which cannot be guessed.
    pub(crate) fn keep(&self, body: Shown) -> String {
        let handle = uuid::Uuid::new_v4().simple().to_string();
        let mut bodies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bodies.push_back((handle.clone(), body));
        while bodies.len() > KEPT
            || (bodies.len() > 1 && bodies.iter().map(|(_, body)| body.len()).sum::<u64>() > BUDGET)
        {
            bodies.pop_front();
        }
        handle
    }

    fn get(&self, handle: &str) -> Option<Shown> {
        let bodies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bodies.iter().find(|(known, _)| known == handle).map(|(_, body)| body.clone())
    }
}

impl Desk {
    /// Some lines of a large body, from line `first` (counted from 0).
    ///
    /// # Errors
    /// When the body is no longer kept or cannot be read.
    pub async fn body_window(&self, handle: &str, first: u64, count: u64) -> Result<BodyWindow> {
        let body = self.bodies.get(handle).ok_or_else(|| {
            DeskError::NotFound("This response body is no longer kept. Send the request again.".into())
        })?;
        let total = body.line_count();
        let lines = tokio::task::spawn_blocking(move || body.lines(first, count.min(LONGEST_WINDOW)))
            .await
            .map_err(io::Error::other)??;
        Ok(BodyWindow { first, lines, total })
    }
}
