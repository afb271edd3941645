//! Whether the values of a configuration make sense together. Belongs here: rules over several members.
//! Not here: the kind of a single member (its type), the definitions it names (`api`).

use std::collections::HashSet;

use super::{AuthMethod, Client, Config, Domain, Tls};
use crate::{
    ConfigError, FaultsNext,
    clock::FURTHEST,
    fault::{Faults, Kind},
};

type Found = Result<(), (String, String)>;

impl Config {
    /// The first thing that makes no sense.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.first_problem().map_err(|(place, message)| ConfigError::Invalid {
            file: self.file.clone(),
            place,
            message,
        })
    }

    fn first_problem(&self) -> Found {
        for (place, address) in [("listen.am", self.listen.am), ("listen.gateway", self.listen.gateway)] {
            if !address.ip().is_loopback() {
                return problem(place, format!("{} is not a loopback address; use 127.0.0.1", address.ip()));
            }
        }
        if self.clock_offset_seconds.unsigned_abs() > FURTHEST.unsigned_abs() {
            let message = format!("{} is further than a century ({FURTHEST} seconds)", self.clock_offset_seconds);
            return problem("clock_offset_seconds", message);
        }
        if let Some(tls) = &self.tls {
            check_tls(tls)?;
        }
        let limits = self.limits;
        let none = [("connections", limits.connections == 0), ("in_flight", limits.in_flight == 0)];
        if let Some((name, _)) = none.into_iter().find(|(_, is_zero)| *is_zero) {
            return problem(
                format!("limits.{name}"),
                "0 would answer every request 503; leave it out for the usual limit",
            );
        }
        let mut paths = HashSet::new();
        for (at, domain) in self.domains.iter().enumerate() {
            check_domain(&format!("domains[{at}]"), domain)?;
            if !paths.insert(domain.path.as_str()) {
                return problem(format!("domains[{at}].path"), format!("`{}` is there twice", domain.path));
            }
        }
        for (at, api) in self.apis.iter().enumerate() {
            check_faults(&format!("apis[{at}]"), &api.faults, api.faults_next.as_ref(), Kind::OF_API)?;
            if api.definition.is_none() && api.given.is_none() && !api.echo {
                return problem(format!("apis[{at}]"), "say `definition = \"file.json\"`, or `echo = true`");
            }
        }
        Ok(())
    }
}

fn check_tls(tls: &Tls) -> Found {
    match (&tls.certificate_file, &tls.key_file, &tls.authority_file) {
        (Some(_), Some(_), None) | (None, None, Some(_)) if !tls.listeners.is_empty() => Ok(()),
        (Some(_), Some(_), None) | (None, None, Some(_)) => {
            problem("tls.listeners", "names none; leave it out for both, or leave out [tls]")
        }
        _ => problem("tls", "say `certificate_file` and `key_file`, or `authority_file` alone"),
    }
}

fn check_domain(place: &str, domain: &Domain) -> Found {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if domain.path.is_empty() || !domain.path.chars().all(plain) || domain.path.starts_with('.') {
        return problem(format!("{place}.path"), "one path segment of letters, digits and - . _ ~");
    }
    if domain.access_token_seconds == 0 {
        return problem(format!("{place}.access_token_seconds"), "at least 1");
    }
    check_faults(place, &domain.faults, domain.faults_next.as_ref(), Kind::OF_DOMAIN)?;
    let mut ids = HashSet::new();
    for (at, client) in domain.clients.iter().enumerate() {
        let place = format!("{place}.clients[{at}]");
        check_client(&place, client)?;
        if !ids.insert(client.client_id.as_str()) {
            return problem(format!("{place}.client_id"), format!("`{}` is there twice", client.client_id));
        }
    }
    Ok(())
}

fn check_faults(place: &str, faults: &[String], next: Option<&FaultsNext>, kinds: &[Kind]) -> Found {
    let named = |member: &str, names: &[String]| {
        Faults::named(names, kinds).map(drop).map_err(|message| (format!("{place}.{member}"), message))
    };
    named("faults", faults)?;
    next.map_or(Ok(()), |next| named("faults_next.faults", &next.faults))
}

fn check_client(place: &str, client: &Client) -> Found {
    use AuthMethod::{
        ClientSecretBasic, ClientSecretJwt, ClientSecretPost, None, PrivateKeyJwt, SelfSignedTlsClientAuth,
        TlsClientAuth,
    };
    if client.client_id.is_empty() {
        return problem(format!("{place}.client_id"), "must not be empty");
    }
    check_faults(place, &client.faults, client.faults_next.as_ref(), Kind::OF_CLIENT)?;
    match (client.auth_method, client.client_secret.is_some()) {
        (ClientSecretBasic | ClientSecretPost | ClientSecretJwt, false) => {
            problem(place, "this auth_method needs a client_secret")
        }
        (PrivateKeyJwt | TlsClientAuth | SelfSignedTlsClientAuth | None, true) => {
            problem(format!("{place}.client_secret"), "this auth_method has no client_secret")
        }
        (PrivateKeyJwt, false) if client.jwks_file.is_none() => {
            problem(place, "private_key_jwt needs a jwks_file with the client's public keys")
        }
        (SelfSignedTlsClientAuth, false) if client.certificate_file.is_none() && client.jwks_file.is_none() => problem(
            place,
            "self_signed_tls_client_auth needs a certificate_file, or a jwks_file with the client's certificates (x5c)",
        ),
        _ => check_scopes(place, client),
    }
}

fn check_scopes(place: &str, client: &Client) -> Found {
    for scope in client.scopes.iter().chain(&client.default_scopes) {
        // RFC 6749 section 3.3.
        let token = |b: u8| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        if scope.is_empty() || !scope.bytes().all(token) {
            return problem(place, format!("`{scope}` is not a scope (RFC 6749 section 3.3)"));
        }
    }
    match client.default_scopes.iter().find(|scope| !client.scopes.contains(scope)) {
        Some(scope) => problem(format!("{place}.default_scopes"), format!("`{scope}` is not among scopes")),
        Option::None => Ok(()),
    }
}

fn problem(place: impl Into<String>, message: impl Into<String>) -> Found {
    Err((place.into(), message.into()))
}
