//! The keys of a domain over time: the one that signs, those that are still published, those that are not any more.
//! Belongs here: rotation with overlap. Not here: a key by itself (`keys`).

use std::sync::Arc;

use arc_swap::ArcSwap;
use jose::{Algorithm, KeySet, Verified};
use serde_json::Value;

use super::keys::{DomainKey, LazyKey, as_published};

/// The keys of a domain. Cheap to look at while somebody rotates.
pub(crate) struct Keyring(ArcSwap<Keys>);

#[derive(Clone)]
struct Keys {
    /// Number of the signing key: tells what a remembered token was verified with.
    serial: u64,
    signing: LazyKey,
    published: Vec<Published>,
    /// They have left the JWKS: their tokens are refused, except under the weakness `stale-jwks`.
    withdrawn: Vec<LazyKey>,
}

/// A key that does not sign any more and still verifies.
#[derive(Clone)]
struct Published {
    serial: u64,
    key: LazyKey,
    /// When another key took its place, seconds since the epoch.
    since: i64,
    /// Seconds since the epoch.
    until: i64,
}

/// A key as it is told to people: never its private half.
pub(crate) struct KnownKey {
    pub(crate) kid: Option<String>,
    pub(crate) algorithm: Algorithm,
    /// Until when it is published, seconds since the epoch; none while it signs.
    pub(crate) until: Option<i64>,
}

impl Keyring {
    pub(super) fn new(signing: LazyKey, retired: Option<DomainKey>) -> Self {
        let withdrawn = retired.map(LazyKey::ready).into_iter().collect();
        Self(ArcSwap::from_pointee(Keys { serial: 0, signing, published: Vec::new(), withdrawn }))
    }

    /// The key that signs; `None` if it could not be made.
    pub(crate) async fn signing(&self) -> Option<Arc<DomainKey>> {
        let key = self.0.load().signing.clone();
        key.get().await
    }

    /// The public halves that stand in the JWKS now, the signing key's first.
    pub(super) async fn jwks(&self, now: i64) -> Option<Vec<Value>> {
        let keys = self.0.load_full();
        let mut public = vec![keys.signing.get().await?.public.clone()];
        for old in keys.published.iter().filter(|old| old.until > now) {
            public.push(old.key.get().await.and_then(|key| key.public.clone()));
        }
        Some(public.into_iter().flatten().map(as_published).collect())
    }

    /// Verifies with the keys that are published now. With the number of the key that did it.
    pub(super) async fn verify(&self, token: &str, now: i64) -> Result<(u64, Verified), &'static str> {
        let keys = self.0.load_full();
        let signing = keys.signing.get().await.ok_or("the domain has no key")?;
        if let Some(verified) = signing.verify(token) {
            return Ok((keys.serial, verified));
        }
        for old in keys.published.iter().filter(|old| old.until > now) {
            if let Some(verified) = old.key.get().await.and_then(|key| key.verify(token)) {
                return Ok((old.serial, verified));
            }
        }
        for withdrawn in keys.gone(now) {
            if withdrawn.get().await.is_some_and(|key| key.verify(token).is_some()) {
                return Err("the key that signed it is not published any more");
            }
        }
        Err("it is not a token that this domain has signed")
    }

    /// Whether what was verified with this key still counts.
    pub(super) fn counts(&self, serial: u64, now: i64) -> bool {
        let keys = self.0.load();
        keys.serial == serial || keys.published.iter().any(|old| old.serial == serial && old.until > now)
    }

    /// Signs with another key from now on (seconds since the epoch); the old one is published for `overlap` seconds more.
    pub(super) fn rotate(&self, key: &LazyKey, overlap: u32, now: i64) {
        self.0.rcu(|keys| keys.rotated(key, overlap, now));
    }

    /// A ring of its own, with another signing key.
    pub(super) fn rotated(&self, key: &LazyKey, overlap: u32, now: i64) -> Self {
        Self(ArcSwap::from_pointee(self.0.load().rotated(key, overlap, now)))
    }

    /// A ring of its own whose replaced keys are published for `overlap` seconds since they were replaced. One that has left by now
    /// (seconds since the epoch) does not come back.
    pub(super) fn with_overlap(&self, overlap: u32, now: i64) -> Self {
        let mut keys = Keys::clone(&self.0.load());
        for old in keys.published.iter_mut().filter(|old| old.until > now) {
            old.until = old.since.saturating_add(i64::from(overlap));
        }
        Self(ArcSwap::from_pointee(keys))
    }

    /// A ring of its own that has this key among those that have left.
    pub(super) fn with_retired(&self, retired: Option<DomainKey>) -> Self {
        let mut keys = Keys::clone(&self.0.load());
        if let Some(retired) = retired.filter(|retired| !keys.withdrawn.iter().any(|known| known.is(retired))) {
            keys.withdrawn.push(LazyKey::ready(retired));
        }
        Self(ArcSwap::from_pointee(keys))
    }

    /// The key under a kid that no other one of the ring has.
    pub(super) fn distinct(&self, key: DomainKey) -> DomainKey {
        let keys = self.0.load();
        let others = keys.published.iter().map(|old| &old.key).chain(&keys.withdrawn).chain([&keys.signing]);
        let mut kids = others.filter_map(|other| other.made()).filter_map(|other| other.signing.kid());
        if kids.any(|kid| key.signing.kid() == Some(kid)) { key.renamed() } else { key }
    }

    /// Publishes the signing key only; says how many others there were.
    pub(crate) fn withdraw(&self, now: i64) -> usize {
        let before = self.0.rcu(|keys| {
            let mut keys = Keys::clone(keys);
            keys.withdrawn.extend(std::mem::take(&mut keys.published).into_iter().map(|old| old.key));
            keys
        });
        before.published.iter().filter(|old| old.until > now).count()
    }

    /// What verifies with the keys that have left the JWKS.
    pub(crate) async fn gone(&self, now: i64) -> Vec<(KeySet, Algorithm)> {
        let mut gone = Vec::new();
        for key in self.0.load_full().gone(now) {
            gone.extend(key.get().await.map(|key| (key.verifying.clone(), key.algorithm)));
        }
        gone
    }

    /// The published keys, the signing one first. Those that are still being made are left out.
    pub(crate) fn known(&self, now: i64) -> Vec<KnownKey> {
        let keys = self.0.load();
        let known = |key: &LazyKey, until| {
            let key = key.made()?;
            Some(KnownKey { kid: key.signing.kid().map(str::to_owned), algorithm: key.algorithm, until })
        };
        let old =
            keys.published.iter().filter(|old| old.until > now).filter_map(|old| known(&old.key, Some(old.until)));
        known(&keys.signing, None).into_iter().chain(old).collect()
    }
}

impl Keys {
    fn rotated(&self, key: &LazyKey, overlap: u32, now: i64) -> Self {
        let until = now.saturating_add(i64::from(overlap));
        let mut keys = self.clone();
        let (old, over): (Vec<_>, Vec<_>) = keys.published.into_iter().partition(|old| old.until > now);
        keys.withdrawn.extend(over.into_iter().map(|old| old.key));
        keys.published = old;
        let replaced = Published { serial: self.serial, key: self.signing.clone(), since: now, until };
        keys.published.insert(0, replaced);
        keys.serial = self.serial + 1;
        keys.signing = key.clone();
        keys
    }

    fn gone(&self, now: i64) -> impl Iterator<Item = &LazyKey> {
        let over = self.published.iter().filter(move |old| old.until <= now).map(|old| &old.key);
        self.withdrawn.iter().chain(over)
    }
}
