//! Whose answers an API gives. Belongs here: the versions as a table of words. Not here: rendering (`refusal`).

use std::borrow::Cow;

/// A range of Gravitee versions that answer alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// OAuth2 policy up to 1.4: the wording of the tutorial.
    Tutorial,
}

/// What can fail in the OAuth2 policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OAuth2Failure {
    /// The policy names no resource that is there.
    MissingServer,
    /// No bearer token on the request.
    MissingHeader,
    /// A bearer token that is blank.
    MissingAccessToken,
    /// The authorization server says it is not active; its payload.
    InvalidAccessToken(Cow<'static, str>),
    /// The authorization server cannot be asked; its payload.
    ServerUnavailable(Cow<'static, str>),
    /// A required scope is missing.
    InsufficientScope,
}

/// What is said on a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) status: u16,
    pub(crate) challenge: Option<Cow<'static, str>>,
    pub(crate) message: Message,
}

/// The body of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// A sentence, rendered by what the caller accepts.
    Text(Cow<'static, str>),
    /// JSON that is sent as it is.
    Json(Cow<'static, str>),
}

impl OAuth2Failure {
    /// Gravitee's error key.
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::MissingServer => "OAUTH2_MISSING_SERVER",
            Self::MissingHeader => "OAUTH2_MISSING_HEADER",
            Self::MissingAccessToken => "OAUTH2_MISSING_ACCESS_TOKEN",
            Self::InvalidAccessToken(_) => "OAUTH2_INVALID_ACCESS_TOKEN",
            Self::ServerUnavailable(_) => "OAUTH2_SERVER_UNAVAILABLE",
            Self::InsufficientScope => "OAUTH2_INSUFFICIENT_SCOPE",
        }
    }
}

impl Behaviour {
    /// The words of the OAuth2 policy.
    pub(crate) fn oauth2(self, failure: &OAuth2Failure) -> Words {
        match self {
            Self::Tutorial => tutorial(failure),
        }
    }
}

fn tutorial(failure: &OAuth2Failure) -> Words {
    let realm = |rest: &str| Some(Cow::Owned(format!("Bearer realm=gravitee.io {rest}")));
    let said = |text: &'static str| (401, realm(&format!("- {text}")), Message::Text(text.into()));
    let (status, challenge, message) = match failure {
        OAuth2Failure::MissingServer => {
            (401, None, Message::Text("No OAuth authorization server has been configured".into()))
        }
        OAuth2Failure::MissingHeader => said("No OAuth authorization header was supplied"),
        OAuth2Failure::MissingAccessToken => said("No OAuth access token was supplied"),
        OAuth2Failure::InvalidAccessToken(payload) => (401, realm(payload), Message::Json(payload.clone())),
        OAuth2Failure::ServerUnavailable(payload) => (503, realm(payload), Message::Text("Service Unavailable".into())),
        OAuth2Failure::InsufficientScope => {
            (403, None, Message::Text("You're not allowed to access this resource".into()))
        }
    };
    Words { status, challenge, message }
}
