//! Request parameters of query and form. Belongs here: reading and looking up. Not here: what they mean.

use std::fmt;

use zeroize::Zeroize;

/// Names and values in the order they came in. May hold secrets: never printed, wiped when dropped.
#[derive(Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Adds the parameters of a query or form (`application/x-www-form-urlencoded`).
    pub(super) fn read(&mut self, encoded: &[u8]) {
        self.0.extend(url::form_urlencoded::parse(encoded).into_owned());
    }

    /// The first value of a parameter; `None` when it is absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is there more than once. `resource` may be (RFC 8707 section 2).
    pub(super) fn repeated(&self) -> Option<&str> {
        let (name, _) = self.0.iter().find(|(name, _)| name != "resource" && self.all(name).nth(1).is_some())?;
        Some(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Drop for Parameters {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|(_, value)| value.zeroize());
    }
}
