//! Finding the bearer token of a request. Belongs here: extraction per version and engine.
//! Not here: judging the token.

use std::borrow::Cow;

use gravitee::model::Engine;

use super::behaviour::Behaviour;
use crate::http1::Headers;

/// The token and where it was found; a blank one is there, but empty.
pub(crate) fn extract<'h>(
    behaviour: Behaviour,
    engine: Engine,
    headers: &'h Headers,
    query: Option<&'h str>,
) -> Option<(Cow<'h, str>, &'static str)> {
    const HEADER: &str = "Bearer token in the Authorization header";
    let mut values = headers.all("authorization").filter_map(|value| std::str::from_utf8(value).ok());
    let header = match (behaviour, engine) {
        // Up to 1.4: case counts, all headers are looked at.
        (Behaviour::Tutorial, _) => values.find_map(|value| value.strip_prefix("Bearer")),
        (_, Engine::V3) => values.next().and_then(strip_bearer),
        (_, Engine::V4) => values.find_map(strip_bearer),
    };
    if let Some(token) = header {
        return Some((token.trim().into(), HEADER));
    }
    let in_query = behaviour != Behaviour::Tutorial && engine == Engine::V4;
    let mut pairs = url::form_urlencoded::parse(query.filter(|_| in_query)?.as_bytes());
    pairs.find(|(name, _)| name == "access_token").map(|(_, token)| (token, "query parameter access_token"))
}

/// `Bearerabc` is the token `abc`: no space is asked for.
fn strip_bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_at_checked("bearer".len())?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}
