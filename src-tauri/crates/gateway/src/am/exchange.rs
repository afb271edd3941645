//! The grants beside client credentials: code, refresh, JWT bearer, token exchange. Belongs here: what each must bring.
//! Not here: the answer (`token`).

use std::sync::Arc;

use aws_lc_rs::digest as hash;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{
    Call, Standing, assertion::PAIRS, domain::millis, grants::Redeemed, parameters::Parameters, refusal::Refusal,
};
use crate::Client;

/// What a grant comes to.
pub(super) struct Granted {
    /// The end-user; none for the client itself.
    pub(super) user: Option<String>,
    pub(super) scopes: Vec<String>,
    /// Tokens that come from one authorization; none where there is no refresh token.
    pub(super) family: Option<String>,
    pub(super) nonce: Option<String>,
    /// When the user said who they are, seconds since the epoch; none = now.
    pub(super) auth_time: Option<i64>,
    pub(super) issued_token_type: Option<&'static str>,
    /// The party that acts for the user (RFC 8693 section 4.1).
    pub(super) actor: Option<String>,
}

pub(super) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

impl Granted {
    pub(super) fn client(scopes: Vec<String>) -> Self {
        Self { user: None, scopes, family: None, nonce: None, auth_time: None, issued_token_type: None, actor: None }
    }
}

fn invalid(description: &'static str) -> Refusal {
    Refusal::new("invalid_grant", description)
}

fn missing(name: &'static str) -> Refusal {
    Refusal::new("invalid_request", format!("Missing parameter: {name}"))
}

impl Call<'_, '_> {
    fn seconds(&self) -> i64 {
        millis(self.now).div_euclid(1000)
    }

    pub(super) fn redeem_code(&mut self, client: &Client, parameters: &Parameters) -> Result<Granted, Refusal> {
        let code = parameters.get("code").ok_or_else(|| missing("code"))?;
        let (authorization, family) = match self.domain.grants.redeem(code, self.seconds()) {
            Redeemed::Fresh(authorization, family) => (authorization, family),
            Redeemed::Again(family) => {
                self.domain.end_family(&family, self.now);
                return Err(
                    invalid("The authorization code is invalid.").because("used twice: its tokens were revoked")
                );
            }
            Redeemed::Unknown => return Err(invalid("The authorization code is invalid.")),
        };
        if authorization.client_id != client.client_id {
            return Err(invalid("The authorization code is invalid.").because("it was issued to another client"));
        }
        // RFC 6749 section 4.1.3: to be repeated if the authorization request named it.
        match parameters.get("redirect_uri") {
            Some(repeated) if repeated == authorization.redirect_uri => {}
            None if !authorization.names_redirect_uri => {}
            _ => return Err(invalid("Redirect URI mismatch.")),
        }
        check_pkce(authorization.challenge.as_deref(), parameters.get("code_verifier"))?;
        let family = Some(family);
        Ok(Granted {
            user: Some(authorization.user),
            family,
            nonce: authorization.nonce,
            auth_time: Some(authorization.auth_time),
            ..Granted::client(authorization.scopes)
        })
    }

    pub(super) fn refresh(&mut self, client: &Client, parameters: &Parameters) -> Result<Granted, Refusal> {
        let token = parameters.get("refresh_token").ok_or_else(|| missing("refresh_token"))?;
        let known =
            self.domain.grants.refresh(token, self.seconds()).filter(|known| known.client_id == client.client_id);
        let Some(known) = known else { return Err(invalid("Refresh token is invalid")) };
        let scopes = match parameters
            .get("scope")
            .map(|scope| scope.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>())
        {
            Some(asked) if asked.iter().any(|scope| !known.scopes.contains(scope)) => {
                return Err(Refusal::new("invalid_scope", "Invalid scope(s): more than was granted"));
            }
            Some(asked) if !asked.is_empty() => asked,
            _ => known.scopes.clone(),
        };
        if known.is_used() || !self.domain.grants.use_refresh(token, self.seconds()) {
            self.domain.end_family(&known.family, self.now);
            return Err(invalid("Refresh token is invalid").because("used twice: everything of its family was revoked"));
        }
        let (user, family, auth_time) = (Some(known.user), Some(known.family), Some(known.auth_time));
        Ok(Granted { user, family, auth_time, ..Granted::client(scopes) })
    }

    /// RFC 7523 section 2.1: an assertion about a user, signed with a key of the client.
    pub(super) fn bearer_assertion(&mut self, client: &Client, parameters: &Parameters) -> Result<Granted, Refusal> {
        let assertion = parameters.get("assertion").ok_or_else(|| missing("assertion"))?;
        let keys = self.domain.client_keys.get(&client.client_id);
        let keys = keys.ok_or_else(|| invalid("The assertion is not valid").because("the client has no jwks_file"))?;
        let refuse = |reason: String| invalid("The assertion is not valid").because(reason);
        let verified = keys.verify_jws(assertion, &PAIRS).map_err(|error| refuse(error.to_string()))?;
        let claims: Map<String, Value> =
            serde_json::from_slice(&verified.payload).map_err(|_| refuse("its payload is no JSON object".into()))?;
        if !self.is_addressed(&claims) {
            return Err(refuse("aud is neither the token endpoint nor the issuer".into()));
        }
        let now = self.seconds();
        let number = |name: &str| claims.get(name).and_then(Value::as_i64);
        if number("exp").is_none_or(|exp| exp <= now) || number("nbf").is_some_and(|nbf| nbf > now + 60) {
            return Err(refuse("it has no exp, has expired, or is not valid yet".into()));
        }
        let user = claims.get("sub").and_then(Value::as_str).filter(|sub| !sub.is_empty());
        let user = user.ok_or_else(|| refuse("it has no sub".into()))?.to_owned();
        let scopes = self.scopes(client, parameters)?;
        Ok(Granted { user: Some(user), ..Granted::client(scopes) })
    }

    /// RFC 8693: another token for the subject of a token of this domain.
    pub(super) async fn exchange(&mut self, client: &Client, parameters: &Parameters) -> Result<Granted, Refusal> {
        let token = parameters.get("subject_token").ok_or_else(|| missing("subject_token"))?;
        let kind = parameters.get("subject_token_type").ok_or_else(|| missing("subject_token_type"))?;
        let jwt = "urn:ietf:params:oauth:token-type:jwt";
        if kind != ACCESS_TOKEN && kind != jwt {
            return Err(Refusal::new("invalid_request", "Unsupported subject_token_type"));
        }
        if parameters.get("requested_token_type").is_some_and(|wanted| wanted != ACCESS_TOKEN && wanted != jwt) {
            return Err(Refusal::new("invalid_request", "Unsupported requested_token_type"));
        }
        let Standing::Live(subject) = self.domain.standing(token, self.now).await else {
            return Err(invalid("The subject_token is not valid"));
        };
        let held: Vec<&str> = subject.text("scope").unwrap_or_default().split_ascii_whitespace().collect();
        let mut scopes = self.scopes(client, parameters)?;
        // Never more than the subject's token has.
        if let Some(more) = scopes.iter().find(|scope| !held.contains(&scope.as_str())) {
            if parameters.get("scope").is_some() {
                return Err(Refusal::new("invalid_scope", format!("Invalid scope(s): {more}")));
            }
            scopes.retain(|scope| held.contains(&scope.as_str()));
        }
        let user = subject.text("sub").map(str::to_owned);
        let actor = Some(client.client_id.clone());
        Ok(Granted { user, issued_token_type: Some(ACCESS_TOKEN), actor, ..Granted::client(scopes) })
    }

    /// A refresh token may be revoked too, and everything of its family with it (RFC 7009 section 2.1).
    pub(super) fn revoke_refresh(&mut self, token: &str, client: &Arc<Client>) -> Result<bool, Refusal> {
        let Some(known) = self.domain.grants.refresh(token, self.seconds()) else { return Ok(false) };
        if known.client_id != client.client_id {
            return Err(invalid("Cannot revoke tokens issued to other clients."));
        }
        self.domain.end_family(&known.family, self.now);
        self.request.trace.pass("revocation", "refresh token and the access tokens of its family");
        Ok(true)
    }
}

fn check_pkce(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), Refusal> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) => {
            let hashed = URL_SAFE_NO_PAD.encode(hash::digest(&hash::SHA256, verifier.as_bytes()));
            if (43..=128).contains(&verifier.len()) && hashed == challenge {
                Ok(())
            } else {
                Err(invalid("Invalid code_verifier"))
            }
        }
        (Some(_), None) => Err(invalid("Missing parameter: code_verifier")),
        (None, Some(_)) => {
            Err(invalid("Invalid code_verifier").because("the authorization request had no code_challenge"))
        }
    }
}
