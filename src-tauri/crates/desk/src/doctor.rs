//! The doctor: which way of client authentication a server accepts.
//! Belongs here: the user action. Not here: what is tried (`oauth`).

use crate::{Desk, Result, Target};
use exchange::CancellationToken;
use oauth::Diagnosis;

impl Desk {
    /// Tries the client's credentials in the encodings and methods that its server may want, once each, until one is accepted.
    /// To be asked for by a person: servers count failures.
    ///
    /// # Errors
    /// When a field cannot be used, the server cannot be reached, or it asks to slow down.
    pub async fn diagnose(&self, target: &Target) -> Result<Diagnosis> {
        let party = self.party(target).await?;
        let endpoints = self.endpoints(&party).await?;
        let cancel = CancellationToken::new();
        Ok(oauth::examine(&party.way.http, &endpoints, &party.client, &party.request, &cancel).await?)
    }
}
