//! Who is behind a token (OpenID Connect Core 5.3).
//! Belongs here: the user action. Not here: the request (`oauth`).

use crate::{Desk, Result, Target, TokenWish};
use exchange::{CancellationToken, ExchangeRecord, Reveal};
use serde_json::{Map, Value};

/// What the server says of the user.
#[derive(Debug, Clone)]
pub struct UserSaid {
    /// Claims as the server sent them.
    pub claims: Map<String, Value>,
    /// The exchange.
    pub exchange: ExchangeRecord,
}

impl Desk {
    /// Asks the server who is behind the token of a connection; gets one first where none is at hand.
    ///
    /// # Errors
    /// When there is no token to be had, no such endpoint, or the server refuses: a token of a client by itself has no user.
    pub async fn userinfo(&self, target: &Target, wish: &TokenWish, reveal: Reveal) -> Result<UserSaid> {
        let party = self.party(target).await?;
        let endpoints = self.endpoints(&party).await?;
        let granted = self.grant(&party, wish).await?;
        let http = party.http_for(&granted.answer);
        let token = &granted.answer.access_token;
        let said = oauth::userinfo(http, &endpoints, token, &CancellationToken::new()).await?;
        Ok(UserSaid { claims: said.claims, exchange: said.exchange.record(reveal) })
    }
}
