//! Policies: what is checked or changed on the way to the endpoint and back. Belongs here: loading and dispatch.
//! Not here: what each does (one file each).

mod api_key;
mod jwt;
mod oauth2;
mod rate_limit;
mod transform_headers;

use gravitee::policy::{self as configured, configuration};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Call, environment::Environment, refusal::Refusal};
use crate::http1::Answer;

pub(crate) use api_key::ApiKey;
pub(crate) use jwt::Jwt;
pub(crate) use oauth2::{OAuth2, client_id};

/// Before or after the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Request,
    Response,
}

/// A policy with its configuration.
pub(crate) enum Policy {
    OAuth2(OAuth2),
    Jwt(Box<Jwt>),
    ApiKey(ApiKey),
    TransformHeaders(transform_headers::TransformHeaders),
    RateLimit(rate_limit::RateLimit),
}

impl Policy {
    /// Loads a policy by its plugin id; the error names the place and what is not supported.
    pub(crate) fn load(
        place: &str,
        id: &str,
        value: &Value,
        environment: &mut Environment<'_>,
    ) -> Result<Self, (String, String)> {
        let place = &format!("{place}.configuration");
        let wrong = |message: String| (place.clone(), message);
        match id {
            "oauth2" => Ok(Self::OAuth2(OAuth2::load(place, &read(place, value)?, environment).map_err(wrong)?)),
            "jwt" => Ok(Self::Jwt(Box::new(Jwt::load(&read(place, value)?, environment).map_err(wrong)?))),
            "api-key" => Ok(Self::ApiKey(ApiKey::load(&read(place, value)?))),
            "transform-headers" => {
                let configured: configured::TransformHeaders = read(place, value)?;
                let transform = transform_headers::TransformHeaders::load(place, &configured, environment);
                transform.map(Self::TransformHeaders).map_err(wrong)
            }
            "rate-limit" => {
                let configured: configured::RateLimit = read(place, value)?;
                rate_limit::RateLimit::load(&configured).map(Self::RateLimit).map_err(wrong)
            }
            other => Err(wrong(format!(
                "the policy `{other}` is not supported; supported are oauth2, jwt, api-key, transform-headers and rate-limit"
            ))),
        }
    }

    /// Whether it does anything there.
    pub(crate) fn acts_on(&self, phase: Phase) -> bool {
        match self {
            Self::TransformHeaders(transform) => transform.acts_on(phase),
            _ => phase == Phase::Request,
        }
    }

    /// Before the endpoint.
    pub(crate) async fn on_request(&self, call: &mut Call<'_, '_>) -> Result<(), Refusal> {
        match self {
            Self::OAuth2(_) | Self::Jwt(_) | Self::ApiKey(_) if call.bypass => Ok(()),
            Self::OAuth2(oauth2) => oauth2.enforce(call).await,
            Self::Jwt(jwt) => jwt.enforce(call).await,
            Self::ApiKey(api_key) => api_key.enforce(call),
            Self::TransformHeaders(transform) => {
                transform.on_request(call);
                Ok(())
            }
            Self::RateLimit(limit) => limit.enforce(call),
        }
    }

    /// After the endpoint.
    pub(crate) fn on_response(&self, call: &mut Call<'_, '_>, answer: &mut Answer) {
        if let Self::TransformHeaders(transform) = self {
            transform.on_response(call, answer);
        }
    }
}

fn read<T: DeserializeOwned>(place: &str, value: &Value) -> Result<T, (String, String)> {
    configuration(place, value).map_err(|error| match error {
        gravitee::GraviteeError::Member { path, message } => (path, message),
        other => (place.to_owned(), other.to_string()),
    })
}
