//! What is known of a request while it is processed: Gravitee's context attributes.
//! Belongs here: the attributes and how expressions reach them. Not here: setting them (policies).

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{expression::Scope, model::Api, resource::Introspection};
use crate::http1::Request;

/// Attributes of one request.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// Path below the context path, decoded.
    pub(crate) path_info: String,
    /// What the OAuth2 policy took from the request, before anybody was asked.
    pub(crate) oauth_token: Option<String>,
    pub(crate) oauth: Option<OAuth>,
    /// What the JWT policy took from the request.
    pub(crate) jwt_token: Option<String>,
    /// The end-user of the last policy that found one.
    pub(crate) user: Option<String>,
    /// Claims of the JWT policy.
    pub(crate) jwt: Option<Arc<Map<String, Value>>>,
    /// Whether `jwt.claims` shows them.
    pub(crate) extracts_claims: bool,
    /// `gravitee.attribute.plan`.
    pub(crate) plan: Option<Arc<str>>,
    /// `gravitee.attribute.application`: the client id of the subscription.
    pub(crate) application: Option<String>,
    /// `gravitee.attribute.user-id`: the subscription.
    pub(crate) subscription: Option<String>,
    /// Introspections of this request, by resource: one call each.
    pub(crate) introspections: Vec<(String, String, Introspection)>,
}

/// What the OAuth2 policy found.
#[derive(Debug)]
pub(crate) struct OAuth {
    pub(crate) client_id: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// Only with `extractPayload`.
    pub(crate) payload: Option<String>,
}

/// An error as templates see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ErrorView<'a> {
    pub(crate) key: &'a str,
    pub(crate) message: &'a str,
    pub(crate) status: u16,
}

/// Everything an expression can reach.
pub(crate) struct View<'a, 'c> {
    pub(crate) api: &'a Api,
    pub(crate) request: &'a Request<'c>,
    pub(crate) context: &'a Context,
    pub(crate) error: Option<ErrorView<'a>>,
}

impl Scope for View<'_, '_> {
    fn property(&self, path: &[String]) -> Value {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["request", rest @ ..] => self.request_property(rest),
            ["context", "attributes", name, rest @ ..] => {
                rest.iter().fold(self.attribute(name), |value, name| value.get(name).cloned().unwrap_or_default())
            }
            ["error", "key"] => self.error.map(|error| error.key.into()).unwrap_or_default(),
            ["error", "message"] => self.error.map(|error| error.message.into()).unwrap_or_default(),
            ["error", "statusCode"] => self.error.map(|error| error.status.into()).unwrap_or_default(),
            ["properties", key] | ["api", "properties", key] => self.api.property(key).into(),
            ["api", "name"] => self.api.name.clone().into(),
            _ => Value::Null,
        }
    }
}

impl View<'_, '_> {
    fn request_property(&self, path: &[&str]) -> Value {
        let head = &self.request.head;
        let header = |name: &str| -> Vec<Value> {
            head.headers.all(name).map(|value| String::from_utf8_lossy(value).into_owned().into()).collect()
        };
        let parameter = |name: &str| -> Vec<Value> {
            let pairs = url::form_urlencoded::parse(head.query().unwrap_or_default().as_bytes());
            pairs.filter(|(known, _)| known == name).map(|(_, value)| value.into_owned().into()).collect()
        };
        let at = |items: Vec<Value>, index: &str| {
            index.parse::<usize>().ok().and_then(|at| items.get(at).cloned()).unwrap_or_default()
        };
        let list = |items: Vec<Value>| if items.is_empty() { Value::Null } else { items.into() };
        match path {
            ["method"] => head.method().into(),
            ["uri"] => head.target().into(),
            ["path"] => head.path().into(),
            ["pathInfo"] => self.context.path_info.clone().into(),
            ["host"] => head.headers.text("host").into(),
            ["remoteAddress"] => self.request.peer.ip().to_string().into(),
            ["id"] => head.headers.text(super::REQUEST_ID).into(),
            ["transactionId"] => head.headers.text(super::TRANSACTION_ID).into(),
            ["headers", name] => list(header(name)),
            ["headers", name, index] => at(header(name), index),
            ["params", name] => list(parameter(name)),
            ["params", name, index] => at(parameter(name), index),
            _ => Value::Null,
        }
    }

    fn attribute(&self, name: &str) -> Value {
        let context = self.context;
        let oauth = context.oauth.as_ref();
        match name {
            "oauth.access_token" | "oauth.token" => context.oauth_token.clone().into(),
            "jwt" => context.jwt_token.as_ref().or(context.oauth_token.as_ref()).map(|token| decoded(token)).into(),
            "jwt.token" => context.jwt.as_ref().and(context.jwt_token.clone()).into(),
            "oauth.client_id" => oauth.and_then(|oauth| oauth.client_id.clone()).into(),
            "oauth.payload" => oauth.and_then(|oauth| oauth.payload.clone()).into(),
            "gravitee.attribute.user" | "user" => context.user.clone().into(),
            "gravitee.attribute.user.roles" => oauth.map(|oauth| json!(oauth.scopes)).unwrap_or_default(),
            "gravitee.attribute.plan" | "plan" => context.plan.as_deref().into(),
            "gravitee.attribute.application" | "application" => context.application.clone().into(),
            "gravitee.attribute.user-id" | "user-id" => context.subscription.clone().into(),
            "jwt.claims" => {
                let claims = context.jwt.as_ref().filter(|_| context.extracts_claims);
                claims.map(|claims| Value::Object(claims.as_ref().clone())).unwrap_or_default()
            }
            _ => Value::Null,
        }
    }
}

/// A JWT's parts, unverified, as Gravitee's `jwt` attribute shows them; empty ones for a token that is no JWT.
fn decoded(token: &str) -> Value {
    let part = |at: usize| -> Option<Value> {
        let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(at)?).ok()?;
        serde_json::from_slice(&bytes).ok().filter(Value::is_object)
    };
    let object = |at: usize| part(at).unwrap_or_else(|| json!({}));
    json!({ "headers": object(0), "claims": object(1) })
}
