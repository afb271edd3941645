//! The doctor: which way of client authentication a server accepts.
//! Belongs here: the user action. Not here: what is tried (`oauth`).

use crate::{Desk, Result, Target};
use exchange::CancellationToken;
use oauth::{Attempt, AuthenticationMethod};
use serde::Serialize;

/// What the doctor found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoctorReport {
    /// Every way that was tried, in order; the last one is accepted if any is.
    pub attempts: Vec<Attempt>,
    /// The method that the server accepts.
    pub accepted: Option<AuthenticationMethod>,
}

impl Desk {
    /// Tries the client's credentials in the encodings and methods that its server may want, once each, until one is accepted.
    /// To be asked for by a person: servers count failures.
    ///
    /// # Errors
    /// When a field cannot be used, the server cannot be reached, or it asks to slow down.
    pub async fn diagnose(&self, target: &Target) -> Result<DoctorReport> {
        let party = self.party(target).await?;
        let endpoints = self.endpoints(&party).await?;
        let cancel = CancellationToken::new();
        let found = oauth::examine(&party.way.http, &endpoints, &party.client, &party.request, &cancel).await?;
        Ok(DoctorReport {
            accepted: found.accepted.map(|client| client.authentication.method()),
            attempts: found.attempts,
        })
    }
}
