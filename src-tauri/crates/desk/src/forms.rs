//! The connection form while it is filled: the token URL that results, the test.
//! Belongs here: user actions on an unsaved form. Not here: saving it (`connections`).

use crate::{
    Desk, DeskError, Result,
    jwks::Wanted,
    party::{Party, server},
    wire::{ConnectionForm, ConnectionTest, Problem, ResultingEndpoints, ServerForm, TestStep},
};
use exchange::CancellationToken;
use jose::{Expectations, KeySet, inspection::SignatureVerdict};
use oauth::{Endpoints, Server, TokenAnswer};
use secrecy::ExposeSecret;
use store::GrantType;

/// The token URL that a form amounts to. Nothing is sent.
#[must_use]
pub fn connection_endpoints(form: &ServerForm) -> ResultingEndpoints {
    let note = |note: String, field: Option<String>| ResultingEndpoints { token_url: None, note: Some(note), field };
    if is_blank(form) {
        return ResultingEndpoints { token_url: None, note: None, field: None };
    }
    match server(form) {
        Ok(Server::Gravitee { url, domain }) => match Endpoints::gravitee(&url, &domain) {
            Ok(endpoints) => ResultingEndpoints { token_url: Some(endpoints.token.into()), note: None, field: None },
            Err(error) => note(error.to_string(), Some("server_url".into())),
        },
        Ok(Server::TokenUrl { token, .. }) => {
            ResultingEndpoints { token_url: Some(token.into()), note: None, field: None }
        }
        Ok(Server::Issuer { issuer }) => note(format!("The token URL comes from the metadata of {issuer}."), None),
        Err(DeskError::Invalid { field, message }) => note(message, Some(field.to_owned())),
        Err(error) => note(error.to_string(), None),
    }
}

/// A form that nobody has begun to fill needs no remark.
fn is_blank(form: &ServerForm) -> bool {
    match form {
        ServerForm::Gravitee { url, .. } => url.trim().is_empty(),
        ServerForm::Issuer { issuer } => issuer.trim().is_empty(),
        ServerForm::TokenUrl { token_url, .. } => token_url.trim().is_empty(),
    }
}

impl Desk {
    /// Tries a form out: endpoints, token, signature. Nothing is saved and no token kept.
    ///
    /// # Errors
    /// When a field cannot be used. What a server answers is part of the result, not an error.
    pub async fn test_connection(&self, form: ConnectionForm) -> Result<ConnectionTest> {
        let party = self.party_of_form(form).await?;
        let mut steps = Vec::new();
        let Some(endpoints) = step(&mut steps, "Endpoints", self.endpoints(&party).await, |endpoints| {
            format!("Tokens come from {}.", endpoints.token)
        }) else {
            return Ok(ConnectionTest { ok: false, steps });
        };
        let cancel = CancellationToken::new();
        if let Some(needed) = needed(party.grant.grant_type) {
            let detail = format!("Not tried: this grant needs {needed}. Save the connection, then *Get token*.");
            steps.push(TestStep { title: "Token".into(), outcome: "skip".into(), detail });
            return Ok(ConnectionTest { ok: true, steps });
        }
        let asked = oauth::request_token(&party.http, &endpoints, &party.client, &party.request, &cancel).await;
        let Some(answer) = step(&mut steps, "Token", asked.map_err(DeskError::from), granted) else {
            return Ok(ConnectionTest { ok: false, steps });
        };
        steps.push(self.signature_step(&party, &endpoints, &answer).await);
        Ok(ConnectionTest { ok: true, steps })
    }

    async fn signature_step(&self, party: &Party, endpoints: &Endpoints, answer: &TokenAnswer) -> TestStep {
        let keys = match &endpoints.jwks {
            Some(url) => self.keys_at(party.whose(), &party.way.http, url, Wanted::Anew).await,
            None => Ok(KeySet::none()),
        };
        let (outcome, detail) = match keys {
            Ok(keys) => {
                let expectations = Expectations::at(self.now());
                let read = jose::inspect(answer.access_token.expose_secret(), &keys, &expectations);
                match read.signature.verdict {
                    SignatureVerdict::Valid => ("pass", read.signature.reason),
                    SignatureVerdict::Invalid => ("fail", read.signature.reason),
                    SignatureVerdict::NotChecked => ("skip", read.signature.reason),
                }
            }
            Err(error) => ("fail", error.to_string()),
        };
        TestStep { title: "Signature".into(), outcome: outcome.into(), detail }
    }
}

/// What a grant needs that a test does not have; nothing for those that run by themselves.
fn needed(grant: GrantType) -> Option<&'static str> {
    match grant {
        GrantType::ClientCredentials => None,
        GrantType::AuthorizationCode | GrantType::DeviceCode => Some("your sign-in"),
        GrantType::RefreshToken => Some("a refresh token"),
        GrantType::TokenExchange => Some("a token to exchange"),
        GrantType::JwtBearer => Some("an assertion"),
        GrantType::Password => Some("the user's password"),
    }
}

fn granted(answer: &TokenAnswer) -> String {
    let life = answer.expires_in.map_or_else(|| "an unknown time".to_owned(), |seconds| format!("{seconds} s"));
    let scope = answer.scope.as_deref().map_or_else(String::new, |scope| format!(", scope {scope}"));
    format!("Granted for {life}{scope}. It was not kept.")
}

/// Appends the outcome of a step; gives its value back if it went well.
fn step<T>(steps: &mut Vec<TestStep>, title: &str, result: Result<T>, say: impl Fn(&T) -> String) -> Option<T> {
    let (outcome, detail, value) = match result {
        Ok(value) => ("pass", say(&value), Some(value)),
        Err(error) => {
            let problem = Problem::from(error);
            let next = problem.detail.causes.first().map(|cause| format!(" {}", cause.next)).unwrap_or_default();
            ("fail", format!("{}{next}", problem.message), None)
        }
    };
    steps.push(TestStep { title: title.to_owned(), outcome: outcome.to_owned(), detail });
    value
}
