//! What clients are known by that stands in files: public keys, certificates. Belongs here: reading them.
//! Not here: authenticating with them (`assertion`, `client_auth`).

use std::{collections::HashMap, fs, path::Path};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jose::KeySet;
use serde_json::Value;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::{AuthMethod, Client, Config, ConfigError, config::Domain as DomainConfig, tls::thumbprint};

/// SHA-256 of a certificate.
type Thumbprint = [u8; 32];

/// Public keys of the clients that have a file of them, by client id.
pub(super) fn keys(config: &Config, at: usize, domain: &DomainConfig) -> Result<HashMap<String, KeySet>, ConfigError> {
    let mut keys = HashMap::new();
    for (client_at, client) in domain.clients.iter().enumerate() {
        let Some(path) = &client.jwks_file else { continue };
        let place = place(at, client_at, "jwks_file");
        let bytes = config.read_named(&place, path, fs::read)?;
        let set = jose::parse_jwks(&bytes).map_err(|error| config.invalid(&place, error.to_string()))?;
        keys.insert(client.client_id.clone(), set);
    }
    Ok(keys)
}

/// Thumbprints of the certificates that clients may present, by client id.
pub(super) fn certificates(
    config: &Config,
    at: usize,
    domain: &DomainConfig,
) -> Result<HashMap<String, Vec<Thumbprint>>, ConfigError> {
    let mut certificates = HashMap::new();
    for (client_at, client) in domain.clients.iter().enumerate() {
        let mut own = Vec::new();
        if let Some(path) = &client.certificate_file {
            own.push(of_file(config, &place(at, client_at, "certificate_file"), path)?);
        }
        if let Some(path) = registered_keys(client) {
            own.extend(of_key_set(config, &place(at, client_at, "jwks_file"), path)?);
        }
        certificates.insert(client.client_id.clone(), own);
    }
    Ok(certificates)
}

/// The key set whose certificates a client may present (RFC 8705 section 2.2.2).
fn registered_keys(client: &Client) -> Option<&Path> {
    client.jwks_file.as_deref().filter(|_| client.auth_method == AuthMethod::SelfSignedTlsClientAuth)
}

fn of_file(config: &Config, place: &str, path: &Path) -> Result<Thumbprint, ConfigError> {
    let bytes = config.read_named(place, path, fs::read)?;
    let certificate = CertificateDer::from_pem_slice(&bytes);
    let certificate =
        certificate.map_err(|error| config.invalid(place, format!("holds no certificate in PEM: {error}")))?;
    Ok(thumbprint(&certificate))
}

/// The first certificate of each key's `x5c`, else what `x5t#S256` says (RFC 7517 section 4).
fn of_key_set(config: &Config, place: &str, path: &Path) -> Result<Vec<Thumbprint>, ConfigError> {
    let bytes = config.read_named(place, path, fs::read)?;
    let set: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let keys = set.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let found: Vec<_> = keys.iter().filter_map(of_key).collect();
    if found.is_empty() {
        let message = "has no key with a certificate (`x5c` or `x5t#S256`), which self_signed_tls_client_auth compares";
        return Err(config.invalid(place, message));
    }
    Ok(found)
}

fn of_key(key: &Value) -> Option<Thumbprint> {
    let of_chain = || STANDARD.decode(key.get("x5c")?.get(0)?.as_str()?).ok().map(|der| thumbprint(&der));
    let said = || URL_SAFE_NO_PAD.decode(key.get("x5t#S256")?.as_str()?).ok()?.try_into().ok();
    of_chain().or_else(said)
}

fn place(at: usize, client_at: usize, member: &str) -> String {
    format!("domains[{at}].clients[{client_at}].{member}")
}
