//! Requests to secured APIs: sent, cancelled, explained, remembered.
//! Belongs here: the user actions on requests. Not here: sending (`exchange`), the words of an explanation (`oauth`).

use crate::{
    Desk, DeskError, Result, Target, TokenWish,
    bodies::Shown,
    party::{Party, parse},
    pretty::pretty,
    wire::{CallView, HistoryEntry, SendRequest},
};
use exchange::{Body, CancellationToken, Exchange, Header, Request, ResponseBody, Reveal, Value};
use oauth::{CachedToken, CallContext, Explanation, Wanted};
use secrecy::SecretString;
use std::{fmt, sync::Arc};
use store::{ConnectionId, HistoryFilter, NewHistoryEntry};

/// A JSON body up to this size is shown re-indented; a larger one line by line as it came.
const LARGEST_PRETTY: u64 = 32 << 20;

/// A re-indented body up to this size goes to the window whole.
const LARGEST_WHOLE: usize = 256 << 10;

/// A request for the command line.
#[derive(Debug)]
pub struct CallWish {
    /// The connection; none sends without a token.
    pub target: Option<Target>,
    /// Whether to add the connection's token.
    pub with_token: bool,
    /// What token.
    pub token: TokenWish,
    /// Method token.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Header pairs.
    pub headers: Vec<(String, String)>,
    /// Body bytes.
    pub body: Option<Vec<u8>>,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
}

/// What came of a request.
#[derive(Debug)]
pub struct Called {
    /// The exchange, real values inside.
    pub exchange: Arc<Exchange>,
    /// Why a 401, 403, 502, 503 or 504 came about.
    pub explanation: Option<Explanation>,
    /// The saved connection whose token was sent.
    used: Option<Used>,
}

/// A saved connection and the token of it that was sent.
struct Used {
    id: i64,
    party: Party,
    granted: CachedToken,
}

impl fmt::Debug for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Used").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Desk {
    /// Sends a request for the window, and remembers it.
    ///
    /// # Errors
    /// When the request cannot be made, no token can be had, or no answer comes. Every status is an answer.
    pub async fn send(self: &Arc<Self>, request: SendRequest) -> Result<CallView> {
        let underway = self.sends.begin(request.send)?;
        let wish = CallWish {
            target: request.connection.map(Target::Saved),
            with_token: request.with_token,
            token: TokenWish::default(),
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: (!request.body.is_empty()).then(|| request.body.clone().into_bytes()),
            follow_redirects: request.follow_redirects,
        };
        let mut called = self.call(wish, &underway.cancel).await;
        if let Some(used) = called.as_mut().ok().and_then(|called| called.used.take()) {
            self.show_token(used);
        }
        let history_id = self.remember_call(&request, &called).await;
        let mut view = self.call_view(called?, request.with_token).await?;
        view.history_id = history_id;
        Ok(view)
    }

    /// Cancels a send. One that has ended meanwhile is no error.
    pub fn cancel(&self, send: u64) {
        self.sends.cancel(send);
    }

    /// Sends a request.
    ///
    /// # Errors
    /// As [`Desk::send`].
    pub async fn call(&self, wish: CallWish, cancel: &CancellationToken) -> Result<Called> {
        tokio::select! {
            called = self.call_uncancelled(&wish, cancel) => called,
            // Also ends the wait for a token or for the keyring, which know no cancelling of their own.
            () = cancel.cancelled() => Err(exchange::SendError::from(exchange::Failure::Cancelled).into()),
        }
    }

    async fn call_uncancelled(&self, wish: &CallWish, cancel: &CancellationToken) -> Result<Called> {
        let request = request(wish)?;
        if let Some(target) = wish.target.as_ref().filter(|_| wish.with_token) {
            return self.call_with_token(wish, self.party(target).await?, request, cancel).await;
        }
        let way = self.way_without_token(wish.target.as_ref()).await?;
        let exchange = way.client(wish.follow_redirects).send(&request, cancel, None).await?;
        let explanation = self.explain(&exchange, typed_token(wish).as_ref(), None);
        Ok(Called { exchange: Arc::new(exchange), explanation, used: None })
    }

    /// Sends with the connection's token. A 401 that a fresh token may cure gets one, once.
    async fn call_with_token(
        &self,
        wish: &CallWish,
        party: Party,
        mut request: Request,
        cancel: &CancellationToken,
    ) -> Result<Called> {
        request.headers.retain(|header| !header.name.eq_ignore_ascii_case("authorization"));
        let client = party.way.client(wish.follow_redirects);
        let mut granted = self.grant(&party, &wish.token).await?;
        let mut exchange = self.send_with(&party, client, &request, &granted, cancel).await?;
        self.tokens.cache.used(&granted.answer);
        let stale = oauth::worth_a_fresh_token(&exchange, &granted.answer, (self.setup.clock)());
        if granted.from_cache && stale {
            // Where no fresh one is to be had, the 401 that is here is the answer.
            let other = Wanted::OtherThan(granted.answer.access_token.clone());
            if let Ok(fresh) = self.obtain(&party, &wish.token, other, cancel).await {
                granted = fresh;
                exchange = self.send_with(&party, client, &request, &granted, cancel).await?;
                self.tokens.cache.used(&granted.answer);
            }
        }
        let explanation = self.explain(&exchange, Some(&granted.answer.access_token), Some(&party));
        let used = party.id.map(|id| Used { id, party, granted });
        Ok(Called { exchange: Arc::new(exchange), explanation, used })
    }

    /// Sends with a token: as bearer, or with a proof of possession where the token is bound to a key (RFC 9449 7.1).
    async fn send_with(
        &self,
        party: &Party,
        client: &exchange::Client,
        request: &Request,
        granted: &CachedToken,
        cancel: &CancellationToken,
    ) -> Result<Exchange> {
        let (mut request, token) = (request.clone(), &granted.answer.access_token);
        let bound = granted.answer.token_type.eq_ignore_ascii_case("dpop");
        let Some(dpop) = party.dpop.as_ref().filter(|_| bound) else {
            return Ok(client.send(&request.bearer(token), cancel, None).await?);
        };
        dpop.authorize(&mut request, token, (self.setup.clock)())?;
        let exchange = client.send(&request, cancel, None).await?;
        if !dpop.learn(&exchange) {
            return Ok(exchange);
        }
        dpop.authorize(&mut request, token, (self.setup.clock)())?;
        Ok(client.send(&request, cancel, None).await?)
    }

    fn explain(&self, exchange: &Exchange, token: Option<&SecretString>, party: Option<&Party>) -> Option<Explanation> {
        let issuer = party.and_then(|party| self.known_issuer(party));
        let context = CallContext { token, issuer: issuer.as_deref(), now: (self.setup.clock)() };
        oauth::explain_response(exchange, &context)
    }

    /// Takes the token that was sent over as the one that its connection shows. In the background: whoever sent the request
    /// does not wait for the issuer's keys.
    fn show_token(self: &Arc<Self>, used: Used) {
        let desk = self.clone();
        tokio::spawn(async move {
            if let Err(error) = desk.hold(used.id, &used.party, used.granted).await {
                tracing::debug!(%error, "the token is not shown");
            }
        });
    }

    /// The history, newest first, of URLs that contain `query`.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub async fn history(&self, query: &str, limit: u32) -> Result<Vec<HistoryEntry>> {
        let search = Some(query.trim().to_owned()).filter(|query| !query.is_empty());
        let filter = HistoryFilter { search, limit: Some(limit.min(1_000)), ..HistoryFilter::default() };
        Ok(self.store().await?.history(filter).await?)
    }

    /// Empties the history.
    ///
    /// # Errors
    /// When the library cannot be written.
    pub async fn clear_history(&self) -> Result<()> {
        Ok(self.store().await?.clear_history().await?)
    }

    /// Adds a line to the history. An answer that is here is worth more than its line: a full disk does not cost it. A URL
    /// that cannot be read is not kept: nobody can tell what in it is secret.
    async fn remember_call(&self, request: &SendRequest, called: &Result<Called>) -> Option<i64> {
        let url = exchange::Redaction::new().url(&parse("url", &request.url).ok()?);
        let record = called.as_ref().ok().map(|called| called.exchange.record_up_to(Reveal::No, 0));
        let response = record.as_ref().and_then(|record| record.response.as_ref());
        let entry = NewHistoryEntry {
            connection: request.connection.map(ConnectionId),
            method: request.method.clone(),
            url,
            status: response.map(|response| response.status),
            total_us: record.as_ref().and_then(|record| record.timing_us.total),
            size: response.map(|response| response.body_bytes),
        };
        let added = self.store().await.ok()?.add_history(entry).await;
        if let Err(error) = &added {
            tracing::warn!(%error, "the call is not in the history");
        }
        Some(added.ok()?.id)
    }

    async fn call_view(&self, called: Called, with_token: bool) -> Result<CallView> {
        let exchange = called.exchange;
        // Masking and indenting a large body takes a moment of computing: not on the runtime's threads.
        let shown = exchange.clone();
        let (record, pretty) = tokio::task::spawn_blocking(move || (shown.record(Reveal::No), pretty_body(&shown)))
            .await
            .map_err(std::io::Error::other)?;
        let large = |text: &String| text.len() > LARGEST_WHOLE;
        let shown = match (&pretty, record.response.as_ref().is_some_and(|response| response.body_truncated)) {
            (Some(text), _) if large(text) => Some(Shown::Text(ResponseBody::from_bytes(text.clone().into()))),
            (None, true) => Some(Shown::Wire(exchange)),
            _ => None,
        };
        let body_lines = shown.as_ref().map(Shown::line_count);
        Ok(CallView {
            exchange: record,
            explanation: called.explanation,
            pretty: pretty.filter(|text| !large(text)),
            body_handle: shown.map(|shown| self.bodies.keep(shown)),
            body_lines,
            history_id: None,
            with_token,
        })
    }
}

impl Desk {
    /// Trust and proxy of the connection; its secret is not asked for.
    async fn way_without_token(&self, target: Option<&Target>) -> Result<Arc<crate::way::Way>> {
        match target {
            Some(Target::Spelled(form)) => self.way(form),
            Some(Target::Saved(id)) => {
                self.way(&crate::party::form(self.store().await?.connection(ConnectionId(*id)).await?, None))
            }
            Some(Target::Named(name)) => {
                self.way(&crate::party::form(self.store().await?.connection_named(name).await?, None))
            }
            None => self.plain_way(),
        }
    }
}

fn request(wish: &CallWish) -> Result<Request> {
    let url = parse("url", &wish.url)?;
    let mut request = Request::new(wish.method.trim(), url);
    for (name, value) in wish.headers.iter().filter(|(name, _)| !name.trim().is_empty()) {
        request.headers.push(Header::new(name.trim(), Value::Plain(value.trim().to_owned())));
    }
    if let Some(body) = &wish.body {
        request = request.body(Body::Bytes(body.clone().into()));
    }
    Ok(request)
}

/// The token of an `Authorization` header that was typed.
fn typed_token(wish: &CallWish) -> Option<SecretString> {
    let (_, value) = wish.headers.iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("authorization"))?;
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| SecretString::from(token.trim().to_owned()))
}

/// The body re-indented and masked, if it is JSON and not too large.
fn pretty_body(exchange: &Exchange) -> Option<String> {
    let response = exchange.response()?;
    if response.body.is_empty() || response.body.len() > LARGEST_PRETTY || !response.complete {
        return None;
    }
    let text = exchange.record_up_to(Reveal::No, LARGEST_PRETTY).response?.body?;
    let looks_like_json = text.trim_start().starts_with(['{', '[']);
    let is_json = looks_like_json && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
    is_json.then(|| pretty(&text)).flatten()
}

/// Reads a header as it is typed: `Name: value`.
///
/// # Errors
/// When there is no colon or no name.
pub fn header(text: &str) -> Result<(String, String)> {
    match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.trim().to_owned())),
        _ => Err(DeskError::invalid(
            "header",
            format!("`{text}` is not a header. Write it like `Accept: application/json`."),
        )),
    }
}
