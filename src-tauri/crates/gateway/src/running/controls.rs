//! What a person has switched while the gateway served, over what its configuration says. Belongs here: the data, and
//! laying it over the served domains and APIs. Not here: the configuration itself.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::state::State;
use crate::{
    ControlError, FaultScope, FaultsNext,
    am::Domain,
    api::{Api, Behaviour},
    fault::{Faults, NextFaults},
    weakness::Weaknesses,
};

/// Everything that was switched, by API and domain. It outlives a change of the configuration, and what is not served at
/// the moment is kept too. The clock and faults for the next requests are no part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Controls {
    /// By the API's first context path.
    pub apis: BTreeMap<String, ApiControls>,
    /// By the domain's path.
    pub domains: BTreeMap<String, DomainControls>,
}

/// What was switched on one API; absent = as the configuration says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApiControls {
    /// Whose answers.
    pub behaviour: Option<String>,
    /// Deliberate defects.
    pub weaknesses: Option<Vec<String>>,
    /// What goes wrong with its answers.
    pub faults: Option<Vec<String>>,
}

/// What was switched on one domain; absent = as the configuration says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DomainControls {
    /// What goes wrong with everything that it answers.
    pub faults: Option<Vec<String>>,
    /// What goes wrong with a client, by its identifier.
    pub clients: BTreeMap<String, Vec<String>>,
}

impl ApiControls {
    /// The error names what is not known.
    fn over(&self, api: &Api) -> Result<Api, ControlError> {
        let mut api = api.clone();
        if let Some(name) = &self.behaviour {
            api.behaviour = Behaviour::named(name).map_err(ControlError::UnknownName)?;
        }
        if let Some(names) = &self.weaknesses {
            api.weaknesses = Weaknesses::named(names).map_err(ControlError::UnknownName)?;
        }
        if let Some(names) = &self.faults {
            api.faults = faults(names, &FaultScope::Api { api: String::new() })?;
        }
        Ok(api)
    }
}

impl DomainControls {
    fn over(&self, domain: &Domain) -> Result<Domain, ControlError> {
        let path = domain.path().to_owned();
        let mut domain = domain.clone();
        if let Some(names) = &self.faults {
            domain = domain.with_faults(None, faults(names, &FaultScope::Domain { domain: path.clone() })?);
        }
        for (id, names) in &self.clients {
            let scope = FaultScope::Client { domain: path.clone(), client_id: id.clone() };
            domain = domain.with_faults(Some(id), faults(names, &scope)?);
        }
        Ok(domain)
    }
}

/// The faults of these names that this may have.
pub(super) fn faults(names: &[String], scope: &FaultScope) -> Result<Faults, ControlError> {
    Faults::named(names, scope.kinds()).map_err(ControlError::UnknownName)
}

impl State {
    /// The same with what was switched laid over what the configuration says. What is not known here (any more) is left out.
    pub(super) fn controlled(mut self) -> Self {
        let (domains, apis) = &self.configured;
        let Controls { apis: of_apis, domains: of_domains } = &self.controls;
        let domain = |domain: &Arc<Domain>| {
            let switched = of_domains.get(domain.path()).and_then(|switched| switched.over(domain).ok());
            switched.map_or_else(|| Arc::clone(domain), Arc::new)
        };
        let api = |api: &Arc<Api>| {
            let switched = of_apis.get(&api.path()).and_then(|switched| switched.over(api).ok());
            switched.map_or_else(|| Arc::clone(api), Arc::new)
        };
        (self.domains, self.apis) = (domains.iter().map(domain).collect(), apis.iter().map(api).collect());
        self
    }

    /// The same with something switched on one API.
    pub(super) fn switched(&self, path: &str, switch: impl FnOnce(&mut ApiControls)) -> Result<Self, ControlError> {
        let mut state = self.clone();
        let switched = state.controls.apis.entry(path.to_owned()).or_default();
        switch(switched);
        switched.over(self.api(path)?)?;
        if *switched == ApiControls::default() {
            state.controls.apis.remove(path);
        }
        Ok(state.controlled())
    }

    /// The same with something switched on one domain.
    pub(super) fn switched_domain(
        &self,
        path: &str,
        switch: impl FnOnce(&mut DomainControls),
    ) -> Result<Self, ControlError> {
        let mut state = self.clone();
        let switched = state.controls.domains.entry(path.to_owned()).or_default();
        switch(switched);
        switched.over(self.domain(path)?)?;
        Ok(state.controlled())
    }

    pub(super) fn api(&self, path: &str) -> Result<&Arc<Api>, ControlError> {
        let (_, apis) = &self.configured;
        apis.iter().find(|api| api.path() == path).ok_or_else(|| ControlError::UnknownApi(path.to_owned()))
    }

    pub(super) fn domain(&self, path: &str) -> Result<&Arc<Domain>, ControlError> {
        let (domains, _) = &self.configured;
        let found = domains.iter().find(|domain| domain.path() == path);
        found.ok_or_else(|| ControlError::UnknownDomain(path.to_owned()))
    }

    /// Whether whose faults they would be is served.
    pub(super) fn has(&self, scope: &FaultScope) -> Result<(), ControlError> {
        match scope {
            FaultScope::Api { api } => self.api(api).map(drop),
            FaultScope::Domain { domain } => self.domain(domain).map(drop),
            FaultScope::Client { domain, client_id } => {
                let known = self.domain(domain)?.client(client_id).is_some();
                known.then_some(()).ok_or_else(|| ControlError::UnknownClient(client_id.clone()))
            }
        }
    }

    /// Begins the faults for the next requests that the configuration says, where it says something else than before.
    pub(super) fn arm_faults(&self, next_faults: &NextFaults, before: Option<&Self>) {
        let before = before.map(Self::configured_faults).unwrap_or_default();
        let now = self.configured_faults();
        for (scope, _) in before.iter().filter(|(scope, _)| !now.iter().any(|(known, _)| known == scope)) {
            next_faults.arm(scope.clone(), 0, Faults::default());
        }
        for (scope, next) in now.into_iter().filter(|entry| !before.contains(entry)) {
            // Names were checked when the configuration was read.
            let faults = Faults::named(&next.faults, scope.kinds()).unwrap_or_default();
            next_faults.arm(scope, next.count, faults);
        }
    }

    fn configured_faults(&self) -> Vec<(FaultScope, FaultsNext)> {
        let domains = self.config.domains.iter().flat_map(|domain| {
            let path = || domain.path.clone();
            let own = (FaultScope::Domain { domain: path() }, domain.faults_next.clone());
            let client = move |client: &crate::Client| {
                let scope = FaultScope::Client { domain: path(), client_id: client.client_id.clone() };
                (scope, client.faults_next.clone())
            };
            [own].into_iter().chain(domain.clients.iter().map(client))
        });
        let (_, apis) = &self.configured;
        let apis = apis.iter().zip(&self.config.apis);
        let apis = apis.map(|(api, config)| (FaultScope::Api { api: api.path() }, config.faults_next.clone()));
        domains.chain(apis).filter_map(|(scope, next)| next.map(|next| (scope, next))).collect()
    }
}
