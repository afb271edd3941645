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

/// What would change answers and is not done here.
#[tokio::test]
async fn what_would_answer_otherwise_is_refused_by_name() {
    let mut key_store = Setup::v4(&[], &[keyless()], &[]).upstream("https://127.0.0.1:9");
    key_store.definition["api"]["endpointGroups"][0]["sharedConfiguration"] =
        json!({"ssl": {"trustAll": true, "keyStore": {"type": "PEM", "certContent": "x"}}});
    let mut proxied = generic("http://127.0.0.1:9");
    proxied["configuration"]["proxy"] = json!({"enabled": true, "host": "proxy", "port": 3128});
    let limited = |rate: Value| step("rate-limit", json!({ "rate": rate }));
    for (setup, expected) in [
        (key_store, "api.endpointGroups[0].endpoints[0]: ssl.keyStore (a client certificate) is not supported"),
        (
            Setup::v4(&[proxied], &[keyless()], &[]),
            "api.resources[0]: proxy.enabled (an outgoing proxy) is not supported",
        ),
        (
            Setup::v4(&[], &[keyless()], &[limited(json!({"dynamicLimit": "{#properties['x']}"}))]),
            "api.flows[0].request[0].configuration: rate.dynamicLimit is not supported",
        ),
        (
            Setup::v4(&[], &[keyless()], &[limited(json!({"limit": 1, "dynamicPeriodTime": "{#properties['x']}"}))]),
            "api.flows[0].request[0].configuration: rate.dynamicPeriodTime is not supported",
        ),
    ] {
        let message = setup.refused().await;
        assert!(message.contains(expected), "{expected}\n{message}");
    }
}

/// What has no effect here, or not the one that was meant, is said when it is loaded, in the place where it stands in the file.
#[tokio::test]
async fn what_is_served_all_the_same_is_warned_of_by_name() {
    let policy = || step("oauth2", json!({"oauthResource": "nothing", "addWwwAuthenticateHeader": true}));
    let mut v4 = Setup::v4(&[], &[keyless()], &[policy()]);
    v4.definition["api"]["state"] = "STOPPED".into();
    v4.definition["api"]["failover"] = json!({"enabled": true});
    let mut v3 = Setup::v3(&[], &[keyless()], &[policy()]);
    v3.definition["proxy"]["failover"] = json!({"maxAttempts": 1});
    for (setup, expected) in [
        (
            v4,
            vec![
                "api.flows[0].request[0].configuration.oauthResource: no resource is named `nothing`; the policy answers",
                "api.flows[0].request[0].configuration.addWwwAuthenticateHeader: not an option",
                "api.state: not acted on here: the API is served all the same",
                "api.failover: not acted on here",
            ],
        ),
        (
            v3,
            vec![
                "flows[0].pre[0].configuration.oauthResource: no resource is named `nothing`; the policy answers",
                "flows[0].pre[0].configuration.addWwwAuthenticateHeader: not an option",
                "proxy.failover: not acted on here",
            ],
        ),
    ] {
        let (running, folder) = setup.try_start(&TestClock::now()).await.unwrap();
        let file = folder.path().join("api.json").display().to_string();
        let mut warnings = running.ready().warnings;
        warnings.sort();
        let mut expected: Vec<_> = expected.iter().map(|text| format!("{file}: {text}")).collect();
        expected.sort();
        let fits = |(warning, expected): (&String, &String)| warning.starts_with(expected);
        assert!(warnings.len() == expected.len() && warnings.iter().zip(&expected).all(fits), "{warnings:#?}");
    }
}
