//! Secrets inside a definition. Belongs here: which members are one, taking them out, putting them back.
//! Not here: where they are kept meanwhile.
//!
//! In its place stands `<secret:NAME>`, the name being the path at which it stood. It travels with the document: through files,
//! other forms and other machines, where nobody knows the secret.

mod names;
mod walk;

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::Definition;

pub(crate) use walk::{each_text, holders};

const OPEN: &str = "<secret:";
const CLOSE: char = '>';

/// Secrets that were taken out of a definition, by the names that stand in their places.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, SecretString>);

/// Where a secret is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Path of the member that it stands in.
    pub path: String,
    /// Name of the secret.
    pub name: String,
}

impl fmt::Debug for Secrets {
    /// Names only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Secrets {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The secrets themselves, such as what must not be seen in a log.
    #[must_use]
    pub fn values(&self) -> Vec<SecretString> {
        self.0.values().cloned().collect()
    }

    /// All of them as one text, to be kept as a secret.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        let members: BTreeMap<&str, &str> =
            self.0.iter().map(|(name, secret)| (name.as_str(), secret.expose_secret())).collect();
        serde_json::to_string(&members).unwrap_or_default().into()
    }

    /// Reads what [`Self::to_text`] wrote; none if it is something else.
    #[must_use]
    pub fn from_text(text: &SecretString) -> Option<Self> {
        let members: BTreeMap<String, String> = serde_json::from_str(text.expose_secret()).ok()?;
        Some(Self(members.into_iter().map(|(name, secret)| (name, secret.into())).collect()))
    }

    /// Adds those that `now` still names and that lie in the same surroundings as in `before`: a secret must not follow its name to
    /// another server.
    pub fn keep_unchanged(&mut self, known: &Self, before: &Definition, now: &Definition) {
        let before = holders(before.document());
        for (name, holder) in holders(now.document()) {
            let same = before.iter().any(|(known, other)| *known == name && *other == holder);
            if let (true, Some(secret)) = (same, known.0.get(&name)) {
                self.0.entry(name).or_insert_with(|| secret.clone());
            }
        }
    }

    /// Notes a secret under a name that is not used yet, and returns what stands in its place.
    fn take(&mut self, path: &str, secret: &str, used: &mut Vec<String>) -> String {
        let plain: String =
            path.chars().map(|c| if c.is_ascii_alphanumeric() || "._-[]".contains(c) { c } else { '_' }).collect();
        let mut name = plain.clone();
        for number in 2.. {
            if !used.contains(&name) {
                break;
            }
            name = format!("{plain}-{number}");
        }
        let placeholder = format!("{OPEN}{name}{CLOSE}");
        used.push(name.clone());
        self.0.insert(name, SecretString::from(secret));
        placeholder
    }
}

impl Definition {
    /// Takes the secrets out: client secrets, passwords, private keys, credentials in headers and URLs, by the names of their
    /// members. What refers to a secret (an expression, a Kubernetes `[[ … ]]`) stays.
    pub fn conceal(&mut self) -> Secrets {
        let mut secrets = Secrets::default();
        let mut used: Vec<String> = self.placeholders().into_iter().map(|found| found.name).collect();
        walk::conceal(self.document_mut(), &mut secrets, &mut used);
        secrets
    }

    /// The definition with these secrets in their places.
    #[must_use]
    pub fn revealed(&self, secrets: &Secrets) -> Self {
        let mut definition = self.clone();
        walk::reveal(definition.document_mut(), secrets);
        definition
    }

    /// Where secrets were left out, in the document's order.
    #[must_use]
    pub fn placeholders(&self) -> Vec<Placeholder> {
        let mut found = Vec::new();
        each_text(self.document(), &mut |path, text| {
            found.extend(named(text).map(|name| Placeholder { path: path.to_owned(), name: name.to_owned() }));
        });
        found
    }
}

/// The names of the placeholders in a text.
fn named(text: &str) -> impl Iterator<Item = &str> {
    text.split(OPEN).skip(1).filter_map(|rest| rest.split_once(CLOSE)).map(|(name, _)| name)
}

/// The text with the known secrets in their places.
fn filled(text: &str, secrets: &Secrets) -> String {
    let mut parts = text.split(OPEN);
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(CLOSE).and_then(|(name, rest)| Some((secrets.0.get(name)?, rest))) {
            Some((secret, rest)) => {
                filled.push_str(secret.expose_secret());
                filled.push_str(rest);
            }
            None => {
                filled.push_str(OPEN);
                filled.push_str(part);
            }
        }
    }
    filled
}

/// A text that is a JSON document itself, as version 2 has them.
fn inner_document(text: &str) -> Option<Value> {
    let looks = text.trim_start().starts_with(['{', '[']);
    looks.then(|| serde_json::from_str(text).ok()).flatten()
}
