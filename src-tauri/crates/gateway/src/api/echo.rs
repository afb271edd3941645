//! The built-in echo API, as Gravitee's sample answers. Belongs here: its body. Not here: the way to it.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    http1::{Answer, BodyError, Headers, Request},
    jackson,
};

#[derive(Serialize)]
#[allow(non_snake_case, reason = "the echo's own spelling")]
struct Echo {
    headers: Map<String, Value>,
    query_params: Map<String, Value>,
    bodySize: u64,
}

/// Repeats the headers and the query, and counts the body.
pub(crate) async fn answer(request: &mut Request<'_>) -> Result<Answer, BodyError> {
    let body_size = request.count_body().await?;
    let query = query_params(request.head.query().unwrap_or_default());
    let text = |name: &str| query.get(name).and_then(first_text).map(str::to_owned);
    let status = text("statusCode").and_then(|code| code.parse().ok()).filter(|code| (200..600).contains(code));
    let reason = text("statusMessage");
    let echo = Echo { headers: headers(&request.head.headers), query_params: query, bodySize: body_size };
    let mut answer = Answer::empty(status.unwrap_or(200));
    answer.headers.add("content-type", "application/json");
    answer.reason = reason.map(Into::into);
    answer.body = crate::http1::AnswerBody::Full(jackson::pretty(&echo).into());
    Ok(answer)
}

/// Names as received, in order; the values of a repeated name joined with a comma.
fn headers(headers: &Headers) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in headers.iter() {
        let (name, value) = (latin(name), latin(value));
        match map.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            Some((_, Value::String(values))) => {
                values.push(',');
                values.push_str(&value);
            }
            _ => {
                map.insert(name.into_owned(), value.into_owned().into());
            }
        }
    }
    map
}

/// A repeated key becomes an array.
fn query_params(query: &str) -> Map<String, Value> {
    let mut map = Map::new();
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = Value::from(value.into_owned());
        match map.get_mut(key.as_ref()) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => {
                map.insert(key.into_owned(), value);
            }
        }
    }
    map
}

fn first_text(value: &Value) -> Option<&str> {
    match value {
        Value::Array(values) => values.first().and_then(Value::as_str),
        value => value.as_str(),
    }
}

/// Field bytes as text: UTF-8, else one character per byte (RFC 9110 section 5.5 allows both to be seen).
fn latin(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|b| char::from(*b)).collect(), Cow::Borrowed)
}
