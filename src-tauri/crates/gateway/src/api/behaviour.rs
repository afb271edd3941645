//! Whose answers an API gives: the versions as a table of words. Belongs here: every status, challenge and sentence of
//! the OAuth2 policy and the plans. Not here: rendering (`refusal`), deciding.

use std::borrow::Cow;

use gravitee::model::Engine;

/// A range of Gravitee versions that answer alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Behaviour {
    /// OAuth2 policy 0.1 to 1.4: the wording of the tutorial.
    Tutorial,
    /// 1.5 to 2.3, in the words of RFC 6750.
    Apim3,
    /// 3.0.
    Apim40,
    /// 4.x.
    Apim46,
    /// 5.x.
    Apim412,
}

/// The behaviour that an API has by the version it was exported from (`export.apimVersion`), by its name in the configuration.
#[must_use]
pub fn behaviour_of(apim_version: Option<&str>) -> &'static str {
    Behaviour::of_version(apim_version).name()
}

impl Behaviour {
    const NAMES: [(&'static str, Self); 5] = [
        ("tutorial", Self::Tutorial),
        ("apim-3", Self::Apim3),
        ("apim-4.0", Self::Apim40),
        ("apim-4.6", Self::Apim46),
        ("apim-4.12", Self::Apim412),
    ];

    /// By its name in the configuration; the error lists what there is.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        let unknown = || format!("`{name}` is none of {}", Self::NAMES.map(|(name, _)| name).join(", "));
        found.map(|(_, behaviour)| *behaviour).ok_or_else(unknown)
    }

    /// Every name, oldest first.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }

    /// Its name in the configuration.
    pub(crate) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, behaviour)| *behaviour == self).map_or("", |(name, _)| name)
    }

    /// From `export.apimVersion`; the newest when it says none, or not which one (`master`, `4`).
    pub(crate) fn of_version(version: Option<&str>) -> Self {
        let mut parts = version.unwrap_or_default().trim().split('.');
        let mut number = || parts.next()?.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok();
        match (number(), number()) {
            (Some(0..=3), _) => Self::Apim3,
            (Some(4), Some(0..=5)) => Self::Apim40,
            (Some(4), Some(6..=9)) => Self::Apim46,
            _ => Self::Apim412,
        }
    }

    /// Whether an answer of the authorization server other than 200 is a refusal with its payload, and no error.
    pub(crate) fn refuses_on_any_status(self) -> bool {
        self <= Self::Apim3
    }

    /// Whether `aud` stands in for a missing `client_id`; the V3 engine never learnt it.
    pub(crate) fn takes_client_id_from_aud(self, engine: Engine) -> bool {
        self >= Self::Apim412 && engine == Engine::V4
    }

    /// Whether an answer that is no JSON makes the check of scopes hang: that policy only logged the exception.
    pub(crate) fn hangs_on_unparsable(self) -> bool {
        self == Self::Tutorial
    }

    /// Whether there is `api.security.verbose401` (APIM 4.11).
    pub(crate) fn has_verbose_401(self) -> bool {
        self >= Self::Apim412
    }

    /// Whether OAUTH2 plans of version 4 APIs have protected resource metadata (RFC 9728).
    pub(crate) fn has_metadata(self) -> bool {
        self >= Self::Apim412
    }

    /// Whether the subscription processor names the caller in the answer; the V3 engine has no such processor.
    pub(crate) fn identifies_client(self, engine: Engine) -> bool {
        self >= Self::Apim40 && engine == Engine::V4
    }

    /// The challenge of an OAuth2 plan.
    pub(crate) fn plan_challenge(self, required_scopes: &[String]) -> Option<String> {
        (self >= Self::Apim412).then(|| match required_scopes {
            [] => "Bearer".to_owned(),
            scopes => format!("Bearer scope=\"{}\"", scopes.join(" ")),
        })
    }

    /// The words of the OAuth2 policy.
    pub(crate) fn oauth2(self, engine: Engine, failure: &OAuth2Failure) -> Words {
        match self {
            Self::Tutorial => tutorial(failure),
            Self::Apim3 => rfc6750(engine, failure),
            Self::Apim40 | Self::Apim46 | Self::Apim412 => current(self, engine, failure),
        }
    }
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
    /// The authorization server's answer is no JSON.
    InvalidServerResponse,
    /// A required scope is missing.
    InsufficientScope,
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
            Self::InvalidServerResponse => "OAUTH2_INVALID_SERVER_RESPONSE",
            Self::InsufficientScope => "OAUTH2_INSUFFICIENT_SCOPE",
        }
    }
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
    /// JSON that is sent as it is, as text to callers that accept no JSON.
    Json(Cow<'static, str>),
    /// JSON that is sent as JSON to everybody.
    JsonAlways(Cow<'static, str>),
    /// No body.
    None,
}

const NO_SERVER: &str = "No OAuth authorization server has been configured";
const NO_HEADER: &str = "No OAuth authorization header was supplied";
const NO_TOKEN: &str = "No OAuth access token was supplied";
const QUOTED: &str = "Bearer realm=\"gravitee.io\"";
const UNQUOTED: &str = "Bearer realm=gravitee.io";
/// With the space at the end that the policy sent.
const UNQUOTED_SPACE: &str = "Bearer realm=gravitee.io ";

fn words(status: u16, challenge: Option<Cow<'static, str>>, message: Message) -> Words {
    Words { status, challenge, message }
}

fn text(message: &'static str) -> Message {
    Message::Text(message.into())
}

/// 0.1 to 1.4, alike in both engines.
fn tutorial(failure: &OAuth2Failure) -> Words {
    let realm = |rest: &str| Some(Cow::Owned(format!("{UNQUOTED} {rest}")));
    let said = |said: &'static str| words(401, realm(&format!("- {said}")), text(said));
    match failure {
        OAuth2Failure::MissingServer => words(401, None, text(NO_SERVER)),
        OAuth2Failure::MissingHeader => said(NO_HEADER),
        OAuth2Failure::MissingAccessToken => said(NO_TOKEN),
        OAuth2Failure::InvalidAccessToken(payload) => words(401, realm(payload), Message::JsonAlways(payload.clone())),
        OAuth2Failure::ServerUnavailable(payload) => words(503, realm(payload), text("Service Unavailable")),
        // Only where scopes are not checked (`hangs_on_unparsable`). (deduced)
        OAuth2Failure::InvalidServerResponse => words(401, realm("- "), text("Unauthorized")),
        OAuth2Failure::InsufficientScope => words(403, None, text("You're not allowed to access this resource")),
    }
}

/// 1.5 to 2.3.
fn rfc6750(engine: Engine, failure: &OAuth2Failure) -> Words {
    let error = |code: &str, description: &'static str| {
        let challenge = format!("{QUOTED}, error=\"{code}\", error_description=\"{description}\"");
        let message = if engine == Engine::V3 { Message::None } else { text(description) };
        words(401, Some(challenge.into()), message)
    };
    match failure {
        OAuth2Failure::MissingServer => words(401, None, text(NO_SERVER)),
        OAuth2Failure::MissingHeader => error("invalid_request", NO_HEADER),
        // The class for the V4 engine took the other text by mistake.
        OAuth2Failure::MissingAccessToken if engine == Engine::V4 => error("invalid_request", NO_HEADER),
        OAuth2Failure::MissingAccessToken => error("invalid_request", NO_TOKEN),
        OAuth2Failure::InvalidAccessToken(payload) => {
            words(401, Some(UNQUOTED_SPACE.into()), Message::Json(payload.clone()))
        }
        OAuth2Failure::ServerUnavailable(_) => words(503, Some(UNQUOTED_SPACE.into()), text("temporarily_unavailable")),
        OAuth2Failure::InvalidServerResponse => error("server_error", "Invalid response from authorization server"),
        OAuth2Failure::InsufficientScope => {
            error("insufficient_scope", "The request requires higher privileges than provided by the access token.")
        }
    }
}

/// 3.0 and later.
fn current(behaviour: Behaviour, engine: Engine, failure: &OAuth2Failure) -> Words {
    let introspection = match (engine, behaviour) {
        (Engine::V3, _) => UNQUOTED,
        (Engine::V4, Behaviour::Apim40) => UNQUOTED_SPACE,
        (Engine::V4, _) => QUOTED,
    };
    match failure {
        OAuth2Failure::MissingServer => words(401, None, text("Unauthorized")),
        OAuth2Failure::InvalidAccessToken(_) => words(401, Some(introspection.into()), text("Unauthorized")),
        OAuth2Failure::ServerUnavailable(_) => words(503, Some(introspection.into()), text("temporarily_unavailable")),
        OAuth2Failure::MissingHeader
        | OAuth2Failure::MissingAccessToken
        | OAuth2Failure::InvalidServerResponse
        | OAuth2Failure::InsufficientScope => words(401, Some(QUOTED.into()), text("Unauthorized")),
    }
}

#[cfg(test)]
mod tests {
    use super::behaviour_of;

    #[test]
    fn a_version_that_says_nothing_is_the_newest() {
        for (version, expected) in [
            ("3.20.1", "apim-3"),
            ("3", "apim-3"),
            ("4.0.0", "apim-4.0"),
            ("4.5.0", "apim-4.0"),
            ("4.6.0-SNAPSHOT", "apim-4.6"),
            ("4.9-alpha.1", "apim-4.6"),
            ("4.10.0", "apim-4.12"),
            ("5.0.0", "apim-4.12"),
            ("4", "apim-4.12"),
            ("master", "apim-4.12"),
            ("", "apim-4.12"),
            ("v4.5", "apim-4.12"),
            ("4.master", "apim-4.12"),
        ] {
            assert_eq!(behaviour_of(Some(version)), expected, "{version}");
        }
        assert_eq!(behaviour_of(None), "apim-4.12");
    }
}
