//! The API gateway: from a request to the answer of an API, or to its refusal.
//! Belongs here: finding the API, the order of the chain. Not here: policies, resources, endpoints (one file each).

mod bearer;
mod behaviour;
mod context;
mod cors;
mod echo;
mod endpoint;
mod environment;
mod expression;
mod flow;
mod load;
mod metadata;
mod model;
mod path;
mod policy;
mod refusal;
mod resource;
mod security;
mod subscribe;
mod template;

use std::{
    cell::RefCell,
    net::IpAddr,
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_lc_rs::digest;
use gravitee::model::Engine;

pub(crate) use behaviour::Behaviour;
pub use behaviour::behaviour_of;
pub use load::echo_definition;
pub(crate) use load::load;
pub(crate) use model::Api;
use model::{Cover, host_name};

use crate::{
    am::transaction_id,
    clock::VirtualClock,
    event::Listener,
    fault::{FaultScope, Kind, NextFaults},
    guard::{self, Hosts},
    http1::{Answer, Request, RequestHead, Site, in_time},
    journal::Journal,
    random,
    text::Text,
    weakness::{self, entry},
};
use context::{Context, View};
use flow::{Flows, Step};
use path::Path;
use refusal::Refusal;

const TRANSACTION_ID: &str = "X-Gravitee-Transaction-Id";
const REQUEST_ID: &str = "X-Gravitee-Request-Id";
const CLIENT_IDENTIFIER: &str = "X-Gravitee-Client-Identifier";
/// The whole request, until the head of the answer (`http.requestTimeout`); what the V4 engine alone has.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// What ends a request of the V3 engine that nothing else ends.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// The API gateway's listener.
pub(crate) struct ApiGateway {
    pub(crate) apis: Vec<Arc<Api>>,
    pub(crate) hosts: Hosts,
    pub(crate) journal: Arc<Journal>,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) next_faults: Arc<NextFaults>,
}

/// Where a request leads.
struct Route<'a> {
    api: &'a Api,
    /// Length of the context path that was matched.
    context_length: usize,
    /// What follows it, decoded.
    path_info: String,
}

/// Why a request leads nowhere, and what is answered.
struct Nowhere {
    detail: &'static str,
    status: u16,
    told: &'static str,
}

/// One request to a known API.
pub(crate) struct Call<'a, 'c> {
    api: &'a Api,
    now: SystemTime,
    request: &'a mut Request<'c>,
    context: Context,
    /// Length of the context path that was matched.
    context_length: usize,
    /// Fields that policies add to the answer.
    answer_headers: Vec<(&'static str, Text)>,
    /// Something that makes Gravitee wait until its request timeout.
    timed_out: bool,
    /// A weakness lets the request in without security.
    bypass: bool,
}

impl Site for ApiGateway {
    const LISTENER: Listener = Listener::Gateway;

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
        let id = Text::Shared(random::uuid());
        request.head.headers.set(TRANSACTION_ID, transaction.clone());
        request.head.headers.set(REQUEST_ID, id.clone());
        let mut answer = self.answer(request).await;
        answer.headers.set(TRANSACTION_ID, transaction);
        answer.headers.set(REQUEST_ID, id);
        answer
    }
}

impl ApiGateway {
    async fn answer(&self, request: &mut Request<'_>) -> Answer {
        let variant = self.variant(&request.head);
        if let Some(variant) = &variant {
            let detail = format!("{:?}: read as `{}`, past security", variant.weakness, variant.path);
            request.trace.info("weakness", detail);
        }
        let raw = variant.as_ref().map_or(request.head.path(), |variant| &variant.path);
        let Route { api, context_length, path_info } = match self.route(&request.head, raw) {
            Ok(route) => route,
            Err(nowhere) => {
                request.trace.refuse("route", nowhere.detail);
                return Answer::text(nowhere.status, nowhere.told);
            }
        };
        request.trace.pass("route", &api.told);
        let context = Context { path_info, ..Context::default() };
        let mut bypass = variant.is_some();
        if let Some(weakness) = entry::opens(api.weaknesses, request.head.method(), &request.head.headers) {
            request.trace.info("weakness", format!("{weakness:?}: in without security"));
            bypass = true;
        }
        let now = self.now();
        let answer_headers = Vec::new();
        let mut call = Call { api, now, request, context, context_length, answer_headers, timed_out: false, bypass };
        let mut answer = call.answer().await;
        if !api.weaknesses.is_empty() {
            weakness::answer::spoil(api.weaknesses, &request.head, &mut answer);
        }
        let next = || FaultScope::Api { api: api.path() };
        let faults = api.faults.and(self.next_faults.take(next, Kind::OF_API));
        if faults.is_empty() { answer } else { faults.spoil_answer(answer, request).await }
    }

    /// The API that is served on this path; else why there is none, and what is answered.
    fn route(&self, head: &RequestHead, raw: &str) -> Result<Route<'_>, Nowhere> {
        let Some(path) = Path::parse(raw) else {
            let detail = "the path has dot segments or escaped separators, which could be read in two ways";
            return Err(Nowhere { detail, status: 400, told: "Bad Request" });
        };
        let host = host_name(head.headers.text("host").unwrap_or_default());
        let covering = self.apis.iter().filter_map(|api| api.covers(&host, &path).map(|cover| (cover, api)));
        // Of equal ones the first API wins.
        match covering.reduce(|best, next| if next.0 > best.0 { next } else { best }) {
            Some((Cover { length, .. }, api)) => {
                Ok(Route { api, context_length: length, path_info: path.below(length).to_owned() })
            }
            None => {
                let told = "No context-path matches the request URI.";
                Err(Nowhere { detail: "no API is served on this path", status: 404, told })
            }
        }
    }

    /// A path that only a weak API reads as its own. It must lead there: another API below it is as strict as ever.
    fn variant(&self, head: &RequestHead) -> Option<weakness::path::Variant> {
        let weak = self.apis.iter().filter(|api| !api.weaknesses.is_empty());
        let mut paths = weak.flat_map(|api| api.paths.iter().map(move |at| (api, at)));
        paths.find_map(|(api, at)| {
            let variant = weakness::path::variant(api.weaknesses, head, &at.path)?;
            let leads_there = |route: Route<'_>| std::ptr::eq(route.api, api.as_ref());
            self.route(head, &variant.path).is_ok_and(leads_there).then_some(variant)
        })
    }
}

impl<'a> Call<'a, '_> {
    /// Pre-flight, chain, and what every answer of the API carries.
    async fn answer(&mut self) -> Answer {
        let api = self.api;
        if let Some(answer) = api.cors.as_ref().and_then(|cors| cors.preflight(self.request)) {
            return answer;
        }
        if self.is_cross_site() {
            self.request.trace.refuse("origin", "a page of another site may not change anything here");
            return Answer::text(403, "Forbidden");
        }
        let limit = if api.engine == Engine::V3 { IDLE_TIMEOUT } else { REQUEST_TIMEOUT };
        let ended = in_time(limit, pin!(self.chain())).await;
        let mut answer = match ended {
            Some(Ok(answer)) => answer,
            Some(Err(refusal)) if !self.timed_out => refusal.answer(api, self.request, &self.context),
            Some(Err(_)) | None => {
                self.request.trace.refuse("timeout", "the request did not end in time");
                Refusal::said("REQUEST_TIMEOUT", 504, "Request timeout").answer(api, self.request, &self.context)
            }
        };
        for (name, value) in std::mem::take(&mut self.answer_headers) {
            answer.headers.set(name, value);
        }
        if let Some(cors) = &api.cors {
            cors.decorate(&self.request.head.headers, &mut answer);
        }
        answer
    }

    /// Methods that may change something (RFC 9110 section 9.2.1), from a page whose origin the API does not list.
    fn is_cross_site(&self) -> bool {
        let head = &self.request.head;
        let is_safe = matches!(head.method(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
        let listed = head
            .headers
            .text("origin")
            .is_some_and(|origin| self.api.cors.as_ref().is_some_and(|cors| cors.allows(origin)));
        !is_safe && !listed && guard::is_cross_site(&head.headers)
    }

    /// Security, plan flows, API flows, endpoint, and the flows back.
    async fn chain(&mut self) -> Result<Answer, Refusal> {
        let api = self.api;
        if let Some(answer) = self.metadata() {
            return Ok(answer);
        }
        let plan = self.secure().await?;
        self.identify_client();
        let none = &api.no_flows;
        let plan_flows_of = plan.map_or(none, |plan| &plan.flows);
        let plan_flows = self.request_phase(plan_flows_of).await?;
        let api_flows = self.request_phase(&api.flows).await?;
        if api.flow_required && api_flows.is_empty() && plan_flows.is_empty() {
            self.request.trace.refuse("flow", "no flow matches, and one is required");
            return Err(Refusal::said("FLOW_NOT_FOUND", 404, "No flow matches the request"));
        }
        let mut answer = api.endpoint.call(self).await?;
        for (flows, chosen) in [(plan_flows_of, plan_flows), (&api.flows, api_flows)] {
            self.response_phase(flows, &chosen, &mut answer);
        }
        Ok(answer)
    }

    /// Runs the policies before the endpoint; gives back which flows were chosen.
    async fn request_phase(&mut self, flows: &'a Flows) -> Result<Vec<usize>, Refusal> {
        let mut chosen = flows.matching(self.request.head.method(), &self.context.path_info);
        chosen.retain(|at| {
            let view = View { api: self.api, request: self.request, context: &self.context, error: None };
            flows.flows.get(*at).is_some_and(|flow| flow.conditions().iter().all(|condition| condition.holds(&view)))
        });
        for flow in chosen.iter().filter_map(|at| flows.flows.get(*at)) {
            for step in &flow.request {
                if self.runs(step) {
                    step.policy.on_request(self).await?;
                }
            }
        }
        Ok(chosen)
    }

    fn response_phase(&mut self, flows: &'a Flows, chosen: &[usize], answer: &mut Answer) {
        for step in chosen.iter().filter_map(|at| flows.flows.get(*at)).flat_map(|flow| &flow.response) {
            if self.runs(step) {
                step.policy.on_response(self, answer);
            }
        }
    }

    fn runs(&mut self, step: &Step) -> bool {
        let view = View { api: self.api, request: self.request, context: &self.context, error: None };
        let holds = step.condition.as_ref().is_none_or(|condition| condition.holds(&view));
        if !holds {
            self.request.trace.skip("condition", format!("of policy `{}` does not hold", step.name));
        }
        holds
    }

    /// The subscription processor's field, which a refusal of the security chain does not carry: what the caller said, the
    /// subscription, or a digest of the caller's address.
    fn identify_client(&mut self) {
        if !self.api.behaviour.identifies_client(self.api.engine) {
            return;
        }
        let head = &self.request.head;
        let query = head.query().unwrap_or_default().as_bytes();
        let in_query = || url::form_urlencoded::parse(query).find(|(name, _)| name == CLIENT_IDENTIFIER);
        let said = head.headers.text(CLIENT_IDENTIFIER).map(str::to_owned);
        let said = said.or_else(|| in_query().map(|(_, value)| value.into_owned()));
        let identifier = said.filter(|said| !said.trim().is_empty()).or_else(|| self.context.subscription.clone());
        let identifier = identifier.map_or_else(|| digest_of(self.request.peer.ip()), Text::Own);
        self.answer_headers.push((CLIENT_IDENTIFIER, identifier));
    }
}

/// SHA-256 of an address in hexadecimal digits. Callers come again, so the last one's is kept.
fn digest_of(address: IpAddr) -> Text {
    thread_local! {
        static LAST: RefCell<Option<(IpAddr, Text)>> = const { RefCell::new(None) };
    }
    let compute = || {
        let digest = digest::digest(&digest::SHA256, address.to_string().as_bytes());
        let digits: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        Text::Shared(digits.into())
    };
    LAST.with_borrow_mut(|last| match last {
        Some((known, digest)) if *known == address => digest.clone(),
        _ => last.insert((address, compute())).1.clone(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    #[test]
    fn callers_are_told_apart_by_their_address() {
        // printf 127.0.0.1 | sha256sum
        let expected = "12ca17b49af2289436f303e0166030a21e525d266e209267433801a8fd4071a0";
        for peer in ["127.0.0.1", "127.0.0.1", "::1", "127.0.0.1"] {
            let digest = super::digest_of(peer.parse().unwrap());
            assert_eq!(*digest == *expected, peer == "127.0.0.1", "{peer}: {digest:?}");
        }
    }
}
