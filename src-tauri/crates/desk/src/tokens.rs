//! Tokens: got, shown, forgotten.
//! Belongs here: which token a connection holds. Not here: the list of all of them (`kept`), asking the server about one
//! (`asking`), the protocol (`oauth`), reading (`jose`).

use crate::{
    Desk, DeskError, Person, Result, Target,
    jwks::Wanted,
    party::Party,
    wire::{AcceptanceRules, GrantInputs, TokenLife, TokenView},
};
use exchange::{CancellationToken, Reveal};
use jiff::Timestamp;
use jose::{Expectations, KeySet, inspection::Form};
use oauth::{CachedToken, Endpoints, TokenAnswer, TokenCache};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::SystemTime,
};
use store::ConnectionId;

/// What is asked for instead of a connection's defaults.
#[derive(Debug, Clone, Default)]
pub struct TokenWish {
    /// Scopes; empty for the connection's own.
    pub scopes: Vec<String>,
    /// Pass over a token that is still at hand.
    pub fresh: bool,
    /// What the grant needs and is not saved.
    pub inputs: GrantInputs,
    /// Who can sign in; none where nobody is to be asked.
    pub person: Option<Person>,
}

/// A token for the command line. The window gets a [`TokenView`], which does not hold it.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The token and what came with it.
    pub answer: Arc<TokenAnswer>,
    /// True if no request was needed.
    pub from_cache: bool,
    /// The server in one line.
    pub server: String,
}

/// The tokens of this run: the cache that requests use, and which token each saved connection shows.
pub(crate) struct Tokens {
    pub(crate) cache: TokenCache,
    held: Mutex<HashMap<i64, Slot>>,
    origins: Mutex<Vec<(Weak<TokenAnswer>, i64)>>,
    pub(crate) rules: Mutex<HashMap<i64, AcceptanceRules>>,
}

/// What is known of a connection's token. The generation changes with every change of the connection, so that an answer
/// that was under way meanwhile is not shown under what the connection has become.
#[derive(Default)]
struct Slot {
    generation: u64,
    held: Option<Arc<Held>>,
}

/// The token that a connection holds, with what was found out about it.
pub(crate) struct Held {
    pub(crate) answer: Arc<TokenAnswer>,
    pub(crate) client_id: String,
    pub(crate) issuer: Option<String>,
    pub(crate) keys: KeySet,
    introspection: Option<Map<String, Value>>,
    notes: Vec<String>,
}

impl Tokens {
    pub(crate) fn new(clock: exchange::Clock) -> Self {
        Tokens {
            cache: TokenCache::new(clock),
            held: Mutex::default(),
            origins: Mutex::default(),
            rules: Mutex::default(),
        }
    }

    /// Notes which saved connection a kept token was got with.
    pub(crate) fn got_with(&self, answer: &Arc<TokenAnswer>, connection: i64) {
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        origins.retain(|(token, _)| token.strong_count() > 0);
        let token = Arc::downgrade(answer);
        if !origins.iter().any(|(known, id)| *id == connection && known.ptr_eq(&token)) {
            origins.push((token, connection));
        }
    }

    /// The saved connections that a kept token was got with.
    pub(crate) fn origins(&self, answer: &Arc<TokenAnswer>) -> Vec<i64> {
        let token = Arc::downgrade(answer);
        let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        origins.iter().filter(|(known, _)| known.ptr_eq(&token)).map(|(_, id)| *id).collect()
    }

    /// Forgets a token wherever it is kept or shown.
    pub(crate) fn forget(&self, token: &SecretString) {
        self.cache.forget(token);
        let mut slots = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for slot in slots.values_mut() {
            let is_it = |held: &Arc<Held>| held.answer.access_token.expose_secret() == token.expose_secret();
            if slot.held.as_ref().is_some_and(is_it) {
                slot.generation += 1;
                slot.held = None;
            }
        }
    }

    pub(crate) fn get(&self, id: i64) -> Option<Arc<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).get(&id)?.held.clone()
    }

    /// The generation that an answer must still find when it comes.
    pub(crate) fn generation(&self, id: i64) -> u64 {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().generation
    }

    fn put(&self, id: i64, generation: u64, held: Held) -> Arc<Held> {
        let held = Arc::new(held);
        let mut slots = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(id).or_default();
        if slot.generation == generation {
            slot.held = Some(held.clone());
        } else {
            // Forgotten, or got by a connection that is another by now: requests do not find it either.
            self.cache.forget(&held.answer.access_token);
        }
        held
    }

    /// Forgets the token of a connection, in the cache too.
    pub(crate) fn forget_connection(&self, id: ConnectionId) {
        let mut slots = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(id.0).or_default();
        slot.generation += 1;
        if let Some(held) = slot.held.take() {
            self.cache.forget_renewed(&held.answer.access_token);
        }
    }
}

impl Desk {
    /// Gets a token for a saved connection, from the cache where one lives long enough, and reads it. A sign-in that it needs is shown
    /// by [`Desk::sign_in`] meanwhile.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached, the secret cannot be read, something is to be entered, or the sign-in fails. A
    /// token at hand stays then.
    pub async fn get_token(&self, id: i64, fresh: bool) -> Result<TokenView> {
        self.get_token_with(id, fresh, GrantInputs::default()).await
    }

    /// The same with what the grant needs and is not saved.
    ///
    /// # Errors
    /// As [`Desk::get_token`].
    pub async fn get_token_with(&self, id: i64, fresh: bool, inputs: GrantInputs) -> Result<TokenView> {
        let getting = self.sign_ins.begin(id).await;
        let party = self.party(&Target::Saved(id)).await?;
        let wish =
            TokenWish { fresh, inputs, person: Some(getting.person(self.browser.clone())), ..TokenWish::default() };
        let granted = self.obtain(&party, &wish, fresh.into(), &getting.cancel).await?;
        drop(getting);
        let from_cache = granted.from_cache;
        let held = self.hold(id, &party, granted).await?;
        self.store().await?.touch(ConnectionId(id)).await?;
        Ok(self.token_view(id, &held, from_cache))
    }

    /// The token that a connection holds, judged by the time now; none if it holds none.
    #[must_use]
    pub fn current_token(&self, id: i64) -> Option<TokenView> {
        self.tokens.get(id).map(|held| self.token_view(id, &held, true))
    }

    /// Life of the token that a connection holds.
    #[must_use]
    pub fn token_life(&self, id: i64) -> Option<TokenLife> {
        self.tokens.get(id).map(|held| self.life(&held.answer))
    }

    /// The token itself, for a person who asked to see or copy it.
    ///
    /// # Errors
    /// When the connection holds none.
    pub fn reveal_token(&self, id: i64) -> Result<SecretString> {
        self.tokens.get(id).map(|held| held.answer.access_token.clone()).ok_or(DeskError::NoToken)
    }

    /// Gets a token for any connection.
    ///
    /// # Errors
    /// As [`Desk::get_token`].
    pub async fn token(&self, target: &Target, wish: &TokenWish) -> Result<Granted> {
        let party = self.party(target).await?;
        let granted = self.grant(&party, wish).await?;
        Ok(Granted { answer: granted.answer, from_cache: granted.from_cache, server: party.label })
    }

    pub(crate) async fn grant(&self, party: &Party, wish: &TokenWish) -> Result<CachedToken> {
        self.obtain(party, wish, wish.fresh.into(), &CancellationToken::new()).await
    }

    /// Takes a granted token over as the one that a saved connection shows, verified or introspected.
    pub(crate) async fn hold(&self, id: i64, party: &Party, granted: CachedToken) -> Result<Arc<Held>> {
        if let Some(held) = self.tokens.get(id).filter(|held| Arc::ptr_eq(&held.answer, &granted.answer)) {
            return Ok(held);
        }
        self.read_rules(id).await?;
        let endpoints = self.endpoints(party).await?;
        let mut notes = granted.answer.notes.clone();
        let keys = match self.keys_for(party, &granted.answer.access_token).await {
            Ok(keys) => keys,
            Err(error) => {
                notes.push(format!("The issuer's keys could not be had, so the signature was not checked: {error}"));
                KeySet::none()
            }
        };
        let introspection = self.introspect_opaque(party, &endpoints, &granted.answer, &mut notes).await;
        let held = Held {
            answer: granted.answer,
            client_id: party.client.id.clone(),
            issuer: endpoints.issuer,
            keys,
            introspection,
            notes,
        };
        Ok(self.tokens.put(id, party.generation, held))
    }

    /// The issuer's keys; fetched anew where those at hand do not have the one that the token names, as after a rotation.
    async fn keys_for(&self, party: &Party, token: &SecretString) -> Result<KeySet> {
        let keys = self.issuer_keys(party, Wanted::Recent).await?;
        let header = jose::inspect(token.expose_secret(), &KeySet::none(), &Expectations::at(self.now())).header;
        let named = header.get("kid").and_then(Value::as_str);
        let is_known = named.is_none_or(|kid| keys.keys().any(|key| key.kid() == Some(kid)));
        if is_known { Ok(keys) } else { self.issuer_keys(party, Wanted::Within(10)).await }
    }

    async fn introspect_opaque(
        &self,
        party: &Party,
        endpoints: &Endpoints,
        answer: &TokenAnswer,
        notes: &mut Vec<String>,
    ) -> Option<Map<String, Value>> {
        let token = answer.access_token.expose_secret();
        let opaque = jose::inspect(token, &KeySet::none(), &Expectations::at(self.now())).form == Form::Opaque;
        if !opaque || endpoints.introspection.is_none() {
            return None;
        }
        let cancel = CancellationToken::new();
        match oauth::introspect(&party.way.http, endpoints, &party.client, &answer.access_token, &cancel).await {
            Ok(said) => Some(said.members),
            Err(error) => {
                notes.push(format!("The token is opaque and could not be introspected: {error}"));
                None
            }
        }
    }

    fn token_view(&self, id: i64, held: &Held, from_cache: bool) -> TokenView {
        let answer = &held.answer;
        let (rules, rules_saved) = self.rules_of(id, held);
        TokenView {
            connection: id,
            masked: masked(&answer.access_token),
            token_type: answer.token_type.clone(),
            expires_in: answer.expires_in.and_then(|seconds| i64::try_from(seconds).ok()),
            scope: answer.scope.clone(),
            requested_scope: answer.requested_scope.clone(),
            life: self.life(answer),
            from_cache,
            notes: held.notes.clone(),
            exchange: answer.exchange.record(Reveal::No),
            inspection: jose::inspect(answer.access_token.expose_secret(), &held.keys, &rules.expectations(self.now())),
            rules,
            rules_saved,
            refresh_token: answer.refresh_token.as_ref().map(masked),
            id_token: self.id_token_view(held),
            introspection: held.introspection.clone().map(Value::Object),
        }
    }

    pub(crate) fn life(&self, answer: &TokenAnswer) -> TokenLife {
        TokenLife {
            obtained_at: seconds(answer.obtained_at),
            expires_at: answer.expires_at.map(seconds),
            now: self.now(),
            skew_seconds: answer.clock_skew,
        }
    }
}

/// First and last four characters; nothing of a token so short that they would tell it.
#[must_use]
pub fn masked(token: &SecretString) -> String {
    let characters: Vec<char> = token.expose_secret().chars().collect();
    match (characters.get(..4), characters.len().checked_sub(4).and_then(|at| characters.get(at..))) {
        (Some(head), Some(tail)) if characters.len() >= 24 => {
            format!("{}…{}", head.iter().collect::<String>(), tail.iter().collect::<String>())
        }
        _ => exchange::MASK.to_owned(),
    }
}

pub(crate) fn seconds(time: SystemTime) -> i64 {
    Timestamp::try_from(time).map_or(0, Timestamp::as_second)
}
