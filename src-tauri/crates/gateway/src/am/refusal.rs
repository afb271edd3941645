//! The authorization server's errors. Belongs here: the one place that turns a refusal into status, headers and body.
//! Not here: deciding to refuse.

use std::borrow::Cow;

use serde::Serialize;

use super::domain::Domain;
use crate::{
    http1::{Answer, BodyError},
    jackson,
    trace::Trace,
};

/// Why a request was refused, in OAuth's words (RFC 6749 section 5.2).
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    error: Option<&'static str>,
    description: Option<Cow<'static, str>>,
    challenge: Option<&'static str>,
    /// Said in the trace, never to the caller.
    reason: Option<Cow<'static, str>>,
    close: bool,
}

/// Challenge of a client that authenticates with Basic.
pub(super) const BASIC: &str = "Basic realm=\"gravitee-io\"";

#[derive(Serialize)]
struct Body<'a> {
    error: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'a str>,
}

impl Refusal {
    pub(super) fn new(error: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self { description: Some(description.into()), ..Self::bare(error) }
    }

    /// Without a description.
    pub(super) fn bare(error: &'static str) -> Self {
        let status = match error {
            "invalid_client" | "invalid_token" => 401,
            "access_denied" => 403,
            "not_found" => 404,
            _ => 400,
        };
        Self { status, error: Some(error), description: None, challenge: None, reason: None, close: false }
    }

    /// Status without a body, as Vert.x answers.
    pub(super) fn status(status: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { status, error: None, reason: Some(reason.into()), ..Self::bare("") }
    }

    pub(super) fn cross_site() -> Self {
        Self::new("access_denied", "Requests from pages of another site are refused")
    }

    /// With this `WWW-Authenticate`.
    pub(super) fn challenged(mut self, challenge: Option<&'static str>) -> Self {
        self.challenge = challenge;
        self
    }

    /// With a reason for the trace only.
    pub(super) fn because(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// The answer, and the end of the trace.
    pub(super) fn answer(self, domain: &Domain, trace: &mut Trace) -> Answer {
        let detail = match (&self.description, self.reason) {
            (Some(said), Some(reason)) => format!("{said} ({reason})").into(),
            (Some(said), None) => said.clone(),
            (None, Some(reason)) => reason,
            (None, None) => Cow::Borrowed("refused without a description"),
        };
        trace.refuse(self.error.unwrap_or("request"), detail);
        let mut answer = match self.error {
            Some(error) => {
                trace.error_key(error);
                let body = Body { error, error_description: self.description.as_deref() };
                domain.json(self.status, &jackson::pretty(&body))
            }
            None => Answer::empty(self.status),
        };
        if let Some(challenge) = self.challenge {
            answer.headers.add("WWW-Authenticate", challenge);
        }
        answer.close = self.close;
        answer
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let status = match error {
            BodyError::TooLarge(_) => 413,
            BodyError::Slow => 408,
            _ => 400,
        };
        Self { close: true, ..Self::status(status, error.to_string()) }
    }
}
