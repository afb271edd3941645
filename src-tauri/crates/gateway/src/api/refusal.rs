//! The API gateway's refusals. Belongs here: the one place that turns a refusal into status, headers and body.
//! Not here: deciding to refuse, the words (`behaviour`).

use serde::Serialize;

use super::behaviour::{Message, Words};
use crate::{
    http1::{Answer, Headers},
    trace::Trace,
};

/// Why a request was refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// Gravitee's error key.
    pub(crate) key: &'static str,
    pub(crate) words: Words,
}

#[derive(Serialize)]
struct Body<'a> {
    message: &'a str,
    http_status_code: u16,
}

impl Refusal {
    /// The answer; the key goes into the trace, never to the caller.
    pub(crate) fn answer(self, asked: &Headers, trace: &mut Trace) -> Answer {
        trace.error_key(self.key);
        let Words { status, challenge, message } = self.words;
        let mut answer = match message {
            Message::Json(json) => Answer::with(status, "application/json", json.into_owned()),
            Message::Text(text) if accepts_json(asked) => {
                let body = serde_json::to_vec(&Body { message: &text, http_status_code: status });
                Answer::with(status, "application/json", body.unwrap_or_default())
            }
            Message::Text(text) => Answer::text(status, text.into_owned()),
        };
        if let Some(challenge) = challenge {
            answer.headers.add("WWW-Authenticate", challenge);
        }
        answer.close = !(400..500).contains(&status);
        answer
    }
}

/// Whether any `Accept` value contains one of these words; an absent header does not.
fn accepts_json(asked: &Headers) -> bool {
    asked.all("accept").any(|value| {
        let value = String::from_utf8_lossy(value);
        value.contains("application/json") || value.contains("*/*")
    })
}
