//! Any authorization server (`oauth2`), with the plugin's oddities. Belongs here: its request and how its answer is read.
//! `scopeSeparator` is read and has no effect, as in every version of the plugin.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use gravitee::resource::GenericOAuth2;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{Introspection, common_headers, connecting, failed, other_status, trust};
use crate::{
    api::behaviour::Behaviour,
    client::{Connector, Message, Origin, Trust},
};

/// A moment later than a request of the V4 engine ends, which began earlier and so ends first.
const LIMIT: Duration = Duration::from_secs(31);

pub(super) struct Generic {
    connector: Connector,
    target: String,
    /// Absent in the configuration: the plugin fails on every call. (Java: null)
    method: Option<String>,
    /// Name and value of the client's header.
    client: Option<(String, SecretString)>,
    query_param: Option<String>,
    header: Option<String>,
    form_param: Option<String>,
    pub(super) trusts_anything: bool,
}

impl Generic {
    pub(super) fn new(generic: &GenericOAuth2) -> Result<Self, String> {
        let url = introspection_url(generic);
        let url = url::Url::parse(&url).map_err(|error| format!("introspection URL `{url}`: {error}"))?;
        let origin = Origin::of(&url).ok_or("the introspection URL is no http or https URL")?;
        let trust = trust(generic.ssl.as_ref())?;
        let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let name = |wanted: bool, name: &Option<String>| if wanted { name.clone() } else { None };
        let method = generic.introspection_endpoint_method.as_deref().map(str::to_ascii_uppercase);
        let is_post = method.as_deref() == Some("POST");
        Ok(Self {
            trusts_anything: origin.is_tls && trust == Trust::Anything,
            connector: Connector::new(origin, &trust, connecting(&generic.http, generic.proxy.as_ref())?)?,
            target,
            client: client_header(generic),
            query_param: name(generic.token_is_supplied_by_query_param, &generic.token_query_param_name),
            header: name(generic.token_is_supplied_by_http_header, &generic.token_header_name),
            form_param: name(
                is_post && generic.token_is_supplied_by_form_url_encoded,
                &generic.token_form_url_encoded_name,
            ),
            method,
        })
    }

    pub(super) async fn introspect(&self, token: &str, behaviour: Behaviour) -> Introspection {
        let Some(method) = &self.method else {
            let reason = "introspectionEndpointMethod is not set, with which the plugin fails on every call";
            return Introspection::Failed { payload: reason.into(), reason: reason.into() };
        };
        // Always with a question mark and not encoded; what cannot stand in a request line cannot be sent at all.
        let target = self.query_param.as_ref().map(|name| format!("{}?{name}={token}", self.target));
        let target = target.as_deref().unwrap_or(&self.target);
        if !target.bytes().all(|b| b.is_ascii_graphic()) {
            let reason = "the token cannot be sent in a query";
            return Introspection::Failed { payload: reason.into(), reason: reason.into() };
        }
        let body = self.form_param.as_ref().map(|name| format!("{name}={token}")).unwrap_or_default();
        let headers = self.headers(token);
        let message = Message { method, target, headers, body: Bytes::from(body), limit: LIMIT };
        match self.connector.fetch(&message).await {
            Ok((200, body)) => read(&body),
            Ok((status, body)) => other_status(behaviour, status, String::from_utf8_lossy(&body).into_owned()),
            Err(error) => failed(&error, &self.connector.origin),
        }
    }

    fn headers(&self, token: &str) -> crate::http1::Headers {
        let mut headers = common_headers();
        headers.add("Host", self.connector.origin.authority.clone());
        if let Some((name, value)) = &self.client {
            headers.set(name.clone(), value.expose_secret().to_owned());
        }
        headers.add("Accept", "application/json");
        if let Some(name) = &self.header {
            // Written last: it wins over a client header of the same name. (deduced)
            headers.set(name.clone(), token.to_owned());
        }
        if self.form_param.is_some() {
            headers.add("Content-Type", "application/x-www-form-urlencoded");
        }
        headers
    }
}

/// `<scheme> base64(clientId:clientSecret)`, not percent-encoded, whatever the scheme.
fn client_header(generic: &GenericOAuth2) -> Option<(String, SecretString)> {
    if !generic.use_client_authorization_header {
        return None;
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let credential = STANDARD.encode(format!("{}:{}", text(&generic.client_id), text(&generic.client_secret)));
    let scheme = text(&generic.client_authorization_header_scheme);
    let name = generic.client_authorization_header_name.clone().filter(|name| !name.is_empty())?;
    Some((name, SecretString::from(format!("{} {credential}", scheme.trim()))))
}

/// Server and endpoint with one slash between, or the endpoint alone.
fn introspection_url(generic: &GenericOAuth2) -> String {
    let endpoint = generic.introspection_endpoint.clone().unwrap_or_default();
    match generic.authorization_server_url.as_deref().filter(|url| !url.is_empty()) {
        Some(server) => join(server, &endpoint),
        None => endpoint,
    }
}

/// Joins with a slash; runs of slashes collapse, except after the scheme.
pub(super) fn join(server: &str, endpoint: &str) -> String {
    let joined = format!("{server}/{endpoint}");
    let (scheme, rest) = joined.split_once("://").unwrap_or(("http", &joined));
    let mut path = String::with_capacity(rest.len());
    for c in rest.chars() {
        if c != '/' || !path.ends_with('/') {
            path.push(c);
        }
    }
    format!("{scheme}://{path}")
}

fn read(body: &[u8]) -> Introspection {
    let raw: Arc<str> = String::from_utf8_lossy(body).into();
    let value = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(body) };
    let Ok(value) = value else {
        let reason = "the introspection endpoint's answer is no JSON";
        return Introspection::Failed { payload: said_by_jackson(&raw).into(), reason: reason.into() };
    };
    // Jackson finds no `active` in null, a list or a number either, and that counts as success. (deduced)
    let is_active = value.get("active").is_none_or(as_boolean);
    if !is_active {
        let reason = "the authorization server says it is not active";
        return Introspection::Inactive { payload: raw.to_string().into(), reason: reason.into() };
    }
    let claims = match value {
        Value::Object(claims) => claims,
        _ => serde_json::Map::new(),
    };
    Introspection::Active { claims: Arc::new(claims), raw: Some(raw) }
}

/// The beginning of what Jackson's exception says: up to 1.4 of the policy it stands in the challenge. (deduced)
fn said_by_jackson(text: &str) -> String {
    match text.trim_start().chars().next() {
        Some(first) if !matches!(first, '{' | '[' | '"') => {
            format!("Unexpected character ('{first}' (code {})): expected a valid value", u32::from(first))
        }
        _ => "Unexpected end-of-input".into(),
    }
}

/// Jackson's `asBoolean`.
fn as_boolean(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::String(text) => text.trim() == "true",
        Value::Number(number) => number.as_i64().map_or_else(|| number.as_u64().is_some(), |number| number != 0),
        _ => false,
    }
}

/// The issuer in protected resource metadata: everything before the last `/.well-known/`, normalised.
pub(super) fn metadata(generic: &GenericOAuth2) -> Option<String> {
    let endpoint = generic.authorization_server_metadata_endpoint.as_deref()?;
    let url = join(generic.authorization_server_url.as_deref().unwrap_or_default(), endpoint);
    let issuer = url.rfind("/.well-known/").and_then(|at| url.get(..at)).unwrap_or(&url);
    Some(issuer.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use gravitee::resource::GenericOAuth2;

    #[test]
    fn joins_as_the_plugin_does() {
        assert_eq!(super::join("http://as//x/", "/oauth//check_token"), "http://as/x/oauth/check_token");
        let generic = GenericOAuth2 {
            authorization_server_url: Some("https://some.keycloak.com/".into()),
            authorization_server_metadata_endpoint: Some(
                "/realms/myrealm/.well-known/oauth-authorization-server".into(),
            ),
            ..GenericOAuth2::default()
        };
        assert_eq!(super::metadata(&generic).as_deref(), Some("https://some.keycloak.com/realms/myrealm"));
    }
}
