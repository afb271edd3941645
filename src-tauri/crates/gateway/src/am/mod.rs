//! The authorization server: Gravitee Access Management's endpoints per security domain.
//! Belongs here: routes and what every answer carries. Not here: what an endpoint does (one file each).

mod assertion;
mod authorize;
mod client_auth;
mod client_files;
mod device;
mod discovery;
mod domain;
mod exchange;
mod grants;
mod introspection;
mod keyring;
pub(crate) mod keys;
mod opaque;
mod parameters;
mod refusal;
mod revocation;
mod token;
mod tokens;
mod userinfo;

use std::{sync::Arc, time::SystemTime};

pub(crate) use domain::{Domain, millis};
pub(crate) use keys::DomainKey;
use tokens::Claims;
pub(crate) use tokens::Standing;

use crate::{
    clock::VirtualClock,
    event::Listener,
    fault::{FaultScope, Faults, Kind, NextFaults},
    guard::{self, Hosts},
    http1::{Answer, Request, Site},
    journal::Journal,
    random,
    text::Text,
};
use parameters::Parameters;
use refusal::Refusal;

/// Bodies on routes of the authorization server are at most this large.
const MAX_BODY: u64 = 10 * 1024 * 1024;
const TRANSACTION_ID: &str = "X-Gravitee-Transaction-Id";

/// The authorization server's listener.
pub(crate) struct Am {
    pub(crate) domains: Vec<Arc<Domain>>,
    pub(crate) hosts: Hosts,
    pub(crate) journal: Arc<Journal>,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) next_faults: Arc<NextFaults>,
}

/// One request to a known domain.
struct Call<'a, 'c> {
    domain: &'a Domain,
    /// `http://host:port/domain`.
    base: String,
    now: SystemTime,
    request: &'a mut Request<'c>,
    next_faults: &'a NextFaults,
    /// What goes wrong with this request.
    faults: Faults,
}

impl Site for Am {
    const LISTENER: Listener = Listener::Am;

    fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    fn journal(&self) -> &Journal {
        &self.journal
    }

    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    async fn call(&self, request: &mut Request<'_>) -> Answer {
        let transaction = transaction_id(request);
        let mut answer = self.answer(request).await;
        answer.headers.set(TRANSACTION_ID, transaction);
        answer
    }
}

impl Am {
    async fn answer(&self, request: &mut Request<'_>) -> Answer {
        let path = request.head.path().to_owned();
        let (name, rest) = split_domain(&path);
        let Some(domain) = self.domains.iter().find(|domain| domain.path() == name) else {
            request.trace.refuse("route", "no security domain has this path");
            return Answer::text(404, "No security domain matches the request URI.").closing();
        };
        request.trace.pass("route", format!("security domain `{name}`"));
        let scheme = if request.is_tls { "https" } else { "http" };
        let base = format!("{scheme}://{}/{name}", request.head.headers.text("host").unwrap_or_default());
        let faults = domain.faults.within(kinds(rest));
        let next = || FaultScope::Domain { domain: name.to_owned() };
        let faults = faults.and(self.next_faults.take(next, kinds(rest)));
        let mut call = Call { domain, base, now: self.now(), request, next_faults: &self.next_faults, faults };
        let answer = call.route(rest).await;
        let faults = call.faults;
        let answer = answer.unwrap_or_else(|refusal| refusal.answer(domain, &mut request.trace));
        if faults.is_empty() { answer } else { faults.spoil_answer(answer, request).await }
    }
}

impl Call<'_, '_> {
    async fn route(&mut self, rest: &str) -> Result<Answer, Refusal> {
        let method = self.request.head.method().to_owned();
        match (method.as_str(), rest) {
            ("POST", "/oauth/token") => self.token().await,
            ("GET", "/oauth/authorize") => self.authorize(),
            ("POST", "/oauth/consent") if self.is_form() => self.consent().await,
            ("POST", "/oauth/device_authorization") if self.is_form() => self.device_authorization().await,
            ("GET", "/oauth/device") => Ok(self.device_page()),
            ("POST", "/oauth/device") if self.is_form() => self.device_decision().await,
            ("POST", "/oauth/introspect") if self.is_form() => self.introspect().await,
            ("POST", "/oauth/revoke") if self.is_form() => self.revoke().await,
            ("GET", "/oidc/.well-known/openid-configuration") => Ok(self.discovery()),
            ("GET", "/oidc/.well-known/jwks.json") => self.jwks().await,
            ("GET", "/oidc/userinfo") => self.userinfo().await,
            ("POST", "/oidc/userinfo") if self.is_form() => self.userinfo().await,
            _ => {
                self.request.trace.refuse("route", "the security domain has no such endpoint");
                Ok(Answer::text(404, "No endpoint matches the request URI.").closing())
            }
        }
    }

    fn is_form(&self) -> bool {
        let content_type = self.request.head.headers.text("content-type").unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }

    /// The parameters of query and form, unless a page of another site sends them.
    async fn parameters(&mut self) -> Result<Parameters, Refusal> {
        if guard::is_cross_site(&self.request.head.headers) {
            return Err(Refusal::cross_site());
        }
        let mut parameters = Parameters::default();
        parameters.read(self.request.head.query().unwrap_or_default().as_bytes());
        let body = self.request.read_body(MAX_BODY).await?;
        if self.is_form() {
            parameters.read(&body);
        }
        Ok(parameters)
    }
}

/// What the faults of a request to this endpoint may be in.
fn kinds(endpoint: &str) -> &'static [Kind] {
    match endpoint {
        "/oauth/token" => Kind::OF_CLIENT,
        "/oidc/.well-known/openid-configuration" => &[Kind::Metadata, Kind::Answer],
        "/oidc/.well-known/jwks.json" => &[Kind::Keys, Kind::Answer],
        _ => &[Kind::Answer],
    }
}

fn split_domain(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.find('/').map_or((path, ""), |at| path.split_at(at))
}

/// The caller's transaction id, if it can be repeated in a header, or a fresh one.
pub(crate) fn transaction_id(request: &Request<'_>) -> Text {
    let usable = |id: &&str| !id.is_empty() && id.len() <= 128 && id.bytes().all(|b| b.is_ascii_graphic());
    match request.head.headers.text(TRANSACTION_ID).filter(usable) {
        Some(id) => Text::Shared(id.into()),
        None => Text::Shared(random::uuid()),
    }
}
