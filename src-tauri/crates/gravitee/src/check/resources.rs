//! What policies refer to by name. Belongs here: names, and what authorization servers and caches must say.

use std::collections::HashSet;

use super::Found;
use crate::{
    model::Resource,
    resource::{AmOAuth2, Cache, GenericOAuth2},
};

impl Found<'_> {
    pub(super) fn resources(&mut self) {
        let mut names = HashSet::new();
        for (at, resource) in self.api.resources.iter().enumerate() {
            let place = format!("api.resources[{at}]");
            if resource.reference.is_some() {
                self.warn(format!("{place}.ref"), "refers to another Kubernetes resource, which is not read here");
                continue;
            }
            if resource.name.is_empty() {
                self.warn(format!("{place}.name"), "policies refer to a resource by its name");
            } else if !names.insert(resource.name.as_str()) {
                let message =
                    format!("another resource is named `{}` already; policies refer to it by its name", resource.name);
                self.add(format!("{place}.name"), message);
            }
            self.resource(&format!("{place}.configuration"), resource);
        }
    }

    fn resource(&mut self, place: &str, resource: &Resource) {
        let value = &resource.configuration;
        match resource.kind.as_str() {
            "oauth2" => {
                let generic = self.configuration(place, value).filter(|_| resource.enabled);
                if let Some(generic) = generic {
                    self.generic(place, &generic);
                }
            }
            "oauth2-am-resource" => {
                let am = self.configuration(place, value).filter(|_| resource.enabled);
                if let Some(am) = am {
                    self.access_management(place, &am);
                }
            }
            "cache" => drop(self.configuration::<Cache>(place, value)),
            _ => {}
        }
        if resource.enabled {
            self.options_of_resource(place, &resource.kind, value);
        }
    }

    /// Without a server URL the endpoint is a whole URL.
    fn generic(&mut self, place: &str, generic: &GenericOAuth2) {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (server, endpoint) = (text(&generic.authorization_server_url), text(&generic.introspection_endpoint));
        let what = "the introspection endpoint, a path below `authorizationServerUrl` or a whole URL";
        match (server.is_empty(), endpoint.is_empty()) {
            (true, _) => self.url(&format!("{place}.introspectionEndpoint"), &endpoint, what),
            (false, is_empty) => {
                self.url(&format!("{place}.authorizationServerUrl"), &server, "the URL of the authorization server");
                if is_empty {
                    self.warn(format!("{place}.introspectionEndpoint"), format!("is missing: {what}"));
                }
            }
        }
        if generic.introspection_endpoint_method.is_none() {
            let message = "required: GET or POST; without it the plugin fails on every call";
            self.warn(format!("{place}.introspectionEndpointMethod"), message);
        }
    }

    fn access_management(&mut self, place: &str, am: &AmOAuth2) {
        self.url(&format!("{place}.serverURL"), &am.server_url, "the URL of the Access Management gateway");
        let required =
            [("securityDomain", &am.security_domain), ("clientId", &am.client_id), ("clientSecret", &am.client_secret)];
        for (name, _) in required.into_iter().filter(|(_, text)| text.is_empty()) {
            self.warn(format!("{place}.{name}"), "required: introspection cannot succeed without it");
        }
    }
}
