//! Finding the bearer token of a request. Belongs here: extraction per version. Not here: judging the token.

use crate::http1::Headers;

/// The token as the policy up to 1.4 finds it: any `Authorization` value that starts with `Bearer`, case-sensitively;
/// no query parameter.
pub(crate) fn tutorial(headers: &Headers) -> Option<&str> {
    let mut values = headers.all("authorization").filter_map(|value| std::str::from_utf8(value).ok());
    values.find_map(|value| value.strip_prefix("Bearer")).map(str::trim)
}
