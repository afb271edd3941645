//! A security domain: its clients, its key, its tokens. Belongs here: issuing and judging tokens.
//! Not here: the endpoints.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use jose::KeySet;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::{
    client_auth, client_files,
    device::Devices,
    grants::Grants,
    keyring::{Keyring, KnownKey},
    keys::{DomainKey, LazyKey},
    tokens::{Claims, Memory, Standing, digest},
};
use crate::{
    AuthMethod, Client, Config, ConfigError, DomainBehaviour, KeyState, Signing, TokenFormat,
    config::Domain as DomainConfig,
    fault::{Fault, Faults, Kind, Signers},
    http1::Answer,
    random,
    weakness::claims::{ID_TOKEN, issuer_fits, typ_fits},
};

/// A security domain that is served.
#[derive(Clone)]
pub(crate) struct Domain {
    pub(super) config: DomainConfig,
    /// Access Management's identifier of the domain: not its path.
    pub(super) id: String,
    pub(super) clients: Vec<Arc<Client>>,
    /// Public keys of clients that authenticate with assertions, by client id.
    pub(super) client_keys: HashMap<String, KeySet>,
    /// Thumbprints of the certificates that clients may present, by client id.
    pub(super) client_certificates: HashMap<String, Vec<[u8; 32]>>,
    pub(crate) keys: Arc<Keyring>,
    /// What the configuration says the signing key is; it tells whether a changed configuration means another one.
    key_source: Arc<KeySource>,
    /// A key that is never published, for faults.
    stranger: LazyKey,
    /// What goes wrong with everything.
    pub(crate) faults: Faults,
    /// What goes wrong with a client, by its identifier.
    client_faults: HashMap<String, Faults>,
    pub(super) memory: Arc<Memory>,
    pub(super) grants: Arc<Grants>,
    pub(super) devices: Arc<Devices>,
}

/// Where a signing key comes from.
enum KeySource {
    /// The text of a file.
    File(SecretString),
    Generated(Signing),
}

impl PartialEq for KeySource {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => one.expose_secret() == other.expose_secret(),
            (Self::Generated(one), Self::Generated(other)) => one == other,
            _ => false,
        }
    }
}

/// Validity of ID tokens (Access Management's default).
const ID_TOKEN_SECONDS: i64 = 14_400;

/// What a token is issued for.
pub(super) struct Grant<'a> {
    pub(super) client: &'a Client,
    pub(super) issuer: String,
    pub(super) scopes: &'a [String],
    /// The end-user; none for the client itself.
    pub(super) user: Option<&'a str>,
    pub(super) faults: Faults,
    /// The party that acts for the user.
    pub(super) actor: Option<&'a str>,
    /// What the token is for, instead of the client (RFC 8707).
    pub(super) resources: &'a [String],
    pub(super) now: SystemTime,
}

/// An issued access token.
pub(super) struct Issued {
    pub(super) token: String,
    pub(super) expires_in: i64,
}

impl Domain {
    /// Takes the configuration's domain; reads its key file, or begins to make a key. What `before` issued and
    /// remembers stays; another key than its signs from now on with the old one still published. `now` in seconds.
    pub(crate) fn open(
        config: &Config,
        at: usize,
        domain: &DomainConfig,
        before: Option<&Self>,
        now: i64,
    ) -> Result<Self, ConfigError> {
        let read = |member: &str, path: &Option<PathBuf>| {
            let place = format!("domains[{at}].{member}");
            path.as_ref().map(|path| read_key(config, &place, path, domain)).transpose()
        };
        let given = read("signing_key_file", &domain.signing_key_file)?;
        let retired = read("retired_signing_key_file", &domain.retired_signing_key_file)?;
        let client_keys = client_files::keys(config, at, domain)?;
        let client_certificates = client_files::certificates(config, at, domain)?;
        let (key_source, given) = match given {
            Some((text, key)) => (KeySource::File(text), Some(key)),
            None => (KeySource::Generated(domain.signing), None),
        };
        let keys = match before {
            Some(before) => {
                let kept = before.keys.with_retired(retired.map(|(_, key)| key));
                // The default follows the life of the tokens to come, not of those that are out.
                let kept = match domain.key_overlap_seconds {
                    Some(overlap) => kept.with_overlap(overlap, now),
                    None => kept,
                };
                if *before.key_source == key_source {
                    kept
                } else {
                    let key = given.map(|key| LazyKey::ready(before.keys.distinct(key)));
                    kept.rotated(&key.unwrap_or_else(|| LazyKey::later(domain.signing)), domain.key_overlap(), now)
                }
            }
            None => {
                let key = given.map_or_else(|| LazyKey::first(domain.signing), LazyKey::ready);
                Keyring::new(key, retired.map(|(_, key)| key))
            }
        };
        Ok(Self {
            config: domain.clone(),
            id: before.map_or_else(|| random::uuid().as_ref().to_owned(), |before| before.id.clone()),
            clients: domain.clients.iter().cloned().map(Arc::new).collect(),
            client_keys,
            client_certificates,
            keys: Arc::new(keys),
            key_source: Arc::new(key_source),
            stranger: LazyKey::later(domain.signing),
            // Names were checked when the configuration was read.
            faults: Faults::named(&domain.faults, Kind::OF_DOMAIN).unwrap_or_default(),
            client_faults: domain.clients.iter().filter_map(named_faults).collect(),
            memory: Arc::new(before.map(|before| before.memory.successor()).unwrap_or_default()),
            grants: before.map(|before| Arc::clone(&before.grants)).unwrap_or_default(),
            devices: before.map(|before| Arc::clone(&before.devices)).unwrap_or_default(),
        })
    }

    /// What goes wrong with this client.
    pub(crate) fn client_faults(&self, id: &str) -> Faults {
        self.client_faults.get(id).copied().unwrap_or_default()
    }

    /// The same domain with other faults; with a client's identifier: of that client.
    pub(crate) fn with_faults(mut self, client: Option<&str>, faults: Faults) -> Self {
        match client {
            Some(id) => drop(self.client_faults.insert(id.to_owned(), faults)),
            None => self.faults = faults,
        }
        self
    }

    pub(crate) fn client_ids(&self) -> impl Iterator<Item = &str> {
        self.clients.iter().map(|client| client.client_id.as_str())
    }

    /// It serves from now on: opaque tokens of clients that are gone are forgotten.
    pub(crate) fn settle(&self) {
        self.memory.retain_opaque(|claims| claims.client_id().is_none_or(|id| self.client(id).is_some()));
    }

    /// Signs with a fresh key from now on (seconds since the epoch); `None` if it could not be made.
    pub(crate) async fn rotate(&self, now: i64) -> Option<()> {
        let key = LazyKey::later(self.config.signing);
        key.get().await?;
        self.keys.rotate(&key, self.config.key_overlap(), now);
        Some(())
    }

    /// The published keys, the signing one first. `now` in seconds since the epoch.
    pub(crate) fn key_states(&self, now: i64) -> Vec<KeyState> {
        let state = |key: KnownKey| KeyState {
            kid: key.kid.unwrap_or_default(),
            algorithm: key.algorithm.name().to_owned(),
            until: key.until,
        };
        self.keys.known(now).into_iter().map(state).collect()
    }

    /// Begins to make the key, so that the first request need not wait for it.
    pub(crate) fn warm_up(self: &Arc<Self>) {
        let domain = Arc::clone(self);
        tokio::spawn(async move { domain.key().await.is_some() });
    }

    pub(crate) fn path(&self) -> &str {
        &self.config.path
    }

    /// The signing key; `None` if it could not be made.
    pub(crate) async fn key(&self) -> Option<Arc<DomainKey>> {
        self.keys.signing().await
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Arc<Client>> {
        self.clients.iter().find(|client| client.client_id == id)
    }

    /// Whether these are the credentials of a client that authenticates with Basic.
    pub(crate) fn knows_basic_client(&self, id: &str, secret: &SecretString) -> bool {
        self.client(id).is_some_and(|client| {
            client.auth_method == AuthMethod::ClientSecretBasic
                && client_auth::is_secret(client, secret.expose_secret())
        })
    }

    /// Whether a client id is part of this text.
    pub(crate) fn has_client_within(&self, text: &str) -> bool {
        self.clients.iter().any(|client| text.contains(&client.client_id))
    }

    /// A JSON answer with the headers of this domain's behaviour.
    pub(super) fn json(&self, status: u16, body: &[u8]) -> Answer {
        let (content_type, cache_control) = match self.config.behaviour {
            DomainBehaviour::Am4 => ("application/json", "no-store"),
            DomainBehaviour::Tutorial => {
                ("application/json;charset=UTF-8", "no-cache, no-store, max-age=0, must-revalidate")
            }
        };
        Answer::with(status, content_type, body.to_vec())
            .header("Cache-Control", cache_control)
            .header("Pragma", "no-cache")
    }

    /// Issues an access token; `None` if signing failed.
    pub(super) async fn issue(&self, grant: &Grant<'_>) -> Option<Issued> {
        let millis = millis(grant.now);
        let iat = millis.div_euclid(1000);
        let exp = iat + i64::from(self.config.access_token_seconds);
        let mut claims = self.claims(grant, iat, exp);
        let faults = grant.faults;
        faults.spoil_claims(&mut claims);
        // Whole seconds until then, at millisecond precision, some of which have passed: 7199 of 7200.
        let expires_in = (exp * 1000 - millis - 1).div_euclid(1000);
        if self.config.token_format == TokenFormat::Opaque || faults.has(Fault::Opaque) {
            let token = random::token();
            self.memory.issue_opaque(digest(&token), &claims, iat)?;
            return Some(Issued { token, expires_in });
        }
        let key = self.key().await?;
        let mut header = Map::new();
        if self.config.behaviour == DomainBehaviour::Tutorial && key.public.is_none() {
            // The tutorial's sample token has no `typ`.
            header.insert("typ".into(), Value::Null);
        }
        let token = if faults.is_empty() {
            key.signing.sign(&header, &claims).ok()?
        } else {
            let stranger = if faults.needs_stranger() { self.stranger.get().await } else { None };
            faults.sign(&Signers { own: key, stranger }, header, &claims)?
        };
        Some(Issued { token, expires_in })
    }

    fn claims(&self, grant: &Grant<'_>, iat: i64, exp: i64) -> Map<String, Value> {
        let client_id = &grant.client.client_id;
        // Room for all of them: a map that grows is put together three times.
        let mut claims = Map::with_capacity(10 + grant.client.claims.len());
        let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        put("sub", grant.user.unwrap_or(client_id).into());
        put("aud", if grant.resources.is_empty() { client_id.clone().into() } else { grant.resources.into() });
        put("domain", self.id.clone().into());
        put("iss", grant.issuer.clone().into());
        put("exp", exp.into());
        put("iat", iat.into());
        put("jti", random::token().into());
        put("client_id", client_id.clone().into());
        if !grant.scopes.is_empty() {
            put("scope", grant.scopes.join(" ").into());
        }
        if let Some(actor) = grant.actor {
            claims.insert("act".into(), serde_json::json!({ "sub": actor }));
        }
        claims.extend(grant.client.claims.clone());
        claims
    }

    /// Signs an ID token for the end-user of a grant (OpenID Connect Core section 2), who said who they are at `auth_time` (seconds).
    pub(super) async fn id_token(&self, grant: &Grant<'_>, nonce: Option<&str>, auth_time: i64) -> Option<String> {
        let key = self.key().await?;
        let iat = millis(grant.now).div_euclid(1000);
        let mut claims = Map::new();
        let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        put("sub", grant.user?.into());
        put("aud", grant.client.client_id.clone().into());
        put("iss", grant.issuer.clone().into());
        put("exp", (iat + ID_TOKEN_SECONDS).into());
        put("iat", iat.into());
        put("auth_time", auth_time.into());
        if let Some(nonce) = nonce {
            put("nonce", nonce.into());
        }
        key.signing.sign(&Map::new(), &claims).ok()
    }

    /// Revokes everything that came from one authorization.
    pub(super) fn end_family(&self, family: &str, now: SystemTime) {
        let seconds = millis(now).div_euclid(1000);
        let until = seconds + i64::from(self.config.access_token_seconds);
        for token in self.grants.end_family(family, seconds) {
            self.memory.revoke(digest(&token), until, seconds);
        }
    }

    /// How a token stands as an access token.
    pub(crate) async fn standing(&self, token: &str, now: SystemTime) -> Standing {
        match self.signed(token, now).await {
            Err(reason) => Standing::Invalid(reason),
            Ok(claims) if claims.is_id_token() => Standing::Invalid(ID_TOKEN),
            Ok(claims) if claims.is_revoked() => Standing::Revoked(claims),
            Ok(claims) => Standing::Live(claims),
        }
    }

    /// The claims of what this domain has signed and what has not expired, be it revoked or an ID token; else why not. Verified at most
    /// twice, as long as there is room to remember it.
    pub(super) async fn signed(&self, token: &str, now: SystemTime) -> Result<Arc<Claims>, &'static str> {
        let now = millis(now).div_euclid(1000);
        let digest = digest(token);
        let counts = |claims: &Arc<Claims>| claims.key.is_none_or(|key| self.keys.counts(key, now));
        let claims = match self.memory.recall(&digest).filter(counts) {
            Some(claims) => claims,
            None if self.config.token_format == TokenFormat::Opaque => {
                return Err("this domain has issued no such token");
            }
            None => self.memory.remember(digest, self.verify(token, now).await?),
        };
        if claims.exp <= now { Err("it has expired") } else { Ok(claims) }
    }

    async fn verify(&self, token: &str, now: i64) -> Result<Claims, &'static str> {
        let (key, verified) = self.keys.verify(token, now).await?;
        let claims: Map<String, Value> =
            serde_json::from_slice(&verified.payload).map_err(|_| "its payload is no JSON object")?;
        if !self.is_for_a_client(&claims) {
            return Err("its audience is no client of this domain");
        }
        let own_issuer = self.sets(&claims, "iss") || issuer_fits(&claims, self.path());
        let for_apis = match (own_issuer, typ_fits(&verified.header)) {
            (true, true) => Ok(()),
            (false, _) => Err("its issuer is not this domain"),
            (_, false) => Err("its typ is not that of an access token"),
        };
        Claims::new(claims, Some(key), for_apis).ok_or("it has no exp or iat")
    }

    /// The audience is a client or a resource of the domain, or what the client's own claims say.
    fn is_for_a_client(&self, claims: &Map<String, Value>) -> bool {
        let is_client = |audience: &Value| {
            audience
                .as_str()
                .is_some_and(|id| self.client(id).is_some() || self.config.resources.iter().any(|own| own == id))
        };
        self.sets(claims, "aud")
            || match claims.get("aud") {
                Some(Value::Array(audiences)) => audiences.iter().any(is_client),
                Some(audience) => is_client(audience),
                None => false,
            }
    }

    /// Whether this claim is as the configuration of the token's client sets it.
    fn sets(&self, claims: &Map<String, Value>, name: &str) -> bool {
        let client = claims.get("client_id").and_then(Value::as_str).and_then(|id| self.client(id));
        client.and_then(|client| client.claims.get(name)).is_some_and(|own| claims.get(name) == Some(own))
    }

    /// Revokes a token of this domain.
    pub(super) fn revoke(&self, token: &str, claims: &Claims, now: SystemTime) {
        claims.revoke();
        self.memory.revoke(digest(token), claims.exp, millis(now).div_euclid(1000));
    }
}

fn named_faults(client: &Client) -> Option<(String, Faults)> {
    let faults = Faults::named(&client.faults, Kind::OF_CLIENT).ok().filter(|faults| !faults.is_empty())?;
    Some((client.client_id.clone(), faults))
}

fn read_key(
    config: &Config,
    place: &str,
    path: &Path,
    domain: &DomainConfig,
) -> Result<(SecretString, DomainKey), ConfigError> {
    let text = SecretString::from(config.read_named(place, path, fs::read_to_string)?);
    let key = DomainKey::read(&text, domain.signing).map_err(|error| config.invalid(place, error.to_string()))?;
    Ok((text, key))
}

/// Milliseconds since the epoch.
pub(crate) fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
