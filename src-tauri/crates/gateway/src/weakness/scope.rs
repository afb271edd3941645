//! Defects in comparing scopes.

use super::{Weakness, Weaknesses};

/// Whether scopes that do not fit are accepted all the same.
pub(crate) fn forgives(set: Weaknesses, method: &str, required: &[String], scopes: &[String]) -> Option<Weakness> {
    let is_write = !matches!(method, "GET" | "HEAD" | "OPTIONS");
    if set.has(Weakness::ScopeIgnoredOnWrite) && is_write {
        return Some(Weakness::ScopeIgnoredOnWrite);
    }
    let joined = scopes.join(" ");
    let contained = !joined.is_empty() && required.iter().all(|scope| joined.contains(scope.as_str()));
    (set.has(Weakness::ScopeSubstring) && contained).then_some(Weakness::ScopeSubstring)
}
