//! A request as code in other tools and languages, secrets as placeholders.
//! Belongs here: one writer per language. Not here: which secret stands behind a placeholder; curl's quoting (`curl`).

use std::fmt::Write;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use crate::curl::{self, Shown, quoted};

/// What the code is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum Language {
    /// A curl line for a POSIX shell.
    Curl,
    /// An HTTPie line for a POSIX shell.
    Httpie,
    /// A Hurl file.
    Hurl,
    /// JavaScript with `fetch` (a module for Node, where the environment is).
    Javascript,
    /// Python with `requests`.
    Python,
    /// Rust with `reqwest`.
    Rust,
}

/// A header value in code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// As it is.
    Literal(String),
    /// Text, then the value of an environment variable: `Bearer ` and `TOKEN`.
    Placeholder {
        /// What stands before.
        before: String,
        /// Name of the variable: letters, digits, underscores.
        variable: String,
    },
}

/// A request to be written as code.
#[derive(Debug, Clone)]
pub struct Snippet {
    /// Method token.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Headers in order.
    pub headers: Vec<(String, Text)>,
    /// Body text.
    pub body: Option<String>,
}

impl Snippet {
    /// The request in a language.
    #[must_use]
    pub fn write(&self, language: Language) -> String {
        match language {
            Language::Curl => self.curl(),
            Language::Httpie => self.httpie(),
            Language::Hurl => self.hurl(),
            Language::Javascript => self.javascript(),
            Language::Python => self.python(),
            Language::Rust => self.rust(),
        }
    }

    fn curl(&self) -> String {
        let shown = |text: &Text| match text {
            Text::Literal(text) => Shown::Literal(text.clone()),
            Text::Placeholder { before, variable } => Shown::Shell(format!("{}${variable}", in_double_quotes(before))),
        };
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (name.clone(), shown(value))).collect();
        curl::line(&self.method, &self.url, &headers, self.body.as_deref())
    }

    fn httpie(&self) -> String {
        let mut text = format!("http --ignore-stdin {} {}", quoted(&self.method), quoted(&self.url));
        for (name, value) in &self.headers {
            let item = match value {
                Text::Literal(value) if value.is_empty() => quoted(&format!("{name};")),
                Text::Literal(value) => quoted(&format!("{name}:{value}")),
                Text::Placeholder { before, variable } => format!("\"{name}:{}${variable}\"", in_double_quotes(before)),
            };
            let _ = write!(text, " \\\n  {item}");
        }
        if let Some(body) = &self.body {
            let _ = write!(text, " \\\n  --raw {}", quoted(body));
        }
        text
    }

    fn hurl(&self) -> String {
        let mut text = String::new();
        for variable in self.variables() {
            let _ = writeln!(text, "# hurl --secret {variable}=\"${variable}\" this.hurl");
        }
        let _ = writeln!(text, "{} {}", self.method, hurl_url(&self.url));
        for (name, value) in &self.headers {
            let value = match value {
                Text::Literal(value) => hurl_text(value),
                Text::Placeholder { before, variable } => format!("{}{{{{{variable}}}}}", hurl_text(before)),
            };
            let _ = writeln!(text, "{name}: {value}");
        }
        if let Some(body) = &self.body {
            // Multi-line strings would take templates and fences in the body for their own.
            let _ = writeln!(text, "base64,{};", BASE64_STANDARD.encode(body));
        }
        text.push_str("HTTP *\n");
        text
    }

    fn javascript(&self) -> String {
        let mut text = format!("const response = await fetch({}, {{\n", json(&self.url));
        let _ = writeln!(text, "  method: {},", json(&self.method));
        let value = |value: &Text| concatenated(value, |name| format!("process.env.{name}"));
        let pairs = self.headers.iter().map(|(name, text)| format!("    [{}, {}],\n", json(name), value(text)));
        let _ = writeln!(text, "  headers: [\n{}  ],", pairs.collect::<String>());
        if let Some(body) = &self.body {
            let _ = writeln!(text, "  body: {},", json(body));
        }
        text.push_str("});\nconsole.log(response.status, await response.text());\n");
        text
    }

    fn python(&self) -> String {
        let mut text = String::new();
        if !self.variables().is_empty() {
            text.push_str("import os\n");
        }
        text.push_str("import requests\n\nresponse = requests.request(\n");
        let _ = writeln!(text, "    {},\n    {},", json(&self.method), json(&self.url));
        let value = |value: &Text| concatenated(value, |name| format!("os.environ[{}]", json(name)));
        let pairs = self.headers.iter().map(|(name, text)| format!("        {}: {},\n", json(name), value(text)));
        let _ = writeln!(text, "    headers={{\n{}    }},", pairs.collect::<String>());
        if let Some(body) = &self.body {
            let _ = writeln!(text, "    data={}.encode(),", json(body));
        }
        text.push_str(")\nprint(response.status_code, response.text)\n");
        text
    }

    fn rust(&self) -> String {
        let mut text = String::from("let response = reqwest::Client::new()\n");
        let _ = writeln!(text, "    .request({:?}.parse()?, {:?})", self.method, self.url);
        for (name, value) in &self.headers {
            let value = match value {
                Text::Literal(value) => format!("{value:?}"),
                Text::Placeholder { before, variable } => {
                    format!("format!(\"{{}}{{}}\", {before:?}, std::env::var({variable:?})?)")
                }
            };
            let _ = writeln!(text, "    .header({name:?}, {value})");
        }
        if let Some(body) = &self.body {
            let _ = writeln!(text, "    .body({body:?})");
        }
        text.push_str("    .send()\n    .await?;\nprintln!(\"{} {}\", response.status(), response.text().await?);\n");
        text
    }

    fn variables(&self) -> Vec<&str> {
        let named = self.headers.iter().filter_map(|(_, text)| match text {
            Text::Placeholder { variable, .. } => Some(variable.as_str()),
            Text::Literal(_) => None,
        });
        let mut names: Vec<_> = named.collect();
        names.dedup();
        names
    }
}

/// A string literal of JSON is one of JavaScript and of Python too.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn concatenated(text: &Text, variable: impl Fn(&str) -> String) -> String {
    match text {
        Text::Literal(text) => json(text),
        Text::Placeholder { before, variable: name } if before.is_empty() => variable(name),
        Text::Placeholder { before, variable: name } => format!("{} + {}", json(before), variable(name)),
    }
}

/// Keeps the shell from seeing anything in a text between double quotes.
fn in_double_quotes(text: &str) -> String {
    text.chars().flat_map(|c| "\\\"$`".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

/// Hurl takes `#` for a comment, `{{` for a template and a backslash for an escape.
fn hurl_text(text: &str) -> String {
    let escape = |c: char| c.is_control() || "#{}\\".contains(c);
    text.chars().map(|c| if escape(c) { format!("\\u{{{:x}}}", u32::from(c)) } else { c.to_string() }).collect()
}

/// In a URL such characters are percent-encoded, which does not change what it means; the fragment is not sent anyway.
fn hurl_url(url: &str) -> String {
    let escape = |c: char| c.is_control() || "{}\\ ".contains(c);
    let sent = url.split('#').next().unwrap_or_default();
    sent.chars().map(|c| if escape(c) { format!("%{:02X}", u32::from(c)) } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn snippet() -> Snippet {
        Snippet {
            method: "POST".into(),
            url: "https://api.example/a?b=c&d={{x}}#".into(),
            headers: vec![
                ("Authorization".into(), Text::Placeholder { before: "Bearer ".into(), variable: "TOKEN".into() }),
                ("X-It's".into(), Text::Literal("\"$(id)\" `id` \\".into())),
            ],
            body: Some("{\"ü\": \"it's $HOME\"}\n".into()),
        }
    }

    #[test]
    fn shells_see_the_variable_and_nothing_else() {
        let curl = snippet().write(Language::Curl);
        assert!(curl.contains(" -g "), "braces in the URL are no pattern: {curl}");
        assert!(curl.contains("-H \"Authorization: Bearer $TOKEN\""), "{curl}");
        let httpie = snippet().write(Language::Httpie);
        assert_eq!(
            httpie,
            "http --ignore-stdin POST 'https://api.example/a?b=c&d={{x}}#' \\\n  \"Authorization:Bearer $TOKEN\" \\\n  \
             'X-It'\\''s:\"$(id)\" `id` \\' \\\n  --raw '{\"ü\": \"it'\\''s $HOME\"}\n'"
        );
        // A shell gives back what was meant.
        let script = format!("TOKEN='t'; http() {{ printf '%s\\0' \"$@\"; }}; {httpie}");
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        let words = String::from_utf8(output.stdout).unwrap();
        let words: Vec<_> = words.split_terminator('\0').collect();
        assert_eq!(words.get(3), Some(&"Authorization:Bearer t"));
        assert_eq!(words.get(4), Some(&"X-It's:\"$(id)\" `id` \\"));
        assert_eq!(words.get(6), Some(&"{\"ü\": \"it's $HOME\"}\n"));
    }

    #[test]
    fn hurl_sees_one_template() {
        let hurl = snippet().write(Language::Hurl);
        assert!(hurl.contains("\nAuthorization: Bearer {{TOKEN}}\n"), "{hurl}");
        assert_eq!(hurl.matches("{{").count(), 1, "{hurl}");
        assert!(hurl.contains("POST https://api.example/a?b=c&d=%7B%7Bx%7D%7D\n"), "{hurl}");
    }

    #[test]
    fn languages_quote_as_they_should() {
        let javascript = snippet().write(Language::Javascript);
        assert!(javascript.contains("[\"Authorization\", \"Bearer \" + process.env.TOKEN],"), "{javascript}");
        assert!(javascript.contains(r#"body: "{\"ü\": \"it's $HOME\"}\n","#));
        let python = snippet().write(Language::Python);
        assert!(python.contains("\"Authorization\": \"Bearer \" + os.environ[\"TOKEN\"],"), "{python}");
        let rust = snippet().write(Language::Rust);
        assert!(
            rust.contains(".header(\"Authorization\", format!(\"{}{}\", \"Bearer \", std::env::var(\"TOKEN\")?))"),
            "{rust}"
        );
    }
}
