//! Places for what is held in memory between two user actions: deleted connections, a pasted secret.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

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

/// Holds things by a number. What is never taken out stays until the program ends.
pub(crate) struct Shelf<T>(Mutex<HashMap<i64, T>>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Shelf(Mutex::default())
    }
}

impl<T> Shelf<T> {
    /// Puts a value in under a number.
    pub(crate) fn put(&self, id: i64, value: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, value);
    }

    /// Takes the value of a number out.
    pub(crate) fn take(&self, id: i64) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id)
    }
}
