//! From a definition to an API that is served. Belongs here: resolving, and refusing by name what is not supported.
//! Not here: the form of definitions (`gravitee`).

use std::{collections::BTreeMap, fs, net::SocketAddr, path::PathBuf, sync::Arc};

use gravitee::{
    Definition, Form,
    model::{self, ListenerKind, PlanSecurity, PlanStatus},
    resource::AmOAuth2,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{
    behaviour::Behaviour,
    cors::Cors,
    endpoint::{Endpoint, Group},
    expression::{Expression, Scope, Template},
    flow::Flows,
    model::{Api, ContextPath, Loaded, Plan, Subscription},
    policy::Policy,
    resource,
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

/// A place in a definition, and what is wrong there.
type Wrong = (String, String);

/// What loading an API may look at.
pub(crate) struct Environment<'a> {
    pub(crate) domains: &'a [Arc<Domain>],
    /// Address of this gateway's own authorization server.
    pub(crate) am: SocketAddr,
    properties: BTreeMap<String, String>,
    resources: Vec<(String, bool)>,
    /// What is odd, with its place in a version 4 export.
    warnings: Vec<Wrong>,
}

impl Scope for Environment<'_> {
    fn property(&self, path: &[String]) -> Value {
        match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["properties", key] | ["api", "properties", key] => self.properties.get(*key).cloned().into(),
            _ => Value::Null,
        }
    }
}

impl Environment<'_> {
    /// The text with its properties filled in, as Gravitee does at deployment.
    pub(crate) fn expand_text(&self, text: &str) -> Result<String, String> {
        if text.contains("{#") { Ok(Template::parse(text)?.render(self)) } else { Ok(text.to_owned()) }
    }

    /// A configuration with the properties filled into all its texts.
    pub(crate) fn expand(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => self.expand_text(text)?.into(),
            Value::Array(items) => items.iter().map(|item| self.expand(item)).collect::<Result<Vec<_>, _>>()?.into(),
            Value::Object(members) => {
                let expanded = members.iter().map(|(name, value)| Ok((name.clone(), self.expand(value)?)));
                Value::Object(expanded.collect::<Result<_, String>>()?)
            }
            other => other.clone(),
        })
    }

    /// The own domain that an AM resource means with port 0 or with the own address; the inner `None` if there is no such
    /// domain. What asks for another path than that of introspection is asked over the wire, and gets its 404 there.
    pub(crate) fn own_domain(&self, am: &AmOAuth2) -> Option<Option<Arc<Domain>>> {
        let is_own = url::Url::parse(&am.server_url).is_ok_and(|url| {
            (url.port() == Some(0) || self.is_own_address(&url)) && url.path() == "/" && am.version != "V1_X"
        });
        is_own.then(|| self.domains.iter().find(|domain| domain.path() == am.security_domain).cloned())
    }

    fn is_own_address(&self, url: &url::Url) -> bool {
        let is_loopback = match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            None => false,
        };
        is_loopback && url.scheme() == "http" && url.port_or_known_default() == Some(self.am.port())
    }

    /// A URL in which port 0 means this gateway's own authorization server.
    pub(crate) fn own_origin(&self, url: &str) -> String {
        match url::Url::parse(url) {
            Ok(parsed) if parsed.port() == Some(0) => {
                let query = parsed.query().map(|query| format!("?{query}")).unwrap_or_default();
                format!("http://{}{}{query}", self.am, parsed.path())
            }
            _ => url.to_owned(),
        }
    }

    /// Notes that a policy names a resource which is not there; it is loaded all the same.
    pub(crate) fn warn_if_missing(&mut self, place: &str, name: Option<&str>, required: bool) {
        let message = match name {
            None if required => "names no resource; the policy answers OAUTH2_MISSING_SERVER".to_owned(),
            None => return,
            Some(name) => match self.resources.iter().find(|(known, _)| known == name) {
                None => format!("no resource is named `{name}`; the policy answers OAUTH2_MISSING_SERVER"),
                Some((_, false)) => {
                    format!("the resource `{name}` is disabled; the policy answers OAUTH2_MISSING_SERVER")
                }
                Some(_) => return,
            },
        };
        self.warnings.push((place.to_owned(), message));
    }
}

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
    let mut environment = Environment {
        domains,
        am,
        properties: definition.properties.iter().map(|p| (p.key.clone(), p.value.clone())).collect(),
        resources: definition.resources.iter().map(|r| (r.name.clone(), r.enabled)).collect(),
        warnings: Vec::new(),
    };
    let mut loaded = make(api, &definition, config.gateway.verbose_401, &mut environment).map_err(&invalid)?;
    loaded.is_v4 = is_v4;
    let found = warnings(api, &document, environment.warnings).into_iter();
    let mut warned: Vec<_> = found.map(|(place, message)| format!("{}: {place}: {message}", file.display())).collect();
    let weaknesses = Weaknesses::named(&api.weaknesses).map_err(|message| ConfigError::Invalid {
        file: config.file.clone(),
        place: format!("apis[{at}].weaknesses"),
        message,
    })?;
    let idle = weaknesses.of_own_tokens();
    if !idle.is_empty() && !loaded.resources.values().any(resource::Resource::is_local) {
        let idle = idle.join(", ");
        warned.push(format!(
            "{}: apis[{at}].weaknesses: {idle} take hold only where the API's resource is this gateway's authorization server",
            config.file.display()
        ));
    }
    subscribe(config, at, api, &mut loaded)?;
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
        templates: Templates::compile(&api.response_templates)?,
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

/// Adds the subscriptions and keys of the configuration to their plans.
fn subscribe(config: &Config, at: usize, api: &ApiConfig, loaded: &mut Loaded) -> Result<(), ConfigError> {
    let unknown = |member: String, plan: &str| ConfigError::Invalid {
        file: config.file.clone(),
        place: format!("apis[{at}].{member}.plan"),
        message: format!("the API has no plan in use named `{plan}`"),
    };
    for (number, subscription) in api.subscriptions.iter().enumerate() {
        let plan = loaded.plans.iter_mut().find(|plan| *plan.name == *subscription.plan);
        let plan = plan.ok_or_else(|| unknown(format!("subscriptions[{number}]"), &subscription.plan))?;
        plan.subscriptions.push(Subscription {
            id: format!("{}-{at}-{number}", subscription.client_id),
            client_id: subscription.client_id.clone(),
            starts_at: subscription.starts_at.map(Into::into),
            ends_at: subscription.ends_at.map(Into::into),
        });
    }
    for (number, key) in api.api_keys.iter().enumerate() {
        let plan = loaded.plans.iter_mut().find(|plan| *plan.name == *key.plan);
        let plan = plan.ok_or_else(|| unknown(format!("api_keys[{number}]"), &key.plan))?;
        plan.keys.push(key.key.0.clone());
    }
    Ok(())
}
