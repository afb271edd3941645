//! What the authorization server says of a token: introspection, UserInfo, and giving it back.
//! Belongs here: the user actions, and what the token itself says beside the answer. Not here: the protocol (`oauth`).

use crate::{Desk, Result, Target, TokenWish, party::Party, tokens::masked, wire::TokenRef};
use exchange::{CancellationToken, Exchange, ExchangeRecord, Reveal};
use jose::{ComparedClaim, Expectations, KeySet, inspection::Inspection};
use oauth::{TokenAnswer, TokenTypeHint};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};

/// The authorization server's word on a token (RFC 7662).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Introspected {
    /// `active`.
    pub active: bool,
    /// All members as the server sent them; secrets and tokens that it repeats are masked.
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
    /// All claims as the server sent them; secrets and tokens that it repeats are masked.
    #[cfg_attr(feature = "bindings", ts(type = "Record<string, unknown>"))]
    pub claims: Map<String, Value>,
    /// False if `sub` is not the one of the ID token, or of the access token where none came: the claims must not be used then
    /// (OpenID Connect Core 5.3.2).
    pub same_subject: bool,
    /// What is wrong with `sub`, and what follows from it; null if nothing.
    pub note: Option<String>,
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
    /// What became of the refresh token that came with it; null if none did.
    pub refresh: Option<RevokedRefresh>,
}

/// What became of a refresh token when the access token that it came with was revoked.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct RevokedRefresh {
    /// First and last four characters of the refresh token.
    pub masked: String,
    /// Why it was not revoked; null if it was.
    pub problem: Option<String>,
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
        self.user_of(&self.party(&target).await?, &answer, Reveal::No).await
    }

    /// Asks who is behind the token of a connection; gets one first where none is at hand.
    ///
    /// # Errors
    /// When there is no token to be had; else as [`Desk::ask_userinfo`].
    pub async fn userinfo(&self, target: &Target, wish: &TokenWish, reveal: Reveal) -> Result<UserClaims> {
        let party = self.party(target).await?;
        let granted = self.grant(&party, wish).await?;
        self.user_of(&party, &granted.answer, reveal).await
    }

    async fn user_of(&self, party: &Party, answer: &TokenAnswer, reveal: Reveal) -> Result<UserClaims> {
        let endpoints = self.endpoints(party).await?;
        let (http, token) = (party.http_for(answer), &answer.access_token);
        let said = oauth::userinfo(http, &endpoints, token, &CancellationToken::new()).await?;
        let payload = self.look(token).payload;
        let note = match &answer.id_token {
            Some(id_token) => other_subject("ID token", &self.look(id_token).payload, &said.claims),
            None => other_subject("access token", &payload, &said.claims),
        };
        Ok(UserClaims {
            same_subject: note.is_none(),
            note,
            comparison: compared(&payload, &said.claims, &said.exchange),
            claims: if reveal == Reveal::Yes { said.revealed() } else { said.claims },
            exchange: said.exchange.record(reveal),
        })
    }

    /// Revokes a token that is kept, with the refresh token that came with it, and forgets both.
    ///
    /// # Errors
    /// As [`Desk::introspect_token`].
    pub async fn revoke_token(&self, token: impl Into<TokenRef>) -> Result<Revoked> {
        let (answer, target) = self.meant(token.into())?;
        self.revoke(&target, &answer.access_token, answer.refresh_token.as_ref()).await
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
        let payload = self.look(token).payload;
        let comparison = if said.active { compared(&payload, &said.members, &said.exchange) } else { Vec::new() };
        Ok(Introspected {
            active: said.active,
            answer: if reveal == Reveal::Yes { said.revealed() } else { said.members },
            comparison,
            exchange: said.exchange.record(reveal),
        })
    }

    /// Revokes any token and the refresh token that came with it, where it is known, and forgets them.
    ///
    /// # Errors
    /// As [`Desk::introspect`]. A refresh token that is not revoked is part of the result, not an error.
    pub async fn revoke(
        &self,
        target: &Target,
        token: &SecretString,
        refresh_token: Option<&SecretString>,
    ) -> Result<Revoked> {
        let party = self.party(target).await?;
        let endpoints = self.endpoints(&party).await?;
        let give_back = async |token: &SecretString, hint: Option<TokenTypeHint>| {
            oauth::revoke(&party.way.http, &endpoints, &party.client, token, hint, &CancellationToken::new()).await
        };
        let mut refresh = None;
        // First: as long as it is good, it gets new access tokens.
        if let Some(token) = refresh_token {
            let outcome = give_back(token, Some(TokenTypeHint::RefreshToken)).await;
            let problem = outcome.err().map(|error| error.to_string());
            refresh = Some(RevokedRefresh { masked: masked(token), problem });
        }
        // What a token is that came alone, nobody said.
        let hint = refresh.as_ref().map(|_| TokenTypeHint::AccessToken);
        let exchange = give_back(token, hint).await?;
        self.tokens.forget(token);
        let said = self.look(token);
        Ok(Revoked {
            masked: masked(token),
            self_contained: said.payload.is_object(),
            expires_at: said.life.expires_at,
            exchange: exchange.record(Reveal::No),
            refresh,
        })
    }

    /// What a token says of itself.
    fn look(&self, token: &SecretString) -> Inspection {
        jose::inspect(token.expose_secret(), &KeySet::none(), &Expectations::at(self.now()))
    }
}

/// The claims of the token are masked as what was said is: else a claim that happens to be the secret would differ from itself.
fn compared(payload: &Value, said: &Map<String, Value>, exchange: &Exchange) -> Vec<ComparedClaim> {
    let claims = payload.as_object().map(|claims| exchange.redaction().members(claims));
    claims.map_or_else(Vec::new, |claims| jose::compare_claims(&claims, said))
}

/// Why the claims are not those of the user behind a token; nothing where the token does not say whose it is.
fn other_subject(which: &str, payload: &Value, said: &Map<String, Value>) -> Option<String> {
    let expected = payload.get("sub")?;
    let found = match said.get("sub") {
        Some(found) if found == expected => return None,
        Some(found) => format!("is {found}"),
        None => "is missing".to_owned(),
    };
    Some(format!(
        "`sub` {found}, and {expected} in the {which}: these claims must not be used (OpenID Connect Core 5.3.2)."
    ))
}
