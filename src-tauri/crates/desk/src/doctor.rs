//! The doctor: which way of client authentication a server accepts.
//! Belongs here: the user actions: the plan, one try after the other, taking the result over. Not here: what is tried (`oauth`).

use crate::{
    Desk, DeskError, Result, Target,
    party::Party,
    wire::{ConnectionView, DoctorPlan, DoctorWay, TriedWay, WayRef},
};
use exchange::CancellationToken;
use oauth::{Attempt, AuthenticationMethod, Grant, TokenRequest};
use secrecy::ExposeSecret;
use serde::Serialize;
use store::ConnectionId;

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
        let found = oauth::examine(&party.http, &endpoints, &party.client, &probe(&party), &cancel).await?;
        Ok(DoctorReport {
            accepted: found.accepted.map(|client| client.authentication.method()),
            attempts: found.attempts,
        })
    }

    /// What the doctor would send, and where: nothing is tried yet.
    ///
    /// # Errors
    /// When the connection cannot be made ready.
    pub async fn plan_doctor(&self, id: i64) -> Result<DoctorPlan> {
        let party = self.party(&Target::Saved(id)).await?;
        let endpoints = self.endpoints(&party).await?;
        let way = |way: &oauth::Way| DoctorWay {
            way: WayRef { method: way.client.method(), trimmed: way.trimmed },
            sends: way.sends().to_owned(),
        };
        Ok(DoctorPlan {
            token_url: exchange::Redaction::new().url(&endpoints.token),
            host: endpoints.token.host_str().unwrap_or_default().to_owned(),
            client_id: party.client.id.clone(),
            ways: oauth::ways_to_try(&endpoints, &party.client).iter().map(way).collect(),
        })
    }

    /// Tries one way of the plan. It can be cancelled like a send.
    ///
    /// # Errors
    /// When the way is not in the plan any more, the server cannot be reached or asks to slow down, or the person cancels.
    pub async fn try_way(&self, id: i64, way: WayRef, send: u64) -> Result<TriedWay> {
        let underway = self.sends.begin(send)?;
        let party = self.party(&Target::Saved(id)).await?;
        let endpoints = self.endpoints(&party).await?;
        let is_it = |known: &oauth::Way| known.client.method() == way.method && known.trimmed == way.trimmed;
        let gone = || DeskError::NotFound("The connection was changed: make the plan anew.".into());
        let known = oauth::ways_to_try(&endpoints, &party.client).into_iter().find(is_it).ok_or_else(gone)?;
        let cancel = &underway.cancel;
        let (attempt, _) = oauth::attempt(&party.http, &endpoints, &known, &probe(&party), cancel).await?;
        Ok(TriedWay { way, verdict: attempt.verdict, detail: attempt.detail })
    }

    /// Saves the connection with the way that its server accepts.
    ///
    /// # Errors
    /// When there is no such connection, or keyring or library refuse.
    pub async fn use_way(&self, id: i64, way: WayRef) -> Result<ConnectionView> {
        let connection = self.store().await?.connection(ConnectionId(id)).await?;
        let secret = match way.trimmed {
            true => self.store().await?.credentials(ConnectionId(id)).await?.client_secret,
            false => None,
        };
        let mut form = crate::party::form(connection, secret);
        form.auth_method = way.method;
        form.secret = form.secret.map(|secret| secret.expose_secret().trim().to_owned().into());
        self.save_connection(form).await
    }
}

/// Whatever the grant, the server looks at the client first: a request that needs nobody and nothing else will do.
fn probe(party: &Party) -> TokenRequest {
    TokenRequest { grant: Grant::ClientCredentials, ..party.request.clone() }
}
