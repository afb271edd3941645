//! Tokens that are kept, each under the whole of what it was asked with.
//! Belongs here: renewal, one request in flight per identity. Not here: what makes an identity (`identity`), making requests.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, SystemTime},
};

use exchange::CancellationToken;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tokio_util::sync::DropGuard;
use url::Url;

use crate::{
    AuthenticationMethod, Client, Clock, Endpoints, Error, Http, TokenAnswer, TokenRequest,
    identity::{Identity, Salt},
    request_token,
};

/// How long a token is used whose end nobody told.
const UNTOLD_LIFE: Duration = Duration::from_secs(300);

/// How long an expired token is still listed.
const LISTED_AFTER_END: Duration = Duration::from_secs(3600);

/// Which token will do.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// A kept one that lives long enough.
    Kept,
    /// Only a new one.
    Fresh,
    /// Any but this one, which was refused: callers that were refused at different times share one renewal.
    OtherThan(SecretString),
}

impl From<bool> for Wanted {
    fn from(fresh: bool) -> Self {
        if fresh { Self::Fresh } else { Self::Kept }
    }
}

impl Wanted {
    fn takes(&self, answer: &TokenAnswer) -> bool {
        match self {
            Self::Kept => true,
            Self::Fresh => false,
            Self::OtherThan(refused) => refused.expose_secret() != answer.access_token.expose_secret(),
        }
    }
}

/// A token from the cache, or one just fetched.
#[derive(Debug, Clone)]
pub struct CachedToken {
    /// The token.
    pub answer: Arc<TokenAnswer>,
    /// True if no request was made for it.
    pub from_cache: bool,
}

/// A kept token, whose it is, how it was got, and what it was used for.
#[derive(Debug, Clone)]
pub struct KeptToken {
    /// Its number in this cache. None is given twice, not even to the token that replaces it.
    pub number: u64,
    /// Token endpoint.
    pub token_url: Url,
    /// Client.
    pub client_id: String,
    /// How the client authenticated.
    pub method: AuthenticationMethod,
    /// The `grant_type` that it was asked for with.
    pub grant: &'static str,
    /// `audience` and `resource` that it was asked for with.
    pub targets: Vec<String>,
    /// The token.
    pub answer: Arc<TokenAnswer>,
    /// The token whose place it took.
    replaced: Option<Arc<TokenAnswer>>,
    /// How often it was sent to an API.
    pub uses: u64,
    /// When it was last sent to one.
    pub last_used: Option<SystemTime>,
}

impl KeptToken {
    fn new(endpoints: &Endpoints, client: &Client, request: &TokenRequest, answer: Arc<TokenAnswer>) -> Self {
        Self {
            number: 0,
            token_url: endpoints.token.clone(),
            client_id: client.id.clone(),
            method: client.method(),
            grant: request.grant.grant_type(),
            targets: request.audience.iter().chain(&request.resources).cloned().collect(),
            answer,
            replaced: None,
            uses: 0,
            last_used: None,
        }
    }
}

/// Tokens in memory. Cheap to clone; clones share the tokens.
#[derive(Clone)]
pub struct TokenCache {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    /// Made when it is needed: the first random bytes of a process take longer than an inspection.
    salt: LazyLock<Salt>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: HashMap<Identity, KeptToken>,
    flights: HashMap<Identity, Flight>,
    next_flight: u64,
    next_kept: u64,
}

type Outcome = Option<Result<Arc<TokenAnswer>, Error>>;

/// A request on its way. It is cancelled when nobody waits for it any more.
struct Flight {
    number: u64,
    outcome: watch::Receiver<Outcome>,
    waiters: Weak<DropGuard>,
}

impl TokenCache {
    /// An empty cache.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { inner: Arc::new(Inner { clock, salt: LazyLock::new(Salt::random), state: Mutex::default() }) }
    }

    /// The token for this request: a kept one that lives long enough, else a new one. Callers that want the same at the same time share
    /// one request; a caller that cancels leaves alone. Failures are not kept and replace nothing.
    ///
    /// # Errors
    /// As [`request_token`].
    pub async fn token(
        &self,
        http: &Http,
        endpoints: &Endpoints,
        client: &Client,
        request: &TokenRequest,
        wanted: impl Into<Wanted>,
        cancel: &CancellationToken,
    ) -> Result<CachedToken, Error> {
        let parts = (http.clone(), endpoints.clone(), client.clone(), request.clone());
        let obtain = |_, cancel: CancellationToken| async move {
            let (http, endpoints, client, request) = parts;
            request_token(&http, &endpoints, &client, &request, &cancel).await
        };
        self.token_by(http, endpoints, client, request, wanted, cancel, obtain).await
    }

    /// The same for tokens that are got in other ways than by one request. `request` says what makes the token the same; of a grant
    /// with one-time values (a code, an assertion) these are left empty. `obtain` is given the token that was kept before, and a word to
    /// stop when nobody waits any more.
    ///
    /// # Errors
    /// Those of `obtain`.
    #[allow(clippy::too_many_arguments, reason = "the parts of one request, and how it is made")]
    pub async fn token_by<O, F>(
        &self,
        http: &Http,
        endpoints: &Endpoints,
        client: &Client,
        request: &TokenRequest,
        wanted: impl Into<Wanted>,
        cancel: &CancellationToken,
        obtain: O,
    ) -> Result<CachedToken, Error>
    where
        O: FnOnce(Option<Arc<TokenAnswer>>, CancellationToken) -> F,
        F: Future<Output = Result<TokenAnswer, Error>> + Send + 'static,
    {
        let identity = self.inner.salt.identity(http, endpoints, client, request);
        let wanted = wanted.into();
        let asked = Asked { endpoints: endpoints.clone(), client: client.clone(), request: request.clone() };
        let mut unused = Some(obtain);
        loop {
            let (mut outcome, waiting) = match self.begin(identity, &wanted, &asked, &mut unused) {
                Begun::Kept(answer) => return Ok(CachedToken { answer, from_cache: true }),
                Begun::Flight(outcome, waiting) => (outcome, waiting),
            };
            let landed = tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(exchange::Failure::Cancelled.into()),
                landed = outcome.wait_for(Option::is_some) => landed.ok().and_then(|result| result.clone()),
            };
            drop(waiting);
            match landed.unwrap_or_else(|| Err(exchange::Failure::Cancelled.into())) {
                // Another caller's, who left it before this one came: it is begun anew.
                Err(error) if error.is_cancelled() && unused.is_some() => {}
                result => return result.map(|answer| CachedToken { answer, from_cache: false }),
            }
        }
    }

    /// A kept token that will do, a request on its way, or a new one.
    fn begin<O, F>(&self, identity: Identity, wanted: &Wanted, asked: &Asked, unused: &mut Option<O>) -> Begun
    where
        O: FnOnce(Option<Arc<TokenAnswer>>, CancellationToken) -> F,
        F: Future<Output = Result<TokenAnswer, Error>> + Send + 'static,
    {
        let mut state = self.inner.state();
        let now = (self.inner.clock)();
        let before = state.kept.get(&identity).map(|kept| kept.answer.clone());
        if let Some(answer) = before.clone().filter(|answer| wanted.takes(answer) && lives(answer, now)) {
            return Begun::Kept(answer);
        }
        if let Some((outcome, waiting)) = state.join(identity) {
            return Begun::Flight(outcome, waiting);
        }
        let stop = CancellationToken::new();
        match unused.take() {
            Some(obtain) => self.start(&mut state, identity, asked.clone(), obtain(before, stop.clone()), stop),
            None => Begun::Flight(watch::channel(None).1, None),
        }
    }

    /// The kept token for this request, expired or not; makes no request.
    #[must_use]
    pub fn peek(
        &self,
        http: &Http,
        endpoints: &Endpoints,
        client: &Client,
        request: &TokenRequest,
    ) -> Option<Arc<TokenAnswer>> {
        let identity = self.inner.salt.identity(http, endpoints, client, request);
        self.inner.state().kept.get(&identity).map(|kept| kept.answer.clone())
    }

    /// All kept tokens, newest first.
    #[must_use]
    pub fn list(&self) -> Vec<KeptToken> {
        let mut all: Vec<_> = self.inner.state().kept.values().cloned().collect();
        all.sort_by_key(|kept| std::cmp::Reverse(kept.answer.obtained_at));
        all
    }

    /// The kept token of this number.
    #[must_use]
    pub fn numbered(&self, number: u64) -> Option<KeptToken> {
        self.inner.state().kept.values().find(|kept| kept.number == number).cloned()
    }

    /// Notes that this token was sent to an API. A token that is not kept any more is passed over.
    pub fn used(&self, answer: &Arc<TokenAnswer>) {
        let now = (self.inner.clock)();
        let mut state = self.inner.state();
        if let Some(kept) = state.kept.values_mut().find(|kept| Arc::ptr_eq(&kept.answer, answer)) {
            kept.uses += 1;
            kept.last_used = Some(now);
        }
    }

    /// Keeps a token that was obtained elsewhere, such as by a flow through the browser.
    pub fn keep(
        &self,
        http: &Http,
        endpoints: &Endpoints,
        client: &Client,
        request: &TokenRequest,
        answer: Arc<TokenAnswer>,
    ) {
        let identity = self.inner.salt.identity(http, endpoints, client, request);
        let kept = KeptToken::new(endpoints, client, request, answer);
        self.inner.state().keep(identity, kept, (self.inner.clock)());
    }

    /// Forgets this token wherever it is kept (after a revocation, or a 401 that called it invalid), and what is on its way in its
    /// place: a renewal that lands afterwards is given to who waits for it, and not kept.
    pub fn forget(&self, token: &SecretString) {
        self.inner.state().forget(|kept| kept.answer.access_token.expose_secret() == token.expose_secret());
    }

    /// The same for a person who wants it gone: also the one that has taken its place, of which that person may not know yet.
    pub fn forget_renewed(&self, token: &SecretString) {
        let is_it = |answer: &Arc<TokenAnswer>| answer.access_token.expose_secret() == token.expose_secret();
        self.inner.state().forget(|kept| is_it(&kept.answer) || kept.replaced.as_ref().is_some_and(is_it));
    }

    /// Forgets all tokens of one client at one server, as [`TokenCache::forget`] does.
    pub fn forget_client(&self, token_url: &Url, client_id: &str) {
        self.inner.state().forget(|kept| kept.token_url == *token_url && kept.client_id == client_id);
    }

    /// Forgets everything, what is on its way too.
    pub fn clear(&self) {
        let mut state = self.inner.state();
        state.kept.clear();
        state.flights.clear();
    }

    /// The request runs in its own task, so that no caller's end ends it for the others.
    fn start(
        &self,
        state: &mut State,
        identity: Identity,
        asked: Asked,
        obtaining: impl Future<Output = Result<TokenAnswer, Error>> + Send + 'static,
        stop: CancellationToken,
    ) -> Begun {
        let number = state.next_flight;
        state.next_flight += 1;
        let waiting = Arc::new(stop.drop_guard());
        let (landing, outcome) = watch::channel(None);
        state.flights.insert(identity, Flight { number, outcome: outcome.clone(), waiters: Arc::downgrade(&waiting) });
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let result = obtaining.await.map(Arc::new);
            let mut state = inner.state();
            let current = state.flights.get(&identity).is_some_and(|flight| flight.number == number);
            if current {
                state.flights.remove(&identity);
            }
            // One that was forgotten meanwhile stays forgotten.
            if let (true, Ok(answer)) = (current, &result) {
                let kept = KeptToken::new(&asked.endpoints, &asked.client, &asked.request, answer.clone());
                state.keep(identity, kept, (inner.clock)());
            }
            // Under the lock: who finds no flight any more finds the token.
            landing.send_replace(Some(result));
        });
        Begun::Flight(outcome, Some(waiting))
    }
}

/// What a caller gets at once: a token, or what to wait for, with what keeps it going unless all have left it.
enum Begun {
    Kept(Arc<TokenAnswer>),
    Flight(watch::Receiver<Outcome>, Option<Arc<DropGuard>>),
}

/// What a token on its way was asked for with.
#[derive(Clone)]
struct Asked {
    endpoints: Endpoints,
    client: Client,
    request: TokenRequest,
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A request on its way; with what keeps it going, unless all have left it. One that was left may land all the same: a refresh
    /// token is not used twice at a time.
    fn join(&self, identity: Identity) -> Option<(watch::Receiver<Outcome>, Option<Arc<DropGuard>>)> {
        let flight = self.flights.get(&identity)?;
        Some((flight.outcome.clone(), flight.waiters.upgrade()))
    }

    fn forget(&mut self, which: impl Fn(&KeptToken) -> bool) {
        let forgotten: Vec<_> = self.kept.extract_if(|_, kept| which(kept)).map(|(identity, _)| identity).collect();
        self.flights.retain(|identity, _| !forgotten.contains(identity));
    }

    fn keep(&mut self, identity: Identity, mut kept: KeptToken, now: SystemTime) {
        kept.number = self.next_kept;
        self.next_kept += 1;
        let over = |end: SystemTime| now.duration_since(end).is_ok_and(|ago| ago > LISTED_AFTER_END);
        // One that can be renewed is kept: its refresh token lives longer.
        self.kept.retain(|_, kept| kept.answer.refresh_token.is_some() || !kept.answer.expires_at.is_some_and(over));
        kept.replaced = self.kept.get(&identity).map(|before| before.answer.clone());
        self.kept.insert(identity, kept);
    }
}

/// True while a token is not to be renewed: until 60 s, or a tenth of its life, before its end.
fn lives(answer: &TokenAnswer, now: SystemTime) -> bool {
    let end = answer.expires_at.unwrap_or(answer.obtained_at + UNTOLD_LIFE);
    let life = end.duration_since(answer.obtained_at).unwrap_or_default();
    let margin = (life / 10).min(Duration::from_secs(60));
    // A clock that was set back makes the age unknown: better a new token.
    now >= answer.obtained_at && now + margin < end
}
