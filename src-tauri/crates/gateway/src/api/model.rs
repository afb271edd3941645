//! An API as it is served: everything parsed, resolved and ready. Belongs here: the data.
//! Not here: making it (`load`), using it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    ops::Deref,
    sync::Arc,
    time::SystemTime,
};

use gravitee::model::{Engine, PlanSecurity};
use secrecy::SecretString;

use super::{
    behaviour::Behaviour, cors::Cors, endpoint::Endpoint, expression::Expression, flow::Flows, path::Path,
    policy::Policy, resource::Resource, template::Templates,
};
use crate::{fault::Faults, weakness::Weaknesses};

/// A served API.
#[derive(Clone)]
pub(crate) struct Api {
    /// Shared by an API and the same one with another behaviour or other weaknesses: counters and caches stay.
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) behaviour: Behaviour,
    pub(crate) weaknesses: Weaknesses,
    /// What goes wrong with its answers.
    pub(crate) faults: Faults,
}

/// What was made of a definition.
pub(crate) struct Loaded {
    pub(crate) name: String,
    /// Its name as the trace says it.
    pub(crate) told: Arc<str>,
    /// Context paths without a slash at the end.
    pub(crate) paths: Vec<ContextPath>,
    pub(crate) engine: Engine,
    /// A version 4 definition; version 2 may run on the same engine.
    pub(crate) is_v4: bool,
    /// `MCP_PROXY`: tokens count without a subscription.
    pub(crate) is_mcp: bool,
    /// `api.security.verbose401`.
    pub(crate) verbose: bool,
    pub(crate) cors: Option<Cors>,
    /// In the order of their policies.
    pub(crate) plans: Vec<Plan>,
    pub(crate) flows: Flows,
    /// For requests that come under no plan.
    pub(crate) no_flows: Flows,
    /// Whether a request that no flow matches is refused.
    pub(crate) flow_required: bool,
    pub(crate) endpoint: Endpoint,
    pub(crate) templates: Templates,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) resources: HashMap<String, Resource>,
}

impl Deref for Api {
    type Target = Loaded;

    fn deref(&self) -> &Loaded {
        &self.loaded
    }
}

/// Where an API is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContextPath {
    /// Lower case, maybe with a `*` in front; none = every host of the listener.
    pub(crate) host: Option<String>,
    pub(crate) path: String,
}

/// How a context path covers a request. As in APIM with overlapping contexts, the greatest wins: the host that is said
/// most precisely, then the longest path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cover {
    host_length: usize,
    is_whole_host: bool,
    /// Length of the context path.
    pub(crate) length: usize,
}

impl ContextPath {
    fn covers(&self, host: &str, path: &Path<'_>) -> Option<Cover> {
        let (own, is_whole_host) = match self.host.as_deref() {
            None => ("", false),
            Some(own) => own.strip_prefix('*').map_or((own, true), |end| (end, false)),
        };
        let host_fits = if is_whole_host { host == own } else { host.ends_with(own) };
        let length = self.path.len();
        (host_fits && path.is_below(&self.path)).then_some(Cover { host_length: own.len(), is_whole_host, length })
    }
}

/// A plan that is in use.
pub(crate) struct Plan {
    pub(crate) name: Arc<str>,
    /// Its name as the trace says it.
    pub(crate) told: Arc<str>,
    pub(crate) security: PlanSecurity,
    /// The policy behind it; none for keyless.
    pub(crate) policy: Option<Policy>,
    pub(crate) rule: Option<Expression>,
    pub(crate) flows: Flows,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) keys: Vec<Key>,
}

/// An API key, which is a subscription of its own.
pub(crate) struct Key {
    /// Of the subscription, and for want of another name of its application.
    pub(crate) id: String,
    pub(crate) secret: SecretString,
}

/// A client's subscription to a plan.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) starts_at: Option<SystemTime>,
    pub(crate) ends_at: Option<SystemTime>,
}

/// The name in a Host header, without the port and in lower case.
pub(crate) fn host_name(host: &str) -> Cow<'_, str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if name.bytes().any(|b| b.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() }
}

impl Loaded {
    /// How well the best of its context paths covers a request to this host ([`host_name`]).
    pub(crate) fn covers(&self, host: &str, path: &Path<'_>) -> Option<Cover> {
        self.paths.iter().filter_map(|at| at.covers(host, path)).max()
    }

    /// What it is called among the served APIs: its first context path, with the host if it has one.
    pub(crate) fn path(&self) -> String {
        let first = self.paths.first();
        first.map(|at| format!("{}{}", at.host.as_deref().unwrap_or_default(), at.path)).unwrap_or_default()
    }

    pub(crate) fn property(&self, key: &str) -> Option<&str> {
        self.properties.get(key).map(String::as_str)
    }
}
