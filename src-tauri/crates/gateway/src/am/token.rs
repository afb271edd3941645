//! The token endpoint (RFC 6749 section 3.2), in Access Management's order of checks.
//! Belongs here: the pipeline. Not here: client authentication, signing.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    Call,
    domain::{Grant, millis},
    exchange::Granted,
    parameters::Parameters,
    refusal::Refusal,
};
use crate::{
    AuthMethod, Client, GrantType,
    fault::{FaultScope, Kind},
    http1::Answer,
    jackson,
};

/// Parameters with a meaning; every other one is echoed in the answer, as `handlers.oauth2.response.strict: false` does.
const KNOWN: [&str; 34] = [
    "acr_values",
    "actor_token",
    "actor_token_type",
    "assertion",
    "audience",
    "auth_req_id",
    "claims",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "device_code",
    "display",
    "grant_type",
    "id_token_hint",
    "login_hint",
    "nonce",
    "password",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "resource",
    "requested_token_type",
    "response_type",
    "scope",
    "state",
    "subject_token",
    "subject_token_type",
    "ticket",
    "username",
];

impl Call<'_, '_> {
    pub(super) async fn token(&mut self) -> Result<Answer, Refusal> {
        let parameters = self.parameters().await?;
        if let Some(name) = parameters.repeated() {
            let message = format!("Parameter [{name}] is included more than once");
            return Err(Refusal::new("invalid_request", message));
        }
        let Some(grant) = parameters.get("grant_type") else {
            return Err(Refusal::new("invalid_request", "Missing parameter: grant_type"));
        };
        let client = self.authenticate(&parameters)?;
        let resources = self.resources(&parameters)?;
        if parameters.get("client_id").is_some_and(|id| id != client.client_id) {
            return Err(Refusal::bare("invalid_client").because("client_id names another client"));
        }
        if client.grant_types.is_empty() {
            let message = "Invalid client: client must at least have one grant type configured";
            return Err(Refusal::new("invalid_client", message));
        }
        let Some(kind) = GrantType::named(grant).filter(|kind| is_enabled(&client, *kind)) else {
            return Err(Refusal::new("unsupported_grant_type", format!("Unsupported grant type: {grant}")));
        };
        self.request.trace.pass("grant", grant.to_owned());
        let granted = match kind {
            GrantType::ClientCredentials => Granted::client(self.scopes(&client, &parameters)?),
            GrantType::AuthorizationCode => self.redeem_code(&client, &parameters)?,
            GrantType::RefreshToken => self.refresh(&client, &parameters)?,
            GrantType::JwtBearer => self.bearer_assertion(&client, &parameters)?,
            GrantType::DeviceCode => self.poll_device(&client, &parameters)?,
            GrantType::TokenExchange => self.exchange(&client, &parameters).await?,
        };
        self.issue(&client, &granted, &resources, &parameters).await
    }

    /// The answer, members in Access Management's order.
    async fn issue(
        &mut self,
        client: &Arc<Client>,
        granted: &Granted,
        resources: &[String],
        parameters: &Parameters,
    ) -> Result<Answer, Refusal> {
        let issuer = format!("{}/oidc", self.base);
        let scopes = granted.scopes.as_slice();
        let of = || FaultScope::Client { domain: self.domain.path().to_owned(), client_id: client.client_id.clone() };
        let next = self.next_faults.take(of, Kind::OF_CLIENT);
        self.faults = self.faults.and(self.domain.client_faults(&client.client_id)).and(next);
        let faults = self.faults;
        let (user, actor) = (granted.user.as_deref(), granted.actor.as_deref());
        let grant = Grant { client, issuer, scopes, user, actor, resources, faults, now: self.now };
        let failed = || Refusal::status(500, "signing the token failed");
        let issued = self.domain.issue(&grant).await.ok_or_else(failed)?;
        let detail = format!("access token for `{}`, {} seconds", client.client_id, issued.expires_in);
        self.request.trace.pass("token", detail);
        let mut body = Map::new();
        body.insert("access_token".into(), issued.token.clone().into());
        body.insert("token_type".into(), "bearer".into());
        body.insert("expires_in".into(), issued.expires_in.into());
        if let Some(kind) = granted.issued_token_type {
            body.insert("issued_token_type".into(), kind.into());
        }
        if !scopes.is_empty() {
            body.insert("scope".into(), scopes.join(" ").into());
        }
        let now = millis(self.now).div_euclid(1000);
        let auth_time = granted.auth_time.unwrap_or(now);
        if let Some(family) = &granted.family {
            let grants = &self.domain.grants;
            grants.belongs(&issued.token, family, now);
            if client.grant_types.contains(&GrantType::RefreshToken) {
                let user = user.unwrap_or_default();
                let refresh = grants.issue_refresh(&client.client_id, user, scopes, family, (auth_time, now));
                body.insert("refresh_token".into(), refresh.into());
            }
        }
        if user.is_some() && scopes.iter().any(|scope| scope == "openid") {
            let id_token =
                self.domain.id_token(&grant, granted.nonce.as_deref(), auth_time).await.ok_or_else(failed)?;
            body.insert("id_token".into(), id_token.into());
        }
        echo_unknown(&mut body, parameters);
        faults.spoil_members(&mut body);
        Ok(self.domain.json(200, &faults.spoil_text(jackson::pretty(&body))))
    }

    /// What the token shall be for (RFC 8707), if the domain knows resources at all.
    fn resources(&self, parameters: &Parameters) -> Result<Vec<String>, Refusal> {
        let known = &self.domain.config.resources;
        let asked: Vec<_> = parameters.all("resource").filter(|_| !known.is_empty()).map(str::to_owned).collect();
        match asked.iter().all(|resource| known.contains(resource)) {
            true => Ok(asked),
            false => {
                let message = "The requested resource is not recognized by this authorization server.";
                Err(Refusal::new("invalid_target", message))
            }
        }
    }

    /// What is granted: what was asked for, if the client may, else its default scopes.
    pub(super) fn scopes(&mut self, client: &Client, parameters: &Parameters) -> Result<Vec<String>, Refusal> {
        let mut asked: Vec<String> = Vec::new();
        for scope in parameters.get("scope").unwrap_or_default().split_ascii_whitespace() {
            if !asked.iter().any(|known| known == scope) {
                asked.push(scope.to_owned());
            }
        }
        if asked.is_empty() {
            self.request.trace.info("scope", format!("none asked; default: {}", client.default_scopes.join(" ")));
            return Ok(client.default_scopes.clone());
        }
        let refused: Vec<_> = asked.iter().filter(|scope| !client.scopes.contains(scope)).cloned().collect();
        if !refused.is_empty() {
            return Err(Refusal::new("invalid_scope", format!("Invalid scope(s): {}", refused.join(" "))));
        }
        self.request.trace.pass("scope", asked.join(" "));
        Ok(asked)
    }
}

/// Enabled for this client. A public client may not act for itself (RFC 6749 section 4.4).
fn is_enabled(client: &Client, grant: GrantType) -> bool {
    let is_public = client.auth_method == AuthMethod::None;
    let for_users = matches!(grant, GrantType::AuthorizationCode | GrantType::RefreshToken | GrantType::DeviceCode);
    client.grant_types.contains(&grant) && (for_users || !is_public)
}

fn echo_unknown(body: &mut Map<String, Value>, parameters: &Parameters) {
    for (name, value) in parameters.iter().filter(|(name, _)| !KNOWN.contains(name)) {
        if !body.contains_key(name) {
            body.insert(name.to_owned(), value.into());
        }
    }
}
