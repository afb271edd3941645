//! What the caller of a refused request was told, for the journal. Belongs here: cutting it short, and leaving out the
//! credentials that a weak API or a template may repeat.

use super::{
    answer::{Answer, AnswerBody},
    connection::Request,
};
use crate::event::PublicAnswer;

/// Bytes of the content that are kept.
const KEPT: usize = 512;
/// Shorter values of a query are words, not credentials.
const SHORTEST_VALUE: usize = 8;
/// Shorter words of the fields that credentials stand in are none.
const SHORTEST_WORD: usize = 4;

/// Nothing if no step refused the request.
pub(super) fn answer(answer: &Answer, request: &Request<'_>) -> Option<PublicAnswer> {
    if !request.trace.has_refused() {
        return None;
    }
    let secrets = credentials(request);
    let masked = |text: &str| {
        let fitting = secrets.iter().filter(|secret| secret.len() <= text.len());
        fitting.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "…"))
    };
    let challenge = answer.headers.text("www-authenticate").map(masked);
    let content = match &answer.body {
        AnswerBody::Full(body) if !body.is_empty() => {
            let whole = masked(&String::from_utf8_lossy(body));
            let start = (0..=KEPT).rev().find_map(|end| whole.get(..end)).unwrap_or_default();
            Some(if whole.len() > KEPT { format!("{start}…") } else { whole })
        }
        _ => None,
    };
    (challenge.is_some() || content.is_some()).then_some(PublicAnswer { challenge, content })
}

/// What the request authenticates with, wherever it stands.
fn credentials(request: &Request<'_>) -> Vec<String> {
    let headers = &request.head.headers;
    let fields = ["authorization", "x-gravitee-api-key", "cookie"].into_iter().flat_map(|name| headers.all(name));
    let words = fields.flat_map(|value| {
        let value = String::from_utf8_lossy(value).into_owned();
        value.split([' ', ';', '=', ',']).map(str::to_owned).collect::<Vec<_>>()
    });
    let query = url::form_urlencoded::parse(request.head.query().unwrap_or_default().as_bytes());
    let values = query.map(|(_, value)| value.into_owned()).filter(|value| value.len() >= SHORTEST_VALUE);
    let is_scheme = |word: &str| ["bearer", "basic"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
    words.filter(|word| word.len() >= SHORTEST_WORD && !is_scheme(word)).chain(values).collect()
}
