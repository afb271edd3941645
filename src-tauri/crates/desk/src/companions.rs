//! The tokens that came with an access token: refresh token and ID token.
//! Belongs here: showing and revealing them. Not here: what they are used for (`obtain`, `asking`).

use crate::{
    Desk, DeskError, Result,
    tokens::{Held, masked},
    wire::{Companion, IdTokenView},
};
use jose::{Expectations, IdTokenAnswer};
use secrecy::{ExposeSecret, SecretString};

impl Desk {
    /// A token that came with the one that a connection holds, for a person who asked to see or copy it.
    ///
    /// # Errors
    /// When the connection holds no token, or none of that kind came with it.
    pub fn reveal_companion(&self, id: i64, companion: Companion) -> Result<SecretString> {
        let held = self.tokens.get(id).ok_or(DeskError::NoToken)?;
        let (token, name) = match companion {
            Companion::RefreshToken => (&held.answer.refresh_token, "refresh token"),
            Companion::IdToken => (&held.answer.id_token, "ID token"),
        };
        token.clone().ok_or_else(|| DeskError::NotFound(format!("No {name} came with this token.")))
    }

    /// The ID token of a held token, judged as OpenID Connect Core 3.1.3.7 has it.
    pub(crate) fn id_token_view(&self, held: &Held) -> Option<IdTokenView> {
        let token = held.answer.id_token.as_ref()?;
        let text = token.expose_secret();
        let expectations = Expectations {
            issuer: held.issuer.clone(),
            audience: Some(held.client_id.clone()),
            ..Expectations::at(self.now())
        };
        let came = IdTokenAnswer {
            access_token: held.answer.access_token.expose_secret(),
            nonce: held.answer.nonce.as_deref(),
            client_id: &held.client_id,
        };
        Some(IdTokenView {
            masked: masked(token),
            inspection: jose::inspect(text, &held.keys, &expectations),
            checks: jose::check_id_token(text, &came),
        })
    }
}
