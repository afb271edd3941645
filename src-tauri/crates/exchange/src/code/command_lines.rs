//! The writers of command lines: curl, HTTPie, and Hurl's files.
//! Belongs here: what each takes for special. Not here: programming languages (`languages`), the shell's quoting (`curl::quoted`).

use std::fmt::Write;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{Basic, Content, Placeholder, Snippet, Text};
use crate::curl::quoted;

/// What stands in a shell's double quotes for a value that is read.
fn read(value: &Placeholder) -> String {
    value.command.as_ref().map_or_else(|| format!("${}", value.variable), |command| format!("$({command})"))
}

/// A word of which the shell reads the end.
fn word(before: &str, text: &Text) -> String {
    match text {
        Text::Literal(text) => quoted(&format!("{before}{text}")),
        Text::Secret { before: more, value } => {
            format!("\"{}{}{}\"", in_double_quotes(before), in_double_quotes(more), read(value))
        }
    }
}

fn credentials(basic: &Basic) -> String {
    format!("\"{}:{}\"", in_double_quotes(&basic.user), read(&basic.password))
}

/// Keeps the shell from seeing anything in a text between double quotes.
fn in_double_quotes(text: &str) -> String {
    text.chars().flat_map(|c| "\\\"$`".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

/// A shell cannot encode: whoever sets the variable has to.
fn encoding_note(basic: Option<&Basic>) -> String {
    match basic.filter(|basic| basic.form_encoded) {
        Some(basic) => {
            format!("# {} must be form-encoded before (RFC 6749 2.3.1).\n", basic.password.variable)
        }
        None => String::new(),
    }
}

pub(super) fn curl(snippet: &Snippet) -> String {
    let mut text = snippet.comments("#", true) + &encoding_note(snippet.basic.as_ref()) + "curl";
    let has_body = snippet.content != Content::Empty;
    // With -X HEAD curl would wait for a body that never comes.
    let is_head = snippet.method == "HEAD" && !has_body;
    text.push_str(if is_head { " -I" } else { " -i" });
    if !is_head && snippet.method != if has_body { "POST" } else { "GET" } {
        let _ = write!(text, " -X {}", quoted(&snippet.method));
    }
    if snippet.url.contains(['{', '}', '[', ']']) {
        // Without it curl takes them for a pattern of several URLs.
        text.push_str(" -g");
    }
    let _ = write!(text, " {}", quoted(&snippet.url));
    if let Some(basic) = &snippet.basic {
        let _ = write!(text, " \\\n  -u {}", credentials(basic));
    }
    for (name, value) in &snippet.headers {
        let header = match value {
            // Only so does curl send a header without a value.
            Text::Literal(value) if value.is_empty() => quoted(&format!("{name};")),
            value => word(&format!("{name}: "), value),
        };
        let _ = write!(text, " \\\n  -H {header}");
    }
    match &snippet.content {
        Content::Empty => {}
        // --data would take a leading @ for a file name.
        Content::Text(body) => {
            let _ = write!(text, " \\\n  --data-raw {}", quoted(body));
        }
        Content::Form(pairs) => {
            for (name, value) in pairs {
                let _ = write!(text, " \\\n  --data-urlencode {}", word(&format!("{}=", form_name(name)), value));
            }
        }
    }
    text
}

/// curl encodes what is behind the first `=` only.
fn form_name(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect()
}

pub(super) fn httpie(snippet: &Snippet) -> String {
    let form = if matches!(snippet.content, Content::Form(_)) { " --form" } else { "" };
    let mut text = snippet.comments("#", true) + &encoding_note(snippet.basic.as_ref());
    let _ = write!(text, "http --ignore-stdin{form} {} {}", quoted(&snippet.method), quoted(&snippet.url));
    if let Some(basic) = &snippet.basic {
        let _ = write!(text, " \\\n  -a {}", credentials(basic));
    }
    for (name, value) in &snippet.headers {
        let item = match value {
            Text::Literal(value) if value.is_empty() => quoted(&format!("{name};")),
            value => word(&format!("{}:", item_name(name)), &item_value(value)),
        };
        let _ = write!(text, " \\\n  {item}");
    }
    match &snippet.content {
        Content::Empty => {}
        Content::Text(body) => {
            let _ = write!(text, " \\\n  --raw {}", quoted(body));
        }
        Content::Form(pairs) => {
            for (name, value) in pairs {
                let _ = write!(text, " \\\n  {}", word(&format!("{}=", item_name(name)), &item_value(value)));
            }
        }
    }
    text
}

/// HTTPie finds the kind of an item by its first separator.
fn item_name(name: &str) -> String {
    name.chars().flat_map(|c| ":=@;\\".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

/// A separator at the beginning of a value would make another one of the one before it: `=@` reads a file.
fn item_value(value: &Text) -> Text {
    match value {
        Text::Literal(text) if text.starts_with(['=', '@', ':']) => Text::Literal(format!("\\{text}")),
        other => other.clone(),
    }
}

pub(super) fn hurl(snippet: &Snippet) -> String {
    let mut text: String = snippet.notes.iter().map(|note| format!("# {note}\n")).collect();
    text.push_str(&encoding_note(snippet.basic.as_ref()));
    let secrets =
        snippet.placeholders().into_iter().map(|value| format!(" --secret {}=\"{}\"", value.variable, read(value)));
    let secrets: String = secrets.collect();
    if !secrets.is_empty() {
        let _ = writeln!(text, "# hurl{secrets} this.hurl");
    }
    let _ = writeln!(text, "{} {}", snippet.method, hurl_url(&snippet.url));
    for (name, value) in &snippet.headers {
        let _ = writeln!(text, "{}: {}", hurl_key(name), hurl_value(value));
    }
    if let Some(basic) = &snippet.basic {
        let _ = writeln!(text, "[BasicAuth]\n{}: {{{{{}}}}}", hurl_key(&basic.user), basic.password.variable);
    }
    match &snippet.content {
        Content::Empty => {}
        // Multi-line strings would take templates and fences in the body for their own.
        Content::Text(body) => {
            let _ = writeln!(text, "base64,{};", BASE64_STANDARD.encode(body));
        }
        Content::Form(pairs) => {
            text.push_str("[Form]\n");
            for (name, value) in pairs {
                let _ = writeln!(text, "{}: {}", hurl_key(name), hurl_value(value));
            }
        }
    }
    text.push_str("HTTP *\n");
    text
}

fn hurl_value(value: &Text) -> String {
    match value {
        Text::Literal(value) => hurl_text(value),
        Text::Secret { before, value } => format!("{}{{{{{}}}}}", hurl_text(before), value.variable),
    }
}

/// Hurl takes `#` for a comment, `{{` for a template and a backslash for an escape.
fn hurl_text(text: &str) -> String {
    escaped(text, "#{}\\")
}

/// A colon ends a key, and a bracket begins a section.
fn hurl_key(text: &str) -> String {
    escaped(text, "#{}\\:[] ")
}

fn escaped(text: &str, special: &str) -> String {
    let escape = |c: char| c.is_control() || special.contains(c);
    text.chars().map(|c| if escape(c) { format!("\\u{{{:x}}}", u32::from(c)) } else { c.to_string() }).collect()
}

/// In a URL such characters are percent-encoded, which does not change what it means; the fragment is not sent anyway.
fn hurl_url(url: &str) -> String {
    let escape = |c: char| c.is_control() || "{}\\ ".contains(c);
    let sent = url.split('#').next().unwrap_or_default();
    sent.chars().map(|c| if escape(c) { format!("%{:02X}", u32::from(c)) } else { c.to_string() }).collect()
}
