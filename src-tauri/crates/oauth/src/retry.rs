//! Whether a refused call is worth a second try.
//! Belongs here: the decision. Not here: making the call again.

use std::time::{Duration, SystemTime};

use exchange::Exchange;

use crate::{TokenAnswer, explain};

/// A token younger than this was not revoked or rotated meanwhile: another one would fare no better.
const YOUNG: Duration = Duration::from_secs(60);

/// True if the API refused this token in a way that a fresh one may cure. Call at most once per call, forget the token, get a fresh one.
///
/// That is a 401 that says `invalid_token`, or a 401 that gives no error at all (as Gravitee's) for a token that is not young. Never for
/// `insufficient_scope`: the same request brings the same scope (RFC 6750 3.1).
#[must_use]
pub fn worth_a_fresh_token(exchange: &Exchange, token: &TokenAnswer, now: SystemTime) -> bool {
    if exchange.status() != 401 {
        return false;
    }
    match explain::error_of(exchange).as_deref() {
        Some("invalid_token") => true,
        Some(_) => false,
        None => {
            explain::asks_for_bearer(exchange) && now.duration_since(token.obtained_at).is_ok_and(|age| age >= YOUNG)
        }
    }
}
