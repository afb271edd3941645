//! The tokens of a domain: issued, verified, remembered, revoked. Belongs here: the verified-token cache and the
//! revocations. Not here: HTTP.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use aws_lc_rs::digest;
use serde_json::{Map, Value};

use super::opaque::Opaque;
use crate::weakness::claims::{ID_TOKEN, is_id_token};

/// Verified tokens kept per generation of a shard.
const GENERATION: usize = 1_024;
const SHARDS: usize = 16;
/// Tokens that are known to have come once.
const SEEN: usize = 8_192;
/// Used identifiers, from which on expired ones are looked for.
const MANY: usize = 2_048;

pub(super) type Digest = [u8; 32];

/// The claims of a token whose signature this domain has verified.
#[derive(Debug)]
pub(crate) struct Claims {
    /// All of them, in their order.
    pub(crate) all: Arc<Map<String, Value>>,
    /// Seconds since the epoch.
    pub(crate) exp: i64,
    /// Seconds since the epoch.
    pub(crate) iat: i64,
    nbf: Option<i64>,
    /// Number of the key that verified it; none for an opaque token.
    pub(super) key: Option<u64>,
    for_apis: Result<(), &'static str>,
    is_id_token: bool,
    revoked: AtomicBool,
}

/// How a token stands with its domain.
#[derive(Debug, Clone)]
pub(crate) enum Standing {
    /// Signed by this domain, not expired, not revoked.
    Live(Arc<Claims>),
    /// Signed by this domain and revoked.
    Revoked(Arc<Claims>),
    /// Anything else, an ID token among it, with the reason for the trace.
    Invalid(&'static str),
}

impl Claims {
    /// `for_apis`: why an API does not accept it, although introspection says it is active.
    pub(super) fn new(all: Map<String, Value>, key: Option<u64>, for_apis: Result<(), &'static str>) -> Option<Self> {
        let seconds = |name: &str| all.get(name).and_then(Value::as_i64);
        let (exp, iat) = (seconds("exp")?, seconds("iat")?);
        let nbf = seconds("nbf");
        let is_id_token = is_id_token(&all);
        Some(Self { exp, iat, nbf, key, for_apis, is_id_token, all: Arc::new(all), revoked: AtomicBool::new(false) })
    }

    /// Why an API does not accept it at this moment (seconds since the epoch), stricter than introspection: issuer,
    /// type and `nbf` count.
    pub(crate) fn refused_by_apis(&self, now: i64) -> Result<(), &'static str> {
        if self.nbf.is_some_and(|nbf| nbf > now) { Err("it is not valid yet") } else { self.for_apis }
    }

    /// A claim that is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.all.get(name).and_then(Value::as_str)
    }

    /// The client the token was issued to.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.text("client_id").or_else(|| self.text("aud"))
    }

    pub(super) fn revoke(&self) {
        self.revoked.store(true, Ordering::Release);
    }

    /// Why it does not stand in the store of access tokens: an ID token never did, a revoked one does not any more.
    pub(super) fn is_stored(&self) -> Result<(), &'static str> {
        match () {
            () if self.is_id_token => Err(ID_TOKEN),
            () if self.is_revoked() => Err("it was revoked"),
            () => Ok(()),
        }
    }

    pub(super) fn is_id_token(&self) -> bool {
        self.is_id_token
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }
}

/// What a domain remembers of its tokens.
#[derive(Default)]
pub(super) struct Memory {
    seen: Seen,
    verified: [Mutex<Verified>; SHARDS],
    kept: Arc<Kept>,
}

/// What outlives a change of the configuration.
#[derive(Default)]
struct Kept {
    /// SHA-256 of revoked tokens, with their expiry.
    revoked: Mutex<HashMap<Digest, i64>>,
    opaque: Mutex<Opaque>,
    /// Identifiers of client assertions that were used, with their expiry (RFC 7523 section 3).
    used: Mutex<HashMap<Digest, i64>>,
}

/// Which tokens have come before, by a part of their SHA-256: of two with the same place the last. Claims take a hundred
/// times the room, and a token that comes once would put out those that come again.
struct Seen(Box<[AtomicU64]>);

impl Default for Seen {
    fn default() -> Self {
        Self((0..SEEN).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Seen {
    /// Notes the token; whether it was noted before.
    fn note(&self, digest: &Digest) -> bool {
        let (mark, rest) = digest.split_at(8);
        let mark = mark.iter().fold(0, |mark, byte| mark << 8 | u64::from(*byte));
        let place = rest.iter().take(2).fold(0, |place, byte| place << 8 | usize::from(*byte)) % SEEN;
        self.0.get(place).is_none_or(|seen| seen.swap(mark, Ordering::Relaxed) == mark)
    }
}

/// Verified tokens by SHA-256, in two generations: when the younger one is full the older one goes, and with it what was
/// not used since. Making room costs the same however many tokens come, and however long they live.
#[derive(Default)]
struct Verified {
    younger: HashMap<Digest, Arc<Claims>>,
    older: HashMap<Digest, Arc<Claims>>,
}

impl Verified {
    fn get(&mut self, digest: &Digest) -> Option<Arc<Claims>> {
        if let Some(claims) = self.younger.get(digest) {
            return Some(Arc::clone(claims));
        }
        let claims = self.older.remove(digest)?;
        self.put(*digest, Arc::clone(&claims));
        Some(claims)
    }

    fn put(&mut self, digest: Digest, claims: Arc<Claims>) {
        if self.younger.len() >= GENERATION {
            self.older = std::mem::replace(&mut self.younger, HashMap::with_capacity(GENERATION));
        }
        self.younger.insert(digest, claims);
    }
}

pub(super) fn digest(token: &str) -> Digest {
    let mut out = [0_u8; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    out
}

impl Memory {
    /// The memory of the same domain under another configuration: what was verified under the old one is verified anew.
    pub(super) fn successor(&self) -> Self {
        Self { kept: Arc::clone(&self.kept), ..Self::default() }
    }

    /// Keeps those opaque tokens only.
    pub(super) fn retain_opaque(&self, keeps: impl Fn(&Claims) -> bool) {
        self.opaque().retain(keeps);
    }

    /// The claims, if this very token was verified before.
    pub(super) fn recall(&self, digest: &Digest) -> Option<Arc<Claims>> {
        let verified = self.shard(digest)?.lock().unwrap_or_else(PoisonError::into_inner).get(digest);
        verified.or_else(|| self.opaque_claims(digest).map(Arc::new))
    }

    fn opaque_claims(&self, digest: &Digest) -> Option<Claims> {
        let claims = self.opaque().find(digest)?;
        if self.is_revoked(digest) {
            claims.revoke();
        }
        Some(claims)
    }

    /// Keeps a verified token when it comes for the second time. A revocation that is known already is carried over.
    pub(super) fn remember(&self, digest: Digest, claims: Claims) -> Arc<Claims> {
        let claims = Arc::new(claims);
        if self.seen.note(&digest)
            && let Some(shard) = self.shard(&digest)
        {
            shard.lock().unwrap_or_else(PoisonError::into_inner).put(digest, Arc::clone(&claims));
        }
        // After the insertion: a revocation in between has either marked the entry or is found here.
        if self.is_revoked(&digest) {
            claims.revoke();
        }
        claims
    }

    /// Revokes a token.
    pub(super) fn revoke(&self, digest: Digest, exp: i64, now: i64) {
        let mut revoked = self.kept.revoked.lock().unwrap_or_else(PoisonError::into_inner);
        revoked.retain(|_, exp| *exp > now);
        revoked.insert(digest, exp);
        drop(revoked);
        if let Some(claims) = self.recall(&digest) {
            claims.revoke();
        }
    }

    /// Keeps an opaque token; `None` if it has no `exp`.
    pub(super) fn issue_opaque(&self, digest: Digest, claims: &Map<String, Value>, now: i64) -> Option<()> {
        self.opaque().issue(digest, claims, now)
    }

    /// Uses an identifier up; false if it was used before.
    pub(super) fn use_once(&self, digest: Digest, exp: i64, now: i64) -> bool {
        let mut used = self.kept.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= MANY {
            used.retain(|_, exp| *exp > now);
        }
        used.insert(digest, exp).is_none_or(|before| before <= now)
    }

    fn opaque(&self) -> MutexGuard<'_, Opaque> {
        self.kept.opaque.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_revoked(&self, digest: &Digest) -> bool {
        self.kept.revoked.lock().unwrap_or_else(PoisonError::into_inner).contains_key(digest)
    }

    fn shard(&self, digest: &Digest) -> Option<&Mutex<Verified>> {
        self.verified.get(usize::from(digest.first().copied().unwrap_or_default()) % SHARDS)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use serde_json::json;

    use super::{Claims, GENERATION, Memory, SHARDS, digest};

    fn claims() -> Claims {
        Claims::new(json!({ "exp": 2, "iat": 1 }).as_object().unwrap().clone(), None, Ok(())).unwrap()
    }

    #[test]
    fn what_is_used_stays_and_room_is_bounded() {
        let memory = Memory::default();
        let keep = |token: &str| {
            memory.remember(digest(token), claims());
            memory.remember(digest(token), claims())
        };
        keep("used");
        keep("unused");
        for number in 0..4 * GENERATION * SHARDS {
            keep(&number.to_string());
            assert!(memory.recall(&digest("used")).is_some(), "after {number} others");
        }
        assert!(memory.recall(&digest("unused")).is_none());
        for shard in &memory.verified {
            let shard = shard.lock().unwrap();
            assert!(shard.younger.len() <= GENERATION && shard.older.len() <= GENERATION);
        }
    }

    #[test]
    fn a_token_is_kept_when_it_comes_again() {
        let memory = Memory::default();
        for kept in [false, true, true] {
            memory.remember(digest("a"), claims());
            assert_eq!(memory.recall(&digest("a")).is_some(), kept);
        }
    }

    #[test]
    fn a_revocation_reaches_what_is_remembered_and_what_comes_back() {
        let memory = Memory::default();
        memory.remember(digest("a"), claims());
        let kept = memory.remember(digest("a"), claims());
        memory.revoke(digest("a"), 2, 1);
        memory.revoke(digest("b"), 2, 1);
        assert!(kept.is_revoked());
        assert!(memory.remember(digest("b"), claims()).is_revoked());
    }
}
