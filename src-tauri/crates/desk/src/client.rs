//! The client of a connection: how it proves who it is.
//! Belongs here: methods, and credentials read from a form and its files. Not here: what they send (`oauth`), the rest of a connection (`party`).

use crate::{DeskError, Result, inspecting::read, way::unpacked, wire::ConnectionForm};
use oauth::{AssertionAudience, AssertionKey, AssertionStyle, AuthenticationMethod, ClientAuthentication, Credentials};
use secrecy::{ExposeSecret, SecretString};
use std::{path::Path, sync::Arc};

/// The method of that registered name; an unknown one (a library written by a later version) is read as the default.
pub(crate) fn method(name: &str) -> AuthenticationMethod {
    serde_json::from_value(serde_json::Value::from(name)).unwrap_or(AuthenticationMethod::ClientSecretBasic)
}

/// Whether clients of this method have a secret.
#[must_use]
pub fn needs_secret(method: AuthenticationMethod) -> bool {
    use AuthenticationMethod::{ClientSecretBasic, ClientSecretBasicRaw, ClientSecretJwt, ClientSecretPost};
    matches!(method, ClientSecretBasic | ClientSecretBasicRaw | ClientSecretPost | ClientSecretJwt)
}

/// The registered name of a method.
#[must_use]
pub fn method_name(method: AuthenticationMethod) -> String {
    serde_json::to_value(method).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The way to authenticate that a form asks for.
///
/// # Errors
/// When the secret or the key that it needs is missing or cannot be used.
pub(crate) fn authentication(form: &ConnectionForm) -> Result<ClientAuthentication> {
    let method = form.auth_method;
    let secret = || {
        form.secret.as_ref().filter(|secret| !secret.expose_secret().is_empty()).cloned().ok_or_else(|| {
            DeskError::invalid(
                "secret",
                format!(
                    "The client secret is missing; {} needs one. Choose `none` for a public client.",
                    method_name(method)
                ),
            )
        })
    };
    match method {
        AuthenticationMethod::ClientSecretBasic => Ok(ClientAuthentication::ClientSecretBasic(secret()?)),
        AuthenticationMethod::ClientSecretBasicRaw => Ok(ClientAuthentication::ClientSecretBasicRaw(secret()?)),
        AuthenticationMethod::ClientSecretPost => Ok(ClientAuthentication::ClientSecretPost(secret()?)),
        AuthenticationMethod::TlsClientAuth => Ok(ClientAuthentication::TlsClientAuth),
        AuthenticationMethod::None => Ok(ClientAuthentication::None),
        AuthenticationMethod::ClientSecretJwt => {
            Ok(ClientAuthentication::ClientSecretJwt { secret: secret()?, style: style(form) })
        }
        AuthenticationMethod::PrivateKeyJwt => {
            Ok(ClientAuthentication::PrivateKeyJwt { key: Arc::new(assertion_key(form)?), style: style(form) })
        }
    }
}

fn style(form: &ConnectionForm) -> AssertionStyle {
    let audience = match form.assertion.audience.as_deref().map(str::trim) {
        None | Some("") => AssertionAudience::Automatic,
        Some("issuer") => AssertionAudience::Issuer,
        Some("token_endpoint") => AssertionAudience::TokenEndpoint,
        Some(other) => AssertionAudience::Other(other.to_owned()),
    };
    AssertionStyle { audience, explicit_type: form.assertion.explicit_type }
}

/// `kid` of its assertions, where one was given.
pub(crate) fn key_id(form: &ConnectionForm) -> Option<String> {
    form.assertion.key_id.as_deref().map(str::trim).filter(|kid| !kid.is_empty()).map(str::to_owned)
}

/// Everything that a form has to authenticate with. What cannot be read is left out: it is an error of the method that needs it.
pub(crate) fn credentials(form: &ConnectionForm) -> Credentials {
    let certificate = given(&form.cert_file);
    let is_packed = certificate.as_deref().is_some_and(is_pkcs12);
    Credentials {
        secret: client_secret(form).cloned(),
        key: assertion_key(form).ok().map(Arc::new),
        certificate: is_packed || (certificate.is_some() && given(&form.key_file).is_some()),
    }
}

/// The secret, unless it is the passphrase of a key file, which is nobody else's.
fn client_secret(form: &ConnectionForm) -> Option<&SecretString> {
    let opens_a_file = [&form.cert_file, &form.key_file].into_iter().flatten().any(|file| is_pkcs12(file));
    let is_secret = needs_secret(form.auth_method) || !opens_a_file;
    form.secret.as_ref().filter(|secret| is_secret && !secret.expose_secret().is_empty())
}

/// The file with the private key: its own, or the PKCS#12 file of the certificate.
pub(crate) fn key_file(form: &ConnectionForm) -> Option<String> {
    given(&form.key_file).or_else(|| given(&form.cert_file).filter(|file| is_pkcs12(file)))
}

/// The private key that signs assertions, from its file: PEM, JWK, or PKCS#12, which brings the certificate that names it.
fn assertion_key(form: &ConnectionForm) -> Result<AssertionKey> {
    let certificate = given(&form.cert_file);
    let Some(file) = key_file(form) else {
        return Err(DeskError::invalid(
            "key_file",
            "The key file is missing; private_key_jwt needs the client's private key (PEM, JWK or PKCS#12).",
        ));
    };
    let unfit = |error: String| DeskError::invalid("key_file", format!("{file}: {error}"));
    let of_key = |key: &SecretString| AssertionKey::new(key, None).map_err(|error| unfit(reason(error)));
    let named_by = |key: AssertionKey, certificates: &[u8]| {
        key.with_certificate(certificates).map_err(|error| unfit(reason(error)))
    };
    let key = if is_pkcs12(&file) {
        let identity = unpacked("key_file", Path::new(&file), form.secret.as_ref())?;
        named_by(of_key(&identity.key)?, &identity.certificates)?
    } else {
        let text = String::from_utf8(read(Path::new(&file))?).map_err(|_| {
            unfit("it is neither PEM nor JWK. Convert it with `openssl pkey`, or name it .p12".to_owned())
        })?;
        let key = of_key(&SecretString::from(text))?;
        match certificate {
            Some(certificate) => named_by(key, &read(Path::new(&certificate))?)?,
            None => key,
        }
    };
    Ok(match key_id(form) {
        Some(kid) => key.with_kid(kid),
        None => key,
    })
}

/// What is wrong with a key, without the words of a token request.
pub(crate) fn reason(error: oauth::Error) -> String {
    match error {
        oauth::Error::BadRequest { what } => what,
        other => other.to_string(),
    }
}

/// PKCS#12 files are told by their names: `.p12`, `.pfx`.
#[must_use]
pub fn is_pkcs12(file: &str) -> bool {
    let ending = Path::new(file.trim()).extension().unwrap_or_default();
    ["p12", "pfx"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

fn given(file: &Option<String>) -> Option<String> {
    file.as_deref().map(str::trim).filter(|file| !file.is_empty()).map(str::to_owned)
}
