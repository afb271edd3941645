//! Tokens that are kept, each under the whole of what it was asked with.
//! Belongs here: identity, renewal, one request in flight per identity. Not here: making requests.

use std::sync::Arc;

use exchange::CancellationToken;

use crate::{Client, Clock, Endpoints, Error, Http, TokenAnswer, TokenRequest};

/// A token from the cache, or one just fetched.
#[derive(Debug, Clone)]
pub struct CachedToken {
    /// The token.
    pub answer: Arc<TokenAnswer>,
    /// True if no request was made for it.
    pub from_cache: bool,
}

/// Tokens in memory. Cheap to clone; clones share the tokens.
#[derive(Clone)]
pub struct TokenCache {
    clock: Clock,
}

impl TokenCache {
    /// An empty cache.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }

    /// The token for this request: a kept one that lives long enough, else a new one. Callers that want the same at the same time share
    /// one request; a caller that cancels leaves alone. `fresh` passes over the kept one. Failures are not kept and replace nothing.
    ///
    /// # Errors
    /// As [`request_token`](crate::request_token).
    pub async fn token(
        &self,
        http: &Http,
        endpoints: &Endpoints,
        client: &Client,
        request: &TokenRequest,
        fresh: bool,
        cancel: &CancellationToken,
    ) -> Result<CachedToken, Error> {
        let _ = (http, endpoints, client, request, fresh, cancel, &self.clock);
        Err(Error::NoEndpoint { endpoint: "token" })
    }

    /// The kept token for this request, expired or not; makes no request.
    #[must_use]
    pub fn peek(&self, endpoints: &Endpoints, client: &Client, request: &TokenRequest) -> Option<Arc<TokenAnswer>> {
        let _ = (endpoints, client, request);
        None
    }

    /// All kept tokens, newest first.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<TokenAnswer>> {
        Vec::new()
    }

    /// Forgets this token wherever it is kept (after a revocation, or a 401 that called it invalid).
    pub fn forget(&self, token: &secrecy::SecretString) {
        let _ = token;
    }

    /// Forgets everything.
    pub fn clear(&self) {}
}
