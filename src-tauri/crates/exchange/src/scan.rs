//! Finds the places of messages that carry secrets by their names, and masks them, the rest untouched.
//! Belongs here: the names, and tolerant scanners of headers, queries, forms and JSON texts. Not here: known values.

use crate::MASK;

/// Members of queries, forms and JSON objects whose value is a secret.
const MEMBERS: &[&str] = &[
    "client_secret",
    "access_token",
    "refresh_token",
    "id_token",
    "id_token_hint",
    "client_assertion",
    "assertion",
    "subject_token",
    "actor_token",
    "token",
    "device_code",
    "code_verifier",
    "password",
    "passwd",
    "secret",
    "api_key",
    "apikey",
    "api-key",
    "registration_access_token",
    "logout_token",
    "jwt",
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "dpop",
    "x-api-key",
    "x-gravitee-api-key",
];

/// Secret in queries and forms only: in JSON these are everyday words.
const QUERY_MEMBERS: &[&str] =
    &["code", "key", "sig", "signature", "x-amz-signature", "x-amz-security-token", "samlresponse"];

/// Parts of header names that tell a secret.
const HEADER_PARTS: &[&str] = &["token", "secret", "api-key", "apikey", "password", "passwd", "assertion"];

/// Ends of names that describe a secret and are none: `token_type_hint`, `requested_token_type`, `token_endpoint_auth_method`.
const DESCRIBING: &[&str] = &["type", "hint", "method", "endpoint", "uri", "url"];

/// True for headers whose whole value is a secret. `name` is lower-case.
pub(crate) fn is_secret_header(name: &str) -> bool {
    matches!(name, "dpop" | "client-cert" | "x-auth" | "x-access" | "authentication")
        || (HEADER_PARTS.iter().any(|part| name.contains(part)) && !DESCRIBING.iter().any(|end| name.ends_with(end)))
}

/// True for headers whose value is a secret in whole or in part, whatever it is.
pub(crate) fn is_credential_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "authorization" | "proxy-authorization" | "cookie" | "set-cookie")
        || is_secret_header(&name)
}

/// True for JSON members that carry a secret by their name, as the API's own names (`clientSecret`) tell.
pub(crate) fn is_secret_json_name(name: &str) -> bool {
    is_member(name, false) || is_secret_header(&name.to_ascii_lowercase())
}

/// True if a header, or a member of a query, form or JSON object, carries a secret by its name.
///
/// Names are compared without case. They are those that [`Redaction`](crate::Redaction) masks, so `code` and `key` too.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name = name.trim();
    is_member(name, true) || is_credential_header(name)
}

/// A text that may be a URL without what may be a credential in it, for messages about text that cannot be parsed as one.
///
/// User information (all between the scheme's `//`, or the start, and the last `@`), query and fragment are left out.
#[must_use]
pub fn without_credentials(text: &str) -> String {
    let text = text.trim();
    let is_scheme = |head: &str| {
        head.is_empty()
            || head
                .strip_suffix(':')
                .is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)))
    };
    let start = text.find("//").filter(|at| text.get(..*at).is_some_and(is_scheme)).map_or(0, |at| at + 2);
    let (scheme, rest) = text.split_at(start);
    let host = rest.rfind('@').map_or(0, |at| at + 1);
    let query = rest.find(['?', '#']).unwrap_or(rest.len());
    // An `@` after a `?` is one of a query, or one of a password with a `?`: both readings are left out.
    format!("{scheme}{}", rest.get(host..query).unwrap_or_default())
}

pub(crate) fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.ends_with("/json") || essence.ends_with("+json")
}

pub(crate) fn is_form(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// True for members whose value is a secret; queries and forms have more of them than JSON.
pub(crate) fn is_member(name: &str, query: bool) -> bool {
    let known = |names: &[&str]| names.iter().any(|member| name.eq_ignore_ascii_case(member));
    known(MEMBERS) || (query && known(QUERY_MEMBERS))
}

/// `Bearer abc` as `Bearer ••••`; what has no scheme is masked whole.
pub(crate) fn credentials(value: &str) -> String {
    match value.trim_start().split_once(' ') {
        Some((scheme, rest))
            if !rest.trim().is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') =>
        {
            format!("{scheme} {MASK}")
        }
        _ if value.trim().is_empty() => value.to_owned(),
        // A bare scheme is no secret, and its lack of a credential is what one wants to see.
        _ if ["bearer", "basic", "dpop"].contains(&value.trim().to_ascii_lowercase().as_str()) => value.to_owned(),
        _ => MASK.to_owned(),
    }
}

/// `a=1; b=2` as `a=••••; b=••••`.
pub(crate) fn cookies(value: &str) -> String {
    value.split(';').map(cookie).collect::<Vec<_>>().join(";")
}

/// `a=1; Path=/` as `a=••••; Path=/`.
pub(crate) fn set_cookie(value: &str) -> String {
    match value.split_once(';') {
        Some((pair, attributes)) => format!("{};{attributes}", cookie(pair)),
        None => cookie(value),
    }
}

fn cookie(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) => format!("{name}={MASK}"),
        None => MASK.to_owned(),
    }
}

/// Masks members after the first `?` or `#` of a URL, or of a text with a URL in it.
pub(crate) fn query_members(text: &str) -> String {
    match text.find(['?', '#']) {
        Some(at) => {
            let (head, tail) = text.split_at(at);
            format!("{head}{}", form_members(tail))
        }
        None => text.to_owned(),
    }
}

/// Masks members of `a=1&b=2`; `?`, `#`, `&`, `;` and white space separate.
pub(crate) fn form_members(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for piece in text.split_inclusive(['?', '#', '&', ';', ' ', '\n', '>', '"']) {
        let end = piece.trim_end_matches(['?', '#', '&', ';', ' ', '\n', '>', '"']);
        match end.split_once('=') {
            Some((name, value)) if !value.is_empty() && is_member(&decoded(name), true) => {
                masked.push_str(name);
                masked.push('=');
                masked.push_str(MASK);
                masked.push_str(piece.get(end.len()..).unwrap_or_default());
            }
            _ => masked.push_str(piece),
        }
    }
    masked
}

fn decoded(name: &str) -> String {
    url::form_urlencoded::parse(name.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

/// Masks string values of secret members in a JSON text, well-formed or cut off; layout stays.
pub(crate) fn json_members(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, literal, after)) = next_literal(rest) {
        masked.push_str(before);
        masked.push_str(literal);
        rest = after;
        let key = unquoted(literal);
        let Some((gap, value, tail)) = string_value(after) else { continue };
        if !is_member(&key, false) {
            continue;
        }
        masked.push_str(gap);
        masked.push_str(&format!("\"{}\"", named(&key, &unquoted(value))));
        rest = tail;
    }
    masked.push_str(rest);
    masked
}

/// The value of a secret member, masked. An echo sends header fields back as members: their scheme is kept.
pub(crate) fn named(key: &str, value: &str) -> String {
    match key.to_ascii_lowercase().as_str() {
        "authorization" | "proxy-authorization" => credentials(value),
        _ if value.is_empty() => String::new(),
        _ => MASK.to_owned(),
    }
}

/// Splits at the next string literal: what is before it, the literal with quotes, what is after it.
fn next_literal(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find('"')?;
    let inner = text.get(start + 1..)?;
    let mut escaped = false;
    let end = inner.bytes().position(|byte| {
        let closing = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closing
    });
    // A text that was cut off inside a literal ends the literal.
    let end = end.map_or(text.len(), |at| start + 1 + at + 1);
    Some((text.get(..start)?, text.get(start..end)?, text.get(end..)?))
}

/// After a key: colon and white space, the string literal (or `["literal"…` of a header list), the rest.
fn string_value(text: &str) -> Option<(&str, &str, &str)> {
    let value = text.trim_start().strip_prefix(':')?.trim_start();
    let value = value.strip_prefix('[').unwrap_or(value).trim_start();
    if !value.starts_with('"') {
        return None;
    }
    let gap = text.get(..text.len() - value.len())?;
    let (_, literal, rest) = next_literal(value)?;
    Some((gap, literal, rest))
}

fn unquoted(literal: &str) -> String {
    serde_json::from_str(literal).unwrap_or_else(|_| literal.trim_matches('"').to_owned())
}

/// Percent-encodes only what cannot stand in a query.
pub(crate) fn minimal_percent(value: &str) -> String {
    let mut url = url::Url::parse("http://x/").ok();
    if let Some(url) = &mut url {
        url.set_query(Some(value));
    }
    url.and_then(|url| url.query().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{is_secret_name, without_credentials};

    #[test]
    fn names_that_carry_secrets() {
        for name in [
            "client_secret",
            "Access_Token",
            "api_key",
            "code",
            "sig",
            "X-Api-Key",
            "x-auth-token",
            "DPoP",
            "Authorization",
            "Cookie",
            "clientSecret",
            "user_password",
            "id_token_hint",
            " token ",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "",
            "grant_type",
            "scope",
            "client_id",
            "token_type_hint",
            "requested_token_type",
            "subject_token_type",
            "client_assertion_type",
            "token_endpoint_auth_method",
            "X-Token-Type",
            "Accept",
            "state",
            "code_challenge",
            "username",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn messages_show_no_credentials() {
        for (text, shown) in [
            ("https://u:p4ss@host:x/a?token=p4ss#p4ss", "https://host:x/a"),
            ("u:p4ss@host/a", "host/a"),
            ("https://u:p4ss@p4ss@host", "https://host"),
            ("//u:p4ss@host", "//host"),
            ("https:/u:p4ss@host", "host"),
            ("https:\\\\u:p4ss@host", "host"),
            ("u:p4ss//p4ss@host", "host"),
            ("https://u:p4?ss@host", "https://"),
            ("https://host/?mail=a@b&token=p4ss", "https://"),
            ("https://ü.host:99999/ä", "https://ü.host:99999/ä"),
            (" no address ", "no address"),
            ("@", ""),
            ("", ""),
        ] {
            assert_eq!(without_credentials(text), shown, "{text}");
        }
    }
}
