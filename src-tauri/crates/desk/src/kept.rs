//! The list of kept tokens: which there are, where they are from, what they were used for.
//! Belongs here: the list, and finding the token and connection that an action means. Not here: the keeping (`oauth`),
//! what a connection shows (`tokens`).

use crate::{
    Desk, DeskError, Result, Target,
    tokens::{masked, seconds},
    wire::{ConnectionName, KeptTokenView, TokenRef},
};
use jose::{Expectations, KeySet};
use oauth::{KeptToken, TokenAnswer};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::HashMap, sync::Arc};

impl Desk {
    /// All kept tokens of this run, newest first; expired ones for an hour yet.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub async fn kept_tokens(&self) -> Result<Vec<KeptTokenView>> {
        let kept = self.tokens.cache.list();
        if kept.is_empty() {
            return Ok(Vec::new());
        }
        let connections = self.store().await?.connections().await?;
        let names: HashMap<i64, String> =
            connections.into_iter().map(|connection| (connection.id.0, connection.profile.name)).collect();
        Ok(kept.into_iter().map(|kept| self.kept_view(kept, &names)).collect())
    }

    /// Forgets a token wherever it is kept, and calls off what is under way in its place. The server still takes it until it expires: see
    /// [`Desk::revoke_token`].
    pub fn forget_token(&self, token: impl Into<TokenRef>) {
        match token.into() {
            TokenRef::Connection { id } => {
                self.sign_ins.cancel(id);
                self.tokens.forget_connection(store::ConnectionId(id));
            }
            TokenRef::Kept { number } => {
                if let Some(kept) = self.tokens.cache.numbered(number) {
                    self.tokens.forget(&kept.answer.access_token);
                }
            }
        }
    }

    /// The token that is meant.
    pub(crate) fn kept_token(&self, token: TokenRef) -> Result<SecretString> {
        match token {
            TokenRef::Connection { id } => self.reveal_token(id),
            TokenRef::Kept { number } => Ok(self.numbered(number)?.answer.access_token.clone()),
        }
    }

    fn numbered(&self, number: u64) -> Result<KeptToken> {
        let gone = || DeskError::NotFound("This token is not kept any more.".into());
        self.tokens.cache.numbered(number).ok_or_else(gone)
    }

    /// The token that is meant, and the connection to ask its server with.
    pub(crate) fn meant(&self, token: TokenRef) -> Result<(Arc<TokenAnswer>, Target)> {
        match token {
            TokenRef::Connection { id } => {
                let held = self.tokens.get(id).ok_or(DeskError::NoToken)?;
                Ok((held.answer.clone(), Target::Saved(id)))
            }
            TokenRef::Kept { number } => {
                let kept = self.numbered(number)?;
                let strayed = || {
                    DeskError::NotFound(
                        "The connection that this token was got with has been changed or deleted, so its server cannot be asked. The token can be forgotten.".into(),
                    )
                };
                let id = self.tokens.origins(&kept.answer).last().copied().ok_or_else(strayed)?;
                Ok((kept.answer, Target::Saved(id)))
            }
        }
    }

    fn kept_view(&self, kept: KeptToken, names: &HashMap<i64, String>) -> KeptTokenView {
        let answer = &kept.answer;
        let token = answer.access_token.expose_secret();
        let named = |id: i64| names.get(&id).map(|name| ConnectionName { id, name: name.clone() });
        KeptTokenView {
            number: kept.number,
            masked: masked(&answer.access_token),
            form: jose::inspect(token, &KeySet::none(), &Expectations::at(self.now())).form,
            connections: self.tokens.origins(answer).into_iter().filter_map(named).collect(),
            token_url: kept.token_url.to_string(),
            client_id: kept.client_id,
            method: kept.method,
            grant: kept.grant.to_owned(),
            scope: answer.scope.clone(),
            targets: kept.targets,
            token_type: answer.token_type.clone(),
            life: self.life(answer),
            uses: kept.uses,
            last_used: kept.last_used.map(seconds),
            refreshable: answer.refresh_token.is_some(),
        }
    }
}
