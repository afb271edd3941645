//! What loading an API may look at, and what it notes. Belongs here: values that are filled in at load, this gateway's own addresses,
//! warnings about what is named in a definition. Not here: the order of loading (`load`).

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use gravitee::{model, resource::AmOAuth2};
use serde_json::Value;

use super::expression::{Property, Reach, Scope, Template};
use crate::{
    am::Domain,
    http1::{is_field_name, is_hop_by_hop},
};

/// A place in a definition, and what is wrong there.
pub(super) type Wrong = (String, String);

/// What loading an API may look at.
pub(crate) struct Environment<'a> {
    pub(crate) domains: &'a [Arc<Domain>],
    /// Address of this gateway's own authorization server.
    pub(crate) am: SocketAddr,
    /// The API's name.
    name: String,
    pub(super) properties: BTreeMap<String, String>,
    resources: Vec<Declared>,
    /// The authorization servers that policies name.
    pub(super) servers: Vec<String>,
    /// What is odd, with its place in a version 4 export.
    pub(super) warnings: Vec<Wrong>,
}

/// A resource of the definition, which need not be of use.
struct Declared {
    name: String,
    kind: String,
    enabled: bool,
}

impl Declared {
    /// Why it is no authorization server to a policy.
    fn no_server(&self) -> Option<String> {
        let Self { name, kind, enabled } = self;
        match enabled {
            false => Some(format!("the resource `{name}` is disabled")),
            true if kind.starts_with("oauth2") => None,
            true => Some(format!("the resource `{name}` is of the type `{kind}`, which is no authorization server")),
        }
    }

    /// Why nothing can be kept in it.
    fn no_cache(&self) -> Option<String> {
        let Self { name, kind, enabled } = self;
        match enabled {
            false => Some(format!("the resource `{name}` is disabled")),
            true if kind == "cache" => None,
            true => Some(format!(
                "the resource `{name}` is of the type `{kind}`, in which nothing is kept here; `cache` is"
            )),
        }
    }
}

impl Scope for Environment<'_> {
    fn property(&self, property: &Property) -> Value {
        match property {
            Property::OfApi(key) => self.properties.get(key).cloned().into(),
            Property::ApiName => self.name.clone().into(),
            // Out of `Reach::Load`: there is no request yet.
            Property::Request(_)
            | Property::Header(..)
            | Property::Parameter(..)
            | Property::Attribute(..)
            | Property::Error(_) => Value::Null,
        }
    }
}

impl<'a> Environment<'a> {
    pub(super) fn new(domains: &'a [Arc<Domain>], am: SocketAddr, api: &model::Api) -> Self {
        let declared = |resource: &model::Resource| Declared {
            name: resource.name.clone(),
            kind: resource.kind.clone(),
            enabled: resource.enabled,
        };
        Self {
            domains,
            am,
            name: api.name.clone(),
            properties: api.properties.iter().map(|p| (p.key.clone(), p.value.clone())).collect(),
            resources: api.resources.iter().map(declared).collect(),
            servers: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The text with its properties filled in, as Gravitee does at deployment.
    pub(crate) fn expand_text(&self, text: &str) -> Result<String, String> {
        if text.contains("{#") { Ok(Template::parse(text, Reach::Load)?.render(self)) } else { Ok(text.to_owned()) }
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

    /// Notes what is odd at a place of the version 4 export; it is loaded all the same.
    pub(crate) fn warn(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.warnings.push((place.into(), message.into()));
    }

    /// Notes which authorization server a policy names, and if there is none of that name.
    pub(crate) fn names_server(&mut self, place: &str, name: Option<&str>) {
        let wrong = match name {
            None => Some("names no resource".to_owned()),
            Some(name) => {
                self.servers.push(name.to_owned());
                self.declared(name).map_or_else(|| Some(unnamed(name)), Declared::no_server)
            }
        };
        if let Some(wrong) = wrong {
            self.warn(place, format!("{wrong}; the policy answers OAUTH2_MISSING_SERVER"));
        }
    }

    /// Notes if a policy names a cache that is none.
    pub(crate) fn names_cache(&mut self, place: &str, name: Option<&str>) {
        let Some(name) = name else { return };
        if let Some(wrong) = self.declared(name).map_or_else(|| Some(unnamed(name)), Declared::no_cache) {
            self.warn(place, format!("{wrong}; nothing is cached"));
        }
    }

    fn declared(&self, name: &str) -> Option<&Declared> {
        self.resources.iter().find(|declared| declared.name == name)
    }

    /// Whether a definition may set this header field. One that belongs to the connection is the gateway's own, which is noted.
    pub(crate) fn may_set(&mut self, place: &str, field: &str) -> Result<bool, String> {
        if !is_field_name(field) {
            return Err(format!("`{field}` is no name of a header field"));
        }
        let is_own = is_hop_by_hop(field.as_bytes());
        if is_own {
            self.warn(place, format!("not acted on here: the gateway writes the header field `{field}` itself"));
        }
        Ok(!is_own)
    }
}

fn unnamed(name: &str) -> String {
    format!("no resource is named `{name}`")
}
