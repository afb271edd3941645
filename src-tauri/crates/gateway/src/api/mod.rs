//! The API gateway: from a request to the answer of an API, or to its refusal.
//! Belongs here: finding the API, what every answer carries. Not here: policies, resources, endpoints (one file each).

mod bearer;
mod behaviour;
mod echo;
mod oauth2;
mod path;
mod refusal;
mod resource;

use std::{borrow::Cow, sync::Arc, time::SystemTime};

pub(crate) use behaviour::Behaviour;
pub(crate) use oauth2::OAuth2;
pub(crate) use resource::AmResource;

use crate::{
    Clock,
    am::transaction_id,
    event::Listener,
    guard::{self, Hosts},
    http1::{Answer, Request, Site},
    journal::Journal,
    random,
};
use path::Path;
use refusal::Refusal;

const TRANSACTION_ID: &str = "X-Gravitee-Transaction-Id";
const REQUEST_ID: &str = "X-Gravitee-Request-Id";

/// The API gateway's listener.
pub(crate) struct ApiGateway {
    pub(crate) apis: Vec<Api>,
    pub(crate) hosts: Hosts,
    pub(crate) journal: Arc<Journal>,
    pub(crate) clock: Clock,
}

/// A served API.
pub(crate) struct Api {
    pub(crate) name: String,
    /// Without a slash at the end.
    pub(crate) context_path: String,
    pub(crate) oauth2: OAuth2,
}

/// One request to a known API.
struct Call<'a, 'c> {
    api: &'a Api,
    now: SystemTime,
    request: &'a mut Request<'c>,
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
        (self.clock)()
    }

    async fn call(&self, request: &mut Request<'_>) -> Answer {
        let transaction = transaction_id(request);
        let id: Cow<'static, str> = random::uuid().into();
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
        let Some(path) = Path::parse(request.head.path()) else {
            request
                .trace
                .refuse("route", "the path has dot segments or escaped separators, which could be read in two ways");
            return Answer::text(400, "Bad Request");
        };
        let Some(api) = self.apis.iter().find(|api| path.is_below(&api.context_path)) else {
            request.trace.refuse("route", "no API is served on this path");
            return Answer::text(404, "No context-path matches the request URI.");
        };
        request.trace.pass("route", format!("API `{}`", api.name));
        if is_unsafe(request.head.method()) && guard::is_cross_site(&request.head.headers) {
            request.trace.refuse("origin", "a page of another site may not change anything here");
            return Answer::text(403, "Forbidden");
        }
        let mut call = Call { api, now: self.now(), request };
        match call.run().await {
            Ok(answer) => answer,
            Err(refusal) => refusal.answer(&request.head.headers, &mut request.trace),
        }
    }
}

impl Call<'_, '_> {
    async fn run(&mut self) -> Result<Answer, Refusal> {
        self.api.oauth2.enforce(&mut *self.request, self.now).await?;
        self.request.head.headers.remove_hop_by_hop();
        self.request.trace.pass("endpoint", "the built-in echo");
        Ok(echo::answer(self.request).await)
    }
}

/// Methods that may change something (RFC 9110 section 9.2.1).
fn is_unsafe(method: &str) -> bool {
    !matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE")
}
