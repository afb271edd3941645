//! Getting a token by the grant of its connection: renewed where a refresh token came, else asked for, with a person where it needs one.
//! Belongs here: which request a grant comes to, and what is missing for it. Not here: the requests (`oauth`), what is shown (`signin`).

use crate::{
    Desk, DeskError, Person, Result, Target, TokenWish,
    client::reason,
    inspecting::read,
    party::Party,
    wire::{GrantInputs, SignIn},
};
use exchange::CancellationToken;
use jiff::Timestamp;
use oauth::{
    AssertionKey, AuthorizationRequest, CachedToken, Client, DevicePrompt, Endpoints, Grant, Http, OAuthError, Server,
    TokenAnswer, TokenRequest, Wanted,
};
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use store::{GrantOptions, GrantType};
use url::Url;

/// RFC 8693 3.
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Nobody waits longer for the browser, in seconds (as `oauth` does).
const PATIENCE: i64 = 600;

/// What was entered for a grant, by connection and the generation of it. It is void as soon as the connection changes or its token is
/// forgotten.
#[derive(Default)]
pub(crate) struct Entered(Mutex<HashMap<i64, (u64, GrantInputs)>>);

impl Entered {
    fn of(&self, party: &Party) -> GrantInputs {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entered = party.id.and_then(|id| all.get(&id)).filter(|(generation, _)| *generation == party.generation);
        entered.map(|(_, inputs)| inputs.clone()).unwrap_or_default()
    }

    fn put(&self, party: &Party, inputs: GrantInputs) {
        if let Some(id) = party.id {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, (party.generation, inputs));
        }
    }
}

/// How the token is got where it cannot be renewed.
enum Plan {
    /// By one request, which is complete.
    Request,
    /// By an assertion that is signed for the request.
    Sign(AssertionKey, Map<String, Value>),
    /// By the browser.
    Browser(AuthorizationRequest),
    /// By a code on another device.
    Device,
}

/// Everything that the request needs, whoever waits for it.
struct Work {
    http: Http,
    endpoints: Endpoints,
    client: Client,
    request: TokenRequest,
    plan: Plan,
    person: Option<Person>,
}

impl Desk {
    /// The token of a connection: a kept one that will do, else one that is renewed or got by the connection's grant.
    pub(crate) async fn obtain(
        &self,
        party: &Party,
        wish: &TokenWish,
        wanted: Wanted,
        cancel: &CancellationToken,
    ) -> Result<CachedToken> {
        let endpoints = self.endpoints_for_grant(party).await?;
        let inputs = wish.inputs.clone().or(self.entered.of(party));
        let mut request = party.request.clone();
        if !wish.scopes.is_empty() {
            request.scopes.clone_from(&wish.scopes);
        }
        let (grant, plan) = self.plan(party, &endpoints, &request, &inputs, wish).await?;
        request.grant = grant;
        let work = Work {
            http: party.http.clone(),
            endpoints: endpoints.clone(),
            client: party.client.clone(),
            request: request.clone(),
            plan,
            person: wish.person.clone(),
        };
        let cache = &self.tokens.cache;
        let outcome = cache
            .token_by(&party.http, &endpoints, &party.client, &request, wanted, cancel, |kept, stop| {
                work.run(kept, stop)
            })
            .await;
        let refused = matches!(&outcome, Err(oauth::Error::Refused { error, .. }) if error.code == "invalid_grant");
        // What the server does not take is not to be tried again by itself.
        self.entered.put(party, if refused { GrantInputs::default() } else { inputs });
        let granted = outcome?;
        if let Some(id) = party.id {
            self.tokens.got_with(&granted.answer, id);
        }
        Ok(granted)
    }

    /// What the grant comes to: the part of the request that makes tokens the same, and the way.
    async fn plan(
        &self,
        party: &Party,
        endpoints: &Endpoints,
        request: &TokenRequest,
        inputs: &GrantInputs,
        wish: &TokenWish,
    ) -> Result<(Grant, Plan)> {
        let options = &party.grant;
        let grant = match options.grant_type {
            GrantType::ClientCredentials => Grant::ClientCredentials,
            GrantType::AuthorizationCode => {
                let (code, verifier) = (SecretString::default(), SecretString::default());
                let marker = Grant::AuthorizationCode { code, redirect_uri: endpoints.token.clone(), verifier };
                return Ok((marker, Plan::Browser(authorization(options, request))));
            }
            GrantType::DeviceCode => {
                return Ok((Grant::DeviceCode { device_code: SecretString::default() }, Plan::Device));
            }
            GrantType::RefreshToken => {
                let refresh_token = entered(&inputs.refresh_token, "refresh_token", "The refresh token is missing.")?;
                Grant::RefreshToken { refresh_token }
            }
            GrantType::TokenExchange => self.exchanged(options, inputs, wish).await?,
            GrantType::JwtBearer => match filled(&options.assertion_key_file) {
                Some(file) => return signed(party, file),
                None => {
                    let assertion = entered(
                        &inputs.assertion,
                        "assertion",
                        "The assertion is missing: paste a signed one, or name the key that signs it in the connection.",
                    )?;
                    Grant::JwtBearer { assertion }
                }
            },
            GrantType::Password => {
                let username = filled(&options.username).ok_or_else(|| {
                    DeskError::invalid("username", "The user name is missing. It is saved with the connection.")
                })?;
                let password = entered(&inputs.password, "password", "The user's password is missing.")?;
                Grant::Password { username: username.to_owned(), password }
            }
        };
        Ok((grant, Plan::Request))
    }

    async fn exchanged(&self, options: &GrantOptions, inputs: &GrantInputs, wish: &TokenWish) -> Result<Grant> {
        let subject_token = match options.subject_connection {
            Some(id) => self.token_of_connection(id, wish).await?,
            None => entered(
                &inputs.subject_token,
                "subject_token",
                "The subject token is missing: the token that is to be exchanged.",
            )?,
        };
        let actor = match filled(&options.actor_token_type) {
            Some(token_type) => {
                let missing = "The actor token is missing: the token of the party that is to act.";
                Some((entered(&inputs.actor_token, "actor_token", missing)?, token_type.to_owned()))
            }
            None => None,
        };
        Ok(Grant::TokenExchange {
            subject_token,
            subject_token_type: filled(&options.subject_token_type).unwrap_or(ACCESS_TOKEN).to_owned(),
            actor,
            requested_token_type: filled(&options.requested_token_type).map(str::to_owned),
        })
    }

    /// The token that another connection holds or can get.
    async fn token_of_connection(&self, id: i64, wish: &TokenWish) -> Result<SecretString> {
        let party = self.party(&Target::Saved(id)).await?;
        if party.grant.subject_connection.is_some() && party.grant.grant_type == GrantType::TokenExchange {
            return Err(DeskError::invalid(
                "subject_connection",
                "That connection exchanges the token of yet another one. Name the one that its token comes from.",
            ));
        }
        let wish = TokenWish { person: wish.person.clone(), ..TokenWish::default() };
        let cancel = CancellationToken::new();
        let granted = Box::pin(self.obtain(&party, &wish, Wanted::Kept, &cancel)).await?;
        Ok(granted.answer.access_token.clone())
    }

    /// The endpoints; those that Gravitee's preset does not know come from the domain's metadata, where they are needed.
    async fn endpoints_for_grant(&self, party: &Party) -> Result<Endpoints> {
        let mut endpoints = self.endpoints(party).await?;
        let missing = party.grant.grant_type == GrantType::DeviceCode && endpoints.device_authorization.is_none();
        if let (true, Server::Gravitee { .. }, Some(issuer)) = (missing, &party.server, &endpoints.issuer) {
            let server = Server::Issuer { issuer: issuer.clone() };
            let told = server.endpoints(&party.way.http, &CancellationToken::new()).await;
            endpoints.device_authorization = told.ok().and_then(|told| told.device_authorization);
        }
        Ok(endpoints)
    }
}

impl Work {
    async fn run(
        self,
        kept: Option<Arc<TokenAnswer>>,
        stop: CancellationToken,
    ) -> std::result::Result<TokenAnswer, oauth::Error> {
        let mut why = match &kept {
            None => "no token was got with this connection yet, or it was forgotten".to_owned(),
            Some(_) => "the token has ended, and no refresh token came with it".to_owned(),
        };
        if let Some(old) = kept.filter(|old| old.refresh_token.is_some() && self.renews()) {
            // Sent, it is seen through: a server that rotates has taken the old refresh token back, and the new one is in this answer.
            let through = CancellationToken::new();
            match oauth::refresh(&self.http, &self.endpoints, &self.client, &old, &self.like(), &through).await {
                Err(oauth::Error::Refused { error, .. }) if is_spent(&error) => {
                    let said = error.description.map(|text| format!(" ({text})")).unwrap_or_default();
                    why = format!("the server does not renew the token any more: {}{said}", error.code);
                }
                outcome => return outcome,
            }
        }
        self.anew(why, stop).await
    }

    /// RFC 6749 4.4.3: client credentials come without a refresh token; one that comes all the same is not needed.
    fn renews(&self) -> bool {
        !matches!(self.request.grant, Grant::ClientCredentials)
    }

    /// What a renewal takes over: the parameters of the browser's request are none of the token request.
    fn like(&self) -> TokenRequest {
        match &self.plan {
            Plan::Browser(_) => TokenRequest { parameters: Vec::new(), audience: None, ..self.request.clone() },
            _ => self.request.clone(),
        }
    }

    async fn anew(self, why: String, stop: CancellationToken) -> std::result::Result<TokenAnswer, oauth::Error> {
        let Work { http, endpoints, client, mut request, plan, person } = self;
        let nobody = || oauth::Error::SignInNeeded { why };
        match plan {
            Plan::Request => {}
            Plan::Sign(key, claims) => {
                let assertion = oauth::grant_assertion(&key, claims, &endpoints, http.now())?;
                request.grant = Grant::JwtBearer { assertion };
            }
            Plan::Browser(asked) => {
                let person = person.ok_or_else(nobody)?;
                let until = seconds(&http) + PATIENCE;
                let open = move |url: &Url| {
                    person.show(url, until);
                    Ok(())
                };
                return oauth::authorize(&http, &endpoints, &client, &asked, open, &stop).await;
            }
            Plan::Device => {
                let person = person.ok_or_else(nobody)?;
                let begun = seconds(&http);
                let show = move |prompt: &DevicePrompt| person.tell(device(prompt, begun));
                return oauth::device(&http, &endpoints, &client, &request, show, &stop).await;
            }
        }
        let begun_with = match &request.grant {
            Grant::RefreshToken { refresh_token } => Some(refresh_token.clone()),
            _ => None,
        };
        let mut answer = oauth::request_token(&http, &endpoints, &client, &request, &stop).await?;
        // A server that sends no new refresh token leaves the old one valid (RFC 6749 6).
        answer.refresh_token = answer.refresh_token.or(begun_with);
        Ok(answer)
    }
}

impl Person {
    /// Opens the address, and says what came of it: where no browser opens, the address can be opened by hand.
    fn show(&self, url: &Url, expires_at: i64) {
        let opened = self.browser.open(url);
        self.tell(SignIn::Browser { url: url.to_string(), opened: opened == Ok(true), note: opened.err(), expires_at });
    }
}

/// Whether a server says that a refresh token is of no use any more (RFC 6749 5.2).
fn is_spent(refusal: &OAuthError) -> bool {
    let codes = ["invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"];
    !refusal.is_of_the_client() && codes.contains(&refusal.code.as_str())
}

fn authorization(options: &GrantOptions, request: &TokenRequest) -> AuthorizationRequest {
    AuthorizationRequest {
        scopes: request.scopes.clone(),
        audience: request.audience.clone(),
        resources: request.resources.clone(),
        parameters: request.parameters.clone(),
        headers: request.headers.clone(),
        port: options.redirect_port.unwrap_or(0),
        allow_missing_pkce: options.allow_missing_pkce,
    }
}

fn device(prompt: &DevicePrompt, begun: i64) -> SignIn {
    SignIn::Device {
        user_code: prompt.user_code.clone(),
        verification_uri: prompt.verification_uri.to_string(),
        verification_uri_complete: prompt.verification_uri_complete.as_ref().map(Url::to_string),
        expires_at: begun.saturating_add(i64::try_from(prompt.expires_in).unwrap_or(PATIENCE)),
    }
}

/// An assertion of one's own. What makes its tokens the same is the key and what it says, not the one-time assertion.
fn signed(party: &Party, file: &str) -> Result<(Grant, Plan)> {
    let text = String::from_utf8(read(Path::new(file))?)
        .map_err(|_| DeskError::invalid("assertion_key_file", format!("{file} is neither PEM nor JWK.")))?;
    let unfit = |error| DeskError::invalid("assertion_key_file", format!("{file}: {}", reason(error)));
    let mut key = AssertionKey::new(&SecretString::from(text), None).map_err(unfit)?;
    if let Some(kid) = &party.key_id {
        key = key.with_kid(kid.as_str());
    }
    let options = &party.grant;
    let issuer = filled(&options.assertion_issuer).unwrap_or(&party.client.id);
    let subject = filled(&options.assertion_subject).unwrap_or(issuer);
    let claims = Map::from_iter([("iss".to_owned(), Value::from(issuer)), ("sub".to_owned(), Value::from(subject))]);
    let same = format!("{}{}", key.public_jwk().unwrap_or_default(), Value::Object(claims.clone()));
    Ok((Grant::JwtBearer { assertion: same.into() }, Plan::Sign(key, claims)))
}

fn entered(input: &Option<SecretString>, field: &'static str, missing: &str) -> Result<SecretString> {
    use secrecy::ExposeSecret;
    let given = input.as_ref().filter(|input| !input.expose_secret().is_empty());
    given.cloned().ok_or_else(|| DeskError::InputNeeded { field, message: missing.to_owned() })
}

fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

fn seconds(http: &Http) -> i64 {
    Timestamp::try_from(http.now()).map_or(0, Timestamp::as_second)
}
