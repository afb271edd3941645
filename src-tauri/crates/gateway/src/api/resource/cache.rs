//! The in-memory cache (`cache`). Belongs here: keeping introspection payloads for a time.
//! Tokens are not kept, only their SHA-256.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_lc_rs::digest;
use gravitee::resource::Cache as Configuration;

/// Even a cache without a limit of entries ends somewhere.
const MOST: usize = 100_000;

#[derive(Debug)]
pub(crate) struct Cache {
    to_live: Option<Duration>,
    to_idle: Option<Duration>,
    most: usize,
    entries: Mutex<HashMap<[u8; 32], Entry>>,
}

#[derive(Debug)]
struct Entry {
    payload: Arc<str>,
    until: Option<SystemTime>,
    used: SystemTime,
}

impl Cache {
    pub(super) fn new(cache: &Configuration) -> Self {
        let seconds = |seconds: u64| (seconds > 0).then(|| Duration::from_secs(seconds));
        let most = usize::try_from(cache.max_entries_local_heap).unwrap_or(MOST);
        Self {
            to_live: seconds(cache.time_to_live_seconds),
            to_idle: seconds(cache.time_to_idle_seconds),
            most: if most == 0 { MOST } else { most.min(MOST) },
            entries: Mutex::default(),
        }
    }

    /// The payload that is kept for this token.
    pub(crate) fn get(&self, token: &str, now: SystemTime) -> Option<Arc<str>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(token);
        let entry = entries.get_mut(&key)?;
        let idle = self.to_idle.is_some_and(|idle| now.duration_since(entry.used).is_ok_and(|unused| unused >= idle));
        if idle || entry.until.is_some_and(|until| now >= until) {
            entries.remove(&key);
            return None;
        }
        entry.used = now;
        Some(Arc::clone(&entry.payload))
    }

    /// Keeps a payload; without a time for as long as the cache's own setting says.
    pub(crate) fn put(&self, token: &str, payload: Arc<str>, time: Option<Duration>, now: SystemTime) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= self.most {
            entries.retain(|_, entry| entry.until.is_none_or(|until| now < until));
        }
        if entries.len() >= self.most
            && let Some(oldest) = entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| *key)
        {
            entries.remove(&oldest);
        }
        let until = time.or(self.to_live).and_then(|time| now.checked_add(time));
        entries.insert(key(token), Entry { payload, until, used: now });
    }
}

fn key(token: &str) -> [u8; 32] {
    let mut key = [0_u8; 32];
    key.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    key
}
