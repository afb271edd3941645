//! The configuration without a file: one domain, one client, the echo API of the tutorial.
//! Belongs here: these values. Not here: the echo's definition (`api`).

use std::path::PathBuf;

use secrecy::SecretString;

use super::{ApiConfig, AuthMethod, Client, Config, Domain, DomainBehaviour, GrantType, Secret, Signing, TokenFormat};
use crate::random;

const SCOPE: &str = "echo:read";

impl Config {
    /// The built-in configuration: domain `demo`, client `demo-client` with this secret, the echo API on `/echo`,
    /// Gravitee's ports.
    #[must_use]
    pub fn demo(secret: SecretString) -> Self {
        Self {
            listen: super::Listen::default(),
            gateway: super::GatewayOptions::default(),
            limits: super::Limits::default(),
            tls: None,
            domains: vec![domain(secret, false)],
            apis: apis(),
            clock_offset_seconds: 0,
            file: PathBuf::new(),
        }
    }
}

/// The built-in domain with a fresh secret.
pub(super) fn domains() -> Vec<Domain> {
    vec![domain(SecretString::from(random::token()), true)]
}

/// The built-in API.
pub(super) fn apis() -> Vec<ApiConfig> {
    vec![ApiConfig { echo: true, behaviour: Some("tutorial".into()), ..ApiConfig::default() }]
}

fn domain(secret: SecretString, secret_is_made: bool) -> Domain {
    Domain {
        path: "demo".into(),
        behaviour: DomainBehaviour::Tutorial,
        access_token_seconds: super::default_access_token_seconds(),
        token_format: TokenFormat::Jwt,
        signing: Signing::RS256,
        signing_key_file: None,
        retired_signing_key_file: None,
        resources: Vec::new(),
        key_overlap_seconds: None,
        offline_verification_seconds: super::default_offline_verification_seconds(),
        faults: Vec::new(),
        faults_next: None,
        clients: vec![Client {
            client_id: "demo-client".into(),
            client_secret: Some(Secret(secret)),
            secret_is_made,
            auth_method: AuthMethod::ClientSecretBasic,
            grant_types: vec![GrantType::ClientCredentials],
            scopes: vec![SCOPE.into()],
            default_scopes: vec![SCOPE.into()],
            jwks_file: None,
            certificate_file: None,
            redirect_uris: Vec::new(),
            faults: Vec::new(),
            faults_next: None,
            claims: serde_json::Map::new(),
        }],
    }
}
