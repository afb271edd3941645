//! A request as code in other tools and languages, secrets as placeholders.
//! Belongs here: what a snippet is made of. Not here: the writers (`code/*`), which secret stands behind a placeholder.

mod command_lines;
mod languages;

use serde::{Deserialize, Serialize};

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

/// A value that is not written into the code but read when it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Name of the environment variable: letters, digits, underscores.
    pub variable: String,
    /// The shell command that prints the value; none where a person has to set the variable.
    pub command: Option<String>,
}

/// A header value or a form value in code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// As it is.
    Literal(String),
    /// Text, then a value that is read: `Bearer ` and a token.
    Secret {
        /// What stands before.
        before: String,
        /// The value.
        value: Placeholder,
    },
}

/// HTTP Basic (RFC 7617), the password being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basic {
    /// The user as it is sent.
    pub user: String,
    /// The password.
    pub password: Placeholder,
    /// Whether the password is form-encoded before it is sent, as OAuth has it (RFC 6749 2.3.1).
    pub form_encoded: bool,
}

/// The content of a request in code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Content {
    /// None.
    #[default]
    Empty,
    /// A text as it is.
    Text(String),
    /// Pairs, form-urlencoded when they are sent.
    Form(Vec<(String, Text)>),
}

/// A request to be written as code.
#[derive(Debug, Clone, Default)]
pub struct Snippet {
    /// Method token.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Headers in order.
    pub headers: Vec<(String, Text)>,
    /// HTTP Basic.
    pub basic: Option<Basic>,
    /// Content.
    pub content: Content,
    /// What a person has to know before it runs, one line each.
    pub notes: Vec<String>,
}

impl Snippet {
    /// The request in a language.
    #[must_use]
    pub fn write(&self, language: Language) -> String {
        match language {
            Language::Curl => command_lines::curl(self),
            Language::Httpie => command_lines::httpie(self),
            Language::Hurl => command_lines::hurl(self),
            Language::Javascript => languages::javascript(self),
            Language::Python => languages::python(self),
            Language::Rust => languages::rust(self),
        }
    }

    /// Everything that is read when the code runs, each variable once.
    fn placeholders(&self) -> Vec<&Placeholder> {
        let form: &[(String, Text)] = match &self.content {
            Content::Form(pairs) => pairs,
            _ => &[],
        };
        let mut found: Vec<&Placeholder> = self.basic.iter().map(|basic| &basic.password).collect();
        for (_, text) in self.headers.iter().chain(form) {
            if let Text::Secret { value, .. } = text {
                found.push(value);
            }
        }
        let mut seen = Vec::new();
        found.retain(|placeholder| {
            let is_new = !seen.contains(&&placeholder.variable);
            seen.push(&placeholder.variable);
            is_new
        });
        found
    }

    /// The notes as comments, and where the variables come from. `shell` is for code that runs the commands itself.
    fn comments(&self, start: &str, shell: bool) -> String {
        let notes = self.notes.iter().map(|note| format!("{start} {note}\n"));
        let variables = self.placeholders().into_iter().filter_map(|placeholder| match &placeholder.command {
            Some(_) if shell => None,
            Some(command) => Some(format!("{start} {}=$({command})\n", placeholder.variable)),
            None => Some(format!("{start} {} is read from the environment.\n", placeholder.variable)),
        });
        notes.chain(variables).collect()
    }
}

#[cfg(test)]
mod tests;
