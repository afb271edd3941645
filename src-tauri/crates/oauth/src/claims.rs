//! A look at the claims of a JWT without verifying it: hints for people, never grounds for a decision.
//! Belongs here: finding claims. Not here: their meaning and verification (`jose`).

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// Claims of a signed JWT.
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    /// The claims, or `None` for opaque tokens.
    pub(crate) fn of(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return None;
        };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
        serde_json::from_slice(&bytes).ok().map(Self)
    }

    /// A time claim in whole seconds.
    pub(crate) fn seconds(&self, name: &str) -> Option<u64> {
        let number = self.0.get(name)?.as_f64()?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
        (0.0..1e15).contains(&number).then_some(number as u64)
    }

    /// A text claim.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Words of a claim that is a list or a text with spaces, such as `scope`.
    pub(crate) fn words(&self, name: &str) -> Option<Vec<String>> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.split_whitespace().map(str::to_owned).collect()),
            Value::Array(list) => Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            _ => None,
        }
    }

    /// The client that the token was issued to: `client_id`, else `azp`, else a text `aud` (Gravitee puts the client there).
    pub(crate) fn client(&self) -> Option<&str> {
        self.text("client_id").or_else(|| self.text("azp")).or_else(|| self.text("aud"))
    }
}
