//! What is known of a request while it is processed: Gravitee's context attributes.
//! Belongs here: the attributes and how expressions reach them. Not here: setting them (policies).

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{
    expression::{ErrorMember, Property, RequestMember, Scope},
    model::Api,
    resource::Introspection,
};
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
    fn property(&self, property: &Property) -> Value {
        match property {
            Property::Request(member) => self.member(*member),
            Property::Header(name, at) => chosen(self.header(name), *at),
            Property::Parameter(name, at) => chosen(self.parameter(name), *at),
            Property::Attribute(name, below) => {
                below.iter().fold(self.attribute(name), |value, name| value.get(name).cloned().unwrap_or_default())
            }
            Property::Error(member) => self.error.map(|error| error.member(*member)).unwrap_or_default(),
            Property::OfApi(key) => self.api.property(key).into(),
            Property::ApiName => self.api.name.clone().into(),
        }
    }
}

impl View<'_, '_> {
    fn member(&self, member: RequestMember) -> Value {
        let head = &self.request.head;
        match member {
            RequestMember::Method => head.method().into(),
            RequestMember::Uri => head.target().into(),
            RequestMember::Path => head.path().into(),
            RequestMember::PathInfo => self.context.path_info.clone().into(),
            RequestMember::Host => head.headers.text("host").into(),
            RequestMember::RemoteAddress => self.request.peer.ip().to_string().into(),
            RequestMember::Id => head.headers.text(super::REQUEST_ID).into(),
            RequestMember::TransactionId => head.headers.text(super::TRANSACTION_ID).into(),
        }
    }

    fn header(&self, name: &str) -> Vec<Value> {
        let values = self.request.head.headers.all(name);
        values.map(|value| String::from_utf8_lossy(value).into_owned().into()).collect()
    }

    fn parameter(&self, name: &str) -> Vec<Value> {
        let pairs = url::form_urlencoded::parse(self.request.head.query().unwrap_or_default().as_bytes());
        pairs.filter(|(known, _)| known == name).map(|(_, value)| value.into_owned().into()).collect()
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

impl ErrorView<'_> {
    fn member(&self, member: ErrorMember) -> Value {
        match member {
            ErrorMember::Key => self.key.into(),
            ErrorMember::Message => self.message.into(),
            ErrorMember::StatusCode => self.status.into(),
        }
    }
}

/// One value, or all of them; null if there is none.
fn chosen(values: Vec<Value>, at: Option<usize>) -> Value {
    match at {
        Some(at) => values.into_iter().nth(at).unwrap_or_default(),
        None if values.is_empty() => Value::Null,
        None => values.into(),
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
