//! The doctor: which way of client authentication a server accepts.
//! Belongs here: the user actions: the plan, one try after the other, taking the result over. Not here: what is tried (`oauth`).

use crate::{
    Desk, DeskError, Result, Target,
    client::{credentials, key_file, needs_secret},
    party::Party,
    wire::{ConnectionForm, ConnectionView, DoctorPlan, DoctorWay, TriedWay, WayRef},
};
use exchange::CancellationToken;
use oauth::{Attempt, AuthenticationMethod, Credentials, Endpoints, Grant, TokenRequest, TriedAudience, Way};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use store::{ConnectionId, GrantType};

/// What the doctor found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoctorReport {
    /// Every way that was tried, in order; the last one is accepted if any is.
    pub attempts: Vec<Attempt>,
    /// The method that the server accepts.
    pub accepted: Option<AuthenticationMethod>,
    /// True if it accepts the secret only without the white space around it.
    pub accepted_trimmed: bool,
    /// The audience that it accepts in an assertion, where that is not the connection's.
    pub accepted_audience: Option<TriedAudience>,
}

/// A connection that is looked into, and what can be tried with it.
struct Patient {
    party: Party,
    endpoints: Endpoints,
    credentials: Credentials,
}

impl Patient {
    fn ways(&self) -> Vec<Way> {
        oauth::ways_to_try(&self.endpoints, &self.party.client, &self.credentials)
    }

    /// The connection's request. The doctor needs of the grant only which client it is for; what belongs to it is not asked for.
    fn request(&self) -> TokenRequest {
        let grant = match self.party.grant.grant_type {
            GrantType::ClientCredentials => Grant::ClientCredentials,
            _ => Grant::RefreshToken { refresh_token: SecretString::default() },
        };
        TokenRequest { grant, ..self.party.request.clone() }
    }
}

impl Desk {
    /// Tries the client's credentials in the encodings and methods that its server may want, once each, until one is accepted.
    /// To be asked for by a person: servers count failures.
    ///
    /// # Errors
    /// When there is nothing to try, a field cannot be used, the server cannot be reached, or it asks to slow down.
    pub async fn diagnose(&self, target: &Target) -> Result<DoctorReport> {
        let patient = self.patient(target).await?;
        let Patient { party, endpoints, credentials } = &patient;
        let (request, cancel) = (patient.request(), CancellationToken::new());
        let found = oauth::examine(&party.http, endpoints, &party.client, credentials, &request, &cancel).await?;
        let accepted = found.attempts.last().filter(|_| found.accepted.is_some());
        let report = DoctorReport {
            accepted: accepted.map(|attempt| attempt.method),
            accepted_trimmed: accepted.is_some_and(|attempt| attempt.trimmed),
            accepted_audience: accepted.and_then(|attempt| attempt.audience),
            attempts: found.attempts,
        };
        if report.attempts.is_empty() {
            return Err(DeskError::invalid(
                "secret",
                "There is nothing to try: this client has no secret, no private key and no certificate to prove itself with. Give it the one that the server \
                 knows it by.",
            ));
        }
        Ok(report)
    }

    /// What the doctor would send, and where: nothing is tried yet.
    ///
    /// # Errors
    /// When the connection cannot be made ready.
    pub async fn plan_doctor(&self, id: i64) -> Result<DoctorPlan> {
        let patient = self.patient(&Target::Saved(id)).await?;
        let Patient { party, endpoints, .. } = &patient;
        let way = |way: &Way| DoctorWay { way: named(way), sends: way.sends().to_owned() };
        Ok(DoctorPlan {
            token_url: exchange::Redaction::new().url(&endpoints.token),
            host: endpoints.token.host_str().unwrap_or_default().to_owned(),
            client_id: party.client.id.clone(),
            ways: patient.ways().iter().map(way).collect(),
        })
    }

    /// Tries one way of the plan, and, where a secret in the body is accepted, the client without it: the last one is what the server
    /// accepts, if it accepts any. It can be cancelled like a send.
    ///
    /// # Errors
    /// When the way is not in the plan any more, the server cannot be reached or asks to slow down, or the person cancels.
    pub async fn try_way(&self, id: i64, way: WayRef, send: u64) -> Result<Vec<TriedWay>> {
        let underway = self.sends.begin(send)?;
        let patient = self.patient(&Target::Saved(id)).await?;
        let gone = || DeskError::NotFound("The connection was changed: make the plan anew.".into());
        let mut ways = patient.ways().into_iter();
        let known = ways.find(|known| named(known) == way).ok_or_else(gone)?;
        let Patient { party, endpoints, .. } = &patient;
        let (request, cancel) = (patient.request(), &underway.cancel);
        let found = oauth::examine_way(&party.http, endpoints, known, ways, &request, cancel).await?;
        Ok(found.attempts.into_iter().map(tried).collect())
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
        if let Some(audience) = way.audience {
            form.assertion.audience = Some(audience_name(audience).to_owned());
            form.assertion.explicit_type = false;
        }
        self.save_connection(form).await
    }

    async fn patient(&self, target: &Target) -> Result<Patient> {
        let (id, form) = self.form_of(target).await?;
        let form = feasible(form);
        let party = self.ready(id, &form)?;
        let endpoints = self.endpoints(&party).await?;
        Ok(Patient { party, endpoints, credentials: credentials(&form) })
    }
}

/// The form by a method that it has something for: where what its own needs is missing, the first try is of what is there.
fn feasible(form: ConnectionForm) -> ConnectionForm {
    use AuthenticationMethod::{ClientSecretBasic, PrivateKeyJwt, TlsClientAuth};
    let has = credentials(&form);
    let lacks = match form.auth_method {
        PrivateKeyJwt => key_file(&form).is_none(),
        method => needs_secret(method) && has.secret.is_none(),
    };
    let there = [
        (has.secret.is_some(), ClientSecretBasic),
        (has.key.is_some(), PrivateKeyJwt),
        (has.certificate, TlsClientAuth),
    ];
    match there.into_iter().find(|(is_there, _)| lacks && *is_there) {
        Some((_, auth_method)) => ConnectionForm { auth_method, ..form },
        None => form,
    }
}

fn named(way: &Way) -> WayRef {
    WayRef { method: way.client.method(), trimmed: way.trimmed, audience: way.audience }
}

fn tried(attempt: Attempt) -> TriedWay {
    let Attempt { method, trimmed, audience, verdict, detail, clocks } = attempt;
    TriedWay { way: WayRef { method, trimmed, audience }, verdict, detail, clocks }
}

/// As `--client-assertion-audience` and the connection's setting call it.
fn audience_name(audience: TriedAudience) -> &'static str {
    match audience {
        TriedAudience::Issuer => "issuer",
        TriedAudience::TokenEndpoint => "token_endpoint",
    }
}
