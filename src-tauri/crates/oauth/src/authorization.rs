//! The authorization code grant through the system's browser (RFC 6749 4.1, RFC 7636, RFC 8252, RFC 9207).
//! Belongs here: the authorization request, its answer, the exchange of the code. Not here: the listener (`loopback`), opening the browser.

use std::time::Duration;

use exchange::CancellationToken;
use secrecy::SecretString;
use url::Url;

use crate::{
    Client, Endpoints, Error, Grant, Http, OAuthError, TokenAnswer, TokenRequest,
    extras::{self, Extras},
    loopback::Loopback,
    pkce::Pkce,
    random, request_token,
};

/// Nobody signs in longer than this.
const PATIENCE: Duration = Duration::from_secs(600);

const NONCE: &str = "nonce";

/// What is asked of the user's consent.
#[derive(Debug, Clone, Default)]
pub struct AuthorizationRequest {
    /// Scopes.
    pub scopes: Vec<String>,
    /// `audience`, as some servers want it.
    pub audience: Option<String>,
    /// `resource`, repeatable (RFC 8707).
    pub resources: Vec<String>,
    /// Further parameters of the authorization request, such as `prompt` or `login_hint`.
    pub parameters: Vec<(String, String)>,
    /// Further headers of the token request.
    pub headers: Vec<(String, String)>,
    /// Port of the redirect URI `http://127.0.0.1:{port}/callback`; 0 for any, which RFC 8252 7.3 asks servers to allow.
    pub port: u16,
    /// Goes on although the metadata does not list S256. PKCE is sent all the same.
    pub allow_missing_pkce: bool,
}

/// Lets the user sign in and gets the token. `open` is given the URL to open in the system's browser; it must not go through a shell.
///
/// # Errors
/// [`Error::NoEndpoint`] and [`Error::BadRequest`] before anything is opened, [`Error::Browser`] if the way through the browser fails,
/// [`Error::AuthorizationRefused`] if user or server refuse, [`Error::ForeignAnswer`] if another server answers; otherwise as
/// [`request_token`].
pub async fn authorize(
    http: &Http,
    endpoints: &Endpoints,
    client: &Client,
    request: &AuthorizationRequest,
    open: impl FnOnce(&Url) -> Result<(), String>,
    cancel: &CancellationToken,
) -> Result<TokenAnswer, Error> {
    let endpoint = endpoints.authorization.as_ref().ok_or(Error::NoEndpoint { endpoint: "authorization" })?;
    let AuthorizationRequest { scopes, audience, resources, parameters, headers, .. } = request;
    Extras { scopes, resources, parameters, headers, audience: audience.is_some(), audiences: false }.check()?;
    check_pkce(endpoints, request)?;
    let loopback = Loopback::open(request.port).await?;
    let flow = Flow::new(request, loopback.redirect_uri()?)?;
    let url = flow.url(endpoint, client, request);
    open(&url).map_err(|reason| Error::Browser { what: format!("the browser could not be opened ({reason})") })?;
    let answered = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(exchange::Failure::Cancelled.into()),
        answered = loopback.redirect(|url| Redirect::read(url, &flow.state, endpoints)) => answered,
        () = tokio::time::sleep(PATIENCE) => Err(Error::Browser { what: "nobody signed in within ten minutes".to_owned() }),
    }?;
    let nonce = flow.nonce.clone();
    let exchange = flow.exchange(answered.code(endpoints)?, request);
    let mut answer = request_token(http, endpoints, client, &exchange, cancel).await?;
    let asked = extras::scope(&request.scopes);
    answer.scope = answer.scope.or_else(|| asked.clone());
    Ok(TokenAnswer { requested_scope: asked, nonce, ..answer })
}

/// What ties the steps of one sign-in to each other.
struct Flow {
    redirect_uri: Url,
    state: String,
    pkce: Pkce,
    nonce: Option<String>,
}

impl Flow {
    fn new(request: &AuthorizationRequest, redirect_uri: Url) -> Result<Self, Error> {
        Ok(Self { redirect_uri, state: random::text::<32>()?, pkce: Pkce::new()?, nonce: nonce(request)? })
    }

    /// The authorization request (RFC 6749 4.1.1).
    fn url(&self, endpoint: &Url, client: &Client, request: &AuthorizationRequest) -> Url {
        let mut url = endpoint.clone();
        let mut query = url.query_pairs_mut();
        query.append_pair("response_type", "code").append_pair("client_id", &client.id);
        query.append_pair("redirect_uri", self.redirect_uri.as_str()).append_pair("state", &self.state);
        query.append_pair("code_challenge", &self.pkce.challenge).append_pair("code_challenge_method", "S256");
        query.extend_pairs(extras::scope(&request.scopes).map(|scope| ("scope", scope)));
        query.extend_pairs(self.nonce.as_deref().map(|nonce| (NONCE, nonce)));
        query.extend_pairs(request.audience.as_deref().map(|audience| ("audience", audience)));
        query.extend_pairs(request.resources.iter().map(|resource| ("resource", resource)));
        query.extend_pairs(request.parameters.iter().filter(|(name, _)| name != NONCE));
        drop(query);
        url
    }

    /// The exchange of the code. The scope belongs to the authorization request; some servers refuse it here.
    fn exchange(self, code: SecretString, request: &AuthorizationRequest) -> TokenRequest {
        let grant = Grant::AuthorizationCode { code, redirect_uri: self.redirect_uri, verifier: self.pkce.verifier };
        TokenRequest {
            resources: request.resources.clone(),
            headers: request.headers.clone(),
            ..TokenRequest::new(grant)
        }
    }
}

/// Ties the ID token to this sign-in (OpenID Connect Core 3.1.2.1); one among the parameters is taken as it is.
fn nonce(request: &AuthorizationRequest) -> Result<Option<String>, Error> {
    match request.parameters.iter().find(|(name, _)| name == NONCE) {
        Some((_, given)) => Ok(Some(given.clone())),
        None if request.scopes.iter().any(|scope| scope == "openid") => random::text::<32>().map(Some),
        None => Ok(None),
    }
}

/// RFC 9700 2.1.1: metadata that knows challenge methods but not S256 is no basis for a code flow.
fn check_pkce(endpoints: &Endpoints, request: &AuthorizationRequest) -> Result<(), Error> {
    let listed = endpoints.code_challenge_methods.iter().any(|method| method == "S256");
    if listed || !endpoints.discovered || request.allow_missing_pkce {
        return Ok(());
    }
    let what = "the server's metadata does not list PKCE with S256 (code_challenge_methods_supported), so a stolen code could be used \
                by others. Allow it for this connection if you know that the server supports it"
        .to_owned();
    Err(Error::Browser { what })
}

/// The parameters of a redirect that carries our state.
#[derive(Debug)]
struct Redirect {
    code: Option<SecretString>,
    issuer: Option<String>,
    error: Option<OAuthError>,
}

impl Redirect {
    /// `None` for a redirect of someone else: wrong state, or a parameter twice. With whether a code will be redeemed.
    fn read(url: &Url, state: &str, endpoints: &Endpoints) -> Option<(Self, bool)> {
        let one = |name: &str| -> Option<Option<String>> {
            let mut values = url.query_pairs().filter(|(known, _)| known == name).map(|(_, value)| value.into_owned());
            let first = values.next();
            values.next().is_none().then_some(first)
        };
        if one("state")?.as_deref() != Some(state) {
            return None;
        }
        let text = |value: Option<String>| {
            value.map(|text| text.chars().filter(|c| !c.is_control()).take(500).collect::<String>())
        };
        let (description, uri) = (text(one("error_description")?), one("error_uri")?);
        let uri = uri.filter(|uri| uri.starts_with("https://") || uri.starts_with("http://"));
        let error = text(one("error")?).map(|code| OAuthError { code, description, uri, status: 302 });
        let redirect = Self { code: one("code")?.map(SecretString::from), issuer: one("iss")?, error };
        let good = redirect.error.is_none() && redirect.code.is_some() && redirect.check_issuer(endpoints).is_ok();
        Some((redirect, good))
    }

    /// That the answer is of the issuer that was asked (RFC 9207 2.4).
    fn check_issuer(&self, endpoints: &Endpoints) -> Result<(), Error> {
        let foreign = |found: &str| {
            let asked = endpoints.issuer.clone().unwrap_or_default();
            Err(Error::ForeignAnswer { asked, found: found.to_owned() })
        };
        match &self.issuer {
            Some(found) if endpoints.issuer.as_ref().is_some_and(|asked| asked != found) => foreign(found),
            None if endpoints.response_iss => foreign("nobody (no iss)"),
            _ => Ok(()),
        }
    }

    /// The code, if it is this issuer's.
    fn code(self, endpoints: &Endpoints) -> Result<SecretString, Error> {
        self.check_issuer(endpoints)?;
        if let Some(error) = self.error {
            return Err(Error::AuthorizationRefused { error });
        }
        self.code.ok_or_else(|| Error::Browser { what: "the redirect carries neither a code nor an error".to_owned() })
    }
}
