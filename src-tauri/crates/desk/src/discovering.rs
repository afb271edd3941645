//! Discovery for the connection form: what a server says of itself, found from what was typed so far.
//! Belongs here: which issuers are tried, and what the form is told. Not here: reading metadata (`oauth`).

use crate::{
    Desk, DeskError, Result,
    connections::server_label,
    party::parse,
    paste,
    wire::{ConnectionForm, Discovery, ServerForm},
};
use exchange::CancellationToken;
use oauth::{AuthenticationMethod, Endpoints, Error, Server, WrongAnswer};
use store::GrantType;
use url::Url;

/// Ends of token URLs, and what follows the issuer in their place. Longest first.
const TOKEN_PATHS: [&str; 7] = [
    "/protocol/openid-connect/token",
    "/oauth2/v2.0/token",
    "/oauth2/v1/token",
    "/oauth2/token",
    "/oauth/token",
    "/connect/token",
    "/token",
];

impl Desk {
    /// Reads the metadata of the server that a form names. What was typed need not be the issuer to the letter: an address near it will
    /// do, and the answer names the issuer. Nothing is saved.
    ///
    /// # Errors
    /// When no address can be used, no metadata is there, or the server cannot be reached.
    pub async fn discover(&self, form: ConnectionForm) -> Result<Discovery> {
        let way = self.way(&form)?;
        let mut first = None;
        for issuer in issuers(&form.server)? {
            let server = Server::Issuer { issuer: issuer.clone() };
            match server.endpoints(&way.http, &CancellationToken::new()).await {
                Ok(endpoints) => return Ok(told(&form.server, endpoints)),
                // The one that was typed is what the person knows; what came of the guesses would only confuse.
                Err(
                    error @ (Error::NoMetadata { .. }
                    | Error::IssuerMismatch { .. }
                    | Error::WrongAnswer { wrong: WrongAnswer::NoIssuer, .. }),
                ) => {
                    let names = matches!(&error, Error::IssuerMismatch { .. });
                    let known = matches!(&first, Some(Error::IssuerMismatch { .. }));
                    if first.is_none() || (names && !known) {
                        first = Some(error);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(first.map_or_else(|| DeskError::invalid("issuer", "Fill in the server first."), DeskError::from))
    }
}

/// The issuers that may be meant, the likeliest first.
fn issuers(server: &ServerForm) -> Result<Vec<String>> {
    let mut all = match server {
        ServerForm::Gravitee { url, domain } => {
            parse("server_url", url)?;
            let base = server_label(server);
            if domain.trim().trim_matches('/').is_empty() {
                vec![url.trim().to_owned()]
            } else {
                vec![format!("{base}/oidc"), base]
            }
        }
        ServerForm::Issuer { issuer } => {
            parse("issuer", issuer)?;
            around(issuer.trim())
        }
        ServerForm::TokenUrl { token_url, .. } => of_token_url(&parse("token_url", token_url)?),
    };
    let mut seen = Vec::new();
    all.retain(|issuer| {
        !seen.contains(issuer) && {
            seen.push(issuer.clone());
            true
        }
    });
    Ok(all)
}

/// As typed, as a metadata address, and with and without a slash at its end: issuers are compared to the letter.
fn around(issuer: &str) -> Vec<String> {
    match paste::metadata(issuer) {
        Some(ServerForm::Issuer { issuer }) => vec![issuer.clone(), format!("{issuer}/")],
        Some(gravitee) => vec![format!("{}/oidc", server_label(&gravitee))],
        None => match issuer.strip_suffix('/') {
            Some(without) => vec![issuer.to_owned(), without.to_owned()],
            None => vec![issuer.to_owned(), format!("{issuer}/")],
        },
    }
}

/// From the token endpoint upwards: the usual places of issuers.
fn of_token_url(url: &Url) -> Vec<String> {
    let origin = url.origin().ascii_serialization();
    let path = url.path().trim_end_matches('/');
    let mut all: Vec<String> = Vec::new();
    for base in TOKEN_PATHS.iter().filter_map(|end| path.strip_suffix(end)) {
        all.extend([format!("{origin}{base}"), format!("{origin}{base}/oidc"), format!("{origin}{base}/")]);
    }
    all.extend([origin.clone(), format!("{origin}/")]);
    all
}

fn told(typed: &ServerForm, endpoints: Endpoints) -> Discovery {
    let issuer = endpoints.issuer.clone().unwrap_or_default();
    let mut notes = endpoints.notes.clone();
    if let ServerForm::Issuer { issuer: typed } = typed
        && typed.trim() != issuer
    {
        notes.insert(
            0,
            format!(
                "The server's issuer is {issuer}, which now stands in the form: issuers are compared to the letter."
            ),
        );
    }
    if endpoints.grant_types.is_empty() {
        notes.push("It does not say which grants it offers (grant_types_supported), so any may work.".to_owned());
    }
    if endpoints.authentication_methods.is_empty() {
        notes.push(
            "It does not say which client authentication it takes; client_secret_basic is then meant (RFC 8414 2)."
                .to_owned(),
        );
    }
    let text = |url: &Option<Url>| url.as_ref().map(Url::to_string);
    Discovery {
        document: text(&endpoints.document).unwrap_or_default(),
        token_url: endpoints.token.to_string(),
        authorize_url: text(&endpoints.authorization),
        device_url: text(&endpoints.device_authorization),
        introspect_url: text(&endpoints.introspection),
        revoke_url: text(&endpoints.revocation),
        userinfo_url: text(&endpoints.userinfo),
        jwks_url: text(&endpoints.jwks),
        grants: endpoints.grant_types.iter().filter_map(|name| grant(name)).collect(),
        methods: endpoints.authentication_methods.iter().filter_map(|name| method(name)).collect(),
        scopes: endpoints.scopes,
        dpop: !endpoints.dpop_algorithms.is_empty(),
        issuer,
        notes,
    }
}

fn grant(name: &str) -> Option<GrantType> {
    Some(match name {
        "client_credentials" => GrantType::ClientCredentials,
        "authorization_code" => GrantType::AuthorizationCode,
        "refresh_token" => GrantType::RefreshToken,
        "urn:ietf:params:oauth:grant-type:device_code" => GrantType::DeviceCode,
        "urn:ietf:params:oauth:grant-type:token-exchange" => GrantType::TokenExchange,
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => GrantType::JwtBearer,
        "password" => GrantType::Password,
        _ => return None,
    })
}

fn method(name: &str) -> Option<AuthenticationMethod> {
    name.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::issuers;
    use crate::wire::ServerForm;

    #[test]
    fn what_was_typed_is_tried_first_and_then_what_is_near() {
        let issuer = |text: &str| issuers(&ServerForm::Issuer { issuer: text.into() }).unwrap();
        assert_eq!(issuer("https://h/t"), ["https://h/t", "https://h/t/"]);
        assert_eq!(issuer("https://h/"), ["https://h/", "https://h"]);
        assert_eq!(issuer("https://h/t/.well-known/openid-configuration"), ["https://h/t", "https://h/t/"]);
        let gravitee = ServerForm::Gravitee { url: "http://h:8092/".into(), domain: "/demo".into() };
        assert_eq!(issuers(&gravitee).unwrap(), ["http://h:8092/demo/oidc", "http://h:8092/demo"]);
        let token_url = |url: &str| ServerForm::TokenUrl {
            token_url: url.into(),
            introspect_url: None,
            revoke_url: None,
            jwks_url: None,
            authorize_url: None,
            device_url: None,
            userinfo_url: None,
        };
        let tried = issuers(&token_url("https://h/realms/x/protocol/openid-connect/token")).unwrap();
        assert_eq!(tried.first().unwrap(), "https://h/realms/x");
        let tried = issuers(&token_url("https://h/demo/oauth/token")).unwrap();
        assert_eq!(tried.get(..2).unwrap(), ["https://h/demo", "https://h/demo/oidc"]);
    }
}
