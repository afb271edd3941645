//! Defects in which security and routing read a path in two ways. Belongs here: variants of a path that reach the API
//! past its security. Not here: the strict reading (`api::path`).

use super::{Weakness, Weaknesses};
use crate::http1::RequestHead;

/// How a variant is read by the endpoint, and the defect behind it.
pub(crate) struct Variant {
    pub(crate) path: String,
    pub(crate) weakness: Weakness,
}

/// The path that the endpoint would see, if the request's path is a variant under one of the API's defects.
pub(crate) fn variant(set: Weaknesses, head: &RequestHead, context_path: &str) -> Option<Variant> {
    let raw = head.path();
    let rules: [(Weakness, Option<String>); 6] = [
        (Weakness::OriginalUrlTrusted, original_url(head)),
        (Weakness::PathSlash, slashes(raw)),
        (Weakness::PathDot, dots(raw)),
        (Weakness::PathSemicolon, semicolons(raw)),
        (Weakness::PathCase, case(raw, context_path)),
        (Weakness::PathSuffix, suffix(raw)),
    ];
    let is_there =
        |path: &str| path.strip_prefix(context_path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let found = rules.into_iter().filter(|(weakness, _)| set.has(*weakness));
    let mut found = found.filter_map(|(weakness, path)| Some(Variant { path: path?, weakness }));
    found.find(|variant| is_there(&variant.path))
}

/// `X-Original-URL` replaces the path.
fn original_url(head: &RequestHead) -> Option<String> {
    let url = head.headers.text("X-Original-URL").or_else(|| head.headers.text("X-Rewrite-URL"))?;
    Some(url.split('?').next().unwrap_or_default().to_owned())
}

/// Doubled slashes and a slash at the end.
fn slashes(raw: &str) -> Option<String> {
    let segments: Vec<&str> = raw.split('/').filter(|segment| !segment.is_empty()).collect();
    let plain = format!("/{}", segments.join("/"));
    (plain != raw).then_some(plain)
}

/// Dot segments, plain or escaped.
fn dots(raw: &str) -> Option<String> {
    let lower = raw.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/");
    let mut segments: Vec<&str> = Vec::new();
    for segment in lower.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    let plain = format!("/{}", segments.join("/"));
    (plain != raw).then_some(plain)
}

/// What follows a semicolon in a segment.
fn semicolons(raw: &str) -> Option<String> {
    let strip = |segment: &str| segment.split(';').next().unwrap_or_default().to_owned();
    raw.contains(';').then(|| raw.split('/').map(strip).collect::<Vec<_>>().join("/"))
}

/// Another case of the context path.
fn case(raw: &str, context_path: &str) -> Option<String> {
    let (start, rest) = raw.split_at_checked(context_path.len())?;
    (start != context_path && start.eq_ignore_ascii_case(context_path)).then(|| format!("{context_path}{rest}"))
}

/// A file extension at the end.
fn suffix(raw: &str) -> Option<String> {
    let (path, extension) = raw.rsplit_once('.')?;
    let known = ["json", "xml", "html", "css", "js", "png", "ico", "svg", "txt"];
    known.contains(&extension).then(|| path.trim_end_matches('/').to_owned())
}
