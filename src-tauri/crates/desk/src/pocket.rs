//! A place for one thing that is held in memory between two user actions: the deleted connection, a pasted secret.

use std::sync::{Mutex, PoisonError};

/// Holds at most one value. A panic elsewhere while it was locked does not matter: there is no half-written state.
pub(crate) struct Pocket<T>(Mutex<Option<T>>);

impl<T> Default for Pocket<T> {
    fn default() -> Self {
        Pocket(Mutex::new(None))
    }
}

impl<T> Pocket<T> {
    /// Puts a value in; what was there is dropped.
    pub(crate) fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    /// Takes the value out.
    pub(crate) fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<T: Clone> Pocket<T> {
    /// A copy of the value.
    pub(crate) fn get(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
