//! Who is calling: client authentication as Access Management does it. Belongs here: the methods and their refusals.
//! Not here: what the client may do then.

use std::{borrow::Cow, sync::Arc};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::{
    Call, assertion,
    parameters::Parameters,
    refusal::{BASIC, Refusal},
};
use crate::{AuthMethod, Client};

const FAILED: &str = "Client authentication failed due to unknown clientId, expired or invalid client secret";
const NO_METHOD: &str = "Invalid client: missing or unsupported authentication method";

/// What the request presents.
pub(super) enum Presented<'a> {
    /// `Authorization: Basic`; no secret when there was no colon.
    Basic { id: String, secret: Option<Zeroizing<String>> },
    /// Parameters.
    Post { id: &'a str },
    /// A signed assertion (RFC 7523), and the client that it says it is from.
    Assertion { id: String, assertion: &'a str },
}

impl Call<'_, '_> {
    /// The authenticated client.
    pub(super) fn authenticate(&mut self, parameters: &Parameters) -> Result<Arc<Client>, Refusal> {
        let presented = self.presented(parameters)?;
        let id = match &presented {
            Presented::Basic { id, .. } => id.as_str(),
            Presented::Post { id } => id,
            Presented::Assertion { id, .. } => id.as_str(),
        };
        let Some(client) = self.domain.client(id).cloned() else {
            return Err(failed("no client has this id"));
        };
        match &presented {
            Presented::Assertion { assertion, .. } => self.check_assertion(&client, assertion)?,
            _ if client.auth_method.is_by_certificate() => self.check_certificate(&client)?,
            other => check(&client, other, parameters)?,
        }
        self.request.trace.pass("client", format!("`{}` by {}", client.client_id, name(client.auth_method)));
        Ok(client)
    }

    /// The certificate of the connection must be one of the client's (RFC 8705 section 2).
    fn check_certificate(&self, client: &Client) -> Result<(), Refusal> {
        let refuse = |reason: &'static str| {
            Refusal::new("invalid_client", "Missing or invalid peer certificate").because(reason)
        };
        let presented = self.request.reader.peer_certificate.ok_or_else(|| refuse("the client presented none"))?;
        match self.domain.client_certificates.get(&client.client_id).map(Vec::as_slice) {
            Some([]) | None => Err(refuse("the client has no certificate_file")),
            Some(own) if own.contains(&presented) => Ok(()),
            Some(_) => Err(refuse("it is none of the client's certificates")),
        }
    }

    /// `Authorization` comes before parameters.
    fn presented<'p>(&self, parameters: &'p Parameters) -> Result<Presented<'p>, Refusal> {
        match self.request.head.headers.first("authorization") {
            Some(value) => basic(value).ok_or_else(|| no_method("the Authorization header is no Basic credential")),
            None if parameters.get("client_assertion").is_some() => assertion::present(parameters),
            None => match parameters.get("client_id") {
                Some(id) => Ok(Presented::Post { id }),
                None => Err(no_method("neither Authorization nor client_id")),
            },
        }
    }
}

fn check(client: &Client, presented: &Presented<'_>, parameters: &Parameters) -> Result<(), Refusal> {
    let is_right = |secret: &str| is_secret(client, secret);
    match (client.auth_method, presented) {
        (AuthMethod::ClientSecretBasic, Presented::Basic { secret: Some(secret), .. }) if is_right(secret) => Ok(()),
        (AuthMethod::ClientSecretBasic, Presented::Basic { secret: Some(_), .. }) => {
            Err(failed("the secret is wrong").challenged(Some(BASIC)))
        }
        (AuthMethod::ClientSecretBasic, Presented::Basic { secret: None, .. }) => {
            Err(no_method("the Basic credential has no colon").challenged(Some(BASIC)))
        }
        (AuthMethod::ClientSecretBasic, Presented::Post { .. } | Presented::Assertion { .. }) => {
            Err(no_method("this client authenticates with Basic, not with parameters").challenged(Some(BASIC)))
        }
        (AuthMethod::ClientSecretPost, _) => match (parameters.get("client_id"), parameters.get("client_secret")) {
            (Some(id), Some(secret)) if id == client.client_id && is_right(secret) => Ok(()),
            (Some(_), Some(_)) => Err(failed("the secret is wrong")),
            _ => Err(failed("this client authenticates with the parameters client_id and client_secret")),
        },
        (AuthMethod::None, Presented::Basic { .. }) => {
            Err(no_method("this client is public: it says its client_id as a parameter, and no secret"))
        }
        (AuthMethod::None, _) => Ok(()),
        (AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth, _) => {
            Err(no_method("this client authenticates with a certificate"))
        }
        (AuthMethod::ClientSecretJwt | AuthMethod::PrivateKeyJwt, _) => {
            Err(no_method("this client authenticates with an assertion"))
        }
    }
}

/// Whether this is the client's secret. An empty secret is none, so that nobody gets in with an empty password.
pub(super) fn is_secret(client: &Client, given: &str) -> bool {
    let expected = client.client_secret.as_ref().map_or("", |secret| secret.0.expose_secret());
    !expected.is_empty() && same(given, expected)
}

pub(super) fn failed(reason: &'static str) -> Refusal {
    Refusal::new("invalid_client", FAILED).because(reason)
}

pub(super) fn no_method(reason: &'static str) -> Refusal {
    Refusal::new("invalid_client", NO_METHOD).because(reason)
}

/// Compares without telling by its duration where the first difference is.
fn same(given: &str, expected: &str) -> bool {
    verify_slices_are_equal(given.as_bytes(), expected.as_bytes()).is_ok()
}

/// Reads `Basic base64(id:secret)`, both percent-encoded.
fn basic(value: &[u8]) -> Option<Presented<'static>> {
    let text = std::str::from_utf8(value).ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let decoded = std::str::from_utf8(&decoded).ok()?;
    Some(match decoded.split_once(':') {
        Some((id, secret)) => {
            Presented::Basic { id: unescape(id).into_owned(), secret: Some(unescape(secret).into_owned().into()) }
        }
        None => Presented::Basic { id: unescape(decoded).into_owned(), secret: None },
    })
}

/// Percent-decodes; a `+` stays a plus, and text that is not well-formed stays as it is.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        match (digit(rest.next()), digit(rest.next())) {
            (Some(high), Some(low)) => bytes.push(high * 16 + low),
            _ => return text.into(),
        }
    }
    String::from_utf8(bytes).map_or(text.into(), Cow::Owned)
}

fn name(method: AuthMethod) -> &'static str {
    match method {
        AuthMethod::ClientSecretBasic => "client_secret_basic",
        AuthMethod::ClientSecretPost => "client_secret_post",
        AuthMethod::ClientSecretJwt => "client_secret_jwt",
        AuthMethod::PrivateKeyJwt => "private_key_jwt",
        AuthMethod::TlsClientAuth => "tls_client_auth",
        AuthMethod::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        AuthMethod::None => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn decodes_percent_but_not_plus() {
        for (given, expected) in [("a%2Bb", "a+b"), ("a+b", "a+b"), ("50%", "50%"), ("%41", "A"), ("%zz", "%zz")] {
            assert_eq!(unescape(given), expected, "{given}");
        }
    }
}
