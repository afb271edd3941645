//! The authorization endpoint and its consent page (RFC 6749 section 4.1, PKCE: RFC 7636, RFC 9700).
//! Belongs here: validating the request, asking, sending back. There are no accounts: whoever sits at this machine says
//! who they are. The page is plain HTML without script.

use super::{Call, domain::millis, grants::Authorization, parameters::Parameters, refusal::Refusal};
use crate::{AuthMethod, Client, GrantType, http1::Answer, random};

const COOKIE: &str = "claimcheck-consent";

/// What is said to the client by way of the browser (RFC 6749 section 4.1.2.1).
struct Redirected {
    error: &'static str,
    description: &'static str,
}

impl Call<'_, '_> {
    pub(super) fn authorize(&mut self) -> Result<Answer, Refusal> {
        let mut parameters = Parameters::default();
        parameters.read(self.request.head.query().unwrap_or_default().as_bytes());
        let (client, redirect_uri) = match self.redirect(&parameters) {
            Ok(found) => found,
            // Without a redirect URI that is the client's own nobody is sent anywhere.
            Err(reason) => {
                self.request.trace.refuse("invalid_request", reason);
                return Ok(page(400, "This request cannot be answered", &format!("<p>{}</p>", escape(reason)), ""));
            }
        };
        let state = parameters.get("state").map(str::to_owned);
        match self.validate(&client, &parameters) {
            Err(error) => {
                self.request.trace.refuse(error.error, error.description);
                let pairs = [("error", error.error), ("error_description", error.description)];
                Ok(self.send_back(&redirect_uri, &pairs, state.as_deref()))
            }
            Ok(scopes) => {
                let authorization = Authorization {
                    client_id: client.client_id.clone(),
                    redirect_uri,
                    names_redirect_uri: parameters.get("redirect_uri").is_some(),
                    scopes,
                    state,
                    nonce: parameters.get("nonce").map(str::to_owned),
                    challenge: parameters.get("code_challenge").map(str::to_owned),
                    cookie: random::token(),
                    user: String::new(),
                    auth_time: 0,
                };
                Ok(self.ask(authorization))
            }
        }
    }

    fn redirect(&self, parameters: &Parameters) -> Result<(Client, String), &'static str> {
        let id = parameters.get("client_id").ok_or("The parameter client_id is missing.")?;
        let client = self.domain.client(id).ok_or("No client has this client_id.")?;
        let asked = parameters.get("redirect_uri").or_else(|| match client.redirect_uris.as_slice() {
            [only] => Some(only),
            _ => None,
        });
        let asked = asked.ok_or("The parameter redirect_uri is missing.")?;
        let registered = client.redirect_uris.iter().any(|own| is_same_redirect(own, asked));
        if registered {
            Ok((client.as_ref().clone(), asked.to_owned()))
        } else {
            Err("The redirect_uri is not registered for this client.")
        }
    }

    fn validate(&self, client: &Client, parameters: &Parameters) -> Result<Vec<String>, Redirected> {
        let refuse = |error, description| Err(Redirected { error, description });
        if parameters.repeated().is_some() {
            return refuse("invalid_request", "A parameter is included more than once");
        }
        if parameters.get("response_type") != Some("code") {
            return refuse("unsupported_response_type", "Only response_type=code is supported");
        }
        if !client.grant_types.contains(&GrantType::AuthorizationCode) {
            return refuse("unauthorized_client", "The client may not use the authorization code grant");
        }
        let is_s256 = parameters.get("code_challenge_method") == Some("S256");
        match parameters.get("code_challenge") {
            None if client.auth_method == AuthMethod::None => {
                return refuse("invalid_request", "A public client must use PKCE (code_challenge)");
            }
            Some(challenge) if !is_s256 || challenge.len() != 43 => {
                return refuse("invalid_request", "PKCE is supported with code_challenge_method=S256 only");
            }
            _ => {}
        }
        check_prompt(parameters)?;
        let mut scopes: Vec<String> = Vec::new();
        for scope in parameters.get("scope").unwrap_or_default().split_ascii_whitespace() {
            if !client.scopes.iter().any(|own| own == scope) {
                return refuse("invalid_scope", "A scope is not configured for the client");
            }
            if !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
        Ok(if scopes.is_empty() { client.default_scopes.clone() } else { scopes })
    }

    /// The page that asks.
    fn ask(&mut self, authorization: Authorization) -> Answer {
        let cookie = authorization.cookie.clone();
        let scopes: String = authorization.scopes.iter().map(|scope| format!("<li>{}</li>", escape(scope))).collect();
        let client = escape(&authorization.client_id);
        let target = origin_of(&authorization.redirect_uri);
        let form = self.domain.grants.await_consent(authorization, millis(self.now).div_euclid(1000));
        let path = self.domain.path();
        let body = format!(
            "<p>The client <strong>{client}</strong> asks for:</p><ul>{scopes}</ul>\
             <form method=\"post\" action=\"/{path}/oauth/consent\"><input type=\"hidden\" name=\"form\" value=\"{form}\">\
             <p><label>User name <input name=\"username\" value=\"user\" required maxlength=\"100\"></label></p>\
             <p><button name=\"decision\" value=\"approve\">Approve</button> \
             <button name=\"decision\" value=\"deny\">Deny</button></p></form>"
        );
        self.request.trace.pass("consent", "the consent page was shown");
        let secure = if self.request.is_tls { "; Secure" } else { "" };
        page(200, "Do you agree?", &body, &target).header(
            "Set-Cookie",
            format!("{COOKIE}={cookie}; Path=/{path}/oauth/consent; HttpOnly; SameSite=Strict{secure}"),
        )
    }

    /// The answer to the page.
    pub(super) async fn consent(&mut self) -> Result<Answer, Refusal> {
        let parameters = self.parameters().await?;
        let now = millis(self.now).div_euclid(1000);
        let form = parameters.get("form").unwrap_or_default();
        let Some(mut authorization) = self.domain.grants.consent(form, now) else {
            return Err(Refusal::new("invalid_request", "The consent page has expired or was answered already"));
        };
        if !self.has_cookie(&authorization.cookie) {
            return Err(Refusal::new("access_denied", "The consent page was opened by another browser"));
        }
        let redirect_uri = authorization.redirect_uri.clone();
        let state = authorization.state.clone();
        let user = parameters.get("username").unwrap_or_default().trim().to_owned();
        if parameters.get("decision") != Some("approve") || user.is_empty() {
            self.request.trace.refuse("access_denied", "denied on the consent page");
            let pairs = [("error", "access_denied"), ("error_description", "The user denied the request")];
            return Ok(self.send_back(&redirect_uri, &pairs, state.as_deref()));
        }
        authorization.user = user;
        authorization.auth_time = now;
        let code = self.domain.grants.issue_code(authorization, now);
        self.request.trace.pass("consent", "approved; a code was issued");
        Ok(self.send_back(&redirect_uri, &[("code", &code)], state.as_deref()))
    }

    fn has_cookie(&self, expected: &str) -> bool {
        let cookies = self.request.head.headers.all("cookie").flat_map(|value| value.split(|b| *b == b';'));
        let mut pairs = cookies.filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='));
        pairs.any(|(name, value)| name == COOKIE && value == expected)
    }

    /// Redirects with these parameters, the state, and the issuer (RFC 9207).
    fn send_back(&self, redirect_uri: &str, pairs: &[(&str, &str)], state: Option<&str>) -> Answer {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        query.extend_pairs(state.map(|state| ("state", state)));
        query.append_pair("iss", &format!("{}/oidc", self.base));
        let separator = if redirect_uri.contains('?') { '&' } else { '?' };
        let location = format!("{redirect_uri}{separator}{}", query.finish());
        Answer::empty(302)
            .header("Location", location)
            .header("Cache-Control", "no-store")
            .header("Referrer-Policy", "no-referrer")
    }
}

/// What is asked of the dialogue with the user (OpenID Connect Core section 3.1.2.1). Nobody stays signed in, so that every request
/// asks who is there: that is `login`, `consent` and any `max_age`, and can never be `none`.
fn check_prompt(parameters: &Parameters) -> Result<(), Redirected> {
    let refuse = |error, description| Err(Redirected { error, description });
    let prompts: Vec<&str> = parameters.get("prompt").unwrap_or_default().split_ascii_whitespace().collect();
    if parameters.get("max_age").is_some_and(|age| age.parse::<u64>().is_err()) {
        return refuse("invalid_request", "max_age must be a number of seconds");
    }
    match prompts.as_slice() {
        ["none"] => refuse("login_required", "Nobody stays signed in here, so the user must be asked"),
        prompts if prompts.contains(&"none") => {
            refuse("invalid_request", "prompt=none excludes every other value of prompt")
        }
        _ => Ok(()),
    }
}

/// Exactly the same, except for the port of a loopback address (RFC 8252 section 7.3).
fn is_same_redirect(own: &str, asked: &str) -> bool {
    if own == asked {
        return true;
    }
    let without_port = |text: &str| -> Option<String> {
        let mut url = url::Url::parse(text).ok()?;
        let is_loopback = url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
        (is_loopback && url.set_port(None).is_ok()).then(|| url.to_string())
    };
    matches!((without_port(own), without_port(asked)), (Some(own), Some(asked)) if own == asked)
}

fn origin_of(url: &str) -> String {
    url::Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

/// `form_target`: where the form's redirect may lead, besides here.
pub(super) fn page(status: u16, title: &str, body: &str, form_target: &str) -> Answer {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body><h1>{title}</h1>{body}</body></html>"
    );
    let policy =
        format!("default-src 'none'; form-action 'self' {form_target}; frame-ancestors 'none'; base-uri 'none'");
    Answer::with(status, "text/html; charset=utf-8", html)
        .header("Content-Security-Policy", policy)
        .header("X-Frame-Options", "DENY")
        .header("X-Content-Type-Options", "nosniff")
        .header("Cache-Control", "no-store")
        .header("Referrer-Policy", "no-referrer")
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::is_same_redirect;

    #[test]
    fn redirects_are_compared_exactly() {
        assert!(is_same_redirect("http://127.0.0.1/cb", "http://127.0.0.1:4711/cb"));
        assert!(is_same_redirect("https://app.test/cb?x=1", "https://app.test/cb?x=1"));
        for other in [
            "https://app.test/cb",
            "https://app.test/cb?x=1&y=2",
            "https://app.test:444/cb?x=1",
            "https://app.test/cb?x=1#f",
            "https://app.test.evil.test/cb?x=1",
        ] {
            assert!(!is_same_redirect("https://app.test/cb?x=1", other), "{other}");
        }
        assert!(!is_same_redirect("http://localhost/cb", "http://localhost:1/cb"));
        assert!(!is_same_redirect("http://127.0.0.1/cb", "http://127.0.0.1:1/other"));
    }
}
