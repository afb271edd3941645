//! How things stand, for whoever controls the gateway. Belongs here: the shapes, and filling them. No secret is in them.

use std::sync::Arc;

use serde::Serialize;

use super::state::State;
use crate::{
    FaultScope, NextState,
    am::Domain,
    api::{Api, Behaviour},
    fault::{Faults, Kind, NextFaults, TABLE},
    weakness::Weakness,
};

/// How an API is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ApiState {
    /// Its first context path, with the host if it has one: what it is called here.
    pub path: String,
    /// API name.
    pub name: String,
    /// URL of its first listener path, without trailing slash.
    pub url: String,
    /// Whose answers it gives.
    pub behaviour: String,
    /// Its deliberate defects.
    pub weaknesses: Vec<String>,
    /// What goes wrong with its answers.
    pub faults: FaultState,
}

/// How a security domain is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct DomainState {
    /// Domain path.
    pub path: String,
    /// The keys that it publishes or, for a shared secret, signs with; the signing one first. Empty while it is being made.
    pub keys: Vec<KeyState>,
    /// What goes wrong with everything that it answers.
    pub faults: FaultState,
    /// Its clients.
    pub clients: Vec<ClientState>,
}

/// How a client is treated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ClientState {
    /// Client identifier.
    pub client_id: String,
    /// What goes wrong with its tokens.
    pub faults: FaultState,
}

/// A key of a domain, without its private half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct KeyState {
    /// Key id.
    pub kid: String,
    /// Signature algorithm (`RS256`).
    pub algorithm: String,
    /// Until when it is published, seconds since the epoch by the gateway's clock; null: it signs.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub until: Option<i64>,
}

/// What goes wrong with somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct FaultState {
    /// Every time.
    pub always: Vec<String>,
    /// For the next requests.
    pub next: Option<NextState>,
}

/// What can be switched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Switchable {
    /// Whose answers an API can give, oldest first.
    pub behaviours: Vec<String>,
    /// The deliberate defects that an API can have.
    pub weaknesses: Vec<Switch>,
    /// What can go wrong.
    pub faults: Vec<Switch>,
}

/// Something that can be switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Switch {
    /// Its name in the configuration.
    pub name: &'static str,
    /// What it is in: for faults `claims`, `token`, `members`, `answer`, `metadata`, `keys`.
    pub kind: &'static str,
    /// What it does.
    pub about: &'static str,
    /// Whether a client can have it.
    pub of_client: bool,
    /// Whether an API can have it. Faults can be had by a domain in any case.
    pub of_api: bool,
}

impl Switchable {
    /// Everything that there is.
    #[must_use]
    pub fn all() -> Self {
        let word = |kind: Kind| Kind::ALL.iter().find(|(known, _)| *known == kind).map_or("", |(_, word)| *word);
        let fault = |row: &crate::fault::Row| Switch {
            name: row.name,
            kind: word(row.kind),
            about: row.about,
            of_client: Kind::OF_CLIENT.contains(&row.kind),
            of_api: Kind::OF_API.contains(&row.kind),
        };
        let weakness = |(name, kind, about): (&'static str, &'static str, &'static str)| Switch {
            name,
            kind,
            about,
            of_client: false,
            of_api: true,
        };
        Self {
            behaviours: Behaviour::names().map(str::to_owned).collect(),
            weaknesses: Weakness::rows().map(weakness).collect(),
            faults: TABLE.iter().map(fault).collect(),
        }
    }
}

impl State {
    pub(super) fn tell_apis(&self, next: &NextFaults) -> Vec<ApiState> {
        let state = |api: &Arc<Api>| ApiState {
            path: api.path(),
            name: api.name.clone(),
            url: self.url(api),
            behaviour: api.behaviour.name().to_owned(),
            weaknesses: api.weaknesses.names().map(str::to_owned).collect(),
            faults: FaultState::of(api.faults, next, &FaultScope::Api { api: api.path() }),
        };
        self.apis.iter().map(state).collect()
    }

    /// `now` in seconds since the epoch.
    pub(super) fn tell_domains(&self, next: &NextFaults, now: i64) -> Vec<DomainState> {
        let state = |domain: &Arc<Domain>| {
            let path = domain.path().to_owned();
            let client = |id: &str| {
                let scope = FaultScope::Client { domain: path.clone(), client_id: id.to_owned() };
                let faults = FaultState::of(domain.client_faults(id), next, &scope);
                ClientState { client_id: id.to_owned(), faults }
            };
            DomainState {
                keys: domain.key_states(now),
                faults: FaultState::of(domain.faults, next, &FaultScope::Domain { domain: path.clone() }),
                clients: domain.client_ids().map(client).collect(),
                path,
            }
        };
        self.domains.iter().map(state).collect()
    }
}

impl FaultState {
    fn of(always: Faults, next: &NextFaults, scope: &FaultScope) -> Self {
        Self { always: always.names().into_iter().map(str::to_owned).collect(), next: next.state(scope) }
    }
}
