//! What is to be sent: method, URL, headers, body.
//! Belongs here: the request model and which of its parts are secret. Not here: sending, masking.

use std::sync::Arc;

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// A text that is either fit to be shown or a secret.
#[derive(Debug, Clone)]
pub enum Value {
    /// May be shown and logged.
    Plain(String),
    /// Came from a secret (token, key, password), in whole or in part.
    Secret(SecretString),
}

impl Value {
    /// The real text, secret or not.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose_secret(),
        }
    }

    /// True if the text must not be shown.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Secret(_))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<SecretString> for Value {
    fn from(secret: SecretString) -> Self {
        Self::Secret(secret)
    }
}

/// One header line to be sent.
#[derive(Debug, Clone)]
pub struct Header {
    /// Field name as typed; HTTP compares it without case (RFC 9110 5.1).
    pub name: String,
    /// Field value.
    pub value: Value,
}

impl Header {
    /// A header whose value may be shown, or is a secret if `value` is a [`SecretString`].
    pub fn new(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    /// True if the value came from a secret: such a header never follows a redirect to another origin.
    #[must_use]
    pub fn filled_from_secret(&self) -> bool {
        self.value.is_secret()
    }
}

/// The content of a request.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// No content.
    #[default]
    Empty,
    /// Content as it is; the caller sets `Content-Type`.
    Bytes(Bytes),
    /// Pairs sent as `application/x-www-form-urlencoded`, in this order; sets `Content-Type` unless the headers have one.
    Form(Vec<(String, Value)>),
    /// Content that is a secret in whole, for example a JSON text with a password; the caller sets `Content-Type`.
    Secret(Arc<SecretString>),
}

/// A request that is ready to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method token (RFC 9110 9.1), case kept.
    pub method: String,
    /// Absolute `http` or `https` URL; a fragment is not sent.
    pub url: Url,
    /// Headers in sending order. `Host`, `User-Agent`, `Accept`, `Accept-Encoding`, `Content-Length` are added where absent.
    pub headers: Vec<Header>,
    /// Content.
    pub body: Body,
    /// Further values to be masked wherever they occur, such as the client secret inside a Basic header.
    pub secrets: Vec<SecretString>,
}

impl Request {
    /// A request without headers and content.
    pub fn new(method: impl Into<String>, url: Url) -> Self {
        Self { method: method.into(), url, headers: Vec::new(), body: Body::Empty, secrets: Vec::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.headers.push(Header::new(name, value));
        self
    }

    /// Sets the content.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Adds `Authorization: Bearer …` (RFC 6750 2.1).
    #[must_use]
    pub fn bearer(mut self, token: &SecretString) -> Self {
        let value = SecretString::from(format!("Bearer {}", token.expose_secret()));
        self.headers.push(Header::new("Authorization", value));
        self.secrets.push(token.clone());
        self
    }
}
