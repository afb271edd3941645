//! The rules that tokens of a connection are judged by: what an API behind it would ask of them.
//! Belongs here: reading, saving and applying them, at any moment. Not here: what a rule means (`jose`).

use crate::{
    Desk, DeskError, Result,
    inspecting::moment,
    tokens::Held,
    wire::{AcceptanceRules, Judging},
};
use jiff::Timestamp;
use jose::inspection::Inspection;
use secrecy::ExposeSecret;
use std::sync::PoisonError;

/// Setting that holds a connection's rules. Numbers of connections are never used twice.
fn key(id: i64) -> String {
    format!("connection.{id}.rules")
}

impl Desk {
    /// Saves the rules of a connection; none goes back to what the connection itself tells.
    ///
    /// # Errors
    /// When there is no such connection, or the library cannot be written.
    pub async fn save_rules(&self, id: i64, rules: Option<AcceptanceRules>) -> Result<()> {
        let store = self.store().await?;
        store.connection(store::ConnectionId(id)).await?;
        let text = rules.as_ref().map(serde_json::to_string).transpose().map_err(std::io::Error::other)?;
        store.set_setting(&key(id), text.as_deref()).await?;
        self.keep_rules(id, rules);
        Ok(())
    }

    /// The token that a connection holds, judged by other rules or at another time. Nothing is asked of anybody.
    ///
    /// # Errors
    /// When the connection holds none, or the time cannot be read.
    pub fn judge_token(&self, id: i64, judging: &Judging) -> Result<Inspection> {
        let held = self.tokens.get(id).ok_or(DeskError::NoToken)?;
        let expectations = judging.rules.expectations(self.judged_at(judging)?);
        Ok(jose::inspect(held.answer.access_token.expose_secret(), &held.keys, &expectations))
    }

    /// The moment that counts as now.
    pub(crate) fn judged_at(&self, judging: &Judging) -> Result<i64> {
        let at = judging.at.as_deref().filter(|at| !at.trim().is_empty()).map(moment).transpose()?;
        Ok(at.map_or_else(|| self.now(), Timestamp::as_second))
    }

    /// Brings the saved rules of a connection to mind. Rules that a later version wrote in another shape count as none.
    pub(crate) async fn read_rules(&self, id: i64) -> Result<()> {
        let saved = self.store().await?.setting(&key(id)).await?;
        self.keep_rules(id, saved.and_then(|text| serde_json::from_str(&text).ok()));
        Ok(())
    }

    fn keep_rules(&self, id: i64, rules: Option<AcceptanceRules>) {
        let mut all = self.tokens.rules.lock().unwrap_or_else(PoisonError::into_inner);
        match rules {
            Some(rules) => drop(all.insert(id, rules)),
            None => drop(all.remove(&id)),
        }
    }

    /// The rules of a connection whose token is held, and whether a person saved them.
    pub(crate) fn rules_of(&self, id: i64, held: &Held) -> (AcceptanceRules, bool) {
        let saved = self.tokens.rules.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        let is_saved = saved.is_some();
        let told = || AcceptanceRules { issuer: held.issuer.clone(), ..AcceptanceRules::default() };
        (saved.unwrap_or_else(told), is_saved)
    }
}
