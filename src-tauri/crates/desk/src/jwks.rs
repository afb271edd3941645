//! Key sets of issuers: kept for a while, looked over, and what changed in them while this program ran.
//! Belongs here: which fetched set is used, and the view of it. Not here: fetching (`oauth`), reading and lint (`jose`).

use crate::{
    Desk, DeskError, Result, Target,
    party::Party,
    wire::{JwkView, JwksView, KeyChannel, Rotation},
};
use exchange::{CancellationToken, Reveal};
use jose::{Key, KeySet};
use oauth::{Http, Jwks};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};
use url::Url;

/// Seconds that a set is used where the server names no time, and the longest that it is used whatever the server says.
const USED_FOR: u64 = 300;
const LONGEST: u64 = 3600;

/// So many changes of a set are remembered.
const MOST_ROTATIONS: usize = 20;

/// Whether a set fetched before will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// It will, while it may be used.
    Recent,
    /// It will if it is not older than so many seconds: a key is missing in it, and issuers must not be asked for each such token.
    Within(u64),
    /// It must be asked for now.
    Anew,
}

/// With whose settings a set is fetched: number and generation of a saved connection, zeros for none. What was fetched
/// with one connection's trust is not taken for another's.
pub(crate) type Whose = (i64, u64);

/// The key sets of this run, by whose settings they were fetched with and by URL.
#[derive(Default)]
pub(crate) struct KeySets(Mutex<HashMap<(Whose, String), Arc<Known>>>);

/// A key set as it was fetched last, and what is known of its past.
#[derive(Clone)]
struct Known {
    fetched: Jwks,
    keys: KeySet,
    /// When each key was first seen, by thumbprint.
    first_seen: HashMap<String, i64>,
    rotations: Vec<Rotation>,
    /// How often it was fetched.
    fetches: u64,
}

impl KeySets {
    fn get(&self, place: &(Whose, String)) -> Option<Arc<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(place).cloned()
    }

    fn put(&self, place: (Whose, String), known: Known) -> Arc<Known> {
        let known = Arc::new(known);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(place, known.clone());
        known
    }
}

impl Known {
    /// Seconds that the set may be used from when it was fetched.
    fn lifetime(&self) -> u64 {
        self.fetched.max_age.unwrap_or(USED_FOR).saturating_sub(self.fetched.age.unwrap_or(0)).min(LONGEST)
    }
}

impl Desk {
    /// The key set that a connection's issuer publishes, key by key.
    ///
    /// # Errors
    /// When the server publishes none, or it cannot be fetched.
    pub async fn issuer_jwks(&self, id: i64, anew: bool) -> Result<JwksView> {
        let party = self.party(&Target::Saved(id)).await?;
        let url = self.endpoints(&party).await?.jwks;
        let url = url.ok_or_else(|| DeskError::NoEndpoint(party.label.clone(), "key set"))?;
        let wanted = if anew { Wanted::Anew } else { Wanted::Recent };
        let known = self.known_keys(party.whose(), &party.way.http, &url, wanted).await?;
        Ok(self.jwks_view(&url, &known))
    }

    /// The keys of a connection's issuer; no keys where it publishes none.
    pub(crate) async fn issuer_keys(&self, party: &Party, wanted: Wanted) -> Result<KeySet> {
        match self.endpoints(party).await?.jwks {
            Some(url) => self.keys_at(party.whose(), &party.way.http, &url, wanted).await,
            None => Ok(KeySet::none()),
        }
    }

    /// The keys at a URL that the connection or a person named; never one that a token named.
    pub(crate) async fn keys_at(&self, whose: Whose, http: &Http, url: &Url, wanted: Wanted) -> Result<KeySet> {
        Ok(self.known_keys(whose, http, url, wanted).await?.keys.clone())
    }

    /// The same, with the text of the set.
    pub(crate) async fn keys_with_text_at(&self, url: &Url) -> Result<(KeySet, String)> {
        let known = self.known_keys((0, 0), &self.plain_way()?.http, url, Wanted::Recent).await?;
        Ok((known.keys.clone(), known.fetched.text.clone()))
    }

    async fn known_keys(&self, whose: Whose, http: &Http, url: &Url, wanted: Wanted) -> Result<Arc<Known>> {
        let place = (whose, url.as_str().to_owned());
        let before = self.key_sets.get(&place);
        let may_be_used = |known: &&Arc<Known>| {
            let age = (self.setup.clock)().duration_since(known.fetched.fetched_at).map(|age| age.as_secs());
            let longest = match wanted {
                Wanted::Recent => known.lifetime(),
                Wanted::Within(seconds) => seconds,
                Wanted::Anew => 0,
            };
            age.is_ok_and(|age| age < longest)
        };
        if let Some(known) = before.as_ref().filter(may_be_used) {
            return Ok(known.clone());
        }
        let fetched = oauth::fetch_jwks(http, url, &CancellationToken::new()).await?;
        let keys = jose::parse_jwks(fetched.text.as_bytes())
            .map_err(|error| DeskError::invalid("jwks", format!("The key set at {url} cannot be used: {error}")))?
            .from_issuer(url.as_str());
        Ok(self.key_sets.put(place, next(before.as_deref(), fetched, keys, self.now())))
    }

    fn jwks_view(&self, url: &Url, known: &Known) -> JwksView {
        let key_view = |key: &Key| {
            let thumbprint = key.thumbprint();
            JwkView {
                kid: key.kid().map(str::to_owned),
                kind: key.describe(),
                algorithm: key.algorithm_name().map(str::to_owned),
                usage: key.usage().map(str::to_owned),
                first_seen: known.first_seen.get(&thumbprint).copied().unwrap_or_default(),
                thumbprint,
                defect: key.defect().map(str::to_owned),
            }
        };
        let unreadable = known.keys.unreadable().iter().map(|key| JwkView {
            kid: key.kid.clone(),
            kind: key.kty.clone().unwrap_or_else(|| "unknown".to_owned()),
            algorithm: None,
            usage: None,
            thumbprint: String::new(),
            first_seen: 0,
            defect: Some(format!("cannot be read: {}", key.reason)),
        });
        JwksView {
            url: url.to_string(),
            channel: match url.scheme() {
                "https" => KeyChannel::Tls,
                _ if exchange::is_loopback(url) => KeyChannel::Loopback,
                _ => KeyChannel::Plain,
            },
            fetched_at: crate::tokens::seconds(known.fetched.fetched_at),
            now: self.now(),
            usable_for: known.lifetime(),
            age: known.fetched.age,
            max_age: known.fetched.max_age,
            fetches: known.fetches,
            keys: known.keys.keys().map(key_view).chain(unreadable).collect(),
            findings: jose::lint_jwks(known.fetched.text.as_bytes()),
            rotations: known.rotations.clone(),
            exchange: known.fetched.exchange.record(Reveal::No),
        }
    }
}

/// What is known after a fetch: which keys came and went.
fn next(before: Option<&Known>, fetched: Jwks, keys: KeySet, now: i64) -> Known {
    let names: BTreeMap<String, String> = keys.keys().map(|key| (key.thumbprint(), name(key))).collect();
    let Some(before) = before else {
        let first_seen = names.into_keys().map(|thumbprint| (thumbprint, now)).collect();
        return Known { fetched, keys, first_seen, rotations: Vec::new(), fetches: 1 };
    };
    let old: BTreeMap<String, String> = before.keys.keys().map(|key| (key.thumbprint(), name(key))).collect();
    let missing_in = |these: &BTreeMap<String, String>, those: &BTreeMap<String, String>| -> Vec<String> {
        these.iter().filter(|(thumbprint, _)| !those.contains_key(*thumbprint)).map(|(_, name)| name.clone()).collect()
    };
    let (added, removed) = (missing_in(&names, &old), missing_in(&old, &names));
    let mut rotations = before.rotations.clone();
    if !added.is_empty() || !removed.is_empty() {
        rotations.insert(0, Rotation { at: now, added, removed });
        rotations.truncate(MOST_ROTATIONS);
    }
    let seen = |thumbprint: &String| before.first_seen.get(thumbprint).copied().unwrap_or(now);
    let first_seen = names.into_keys().map(|thumbprint| (thumbprint.clone(), seen(&thumbprint))).collect();
    Known { fetched, keys, first_seen, rotations, fetches: before.fetches + 1 }
}

/// What a person calls a key: its `kid`, else the beginning of its thumbprint.
fn name(key: &Key) -> String {
    key.kid().map_or_else(|| format!("{}…", key.thumbprint().get(..8).unwrap_or_default()), str::to_owned)
}
