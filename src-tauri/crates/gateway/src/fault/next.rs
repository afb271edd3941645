//! Faults for the next requests: counted, then over. Belongs here: how many are left, of whom.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde::{Deserialize, Serialize};

use super::{Faults, Kind};

/// Whose answers go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum FaultScope {
    /// Tokens and token answers of one client.
    Client {
        /// Path of its domain.
        domain: String,
        /// Client identifier.
        client_id: String,
    },
    /// Everything that a security domain answers.
    Domain {
        /// Domain path.
        domain: String,
    },
    /// Everything that an API answers.
    Api {
        /// Its first context path.
        api: String,
    },
}

impl FaultScope {
    /// What its faults may be in.
    pub(crate) fn kinds(&self) -> &'static [Kind] {
        match self {
            Self::Client { .. } => Kind::OF_CLIENT,
            Self::Domain { .. } => Kind::OF_DOMAIN,
            Self::Api { .. } => Kind::OF_API,
        }
    }
}

/// What is left of the faults for the next requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct NextState {
    /// How many more requests.
    pub count: u32,
    /// What goes wrong.
    pub faults: Vec<String>,
}

/// The faults for the next requests, of everybody.
#[derive(Default)]
pub(crate) struct NextFaults {
    /// How many scopes have some: nothing is locked while there are none.
    armed: AtomicUsize,
    left: Mutex<HashMap<FaultScope, (u32, Faults)>>,
}

impl NextFaults {
    /// Lets the next `count` requests that one of the faults can take hold of go wrong; 0: none.
    pub(crate) fn arm(&self, scope: FaultScope, count: u32, faults: Faults) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if count == 0 || faults.is_empty() {
            left.remove(&scope);
        } else {
            left.insert(scope, (count, faults));
        }
        self.armed.store(left.len(), Ordering::Release);
    }

    /// The faults of this request, which is counted if there are any in these kinds.
    pub(crate) fn take(&self, scope: impl FnOnce() -> FaultScope, kinds: &[Kind]) -> Faults {
        if self.armed.load(Ordering::Acquire) == 0 {
            return Faults::default();
        }
        let scope = scope();
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((count, faults)) = left.get_mut(&scope) else { return Faults::default() };
        let found = faults.within(kinds);
        if found.is_empty() {
            return found;
        }
        *count -= 1;
        if *count == 0 {
            left.remove(&scope);
            self.armed.store(left.len(), Ordering::Release);
        }
        found
    }

    pub(crate) fn state(&self, scope: &FaultScope) -> Option<NextState> {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, faults) = left.get(scope)?;
        let faults = faults.names().into_iter().map(str::to_owned).collect();
        Some(NextState { count: *count, faults })
    }
}
