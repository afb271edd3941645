//! Faults of answers as a whole. Belongs here: what each does to status, fields, content and connection.

use std::{io::Write, time::Duration};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

use super::{Fault, Faults};
use crate::http1::{Answer, AnswerBody, Break, Request};

const HTML: &str = "text/html; charset=utf-8";

/// How the connection breaks.
const BREAKS: [(Fault, Break); 4] = [
    (Fault::ConnectionReset, Break::Reset),
    (Fault::HalfBody, Break::HalfBody),
    (Fault::ChunkStall, Break::ChunkStall),
    (Fault::SlowHeaders, Break::SlowHead),
];

impl Faults {
    /// Changes the answer, and says in the trace by what.
    pub(crate) async fn spoil_answer(self, answer: Answer, request: &mut Request<'_>) -> Answer {
        request.trace.info("fault", self.names().join(", "));
        if self.has(Fault::Slow) {
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
        if let Some(instead) = self.instead(request) {
            return self.broken(instead);
        }
        if !self.touches_content() {
            return self.spoil_fields(answer);
        }
        let mut answer = self.spoil_fields(answer.collected(request).await);
        if let AnswerBody::Full(body) = &mut answer.body {
            *body = self.spoil_content(std::mem::take(body));
        }
        self.broken(answer)
    }

    /// An answer in the place of the right one.
    fn instead(self, request: &Request<'_>) -> Option<Answer> {
        const JSON: &str = "application/json";
        const ERROR: &str = r#"{"error":"server_error"}"#;
        let answer = if self.has(Fault::ErrorWith200) {
            Answer::with(200, JSON, ERROR)
        } else if self.has(Fault::InternalError) {
            Answer::with(500, JSON, ERROR)
        } else if self.has(Fault::HtmlError) {
            Answer::with(500, HTML, "<html><body><h1>Internal Server Error</h1></body></html>")
        } else if self.has(Fault::Redirect) {
            Answer::empty(302).header("Location", "/login")
        } else if self.has(Fault::Redirect307) {
            Answer::empty(307).header("Location", request.head.path().to_owned())
        } else if self.has(Fault::TooManyRequests) {
            Answer::empty(429).header("Retry-After", "2")
        } else if self.has(Fault::Unavailable) {
            Answer::empty(503).header("Retry-After", "2")
        } else {
            return None;
        };
        Some(answer)
    }

    fn spoil_fields(self, mut answer: Answer) -> Answer {
        if self.has(Fault::WrongContentType) {
            answer.headers.set("Content-Type", HTML);
        }
        if self.has(Fault::WrongCharset) {
            let kind = answer.headers.text("content-type").unwrap_or("application/json");
            let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
            answer.headers.set("Content-Type", format!("{kind}; charset=utf-16"));
        }
        if self.has(Fault::Gzip) {
            answer.headers.set("Content-Encoding", "gzip");
        }
        answer
    }

    fn touches_content(self) -> bool {
        let content = [Fault::InvalidJson, Fault::ByteOrderMark, Fault::Gzip];
        content.into_iter().chain(BREAKS.map(|(fault, _)| fault)).any(|fault| self.has(fault))
    }

    fn spoil_content(self, mut body: Bytes) -> Bytes {
        if self.has(Fault::InvalidJson) {
            body.truncate(body.len().saturating_sub(2));
        }
        if self.has(Fault::ByteOrderMark) {
            body = ["\u{feff}".as_bytes(), &body].concat().into();
        }
        if self.has(Fault::Gzip) {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            // Writing to memory does not fail.
            if let Ok(compressed) = encoder.write_all(&body).and_then(|()| encoder.finish()) {
                body = compressed.into();
            }
        }
        body
    }

    fn broken(self, mut answer: Answer) -> Answer {
        let found = BREAKS.into_iter().find(|(fault, _)| self.has(*fault));
        if let (Some((_, how)), AnswerBody::Full(body)) = (found, &mut answer.body) {
            answer.body = AnswerBody::Broken(std::mem::take(body), how);
        }
        answer
    }
}
