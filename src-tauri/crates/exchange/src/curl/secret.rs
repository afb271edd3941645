//! What is left out of a pasted line because it is a secret.
//! Belongs here: secrets in headers and in the query. Not here: credentials that a request has a place for (Basic, Bearer, body).

use url::{Url, form_urlencoded};

use crate::{Redaction, is_secret_name, scan};

/// True for a header that is a credential by its name, or has one in its value, such as a `Referer` with a code.
pub(super) fn in_header(name: &str, value: &str) -> bool {
    scan::is_credential_header(name) || Redaction::new().header(name, value) != value
}

/// Empties the values of secret members of the query, the rest untouched byte for byte; returns their names, each once.
pub(super) fn empty_in_query(url: &mut Url) -> Vec<String> {
    let mut names = Vec::new();
    let mut kept = String::new();
    for piece in url.query().unwrap_or_default().split_inclusive(['&', ';']) {
        let end = piece.trim_end_matches(['&', ';']);
        let secret = end.split_once('=').filter(|(_, value)| !value.is_empty()).and_then(|(raw, _)| {
            let (name, _) = form_urlencoded::parse(raw.as_bytes()).next()?;
            is_secret_name(&name).then(|| (raw, name.into_owned()))
        });
        let Some((raw, name)) = secret else {
            kept.push_str(piece);
            continue;
        };
        kept.push_str(raw);
        kept.push('=');
        kept.push_str(piece.get(end.len()..).unwrap_or_default());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if !names.is_empty() {
        url.set_query(Some(&kept));
    }
    names
}
