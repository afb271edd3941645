//! What means something in a cluster and has no effect here. Belongs here: members of a version 4 export that no gateway of
//! Claimcheck acts on. Not here: what its gateway refuses (`gateway`).

use serde_json::Value;

use super::{Problem, flows, items};

pub(super) fn problems(v4: &Value) -> Vec<Problem> {
    let Some(api) = v4.get("api") else { return Vec::new() };
    let mut unserved = Unserved(Vec::new());
    unserved.api(api);
    unserved.listeners(api);
    unserved.endpoints(api);
    for (place, flow) in flows(v4) {
        for phase in ["request", "response"] {
            for (place, step) in items(&format!("{place}.{phase}"), flow.get(phase)) {
                let condition = text(step, "messageCondition");
                unserved.warn(
                    !condition.trim().is_empty(),
                    format!("{place}.messageCondition"),
                    "no messages are served",
                );
            }
        }
    }
    unserved.0
}

struct Unserved(Vec<Problem>);

impl Unserved {
    fn warn(&mut self, is_meant: bool, path: String, consequence: &str) {
        if is_meant {
            self.0.push(Problem::warning(path, format!("not acted on here: {consequence}")));
        }
    }

    fn api(&mut self, api: &Value) {
        let kind = word(api, "type");
        let is_served = matches!(kind.as_str(), "" | "PROXY" | "MCP_PROXY");
        self.warn(!is_served, "api.type".into(), "only PROXY and MCP_PROXY are served");
        self.warn(word(api, "state") == "STOPPED", "api.state".into(), "the API is served all the same");
        let fails_over = api.pointer("/failover/enabled").and_then(Value::as_bool).unwrap_or_default();
        self.warn(fails_over, "api.failover".into(), "a request is sent once, to one endpoint");
        for (place, property) in items("api.properties", api.get("properties")) {
            let is_encrypted = property.get("encrypted").and_then(Value::as_bool).unwrap_or_default();
            self.warn(is_encrypted, format!("{place}.encrypted"), "the value is used as it stands");
        }
        self.service("api", api, "dynamicProperty", "properties keep the values of the definition");
    }

    fn listeners(&mut self, api: &Value) {
        for (place, listener) in items("api.listeners", api.get("listeners")) {
            let kind = word(listener, "type");
            let is_other = matches!(kind.as_str(), "SUBSCRIPTION" | "TCP" | "KAFKA");
            self.warn(is_other, format!("{place}.type"), &format!("{kind} listeners are not served, HTTP ones are"));
            self.warn(has_items(listener, "servers"), format!("{place}.servers"), "there is one server");
        }
    }

    fn endpoints(&mut self, api: &Value) {
        for (at, (place, group)) in items("api.endpointGroups", api.get("endpointGroups")).into_iter().enumerate() {
            self.warn(at > 0, place.clone(), "requests go to the first group");
            self.service(&place, group, "healthCheck", "endpoints are not probed");
            self.service(&place, group, "discovery", "only the endpoints of the definition are known");
            for (place, endpoint) in items(&format!("{place}.endpoints"), group.get("endpoints")) {
                self.service(&place, endpoint, "healthCheck", "endpoints are not probed");
                self.warn(
                    has_items(endpoint, "tenants"),
                    format!("{place}.tenants"),
                    "there are no tenants; it is used",
                );
            }
        }
    }

    /// A service is on unless it says otherwise.
    fn service(&mut self, place: &str, of: &Value, name: &str, consequence: &str) {
        let service = of.get("services").and_then(|services| services.get(name)).filter(|service| service.is_object());
        let is_on = service.is_some_and(|service| service.get("enabled").and_then(Value::as_bool) != Some(false));
        self.warn(is_on, format!("{place}.services.{name}"), consequence);
    }
}

fn text<'v>(of: &'v Value, name: &str) -> &'v str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A word as version 4 exports spell it.
fn word(of: &Value, name: &str) -> String {
    text(of, name).replace('-', "_").to_ascii_uppercase()
}

fn has_items(of: &Value, name: &str) -> bool {
    of.get(name).and_then(Value::as_array).is_some_and(|items| !items.is_empty())
}
