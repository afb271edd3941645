//! A request as a curl line for a POSIX shell.
//! Belongs here: quoting and layout. Not here: which secret stands behind a placeholder.

use std::fmt::Write;

/// A value in a curl line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// As it is, quoted so that the shell leaves it alone.
    Literal(String),
    /// Text in which the shell is to replace a command or variable: `Bearer $(claimcheck token demo --raw)`.
    Shell(String),
}

/// The curl line, one option per line.
#[must_use]
pub fn line(method: &str, url: &str, headers: &[(String, Shown)], body: Option<&str>) -> String {
    let mut text = String::from("curl -i");
    if method != if body.is_some() { "POST" } else { "GET" } {
        let _ = write!(text, " -X {}", quoted(method));
    }
    if url.contains(['{', '}', '[', ']']) {
        // Without it curl takes them for a pattern of several URLs.
        text.push_str(" -g");
    }
    let _ = write!(text, " {}", quoted(url));
    for (name, value) in headers {
        let header = match value {
            Shown::Literal(value) => quoted(&format!("{name}: {value}")),
            Shown::Shell(value) => format!("\"{name}: {value}\""),
        };
        let _ = write!(text, " \\\n  -H {header}");
    }
    if let Some(body) = body {
        // --data would take a leading @ for a file name.
        let _ = write!(text, " \\\n  --data-raw {}", quoted(body));
    }
    text
}

/// A word as a POSIX shell takes it unchanged.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
