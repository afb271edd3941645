//! What of a request is a credential, and so belongs to the origin it was made for.
//! Belongs here: the judgement of headers and bodies. Not here: the names (`scan`), known values (`redact`), what follows (`redirect`).

use serde_json::Value as Json;
use url::form_urlencoded;

use crate::{Body, Header, Redaction, Request, scan};

/// What is known of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    /// Nothing in it is a secret.
    Harmless,
    /// It is a secret, or has one.
    Secret,
    /// Bytes of a kind that is not looked into, or not what their media type says.
    Unknown,
}

/// True for a header that came from a secret, that is one by its name, or that has a value which is masked.
pub(crate) fn is_credential(header: &Header, redaction: &Redaction) -> bool {
    let value = header.value.expose();
    header.filled_from_secret()
        || scan::is_credential_header(&header.name)
        || redaction.header(&header.name, value) != value
}

/// Looks into a request's body.
pub(crate) fn contents(request: &Request, redaction: &Redaction) -> Contents {
    match &request.body {
        Body::Empty => Contents::Harmless,
        Body::Secret(_) => Contents::Secret,
        Body::Form(pairs) => {
            let secret = |(name, value): &(String, crate::Value)| {
                value.is_secret() || is_secret_pair(name, value.expose(), redaction)
            };
            if pairs.iter().any(secret) { Contents::Secret } else { Contents::Harmless }
        }
        Body::Bytes(bytes) => of_bytes(content_type(request), bytes, redaction),
    }
}

fn content_type(request: &Request) -> &str {
    let header = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-type"));
    header.map(|header| header.value.expose()).unwrap_or_default()
}

fn of_bytes(content_type: &str, bytes: &[u8], redaction: &Redaction) -> Contents {
    if bytes.is_empty() {
        return Contents::Harmless;
    }
    let text = String::from_utf8_lossy(bytes);
    if redaction.body(Some(content_type), &text) != text {
        return Contents::Secret;
    }
    let secret = if scan::is_form(content_type) {
        form_urlencoded::parse(bytes).any(|(name, value)| is_secret_pair(&name, &value, redaction))
    } else if scan::is_json(content_type)
        && let Ok(json) = serde_json::from_slice(bytes)
    {
        has_secret_member(json, redaction)
    } else {
        return Contents::Unknown;
    };
    if secret { Contents::Secret } else { Contents::Harmless }
}

fn is_secret_pair(name: &str, value: &str, redaction: &Redaction) -> bool {
    (!value.is_empty() && scan::is_secret_name(name)) || redaction.text(value) != value
}

/// Numbers count too, and whatever a member with a secret's name has inside.
fn has_secret_member(json: Json, redaction: &Redaction) -> bool {
    let mut open = vec![json];
    while let Some(value) = open.pop() {
        match value {
            Json::String(text) if redaction.text(&text) != text => return true,
            Json::Array(items) => open.extend(items),
            Json::Object(members) => {
                for (name, value) in members {
                    if scan::is_secret_json_name(&name) && !value.is_null() && value != "" {
                        return true;
                    }
                    open.push(value);
                }
            }
            _ => {}
        }
    }
    false
}
