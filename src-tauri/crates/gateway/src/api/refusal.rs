//! The API gateway's refusals. Belongs here: the one place that turns a refusal into status, headers and body.
//! Not here: deciding to refuse, the words (`behaviour`), response templates (`template`).

use std::borrow::Cow;

use bytes::Bytes;
use gravitee::model::Engine;
use serde::Serialize;

use super::{
    behaviour::{Message, Words},
    context::{Context, ErrorView, View},
    model::Api,
};
use crate::{
    http1::{Answer, Headers, Request},
    text::Text,
};

/// Why a request was refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// Gravitee's error key.
    pub(crate) key: &'static str,
    /// The key whose template is taken when there is none for `key`.
    pub(crate) parent: Option<&'static str>,
    pub(crate) words: Words,
    /// More header fields.
    pub(crate) headers: Vec<(&'static str, Text)>,
}

#[derive(Serialize)]
struct Body<'a> {
    message: &'a str,
    http_status_code: u16,
}

impl Refusal {
    pub(crate) fn new(key: &'static str, words: Words) -> Self {
        Self { key, parent: None, words, headers: Vec::new() }
    }

    /// With a sentence and no challenge.
    pub(crate) fn said(key: &'static str, status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(key, Words { status, challenge: None, message: Message::Text(message.into()) })
    }

    /// Without a body.
    pub(crate) fn silent(key: &'static str, parent: &'static str, status: u16) -> Self {
        let words = Words { status, challenge: None, message: Message::None };
        Self { parent: Some(parent), ..Self::new(key, words) }
    }

    /// The answer of this API; the key goes into the trace, never to the caller.
    pub(crate) fn answer(self, api: &Api, request: &mut Request<'_>, context: &Context) -> Answer {
        request.trace.error_key(self.key);
        let message = match &self.words.message {
            Message::Text(text) | Message::Json(text) | Message::JsonAlways(text) => text.clone(),
            Message::None => Cow::Borrowed(""),
        };
        let error = ErrorView { key: self.key, message: &message, status: self.words.status };
        let view = View { api, request, context, error: Some(error) };
        let mut answer = match api.templates.find(self.key, self.parent, &request.head.headers) {
            Some(template) => template.answer(&view),
            None => self.plain(api.engine, &request.head.headers),
        };
        if let Some(challenge) = self.words.challenge {
            answer.headers.add("WWW-Authenticate", challenge);
        }
        for (name, value) in self.headers {
            answer.headers.add(name, value);
        }
        answer
    }

    fn plain(&self, engine: Engine, asked: &Headers) -> Answer {
        let status = self.words.status;
        let mut answer = match &self.words.message {
            Message::JsonAlways(json) => Answer::with(status, "application/json", content(json)),
            Message::Json(json) if accepts_json(asked) => Answer::with(status, "application/json", content(json)),
            Message::Text(text) if accepts_json(asked) => {
                let body = serde_json::to_vec(&Body { message: text, http_status_code: status });
                Answer::with(status, "application/json", body.unwrap_or_default())
            }
            Message::Text(text) | Message::Json(text) => Answer::text(status, content(text)),
            Message::None => Answer::empty(status),
        };
        answer.close = engine == Engine::V3 || !(400..500).contains(&status);
        answer
    }
}

#[allow(clippy::ptr_arg, reason = "whether the text is static is what is asked")]
fn content(text: &Cow<'static, str>) -> Bytes {
    match text {
        Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
        Cow::Owned(text) => Bytes::copy_from_slice(text.as_bytes()),
    }
}

/// Whether any `Accept` value contains one of these words; an absent header does not.
fn accepts_json(asked: &Headers) -> bool {
    asked.all("accept").any(|value| {
        let value = String::from_utf8_lossy(value);
        value.contains("application/json") || value.contains("*/*")
    })
}
