//! What a case runs in: a gateway, an introspection server, an upstream, a clock. Not here: expectations.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gateway::{Config, Gateway, GatewayError, Running};
use serde_json::Value;
use tempfile::TempDir;

use super::{
    engines,
    format::{Case, Engine, Listener, Script, Section},
    server::Server,
};
use crate::support::{TestClock, authority};

const DEFINITION: &str = include_str!("../../cases/api.json");
const CONFIGURATION: &str = include_str!("../../cases/gateway.toml");

/// The servers of one case.
pub(crate) struct World {
    pub(crate) running: Running,
    pub(crate) authorization_server: Server,
    pub(crate) upstream: Server,
    pub(crate) clock: TestClock,
    pub(crate) variables: BTreeMap<String, String>,
    _folder: TempDir,
}

impl World {
    /// Starts everything, or says why the gateway refuses to.
    pub(crate) async fn start(
        section: &Section,
        case: &Case,
        behaviour: &str,
        engine: Engine,
    ) -> Result<Self, GatewayError> {
        let first = case.steps.first();
        let scripted = |own: Option<&Script>| own.or(section.default.introspection.as_ref()).cloned();
        let introspection = scripted(first.and_then(|step| step.introspection.as_ref()));
        let authorization_server = Server::start(introspection.unwrap_or_else(active)).await;
        let upstream = first.and_then(|step| step.upstream.clone()).unwrap_or_else(hello);
        let upstream = Server::start(upstream).await;
        let mut variables = BTreeMap::from([
            ("as".to_owned(), authorization_server.authority.clone()),
            ("upstream".to_owned(), upstream.authority.clone()),
        ]);
        let definition = changed(section, case);
        let text = expand(&engines::definition(definition, engine).to_string(), &variables);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("api.json"), text).unwrap();
        let (more, api) = (case.gateway.as_ref(), case.api.as_ref());
        let (more, api) = (more.unwrap_or(&section.default.gateway), api.unwrap_or(&section.default.api));
        let toml = format!(
            "{CONFIGURATION}\n{more}\n[[apis]]\ndefinition = \"api.json\"\nbehaviour = \"{behaviour}\"\n{api}\n"
        );
        let clock = TestClock::now();
        let config = Config::from_toml(&expand(&toml, &variables), &folder.path().join("gateway.toml"))?;
        let running = Gateway::start(config, clock.clock()).await?;
        variables.insert("am".into(), authority(running.am_origin()).to_owned());
        variables.insert("gateway".into(), authority(running.gateway_origin()).to_owned());
        Ok(Self { running, authorization_server, upstream, clock, variables, _folder: folder })
    }

    pub(crate) fn authority(&self, listener: Listener) -> &str {
        match listener {
            Listener::Am => authority(self.running.am_origin()),
            Listener::Gateway => authority(self.running.gateway_origin()),
        }
    }

    pub(crate) fn expand(&self, text: &str) -> String {
        expand(text, &self.variables)
    }
}

fn active() -> Script {
    let body = r#"{"active":true,"client_id":"c","sub":"me","scope":"read"}"#.to_owned();
    Script { status: 200, headers: vec!["Content-Type: application/json".into()], body, delay_ms: 0, fault: None }
}

fn hello() -> Script {
    Script { status: 200, headers: Vec::new(), body: "hello".into(), delay_ms: 0, fault: None }
}

/// The definition with the changes of the section and of the case.
fn changed(section: &Section, case: &Case) -> Value {
    let mut definition: Value = serde_json::from_str(DEFINITION).unwrap();
    for pointer in section.default.unset.iter().chain(&case.unset) {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = definition.pointer_mut(parent).unwrap_or_else(|| panic!("{}: no {pointer}", case.row));
        match parent {
            Value::Array(items) => drop(items.remove(name.parse().unwrap())),
            other => drop(other.as_object_mut().unwrap().remove(name)),
        }
    }
    for (pointer, value) in section.default.set.iter().chain(&case.set) {
        let mut place = &mut definition;
        for token in pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")) {
            place = match place {
                Value::Array(items) => {
                    let at: usize = token.parse().unwrap_or_else(|_| panic!("{}: {pointer}", case.row));
                    if at == items.len() {
                        items.push(Value::Null);
                    }
                    &mut items[at]
                }
                other => {
                    if other.is_null() {
                        *other = serde_json::json!({});
                    }
                    other.as_object_mut().unwrap().entry(token).or_insert(Value::Null)
                }
            };
        }
        *place = serde_json::to_value(value).unwrap();
    }
    definition
}

/// Fills in `${name}`, and `${base64:text}`; what is not known stays.
fn expand(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').unwrap_or_else(|| panic!("an open ${{ in {text}"));
        out.push_str(before);
        match (name.strip_prefix("base64:"), variables.get(name)) {
            (Some(plain), _) => out.push_str(&STANDARD.encode(plain)),
            (None, Some(value)) => out.push_str(value),
            (None, None) => out.push_str(&format!("${{{name}}}")),
        }
        rest = after;
    }
    out + rest
}
