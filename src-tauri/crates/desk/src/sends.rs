//! Requests under way, by the number that the window gave them, so that they can be cancelled.

use crate::{DeskError, Result};
use exchange::CancellationToken;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

/// The sends under way.
#[derive(Default, Clone)]
pub(crate) struct Sends(Arc<Mutex<HashMap<u64, CancellationToken>>>);

/// A send under way; it is forgotten when this is dropped.
pub(crate) struct Underway {
    sends: Sends,
    number: u64,
    /// Cancelled when the person cancels.
    pub(crate) cancel: CancellationToken,
}

impl Sends {
    /// Registers a send.
    ///
    /// # Errors
    /// When a send with this number is under way.
    pub(crate) fn begin(&self, number: u64) -> Result<Underway> {
        let cancel = CancellationToken::new();
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(number) {
            Entry::Occupied(_) => Err(DeskError::invalid("send", format!("Send {number} is still under way."))),
            Entry::Vacant(place) => {
                place.insert(cancel.clone());
                Ok(Underway { sends: self.clone(), number, cancel })
            }
        }
    }

    /// Cancels a send; one that has ended meanwhile is no error.
    pub(crate) fn cancel(&self, number: u64) {
        if let Some(cancel) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&number) {
            cancel.cancel();
        }
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.sends.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}
