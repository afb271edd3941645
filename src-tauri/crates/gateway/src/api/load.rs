//! From a definition to an API that is served. Belongs here: resolving, and refusing by name what is not supported.
//! Not here: the form of definitions (`gravitee`).

use std::{fs, net::SocketAddr, path::PathBuf, sync::Arc};

use gravitee::{
    Definition, Form,
    model::{self, ListenerKind, PlanSecurity, PlanStatus},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{
    behaviour::Behaviour,
    cors::Cors,
    endpoint::{Endpoint, Group},
    environment::{Environment, Wrong},
    expression::Expression,
    flow::Flows,
    model::{Api, ContextPath, Loaded, Plan},
    policy::Policy,
    resource, subscribe,
    template::Templates,
};
use crate::{
    ApiConfig, Config, ConfigError,
    am::Domain,
    fault::{Faults, Kind},
    weakness::Weaknesses,
};

/// The echo API of the tutorial; `{domain}` is the first domain.
const ECHO: &str = include_str!("echo.json");

/// Every API of the configuration, and the warnings.
pub(crate) fn load(
    config: &Config,
    domains: &[Arc<Domain>],
    am: SocketAddr,
) -> Result<(Vec<Arc<Api>>, Vec<String>), ConfigError> {
    let (mut apis, mut warnings) = (Vec::new(), Vec::new());
    for (at, api) in config.apis.iter().enumerate() {
        let (loaded, more) = load_one(config, at, api, domains, am)?;
        if let Some(path) = taken(&loaded, &apis) {
            let message = format!("`{path}` is the path of another API already, which would get every request");
            return Err(ConfigError::Invalid { file: config.file.clone(), place: format!("apis[{at}]"), message });
        }
        apis.push(Arc::new(loaded));
        warnings.extend(more);
    }
    Ok((apis, warnings))
}

/// A path of an API that one before it has on the same host.
fn taken(api: &Api, before: &[Arc<Api>]) -> Option<String> {
    let mut paths = before.iter().flat_map(|other| &other.loaded.paths);
    let taken = paths.find(|path| api.loaded.paths.iter().any(|own| own.path == path.path && own.host == path.host));
    taken.map(|path| format!("{}{}/", path.host.as_deref().unwrap_or_default(), path.path))
}

fn load_one(
    config: &Config,
    at: usize,
    api: &ApiConfig,
    domains: &[Arc<Domain>],
    am: SocketAddr,
) -> Result<(Api, Vec<String>), ConfigError> {
    let (file, text) = text(config, at, api, domains)?;
    let wrong = |(place, message): Wrong| ConfigError::Invalid { file: file.clone(), place, message };
    let document = Definition::read(text.expose_secret()).map_err(|error| wrong(place_of(error)))?;
    let is_v4 = !matches!(document.form(), Form::V2 | Form::KubernetesV2);
    let definition = document.api().map_err(|error| wrong(place_of(error)))?;
    let invalid = |(place, message): Wrong| wrong((document.place(&place), message));
    let behaviour = behaviour(api, &definition).map_err(|message| ConfigError::Invalid {
        file: config.file.clone(),
        place: format!("apis[{at}].behaviour"),
        message,
    })?;
    let mut environment = Environment::new(domains, am, &definition);
    let mut loaded = make(api, &definition, config.gateway.verbose_401, &mut environment).map_err(&invalid)?;
    loaded.is_v4 = is_v4;
    let Environment { servers, warnings: noted, .. } = environment;
    let found = warnings(api, &document, noted).into_iter();
    let mut warned: Vec<_> = found.map(|(place, message)| format!("{}: {place}: {message}", file.display())).collect();
    let own = format!("{}: apis[{at}]", config.file.display());
    let weaknesses = Weaknesses::named(&api.weaknesses).map_err(|message| ConfigError::Invalid {
        file: config.file.clone(),
        place: format!("apis[{at}].weaknesses"),
        message,
    })?;
    let idle = weaknesses.of_own_tokens();
    let is_local = |name: &String| loaded.resources.get(name).is_some_and(resource::Resource::is_local);
    if !idle.is_empty() && !servers.iter().any(is_local) {
        let idle = idle.join(", ");
        warned.push(format!(
            "{own}.weaknesses: {idle} take hold only where the resource of the API's policies is this gateway's authorization server"
        ));
    }
    let idle = subscribe::subscribe(config, at, api, &mut loaded)?;
    warned.extend(idle.into_iter().map(|(member, message)| format!("{own}.{member}: {message}")));
    // Names were checked when the configuration was read.
    let faults = Faults::named(&api.faults, Kind::OF_API).unwrap_or_default();
    Ok((Api { loaded: Arc::new(loaded), behaviour, weaknesses, faults }, warned))
}

/// What is odd about a definition that is served all the same, by its place in the file: first what concerns serving it, then what
/// a check before importing says, of which whoever gives a definition at hand has told its reader.
fn warnings(api: &ApiConfig, document: &Definition, found: Vec<Wrong>) -> Vec<Wrong> {
    let mut warnings: Vec<Wrong> =
        found.into_iter().map(|(place, message)| (document.place(&place), message)).collect();
    if api.definition.is_none() {
        return warnings;
    }
    let endpoints = document.place("api.endpointGroups");
    let matters = |path: &str| !(api.echo && path.starts_with(&endpoints));
    for problem in document.problems() {
        if matters(&problem.path) && !warnings.iter().any(|(place, _)| *place == problem.path) {
            warnings.push((problem.path, problem.message));
        }
    }
    for missing in document.placeholders() {
        let message =
            "a secret was left out here; its placeholder is used as if it were the secret. Put the secret in its place";
        warnings.push((missing.path, message.to_owned()));
    }
    warnings
}

fn place_of(error: gravitee::GraviteeError) -> Wrong {
    match error {
        gravitee::GraviteeError::Member { path, message } => (path, message),
        gravitee::GraviteeError::Syntax { line, column, message } => (format!("line {line}, column {column}"), message),
        other => ("definition".into(), other.to_string()),
    }
}

/// The definition of an API, and what it is called in messages.
fn text(
    config: &Config,
    at: usize,
    api: &ApiConfig,
    domains: &[Arc<Domain>],
) -> Result<(PathBuf, SecretString), ConfigError> {
    if let Some(given) = &api.given {
        return Ok((PathBuf::from(&given.name), given.text.clone()));
    }
    let Some(path) = &api.definition else {
        return Ok((config.file.clone(), built_in(config, at, domains)?.into()));
    };
    let text = config.read_named(format!("apis[{at}].definition"), path, fs::read_to_string)?;
    Ok((config.resolve(path), text.into()))
}

/// The built-in echo API as a version 4 export; its resource is this gateway's domain of that path.
#[must_use]
pub fn echo_definition(domain: &str) -> String {
    ECHO.replace("{domain}", domain)
}

fn built_in(config: &Config, at: usize, domains: &[Arc<Domain>]) -> Result<String, ConfigError> {
    let domain = domains.first().ok_or_else(|| ConfigError::Invalid {
        file: config.file.clone(),
        place: format!("apis[{at}]"),
        message: "the built-in echo API needs a domain that issues its tokens".into(),
    })?;
    Ok(echo_definition(domain.path()))
}

fn behaviour(api: &ApiConfig, definition: &model::Api) -> Result<Behaviour, String> {
    match api.behaviour.as_deref() {
        Some(name) => Behaviour::named(name),
        None if api.definition.is_none() && api.given.is_none() => Ok(Behaviour::Tutorial),
        None => Ok(Behaviour::of_version(definition.apim_version.as_deref())),
    }
}

fn make(
    config: &ApiConfig,
    api: &model::Api,
    verbose: bool,
    environment: &mut Environment<'_>,
) -> Result<Loaded, Wrong> {
    let kind = api.kind.to_ascii_uppercase().replace('-', "_");
    if !matches!(kind.as_str(), "PROXY" | "MCP_PROXY") {
        return Err(("api.type".into(), format!("{kind} is not supported; PROXY and MCP_PROXY are")));
    }
    let (paths, cors) = listeners(api)?;
    let endpoint =
        if config.echo { Endpoint::Echo } else { Endpoint::Group(Group::load(&api.endpoint_groups, environment)?) };
    Ok(Loaded {
        name: api.name.clone(),
        told: format!("API `{}`", api.name).into(),
        paths,
        engine: api.engine,
        is_v4: true,
        is_mcp: kind == "MCP_PROXY",
        verbose,
        cors,
        resources: resource::load(&api.resources, environment)?,
        plans: plans(api, environment)?,
        flows: Flows::load("api.flows", &api.flows, api.flow_execution.mode, environment)?,
        no_flows: Flows::default(),
        flow_required: api.flow_execution.match_required,
        endpoint,
        templates: Templates::compile(&api.response_templates, environment)?,
        properties: environment.properties.clone(),
    })
}

fn listeners(api: &model::Api) -> Result<(Vec<ContextPath>, Option<Cors>), Wrong> {
    let (mut paths, mut cors) = (Vec::new(), None);
    for (at, listener) in api.listeners.iter().enumerate() {
        let place = format!("api.listeners[{at}]");
        if listener.kind != ListenerKind::Http {
            return Err((format!("{place}.type"), "only HTTP listeners are supported".into()));
        }
        for entrypoint in &listener.entrypoints {
            let kind = entrypoint.get("type").and_then(Value::as_str).unwrap_or("http-proxy");
            if !matches!(kind, "http-proxy" | "mcp-proxy" | "mcp") {
                return Err((
                    format!("{place}.entrypoints"),
                    format!("the entrypoint {kind} is not supported; use http-proxy"),
                ));
            }
        }
        for (path_at, path) in listener.paths.iter().enumerate() {
            if !path.path.starts_with('/') {
                return Err((format!("{place}.paths[{path_at}].path"), "must begin with a slash".into()));
            }
            // An asterisk alone is every host, as none is.
            let host = path.host.as_deref().filter(|host| !matches!(*host, "" | "*")).map(str::to_ascii_lowercase);
            paths.push(ContextPath { host, path: path.path.trim_end_matches('/').to_owned() });
        }
        if let (None, Some(rules)) = (&cors, &listener.cors) {
            cors = Cors::new(rules).map_err(|message| (place, message))?;
        }
    }
    if paths.is_empty() {
        Err(("api.listeners".into(), "no HTTP listener with a path".into()))
    } else {
        Ok((paths, cors))
    }
}

/// The plans in use, in the order of their policies: JWT, OAuth2, API key, keyless.
fn plans(api: &model::Api, environment: &mut Environment<'_>) -> Result<Vec<Plan>, Wrong> {
    let mut plans = Vec::new();
    for (at, plan) in api.plans.iter().enumerate() {
        if matches!(plan.status, PlanStatus::Published | PlanStatus::Deprecated) {
            plans.push(load_plan(&format!("plans[{at}]"), plan, api, environment)?);
        }
    }
    if plans.is_empty() && !api.plans.is_empty() {
        environment.warn("plans", "no plan is PUBLISHED or DEPRECATED: nobody can call this API");
    }
    plans.sort_by_key(|plan| match plan.security {
        PlanSecurity::Jwt => 0,
        PlanSecurity::OAuth2 => 100,
        PlanSecurity::ApiKey => 500,
        PlanSecurity::KeyLess | PlanSecurity::Mtls => 1_000,
    });
    Ok(plans)
}

fn load_plan(
    place: &str,
    plan: &model::Plan,
    api: &model::Api,
    environment: &mut Environment<'_>,
) -> Result<Plan, Wrong> {
    let id = match plan.security.kind {
        PlanSecurity::KeyLess => None,
        PlanSecurity::ApiKey => Some("api-key"),
        PlanSecurity::OAuth2 => Some("oauth2"),
        PlanSecurity::Jwt => Some("jwt"),
        PlanSecurity::Mtls => return Err((format!("{place}.security.type"), "MTLS is not supported".into())),
    };
    let security = format!("{place}.security");
    let policy = id.map(|id| Policy::load(&security, id, &plan.security.configuration, environment)).transpose()?;
    let rule = plan.selection_rule.as_deref().filter(|rule| !rule.trim().is_empty());
    let rule =
        rule.map(Expression::condition).transpose().map_err(|message| (format!("{place}.selectionRule"), message))?;
    Ok(Plan {
        name: plan.name.as_str().into(),
        told: format!("`{}`", plan.name).into(),
        security: plan.security.kind,
        policy,
        rule,
        flows: Flows::load(&format!("{place}.flows"), &plan.flows, api.flow_execution.mode, environment)?,
        subscriptions: Vec::new(),
        keys: Vec::new(),
    })
}
