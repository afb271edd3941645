//! Cross-origin requests (Fetch standard), only if the definition says so. Belongs here: preflights and the fields of
//! actual answers. Not here: the cross-site rule of the listener (`guard`).

use gravitee::model;
use regex::bytes::{Regex, RegexBuilder};

use crate::http1::{Answer, Headers, Request};

/// The rules of an API.
#[derive(Debug)]
pub(crate) struct Cors {
    rules: model::Cors,
    /// The allowed origins that are regular expressions, for a whole origin.
    patterns: Vec<Regex>,
}

/// An origin has ASCII letters only (RFC 6454 6.2), and without the Unicode flag Java's classes have, too.
fn whole_origin(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&format!("^(?:{pattern})$")).case_insensitive(true).unicode(false).build()
}

impl Cors {
    /// None if the rules are switched off; the error names a pattern that cannot be read.
    pub(crate) fn new(cors: &model::Cors) -> Result<Option<Self>, String> {
        if !cors.enabled {
            return Ok(None);
        }
        let is_pattern =
            |origin: &&String| origin.as_str() != "*" && origin.contains(['*', '\\', '(', '[', '{', '|', '?', '+']);
        let patterns = cors
            .allow_origin
            .iter()
            .filter(is_pattern)
            .map(|pattern| whole_origin(pattern).map_err(|error| format!("cors.allowOrigin `{pattern}`: {error}")));
        Ok(Some(Self { rules: cors.clone(), patterns: patterns.collect::<Result<_, _>>()? }))
    }

    /// Whether pages of this origin may read answers.
    pub(crate) fn allows(&self, origin: &str) -> bool {
        self.rules.allow_origin.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin))
            || self.patterns.iter().any(|pattern| pattern.is_match(origin.as_bytes()))
    }

    /// The answer to a preflight; `None` for other requests.
    pub(crate) fn preflight(&self, request: &mut Request<'_>) -> Option<Answer> {
        let headers = &request.head.headers;
        let origin = headers.text("origin")?;
        let method = headers.text("access-control-request-method")?;
        if request.head.method() != "OPTIONS" {
            return None;
        }
        let asked = headers.text("access-control-request-headers").unwrap_or_default();
        let known = |name: &str| {
            self.rules.allow_headers.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(name))
        };
        let headers_fit = asked.split(',').map(str::trim).filter(|name| !name.is_empty()).all(known);
        let method_fits =
            self.rules.allow_methods.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(method));
        if !self.allows(origin) || !method_fits || !headers_fit {
            request.trace.refuse("cors", "preflight: origin, method or headers are not allowed");
            return Some(Answer::empty(400));
        }
        let mut answer = Answer::empty(200);
        self.decorate(headers, &mut answer);
        for (name, values) in [
            ("Access-Control-Allow-Methods", &self.rules.allow_methods),
            ("Access-Control-Allow-Headers", &self.rules.allow_headers),
        ] {
            if !values.is_empty() {
                answer.headers.set(name, values.join(", "));
            }
        }
        if self.rules.max_age >= 0 {
            answer.headers.set("Access-Control-Max-Age", self.rules.max_age.to_string());
        }
        answer.headers.remove("Access-Control-Expose-Headers");
        request.trace.pass("cors", "preflight answered before security");
        Some(answer)
    }

    /// Adds what lets a page of an allowed origin read the answer.
    pub(crate) fn decorate(&self, asked: &Headers, answer: &mut Answer) {
        let Some(origin) = asked.text("origin").filter(|origin| self.allows(origin)) else { return };
        let any = self.rules.allow_origin.iter().any(|allowed| allowed == "*") && !self.rules.allow_credentials;
        answer.headers.set("Access-Control-Allow-Origin", if any { "*".to_owned() } else { origin.to_owned() });
        if !any {
            answer.headers.add("Vary", "Origin");
        }
        if self.rules.allow_credentials {
            answer.headers.set("Access-Control-Allow-Credentials", "true");
        }
        if !self.rules.expose_headers.is_empty() {
            answer.headers.set("Access-Control-Expose-Headers", self.rules.expose_headers.join(", "));
        }
    }
}
