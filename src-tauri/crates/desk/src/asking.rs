//! What the authorization server says of a token: introspection, UserInfo, and giving it back.
//! Belongs here: the user actions, and what the token itself says beside the answer. Not here: the protocol (`oauth`).

use crate::{Desk, Result, Target, tokens::masked, wire::TokenRef};
use exchange::{CancellationToken, ExchangeRecord, Reveal};
use jose::{ComparedClaim, Expectations, KeySet, inspection::Inspection};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};

/// The authorization server's word on a token (RFC 7662).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Introspected {
    /// `active`.
    pub active: bool,
    /// All members as the server sent them.
    #[cfg_attr(feature = "bindings", ts(type = "Record<string, unknown>"))]
    pub answer: Map<String, Value>,
    /// The token's claims beside them; empty for an opaque token and for an inactive one, of which a server says nothing.
    pub comparison: Vec<ComparedClaim>,
    /// The exchange.
    pub exchange: ExchangeRecord,
}

/// What the server says of the user behind a token (OpenID Connect Core 5.3).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct UserClaims {
    /// All claims as the server sent them.
    #[cfg_attr(feature = "bindings", ts(type = "Record<string, unknown>"))]
    pub claims: Map<String, Value>,
    /// False if `sub` is not the token's: the claims must not be used then (OpenID Connect Core 5.3.2).
    pub same_subject: bool,
    /// The token's claims beside them; empty for an opaque token.
    pub comparison: Vec<ComparedClaim>,
    /// The exchange.
    pub exchange: ExchangeRecord,
}

/// What a revocation did (RFC 7009), and what it cannot do.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Revoked {
    /// First and last four characters of the token.
    pub masked: String,
    /// True if an API can judge the token by itself, without asking the server: it then goes on taking it.
    pub self_contained: bool,
    /// Until when it goes on, in seconds since the epoch; null if the token does not say.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub expires_at: Option<i64>,
    /// The exchange.
    pub exchange: ExchangeRecord,
}

impl Desk {
    /// Asks the authorization server about a token that is kept.
    ///
    /// # Errors
    /// When there is no such token or no endpoint, or the server refuses or cannot be reached.
    pub async fn introspect_token(&self, token: impl Into<TokenRef>) -> Result<Introspected> {
        let (answer, target) = self.meant(token.into())?;
        self.introspect(&target, &answer.access_token, Reveal::No).await
    }

    /// Asks who is behind a token that is kept.
    ///
    /// # Errors
    /// As [`Desk::introspect_token`]. A token that was issued to a client has no user: the server refuses then.
    pub async fn ask_userinfo(&self, token: impl Into<TokenRef>) -> Result<UserClaims> {
        let (answer, target) = self.meant(token.into())?;
        let token = &answer.access_token;
        let party = self.party(&target).await?;
        let endpoints = self.endpoints(&party).await?;
        let said = oauth::userinfo(party.http_for(&answer), &endpoints, token, &CancellationToken::new()).await?;
        let payload = self.look(token).payload;
        let subject = payload.get("sub");
        Ok(UserClaims {
            same_subject: subject.is_none() || subject == said.claims.get("sub"),
            comparison: compared(&payload, &said.claims),
            claims: said.claims,
            exchange: said.exchange.record(Reveal::No),
        })
    }

    /// Revokes a token that is kept, and forgets it.
    ///
    /// # Errors
    /// As [`Desk::introspect_token`].
    pub async fn revoke_token(&self, token: impl Into<TokenRef>) -> Result<Revoked> {
        let (answer, target) = self.meant(token.into())?;
        self.revoke(&target, &answer.access_token).await
    }

    /// Asks the authorization server about any token.
    ///
    /// # Errors
    /// When there is no endpoint, or the server refuses or cannot be reached.
    pub async fn introspect(&self, target: &Target, token: &SecretString, reveal: Reveal) -> Result<Introspected> {
        let party = self.party(target).await?;
        let endpoints = self.endpoints(&party).await?;
        let said =
            oauth::introspect(&party.way.http, &endpoints, &party.client, token, &CancellationToken::new()).await?;
        let comparison = if said.active { compared(&self.look(token).payload, &said.members) } else { Vec::new() };
        Ok(Introspected {
            active: said.active,
            answer: said.members,
            comparison,
            exchange: said.exchange.record(reveal),
        })
    }

    /// Revokes any token, and forgets it.
    ///
    /// # Errors
    /// As [`Desk::introspect`].
    pub async fn revoke(&self, target: &Target, token: &SecretString) -> Result<Revoked> {
        let party = self.party(target).await?;
        let endpoints = self.endpoints(&party).await?;
        let exchange =
            oauth::revoke(&party.way.http, &endpoints, &party.client, token, &CancellationToken::new()).await?;
        self.tokens.forget(token);
        let said = self.look(token);
        Ok(Revoked {
            masked: masked(token),
            self_contained: said.payload.is_object(),
            expires_at: said.life.expires_at,
            exchange: exchange.record(Reveal::No),
        })
    }

    /// What a token says of itself.
    fn look(&self, token: &SecretString) -> Inspection {
        jose::inspect(token.expose_secret(), &KeySet::none(), &Expectations::at(self.now()))
    }
}

fn compared(payload: &Value, said: &Map<String, Value>) -> Vec<ComparedClaim> {
    payload.as_object().map_or_else(Vec::new, |claims| jose::compare_claims(claims, said))
}
