//! Anything pasted: what it is, and which form it fills.
//! Belongs here: telling a connection from a request from a token. Not here: reading curl lines (`exchange`) or tokens (`jose`).

use crate::{
    Desk,
    wire::{Pasted, ServerForm},
};
use exchange::curl::{self, CurlCommand};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

/// Where authorization servers publish their metadata.
const WELL_KNOWN: [&str; 2] = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

impl Desk {
    /// Says what a pasted text is. A client secret in it is kept aside in memory and taken over when the form is saved.
    pub fn read_paste(&self, text: &str) -> Pasted {
        let text = text.trim();
        if let Ok(curl) = curl::parse(text) {
            return self.read_curl(&curl);
        }
        if let Some(server) = metadata(text) {
            return connection(server);
        }
        match jose::find_tokens(text).len() {
            0 => Pasted::Unknown,
            count => Pasted::Tokens { count },
        }
    }

    fn read_curl(&self, curl: &CurlCommand) -> Pasted {
        let form = curl.form();
        let value = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        if value("grant_type").is_none() {
            return Pasted::Request {
                method: curl.method.clone(),
                url: curl.url.to_string(),
                headers: curl.headers.clone(),
                body: curl.body.as_ref().map(|body| body.expose_secret().to_owned()).unwrap_or_default(),
            };
        }
        let (client_id, secret) = match &curl.basic {
            Some((id, secret)) => (Some(decoded(id)), Some(decoded(secret.expose_secret()).into())),
            None => (value("client_id").map(|id| id.expose_secret().to_owned()), value("client_secret")),
        };
        let secret: Option<SecretString> = secret;
        let secret_found = secret.is_some();
        match secret {
            Some(secret) => self.pasted_secret.put(secret),
            None => drop(self.pasted_secret.take()),
        }
        Pasted::Connection {
            server: token_server(&curl.url),
            client_id,
            secret_found,
            scopes: value("scope").map(|scope| scope.expose_secret().to_owned()).unwrap_or_default(),
        }
    }
}

fn connection(server: ServerForm) -> Pasted {
    Pasted::Connection { server, client_id: None, secret_found: false, scopes: String::new() }
}

/// Id and secret in HTTP Basic are form-encoded (RFC 6749 2.3.1), by those who follow it. A `+` is kept: in lines that are
/// pasted, it nearly always is one.
fn decoded(text: &str) -> String {
    let kept = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    form_urlencoded::parse(kept.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The issuer whose metadata URL this is; for Gravitee's `…/{domain}/oidc/.well-known/openid-configuration`, the domain.
pub(crate) fn metadata(text: &str) -> Option<ServerForm> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let path = url.path();
    let well_known = WELL_KNOWN.into_iter().find(|well_known| path.contains(well_known))?;
    if let Some(gravitee) = path.strip_suffix("/oidc/.well-known/openid-configuration") {
        return domain(&url, gravitee);
    }
    // Inserted between host and path (RFC 8414 3.1), or at the end (OpenID Connect Discovery 4).
    let issuer = format!("{}{}", url.origin().ascii_serialization(), path.replacen(well_known, "", 1));
    Some(ServerForm::Issuer { issuer: issuer.trim_end_matches('/').to_owned() })
}

/// The server that a token URL belongs to: Gravitee's by its path, else the URL itself.
fn token_server(url: &Url) -> ServerForm {
    let gravitee = url.path().strip_suffix("/oauth/token").and_then(|path| domain(url, path));
    gravitee.unwrap_or_else(|| ServerForm::TokenUrl {
        token_url: url.to_string(),
        introspect_url: None,
        revoke_url: None,
        jwks_url: None,
        authorize_url: None,
        device_url: None,
        userinfo_url: None,
    })
}

/// Server and domain of a path like `/base/demo`.
fn domain(url: &Url, path: &str) -> Option<ServerForm> {
    let (base, domain) = path.rsplit_once('/').filter(|(_, domain)| !domain.is_empty())?;
    let url = format!("{}{base}", url.origin().ascii_serialization());
    Some(ServerForm::Gravitee { url, domain: domain.to_owned() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{decoded, metadata, token_server};
    use crate::wire::ServerForm;
    use url::Url;

    fn gravitee(url: &str, domain: &str) -> ServerForm {
        ServerForm::Gravitee { url: url.into(), domain: domain.into() }
    }

    #[test]
    fn token_urls_of_gravitee_give_server_and_domain() {
        let of = |url: &str| token_server(&Url::parse(url).unwrap());
        assert_eq!(of("http://am:8092/demo/oauth/token"), gravitee("http://am:8092", "demo"));
        assert_eq!(of("https://h/am/demo/oauth/token"), gravitee("https://h/am", "demo"));
        assert!(matches!(of("https://h/oauth/token"), ServerForm::TokenUrl { .. }), "no domain in it");
        assert!(matches!(of("https://h/realms/x/token"), ServerForm::TokenUrl { .. }));
    }

    #[test]
    fn metadata_urls_give_the_issuer() {
        let issuer = |text: &str| Some(ServerForm::Issuer { issuer: text.into() });
        assert_eq!(metadata("https://h/.well-known/openid-configuration"), issuer("https://h"));
        assert_eq!(metadata("https://h/t/.well-known/openid-configuration"), issuer("https://h/t"));
        assert_eq!(metadata("https://h/.well-known/oauth-authorization-server/t"), issuer("https://h/t"));
        assert_eq!(
            metadata("http://h:8092/demo/oidc/.well-known/openid-configuration"),
            Some(gravitee("http://h:8092", "demo"))
        );
        assert_eq!(metadata("https://h/"), None);
        assert_eq!(metadata("file:///.well-known/openid-configuration"), None);
    }

    #[test]
    fn basic_credentials_are_decoded_and_keep_a_plus() {
        assert_eq!(decoded("a%3Ab%25"), "a:b%");
        assert_eq!(decoded("a+b&c=d"), "a+b&c=d");
    }
}
