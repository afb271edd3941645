//! Which figures are wanted.

use crate::failure::{Done, Failure};

/// The word that a figure's name must have in it; none means all.
pub(super) struct Filter(Option<String>);

impl Filter {
    /// `names` are those of every figure that there is.
    ///
    /// # Errors
    /// When none of them has the word in it.
    pub(super) fn new(word: Option<&str>, names: &[&[&str]]) -> Done<Self> {
        let filter = Filter(word.map(str::to_lowercase));
        if names.iter().any(|some| filter.wants_any(some)) {
            return Ok(filter);
        }
        let all = names.concat().join("\n  ");
        Err(Failure::new(format!("no figure has `{}` in its name. There are:\n  {all}", word.unwrap_or_default())))
    }

    pub(super) fn wants(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|word| name.to_lowercase().contains(word))
    }

    pub(super) fn wants_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.wants(name))
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;

    #[test]
    fn a_word_chooses_and_an_unknown_one_lists_what_there_is() {
        let names: &[&[&str]] = &[&["proxy, RS256"], &["grants"]];
        let filter = Filter::new(Some("rs256"), names).map_err(|error| error.to_string());
        assert!(filter.is_ok_and(|filter| filter.wants("proxy, RS256") && !filter.wants("grants")));
        assert!(Filter::new(None, names).is_ok_and(|filter| filter.wants("grants")));
        let refused = Filter::new(Some("nothing"), names).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains("`nothing`") && refused.contains("grants"), "{refused}");
    }
}
