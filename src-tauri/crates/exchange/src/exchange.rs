//! What came of a request: the real values, and their record for showing.
//! Belongs here: the outcome of a send and its masked form. Not here: how values are masked (`redact`), the JSON shape (`record`).

use std::{net::SocketAddr, time::SystemTime};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    ExchangeRecord, Redaction, RedirectRecord, RequestRecord, ResponseBody, ResponseRecord, TimingRecord, error::bare,
    text,
};

/// Whether secrets are shown in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reveal {
    /// Masked.
    No,
    /// As they are.
    Yes,
}

/// Bytes of a body that [`Exchange::record`] shows at most.
pub const RECORD_BODY: u64 = 256 * 1024;

/// One request and what came back, with real values inside and none in `Debug`.
#[derive(Clone)]
pub struct Exchange {
    pub(crate) request: Sent,
    pub(crate) response: Option<Response>,
    pub(crate) timing: TimingRecord,
    pub(crate) redirects: Vec<Hop>,
    pub(crate) sent_at: SystemTime,
    pub(crate) remote_address: Option<SocketAddr>,
    pub(crate) http_version: Option<http::Version>,
    pub(crate) redaction: Redaction,
}

/// The request of the final hop as it left.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, SecretString)>,
    pub(crate) body: Option<SecretString>,
    pub(crate) content_type: Option<String>,
}

impl Sent {
    /// HTTP/2 writes names in lower case, and the host as `:authority`.
    pub(crate) fn lower_case_names(&mut self) {
        self.headers.retain(|(name, _)| name != "Host");
        for (name, _) in &mut self.headers {
            name.make_ascii_lowercase();
        }
    }
}

/// A followed redirect.
#[derive(Clone)]
pub(crate) struct Hop {
    pub(crate) status: u16,
    pub(crate) from: Url,
    pub(crate) to: Url,
    pub(crate) dropped: Vec<String>,
}

/// The response of the final hop.
#[derive(Clone)]
pub struct Response {
    /// Status code.
    pub status: StatusCode,
    /// Reason phrase on the wire (HTTP/1.1), else the standard one, else empty.
    pub reason: String,
    /// Headers in arrival order.
    pub headers: HeaderMap,
    /// Decoded content, the whole or (after an error) the part that arrived.
    pub body: ResponseBody,
    /// False if the transfer ended before the body was complete.
    pub complete: bool,
}

impl Response {
    /// The first value of a header as text; `None` if absent or not visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Exchange {
    /// The final response; `None` if none arrived (only in the exchange of a [`SendError`](crate::SendError)).
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.response.as_ref()
    }

    /// Status of the final response, 0 if there is none.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.as_ref().map_or(0, |response| response.status.as_u16())
    }

    /// First value of a response header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.as_ref().and_then(|response| response.header(name))
    }

    /// URL of the final hop.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.request.url
    }

    /// When the first hop was sent.
    #[must_use]
    pub fn sent_at(&self) -> SystemTime {
        self.sent_at
    }

    /// Phases of the final hop.
    #[must_use]
    pub fn timing(&self) -> TimingRecord {
        self.timing
    }

    /// What is masked in records of this exchange; for masking derived texts alike.
    #[must_use]
    pub fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// Also masks a value that became known later, such as the token in the answer.
    pub fn mask(&mut self, secret: &SecretString) {
        self.redaction.add(secret);
    }

    /// The exchange for showing, with at most [`RECORD_BODY`] bytes of the body.
    #[must_use]
    pub fn record(&self, reveal: Reveal) -> ExchangeRecord {
        self.record_up_to(reveal, RECORD_BODY)
    }

    /// The exchange for showing, with at most `limit` bytes of the body.
    #[must_use]
    pub fn record_up_to(&self, reveal: Reveal, limit: u64) -> ExchangeRecord {
        let show = Show { redaction: &self.redaction, reveal };
        ExchangeRecord {
            request: show.request(&self.request),
            response: self.response.as_ref().map(|response| show.response(response, limit)),
            timing_us: self.timing,
            redirects: self.redirects.iter().map(|hop| show.hop(hop)).collect(),
            sent_at: rfc3339(self.sent_at),
            remote_address: self.remote_address.map(|address| address.to_string()),
            http_version: self.http_version.map(|version| version_name(version).to_owned()),
        }
    }

    /// Lines of the response body for showing, each cut after `max_line` bytes.
    ///
    /// # Errors
    /// If the body is on disk and cannot be read.
    pub fn lines(&self, first: u64, count: u64, max_line: usize, reveal: Reveal) -> std::io::Result<Vec<String>> {
        let Some(response) = &self.response else { return Ok(Vec::new()) };
        let show = Show { redaction: &self.redaction, reveal };
        let content_type = response.header("content-type");
        let shown = |line: &Bytes| show.body(content_type, &String::from_utf8_lossy(line), line.len() >= max_line);
        Ok(response.body.lines(first, count, max_line)?.iter().map(shown).collect())
    }
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = bare(&self.request.url);
        write!(f, "Exchange({} {url} -> {})", self.request.method, self.status())
    }
}

/// Turns real values into shown ones.
struct Show<'a> {
    redaction: &'a Redaction,
    reveal: Reveal,
}

impl Show<'_> {
    fn request(&self, sent: &Sent) -> RequestRecord {
        let body = sent.body.as_ref().map(|body| self.body(sent.content_type.as_deref(), body.expose_secret(), true));
        let headers = sent.headers.iter().map(|(name, value)| (name.clone(), self.header(name, value.expose_secret())));
        RequestRecord { method: sent.method.clone(), url: self.url(&sent.url), headers: headers.collect(), body }
    }

    fn response(&self, response: &Response, limit: u64) -> ResponseRecord {
        let headers = response.headers.iter().map(|(name, value)| {
            (name.to_string(), self.header(name.as_str(), &String::from_utf8_lossy(value.as_bytes())))
        });
        // A file that became unreadable shows as a body of which nothing is shown.
        let bytes = response.body.range(0..limit).unwrap_or_default();
        let cut = (bytes.len() as u64) < response.body.len();
        let (body, body_base64) = self.content(response.header("content-type"), &bytes, cut || !response.complete);
        ResponseRecord {
            status: response.status.as_u16(),
            reason: response.reason.clone(),
            headers: headers.collect(),
            body,
            body_base64,
            body_bytes: response.body.len(),
            body_truncated: cut || !response.complete,
        }
    }

    /// Text if it is text in its charset, else base64.
    fn content(&self, content_type: Option<&str>, bytes: &[u8], cut: bool) -> (Option<String>, Option<String>) {
        if bytes.is_empty() {
            return (None, None);
        }
        match text::decode(content_type, bytes, cut) {
            Some(text) => (Some(self.body(content_type, &text, cut)), None),
            None if self.reveal == Reveal::Yes => (None, Some(BASE64_STANDARD.encode(bytes))),
            None => (None, Some(BASE64_STANDARD.encode(self.redaction.bytes(bytes, cut)))),
        }
    }

    fn hop(&self, hop: &Hop) -> RedirectRecord {
        RedirectRecord {
            status: hop.status,
            from: self.url(&hop.from),
            to: self.url(&hop.to),
            dropped_headers: hop.dropped.clone(),
        }
    }

    fn header(&self, name: &str, value: &str) -> String {
        if self.reveal == Reveal::Yes { value.to_owned() } else { self.redaction.header(name, value) }
    }

    fn url(&self, url: &Url) -> String {
        if self.reveal == Reveal::Yes { url.to_string() } else { self.redaction.url(url) }
    }

    fn body(&self, content_type: Option<&str>, body: &str, cut: bool) -> String {
        match self.reveal {
            Reveal::Yes => body.to_owned(),
            Reveal::No if cut => self.redaction.cut_end(self.redaction.body(content_type, body)),
            Reveal::No => self.redaction.body(content_type, body),
        }
    }
}

fn version_name(version: http::Version) -> &'static str {
    match version {
        http::Version::HTTP_2 => "HTTP/2",
        http::Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

/// RFC 3339 in UTC with microseconds.
fn rfc3339(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map(|time| format!("{time:.6}")).unwrap_or_default()
}
