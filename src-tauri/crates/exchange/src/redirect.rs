//! Redirects: where to go next, and what must not go along.
//! Belongs here: the rules of RFC 9110 15.4 and of keeping secrets at their origin. Not here: sending.

use http::StatusCode;
use url::Url;

use crate::{
    Body, Failure, Redaction, Request,
    credential::{Contents, contents, is_credential},
    error::bare,
};

/// The next request, and the names of the headers that stay behind.
#[derive(Debug)]
pub(crate) struct Next {
    pub(crate) request: Request,
    pub(crate) dropped: Vec<String>,
}

/// What a 3xx answer asks for; `None` if it asks for nothing that can be followed. `redaction` knows the exchange's secrets.
pub(crate) fn next(
    request: &Request,
    redaction: &Redaction,
    status: StatusCode,
    location: Option<&[u8]>,
) -> Result<Option<Next>, Failure> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = location else { return Ok(None) };
    let to = target(&request.url, location)?;
    let mut next = Request { url: to, ..request.clone() };
    rewrite_method(&mut next, status);
    if same_origin(&request.url, &next.url) {
        return Ok(Some(Next { request: next, dropped: Vec::new() }));
    }
    let dropped = leave_behind(&mut next, redaction);
    guard(request, &next, redaction)?;
    Ok(Some(Next { request: next, dropped }))
}

fn target(from: &Url, location: &[u8]) -> Result<Url, Failure> {
    let shown = String::from_utf8_lossy(location);
    let refuse = |reason: &str| refused(from, shown.split(['?', '#']).next().unwrap_or_default(), reason);
    let text = std::str::from_utf8(location).map_err(|_| refuse("the address is not text"))?;
    let mut to = from.join(text).map_err(|error| refuse(&format!("it is not an address ({error})")))?;
    if !matches!(to.scheme(), "http" | "https") {
        return Err(refuse("only http and https are followed"));
    }
    if to.host_str().is_none_or(str::is_empty) {
        return Err(refuse("it has no host"));
    }
    // Credentials that a server puts into an address are not ours to send.
    let _ = to.set_username("");
    let _ = to.set_password(None);
    to.set_fragment(None);
    Ok(to)
}

/// RFC 9110 15.4.2 to 15.4.4: POST becomes GET as everywhere; 303 turns everything but HEAD into GET. 307 and 308 keep all.
fn rewrite_method(next: &mut Request, status: StatusCode) {
    let to_get = match status.as_u16() {
        301 | 302 => next.method == "POST",
        303 => next.method != "HEAD" && next.method != "GET",
        _ => false,
    };
    if to_get {
        next.method = "GET".to_owned();
        next.body = Body::Empty;
        next.headers.retain(|header| !header.name.to_ascii_lowercase().starts_with("content-"));
    }
}

/// Removes what belongs to the old origin; returns the names.
fn leave_behind(next: &mut Request, redaction: &Redaction) -> Vec<String> {
    let mut dropped = Vec::new();
    next.headers.retain(|header| {
        let stays = !is_credential(header, redaction) && !header.name.eq_ignore_ascii_case("host");
        if !stays && !dropped.contains(&header.name) {
            dropped.push(header.name.clone());
        }
        stays
    });
    dropped
}

/// To another origin: no body that has or may have secrets, and nothing in plain text that had credentials.
fn guard(from: &Request, next: &Request, redaction: &Redaction) -> Result<(), Failure> {
    let refuse = |reason: &str| Err(refused(&from.url, &bare(&next.url), reason));
    match contents(next, redaction) {
        Contents::Harmless => {}
        Contents::Secret => return refuse("the request's body has secrets, and the target is another origin"),
        Contents::Unknown => {
            return refuse(
                "the request's body is neither a form nor JSON and may have secrets, and the target is another origin",
            );
        }
    }
    let credentials = || from.headers.iter().any(|header| is_credential(header, redaction));
    let plain = from.url.scheme() == "https" && next.url.scheme() == "http";
    if plain && (credentials() || contents(from, redaction) == Contents::Secret) {
        return refuse("it leads from https to plain http, and the request has credentials");
    }
    Ok(())
}

fn refused(from: &Url, to: &str, reason: &str) -> Failure {
    Failure::BadRedirect { from: bare(from), to: to.to_owned(), reason: reason.to_owned() }
}

fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}
