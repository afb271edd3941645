//! What a person has switched while the gateway served, over what its configuration says. Belongs here: the data, and
//! laying it over the served APIs. Not here: the configuration itself.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::state::State;
use crate::{
    ControlError,
    api::{Api, Behaviour},
    weakness::Weaknesses,
};

/// Everything that was switched, by API and domain. It outlives a change of the configuration, and what is not served at
/// the moment is kept too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Controls {
    /// By the API's first context path.
    pub apis: BTreeMap<String, ApiControls>,
}

/// What was switched on one API; absent = as the configuration says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApiControls {
    /// Whose answers.
    pub behaviour: Option<String>,
    /// Deliberate defects.
    pub weaknesses: Option<Vec<String>>,
}

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
        Ok(api)
    }
}

impl State {
    /// The APIs of the configuration with what was switched on them. What is not known here (any more) is left out.
    pub(super) fn controlled(configured: &[Arc<Api>], controls: &Controls) -> Vec<Arc<Api>> {
        let over = |api: &Arc<Api>| {
            let switched = controls.apis.get(&api.path()).and_then(|switched| switched.over(api).ok());
            switched.map_or_else(|| Arc::clone(api), Arc::new)
        };
        configured.iter().map(over).collect()
    }

    /// The same with something switched on one API.
    pub(super) fn switched(&self, path: &str, switch: impl FnOnce(&mut ApiControls)) -> Result<Self, ControlError> {
        let unknown = || ControlError::UnknownApi(path.to_owned());
        let api = self.configured.iter().find(|api| api.path() == path).ok_or_else(unknown)?;
        let mut state = self.clone();
        let switched = state.controls.apis.entry(path.to_owned()).or_default();
        switch(switched);
        switched.over(api)?;
        if *switched == ApiControls::default() {
            state.controls.apis.remove(path);
        }
        state.apis = Self::controlled(&state.configured, &state.controls);
        Ok(state)
    }

    pub(super) fn api_states(&self) -> Vec<ApiState> {
        let state = |api: &Arc<Api>| ApiState {
            path: api.path(),
            name: api.name.clone(),
            url: self.url(api),
            behaviour: api.behaviour.name().to_owned(),
            weaknesses: api.weaknesses.names().map(str::to_owned).collect(),
        };
        self.apis.iter().map(state).collect()
    }
}
