//! Cross-origin requests (Fetch standard), only if the definition says so. Belongs here: preflights and the fields of
//! actual answers. Not here: the cross-site rule of the listener (`guard`).

use gravitee::model;

use crate::http1::{Answer, Headers, Request};

/// The rules of an API.
#[derive(Debug)]
pub(crate) struct Cors(model::Cors);

impl Cors {
    pub(crate) fn new(cors: &model::Cors) -> Option<Self> {
        cors.enabled.then(|| Self(cors.clone()))
    }

    /// Whether pages of this origin may read answers.
    pub(crate) fn allows(&self, origin: &str) -> bool {
        self.0.allow_origin.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin))
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
            self.0.allow_headers.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(name))
        };
        let headers_fit = asked.split(',').map(str::trim).filter(|name| !name.is_empty()).all(known);
        let method_fits =
            self.0.allow_methods.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(method));
        if !self.allows(origin) || !method_fits || !headers_fit {
            request.trace.refuse("cors", "preflight: origin, method or headers are not allowed");
            return Some(Answer::empty(400));
        }
        let mut answer = Answer::empty(200);
        self.decorate(headers, &mut answer);
        for (name, values) in [
            ("Access-Control-Allow-Methods", &self.0.allow_methods),
            ("Access-Control-Allow-Headers", &self.0.allow_headers),
        ] {
            if !values.is_empty() {
                answer.headers.set(name, values.join(", "));
            }
        }
        if self.0.max_age >= 0 {
            answer.headers.set("Access-Control-Max-Age", self.0.max_age.to_string());
        }
        answer.headers.remove("Access-Control-Expose-Headers");
        request.trace.pass("cors", "preflight answered before security");
        Some(answer)
    }

    /// Adds what lets a page of an allowed origin read the answer.
    pub(crate) fn decorate(&self, asked: &Headers, answer: &mut Answer) {
        let Some(origin) = asked.text("origin").filter(|origin| self.allows(origin)) else { return };
        let any = self.0.allow_origin.iter().any(|allowed| allowed == "*") && !self.0.allow_credentials;
        answer.headers.set("Access-Control-Allow-Origin", if any { "*".to_owned() } else { origin.to_owned() });
        if !any {
            answer.headers.add("Vary", "Origin");
        }
        if self.0.allow_credentials {
            answer.headers.set("Access-Control-Allow-Credentials", "true");
        }
        if !self.0.expose_headers.is_empty() {
            answer.headers.set("Access-Control-Expose-Headers", self.0.expose_headers.join(", "));
        }
    }
}
