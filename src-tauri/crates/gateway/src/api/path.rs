//! The path of a request as the gateway decides on it. Belongs here: decoding once, refusing what is ambiguous.
//! Not here: what is served on a path.

use std::borrow::Cow;

/// A path, percent-decoded once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Path<'a>(Cow<'a, str>);

impl<'a> Path<'a> {
    /// `None` for a path that an upstream could read in another way than the gateway: dot segments, escaped
    /// separators, control characters, malformed escapes. The string itself is forwarded as it came.
    pub(crate) fn parse(raw: &'a str) -> Option<Self> {
        let decoded = if raw.contains('%') { Cow::Owned(decode(raw)?) } else { Cow::Borrowed(raw) };
        let ambiguous = |segment: &str| matches!(segment, "." | "..");
        let controls = |text: &str| match text.is_ascii() {
            true => text.bytes().fold(false, |found, b| found | b.is_ascii_control()),
            false => text.chars().any(char::is_control),
        };
        let plain = !decoded.contains('\\') && !controls(&decoded) && !decoded.split('/').any(ambiguous);
        (decoded.starts_with('/') && plain).then_some(Self(decoded))
    }

    /// What follows a context path of this length.
    pub(crate) fn below(&self, context_length: usize) -> &str {
        self.0.get(context_length..).unwrap_or_default()
    }

    /// Whether the path is the context path or below it.
    pub(crate) fn is_below(&self, context_path: &str) -> bool {
        self.0.strip_prefix(context_path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// What follows a context path of this decoded length in a path as it came.
pub(crate) fn below(raw: &str, context_length: usize) -> &str {
    let (mut at, mut decoded) = (0, 0);
    let bytes = raw.as_bytes();
    while decoded < context_length && at < bytes.len() {
        at += if bytes.get(at) == Some(&b'%') { 3 } else { 1 };
        decoded += 1;
    }
    raw.get(at..).unwrap_or_default()
}

fn decode(raw: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        };
        // An escaped separator is data to one parser and structure to the next.
        if byte == b'%' && matches!(decoded, b'/' | b'\\' | b'%') {
            return None;
        }
        bytes.push(decoded);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn refuses_what_can_be_read_in_two_ways() {
        for raw in
            ["/a/../b", "/a/.", "/a/%2e%2e/b", "/a%2fb", "/a%5Cb", "/a\\b", "/a%00", "/%zz", "/%", "/a%252fb", "*"]
        {
            assert_eq!(Path::parse(raw), None, "{raw}");
        }
        for raw in ["/", "/echo", "/echo/", "/echo//x", "/a%20b", "/caf%C3%A9", "/a;b=c", "/a..b"] {
            assert!(Path::parse(raw).is_some(), "{raw}");
        }
    }

    #[test]
    fn a_context_path_ends_at_a_segment() {
        let is_below = |raw: &str| Path::parse(raw).is_some_and(|path| path.is_below("/echo"));
        assert!(is_below("/echo") && is_below("/echo/") && is_below("/%65cho/x"));
        assert!(!is_below("/echoes") && !is_below("/Echo") && !is_below("/"));
    }
}
