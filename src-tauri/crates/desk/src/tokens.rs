//! Tokens: got, shown, asked about, revoked, forgotten.
//! Belongs here: the user actions on tokens and which token a connection holds. Not here: the protocol (`oauth`), reading (`jose`).

use crate::{
    Desk, DeskError, Result, Target,
    party::Party,
    wire::{TokenLife, TokenView},
};
use exchange::{CancellationToken, ExchangeRecord, Reveal};
use jiff::Timestamp;
use jose::{Expectations, KeySet, inspection::Form};
use oauth::{CachedToken, Endpoints, TokenAnswer, TokenCache};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};
use store::ConnectionId;
use url::Url;

/// What is asked for instead of a connection's defaults.
#[derive(Debug, Clone, Default)]
pub struct TokenWish {
    /// Scopes; empty for the connection's own.
    pub scopes: Vec<String>,
    /// Pass over a token that is still at hand.
    pub fresh: bool,
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

/// The authorization server's word on a token (RFC 7662).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Introspected {
    /// `active`.
    pub active: bool,
    /// All members as the server sent them.
    #[cfg_attr(feature = "bindings", ts(type = "Record<string, unknown>"))]
    pub answer: Map<String, Value>,
    /// The exchange.
    pub exchange: ExchangeRecord,
}

/// The tokens of this run: the cache that requests use, and which token each saved connection shows.
pub(crate) struct Tokens {
    cache: TokenCache,
    held: Mutex<HashMap<i64, Slot>>,
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
    answer: Arc<TokenAnswer>,
    issuer: Option<String>,
    keys: KeySet,
    introspection: Option<Map<String, Value>>,
    notes: Vec<String>,
}

impl Tokens {
    pub(crate) fn new(clock: exchange::Clock) -> Self {
        Tokens { cache: TokenCache::new(clock), held: Mutex::default() }
    }

    fn get(&self, id: i64) -> Option<Arc<Held>> {
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
        }
        held
    }

    /// Forgets the token of a connection, in the cache too.
    pub(crate) fn forget_connection(&self, id: ConnectionId) {
        let mut slots = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(id.0).or_default();
        slot.generation += 1;
        if let Some(held) = slot.held.take() {
            self.cache.forget(&held.answer.access_token);
        }
    }
}

impl Desk {
    /// Gets a token for a saved connection, from the cache where one lives long enough, and reads it.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached, or the secret cannot be read. A token at hand stays then.
    pub async fn get_token(&self, id: i64, fresh: bool) -> Result<TokenView> {
        let party = self.party(&Target::Saved(id)).await?;
        let granted = self.grant(&party, &TokenWish { fresh, ..TokenWish::default() }).await?;
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

    /// Forgets the token of a connection. The server still takes it until it expires: see [`Desk::revoke_token`].
    pub fn forget_token(&self, id: i64) {
        self.tokens.forget_connection(ConnectionId(id));
    }

    /// The token itself, for a person who asked to see or copy it.
    ///
    /// # Errors
    /// When the connection holds none.
    pub fn reveal_token(&self, id: i64) -> Result<SecretString> {
        self.tokens.get(id).map(|held| held.answer.access_token.clone()).ok_or(DeskError::NoToken)
    }

    /// Asks the authorization server about the token that a connection holds.
    ///
    /// # Errors
    /// When there is no token or no endpoint, or the server refuses or cannot be reached.
    pub async fn introspect_token(&self, id: i64) -> Result<Introspected> {
        let token = self.reveal_token(id)?;
        self.introspect(&Target::Saved(id), &token, Reveal::No).await
    }

    /// Revokes the token that a connection holds, and forgets it.
    ///
    /// # Errors
    /// As [`Desk::introspect_token`].
    pub async fn revoke_token(&self, id: i64) -> Result<()> {
        let token = self.reveal_token(id)?;
        self.revoke(&Target::Saved(id), &token).await?;
        self.forget_token(id);
        Ok(())
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

    /// Asks the authorization server about any token.
    ///
    /// # Errors
    /// When there is no endpoint, or the server refuses or cannot be reached.
    pub async fn introspect(&self, target: &Target, token: &SecretString, reveal: Reveal) -> Result<Introspected> {
        let party = self.party(target).await?;
        let endpoints = self.endpoints(&party).await?;
        let said =
            oauth::introspect(&party.way.http, &endpoints, &party.client, token, &CancellationToken::new()).await?;
        Ok(Introspected { active: said.active, answer: said.members, exchange: said.exchange.record(reveal) })
    }

    /// Revokes any token.
    ///
    /// # Errors
    /// As [`Desk::introspect`].
    pub async fn revoke(&self, target: &Target, token: &SecretString) -> Result<()> {
        let party = self.party(target).await?;
        let endpoints = self.endpoints(&party).await?;
        oauth::revoke(&party.way.http, &endpoints, &party.client, token, &CancellationToken::new()).await?;
        self.tokens.cache.forget(token);
        Ok(())
    }

    pub(crate) async fn grant(&self, party: &Party, wish: &TokenWish) -> Result<CachedToken> {
        let endpoints = self.endpoints(party).await?;
        let mut request = party.request.clone();
        if !wish.scopes.is_empty() {
            request.scopes.clone_from(&wish.scopes);
        }
        let cancel = CancellationToken::new();
        let way = &party.way.http;
        Ok(self.tokens.cache.token(way, &endpoints, &party.client, &request, wish.fresh, &cancel).await?)
    }

    /// The keys of a connection's issuer; no keys where it publishes none.
    pub(crate) async fn issuer_keys(&self, party: &Party) -> Result<KeySet> {
        match self.endpoints(party).await?.jwks {
            Some(url) => fetch_keys(&party.way.http, &url).await,
            None => Ok(KeySet::none()),
        }
    }

    /// A key set from a URL that the user named.
    pub(crate) async fn fetch_keys(&self, url: &Url) -> Result<KeySet> {
        fetch_keys(&self.plain_way()?.http, url).await
    }

    /// Takes a granted token over as the one that a saved connection shows, verified or introspected.
    pub(crate) async fn hold(&self, id: i64, party: &Party, granted: CachedToken) -> Result<Arc<Held>> {
        if let Some(held) = self.tokens.get(id).filter(|held| Arc::ptr_eq(&held.answer, &granted.answer)) {
            return Ok(held);
        }
        let endpoints = self.endpoints(party).await?;
        let mut notes = granted.answer.notes.clone();
        let keys = match self.issuer_keys(party).await {
            Ok(keys) => keys,
            Err(error) => {
                notes.push(format!("The issuer's keys could not be had, so the signature was not checked: {error}"));
                KeySet::none()
            }
        };
        let introspection = self.introspect_opaque(party, &endpoints, &granted.answer, &mut notes).await;
        let held = Held { answer: granted.answer, issuer: endpoints.issuer, keys, introspection, notes };
        Ok(self.tokens.put(id, party.generation, held))
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
        let expectations = Expectations { issuer: held.issuer.clone(), ..Expectations::at(self.now()) };
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
            inspection: jose::inspect(answer.access_token.expose_secret(), &held.keys, &expectations),
            introspection: held.introspection.clone().map(Value::Object),
        }
    }

    fn life(&self, answer: &TokenAnswer) -> TokenLife {
        TokenLife {
            obtained_at: seconds(answer.obtained_at),
            expires_at: answer.expires_at.map(seconds),
            now: self.now(),
            skew_seconds: answer.clock_skew,
        }
    }
}

pub(crate) async fn fetch_keys(http: &oauth::Http, url: &Url) -> Result<KeySet> {
    let fetched = oauth::fetch_jwks(http, url, &CancellationToken::new()).await?;
    let keys = jose::parse_jwks(fetched.text.as_bytes())
        .map_err(|error| DeskError::invalid("jwks", format!("The key set at {url} cannot be used: {error}")))?;
    Ok(keys.from_issuer(url.as_str()))
}

/// First and last four characters; nothing of a token so short that they would tell it.
fn masked(token: &SecretString) -> String {
    let characters: Vec<char> = token.expose_secret().chars().collect();
    match (characters.get(..4), characters.len().checked_sub(4).and_then(|at| characters.get(at..))) {
        (Some(head), Some(tail)) if characters.len() >= 24 => {
            format!("{}…{}", head.iter().collect::<String>(), tail.iter().collect::<String>())
        }
        _ => exchange::MASK.to_owned(),
    }
}

fn seconds(time: SystemTime) -> i64 {
    Timestamp::try_from(time).map_or(0, Timestamp::as_second)
}
