//! Definitions for tests, made from parts. Not here: expectations.

use std::path::PathBuf;

use gateway::{Config, Gateway, GatewayError, Running};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::TestClock;

/// An API under test.
pub(crate) struct Setup {
    pub(crate) definition: Value,
    /// Members of the `[[apis]]` entry.
    pub(crate) toml: String,
    /// What stands before it.
    pub(crate) head: String,
}

/// A generic resource that asks this server, by POST and form, with a client.
pub(crate) fn generic(origin: &str) -> Value {
    json!({"name": "as", "type": "oauth2", "enabled": true, "configuration": {
        "authorizationServerUrl": origin, "introspectionEndpoint": "/oauth/introspect", "introspectionEndpointMethod": "POST",
        "useClientAuthorizationHeader": true, "clientAuthorizationHeaderName": "Authorization",
        "clientAuthorizationHeaderScheme": "Basic", "tokenIsSuppliedByFormUrlEncoded": true,
        "tokenFormUrlEncodedName": "token", "clientId": "gw", "clientSecret": "gw-secret"}})
}

pub(crate) fn am(origin: &str, version: &str) -> Value {
    json!({"name": "as", "type": "oauth2-am-resource", "enabled": true, "configuration": {
        "serverURL": origin, "version": version, "securityDomain": "demo", "clientId": "basic", "clientSecret": "s3cret"}})
}

pub(crate) fn step(policy: &str, configuration: Value) -> Value {
    json!({"name": policy, "enabled": true, "policy": policy, "configuration": configuration})
}

pub(crate) fn keyless() -> Value {
    json!({"name": "keyless", "status": "PUBLISHED", "security": {"type": "KEY_LESS", "configuration": {}}})
}

pub(crate) fn plan(kind: &str, configuration: Value) -> Value {
    json!({"name": kind.to_ascii_lowercase(), "status": "PUBLISHED", "security": {"type": kind, "configuration": configuration}})
}

impl Setup {
    /// A version 4 API on `/api` that answers with the echo.
    pub(crate) fn v4(resources: &[Value], plans: &[Value], request: &[Value]) -> Self {
        let definition = json!({
            "export": {"apimVersion": "4.12.0"},
            "api": {
                "definitionVersion": "V4", "type": "PROXY", "name": "api", "apiVersion": "1",
                "listeners": [{"type": "HTTP", "paths": [{"path": "/api"}], "entrypoints": [{"type": "http-proxy"}]}],
                "endpointGroups": [{"name": "g", "type": "http-proxy", "endpoints": [
                    {"name": "e", "type": "http-proxy", "configuration": {"target": "http://127.0.0.1:9/"}}]}],
                "resources": resources,
                "flows": [{"name": "f", "enabled": true, "selectors": [{"type": "HTTP", "path": "/", "pathOperator": "STARTS_WITH"}],
                    "request": request, "response": []}],
            },
            "plans": plans,
        });
        let head = crate::support::CLIENTS.to_owned();
        Self { definition, toml: "echo = true".into(), head }
    }

    /// The same API as version 2, run by the V3 engine.
    pub(crate) fn v3(resources: &[Value], plans: &[Value], request: &[Value]) -> Self {
        let plans: Vec<_> = plans
            .iter()
            .map(|plan| {
                let configuration = plan["security"]["configuration"].to_string();
                json!({"name": plan["name"], "status": "PUBLISHED", "security": plan["security"]["type"], "securityDefinition": configuration})
            })
            .collect();
        let definition = json!({
            "name": "api", "version": "1", "gravitee": "2.0.0", "execution_mode": "v3",
            "proxy": {"virtual_hosts": [{"path": "/api"}], "groups": [{"endpoints": [{"name": "e", "target": "http://127.0.0.1:9/"}]}]},
            "resources": resources,
            "flows": [{"path-operator": {"path": "/", "operator": "STARTS_WITH"}, "pre": request, "post": []}],
            "plans": plans,
        });
        Self { definition, toml: "echo = true".into(), head: crate::support::CLIENTS.to_owned() }
    }

    pub(crate) fn behaviour(mut self, name: &str) -> Self {
        self.toml.push_str(&format!("\nbehaviour = \"{name}\""));
        self
    }

    pub(crate) fn with(mut self, toml: &str) -> Self {
        self.toml.push('\n');
        self.toml.push_str(toml);
        self
    }

    /// Sends requests to this server instead of the echo.
    pub(crate) fn upstream(mut self, target: &str) -> Self {
        self.toml = self.toml.replace("echo = true", "");
        *self.definition.pointer_mut("/api/endpointGroups/0/endpoints/0/configuration/target").unwrap() = target.into();
        self
    }

    pub(crate) async fn try_start(&self, clock: &TestClock) -> Result<(Running, TempDir), GatewayError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("api.json"), self.definition.to_string()).unwrap();
        let toml = format!("{}\n[[apis]]\ndefinition = \"api.json\"\n{}", self.head, self.toml);
        let file: PathBuf = folder.path().join("gateway.toml");
        let config = Config::from_toml(&toml, &file)?;
        Ok((Gateway::start(config, clock.clock()).await?, folder))
    }

    pub(crate) async fn start(&self) -> Running {
        self.try_start(&TestClock::now()).await.unwrap().0
    }

    /// The message with which it is refused.
    pub(crate) async fn refused(&self) -> String {
        self.try_start(&TestClock::now()).await.map(|_| ()).unwrap_err().to_string()
    }
}

#[tokio::test]
async fn what_cannot_mean_anything_is_refused_by_name() {
    let resource = || generic("http://127.0.0.1:9");
    let header = json!({"addHeaders": [{"name": "a b", "value": "x"}]});
    let mut method = Setup::v4(&[], &[keyless()], &[]);
    method.definition["api"]["flows"][0]["selectors"][0]["methods"] = json!(["GETT"]);
    for (setup, expected) in [
        (method, "the method GETT is none of"),
        (Setup::v4(&[resource(), resource()], &[keyless()], &[]), "the name `as` is there twice"),
        (Setup::v4(&[], &[keyless()], &[step("transform-headers", header)]), "`a b` is no name of a header field"),
    ] {
        let message = setup.refused().await;
        assert!(message.contains(expected), "{expected}\n{message}");
    }
}
