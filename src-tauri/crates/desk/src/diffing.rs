//! Two tokens side by side, wherever they are from.
//! Belongs here: which tokens are meant. Not here: the difference itself (`jose`).

use crate::{
    Desk, Result,
    tokens::masked,
    wire::{DiffSide, DiffedToken, TokenDiff, TokenRef},
};
use jose::{Expectations, KeySet, inspection::Inspection};
use secrecy::{ExposeSecret, SecretString};

impl Desk {
    /// What differs between two tokens, in header and claims. Neither is verified for it.
    ///
    /// # Errors
    /// When one of them is not kept any more.
    pub async fn diff_tokens(&self, left: DiffSide, right: DiffSide) -> Result<TokenDiff> {
        let (left, right) = (self.side(left)?, self.side(right)?);
        let at = self.now();
        // Large pastes take a moment of computing: not on the runtime's threads.
        Ok(tokio::task::spawn_blocking(move || diffed(&left, &right, at)).await.map_err(std::io::Error::other)?)
    }

    fn side(&self, side: DiffSide) -> Result<SecretString> {
        let meant = match side {
            DiffSide::Text { text, pick } => {
                let found = jose::find_tokens(&text).into_iter().nth(pick);
                return Ok(found.map_or_else(|| jose::normalise(&text).to_owned().into(), |found| found.token));
            }
            DiffSide::Connection { id } => TokenRef::Connection { id },
            DiffSide::Kept { number } => TokenRef::Kept { number },
        };
        self.kept_token(meant)
    }
}

fn diffed(left: &SecretString, right: &SecretString, at: i64) -> TokenDiff {
    let read = |token: &SecretString| jose::inspect(token.expose_secret(), &KeySet::none(), &Expectations::at(at));
    let (ours, theirs) = (read(left), read(right));
    TokenDiff {
        same: left.expose_secret() == right.expose_secret(),
        differences: jose::diff(&ours, &theirs),
        left: token(left, &ours),
        right: token(right, &theirs),
    }
}

fn token(token: &SecretString, read: &Inspection) -> DiffedToken {
    DiffedToken { masked: masked(token), form: read.form, readable: read.payload.is_object() }
}
