//! Explains an API's refusal of a call.
//! Belongs here: who refused and why, from status, challenge, body and token. Not here: recognising gateways' words, what is behind Gravitee's
//! refusals (`gravitee_causes`), reading claims.

use exchange::Exchange;

use super::{
    CallContext, Cause, Challenge, Explanation, Likelihood, Side, challenge,
    gravitee::{self, parameter},
    hints::{self, cause},
    others,
};

/// Bytes of a body that are read for the gateway's words.
const READ: u64 = 16 * 1024;

/// See [`explain_response`](super::explain_response).
pub(crate) fn explain(exchange: &Exchange, context: &CallContext<'_>) -> Option<Explanation> {
    let status = exchange.status();
    if !matches!(status, 401 | 403 | 502 | 503 | 504) {
        return None;
    }
    let challenges = challenge::of(exchange);
    let bytes = exchange.response().and_then(|response| response.body.range(0..READ).ok()).unwrap_or_default();
    let body = String::from_utf8_lossy(&bytes);
    let seen = Seen { exchange, context, challenges: &challenges, body: &body };
    let known = gravitee::recognise(exchange, &challenges, &body, context.token.is_some());
    let mut explanation = match known {
        Some(known) => seen.of_gravitee(known),
        None => seen.of_other(status),
    };
    // A stable sort: causes of the same likelihood keep their order.
    explanation.causes.sort_by_key(|cause| cause.likelihood);
    explanation.causes.dedup_by(|one, other| one.cause == other.cause);
    explanation.challenge = challenges;
    Some(explanation)
}
/// What is known of a refused call.
pub(super) struct Seen<'a> {
    exchange: &'a Exchange,
    pub(super) context: &'a CallContext<'a>,
    pub(super) challenges: &'a [Challenge],
    body: &'a str,
}

impl Seen<'_> {
    /// A gateway that is not known, or the API itself.
    fn of_other(&self, status: u16) -> Explanation {
        let product = others::recognise(self.exchange, self.body);
        let (side, name) = product.as_ref().map_or((Side::Unknown, None), |product| (product.side, Some(product.name)));
        // Gravitee's marks without Gravitee's words: the answer came through the gateway.
        let through = self.exchange.header("x-gravitee-transaction-id").is_some();
        let side = if through && side == Side::Unknown { Side::Upstream } else { side };
        let mut causes: Vec<Cause> = product.and_then(|product| product.cause).into_iter().collect();
        causes.extend(match status {
            401 => self.unauthorized(),
            403 => self.forbidden(),
            _ => unavailable(status, self.exchange.header("retry-after")),
        });
        let who = name.unwrap_or(match side {
            Side::Upstream => "The API behind the gateway",
            _ => "The API, or a gateway in front of it,",
        });
        let what = match status {
            401 => "refused: it does not accept who is calling (401)",
            403 => "refused: it knows who is calling, but does not allow it (403)",
            502 => "could not get an answer from the server behind it (502)",
            503 => "is not available at the moment (503)",
            _ => "waited too long for the server behind it (504)",
        };
        let reference = if status == 401 || self.error().is_some() { "RFC 6750 3" } else { "RFC 9110 15" };
        Explanation {
            headline: format!("{who} {what}."),
            side,
            challenge: Vec::new(),
            causes,
            reference: Some(reference.to_owned()),
        }
    }

    fn error(&self) -> Option<&str> {
        self.challenges.iter().find_map(|challenge| parameter(challenge, "error"))
    }

    fn unauthorized(&self) -> Vec<Cause> {
        if self.context.token.is_none() {
            return vec![self.missing_credentials()];
        }
        let mut causes = hints::of(self.context, self.challenges);
        causes.extend(self.by_error());
        let schemes: Vec<_> = self.challenges.iter().map(|challenge| challenge.scheme.to_ascii_lowercase()).collect();
        if !schemes.is_empty() && !schemes.iter().any(|scheme| scheme == "bearer") {
            let names =
                self.challenges.iter().map(|challenge| challenge.scheme.as_str()).collect::<Vec<_>>().join(", ");
            causes.push(cause(
                Likelihood::Certain,
                format!("It wants {names}, but got Bearer."),
                "Use the scheme it asks for.",
            ));
        }
        causes.push(cause(
            Likelihood::Possible,
            "The token is not meant for this API: its aud or iss is not what the API expects.",
            "Read the token and compare aud and iss with the API's documentation; ask for the right audience or resource.",
        ));
        causes.push(cause(Likelihood::Possible, "The token was revoked.", "Introspect it, or get a fresh one."));
        causes
    }

    fn missing_credentials(&self) -> Cause {
        match self.challenges.iter().find(|challenge| !challenge.scheme.is_empty()) {
            Some(challenge) => cause(
                Likelihood::Certain,
                format!("The request carried no credentials; it asks for {}.", challenge.scheme),
                if challenge.scheme.eq_ignore_ascii_case("bearer") {
                    "Get a token and send it."
                } else {
                    "Send credentials of that scheme."
                },
            ),
            None => cause(
                Likelihood::Likely,
                "The request carried no token. (The answer lacks WWW-Authenticate, which RFC 9110 15.5.2 requires with 401.)",
                "Get a token and send it; see the API's documentation for the scheme.",
            ),
        }
    }

    /// The API's own word (RFC 6750 3.1).
    fn by_error(&self) -> Option<Cause> {
        let said = self.challenges.iter().find_map(|challenge| parameter(challenge, "error_description"));
        let said = said.map(|text| format!(" It says: {text}")).unwrap_or_default();
        let (what, next) = match self.error()? {
            "invalid_token" => (
                "The API calls the token invalid: expired, revoked, malformed, or not for it.",
                "Get a fresh token; then compare iss and aud.",
            ),
            "insufficient_scope" => (
                "The token's scope does not suffice.",
                "Ask for the missing scope; a new token with the same scope will not help.",
            ),
            "invalid_request" => (
                "The API calls the request malformed: two tokens, or a token in a wrong place.",
                "Send one Authorization header and no access_token in query or body.",
            ),
            "use_dpop_nonce" => {
                ("The API wants its nonce in the DPoP proof.", "Repeat with the nonce from the DPoP-Nonce header.")
            }
            "invalid_dpop_proof" => {
                ("The API does not accept the DPoP proof.", "Check method, URL, clock and key of the proof.")
            }
            _ => ("The API names an error of its own.", "See the API's documentation."),
        };
        Some(cause(Likelihood::Likely, format!("{what}{said}"), next))
    }

    fn forbidden(&self) -> Vec<Cause> {
        let mut causes = hints::of(self.context, self.challenges);
        causes.extend(self.by_error());
        causes.push(cause(
            Likelihood::Likely,
            "The caller is known but lacks a right: a scope, a role, or ownership of the resource.",
            "Compare the token's scope and roles with what the operation needs.",
        ));
        if self.context.token.is_none() {
            causes.push(cause(
                Likelihood::Likely,
                "No token was sent, and the API answers 403 where 401 would be right.",
                "Call with a token.",
            ));
        }
        causes.push(cause(
            Likelihood::Possible,
            "A firewall or address filter refused before the API saw the request.",
            "Look for a web page or a vendor's name in the answer; ask for your address to be admitted.",
        ));
        causes
    }
}

fn unavailable(status: u16, retry_after: Option<&str>) -> Vec<Cause> {
    let later = retry_after.map_or_else(
        || "Try again later.".to_owned(),
        |when| format!("Try again after {} (Retry-After).", when.trim()),
    );
    let what = match status {
        502 => "The server in front got no usable answer from the server behind it.",
        503 => "The service is overloaded or being maintained.",
        _ => "The server in front waited too long for the server behind it.",
    };
    vec![
        cause(Likelihood::Likely, what, later),
        cause(
            Likelihood::Possible,
            "Your token plays no part in it.",
            "Do not change credentials; ask whoever runs the service.",
        ),
    ]
}
