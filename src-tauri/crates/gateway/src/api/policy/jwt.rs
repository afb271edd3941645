//! The JWT policy (`jwt`). Belongs here: verifying a token with a given key or a key set.
//! Not here: the signature itself (`jose`).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use gravitee::policy::{Jwt as Configured, TokenTyp};
use jose::{Algorithm, KeySet};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::oauth2::scopes;
use crate::{
    am::millis,
    api::{
        Call, bearer,
        behaviour::{Behaviour, Message, Words},
        environment::Environment,
        refusal::Refusal,
    },
    client::{Connecting, Connector, Message as Request, Origin, Trust},
    http1::Headers,
};

/// Clock skew that is forgiven, in seconds.
const LEEWAY: i64 = 60;
/// Verified tokens that are kept.
const KEPT: usize = 1_000;
/// A key set is fetched anew after this time.
const FRESH: Duration = Duration::from_secs(300);
/// A key that is not in the set makes it be fetched anew, but not more often than this.
const RETRY: Duration = Duration::from_secs(10);

/// The policy with its configuration.
pub(crate) struct Jwt {
    algorithm: Algorithm,
    keys: Keys,
    client_id_claim: Option<Vec<String>>,
    user_claim: String,
    extract_claims: bool,
    check_scopes: bool,
    required_scopes: Vec<String>,
    all_scopes: bool,
    propagate: bool,
    typ: TokenTyp,
    /// By SHA-256 of the token.
    verified: Mutex<HashMap<[u8; 32], Claims>>,
}

type Claims = Arc<Map<String, Value>>;

enum Keys {
    Given(Arc<KeySet>),
    Url(Box<KeyUrl>),
}

struct KeyUrl {
    connector: Connector,
    target: String,
    limit: Duration,
    fetched: Mutex<Option<(Instant, Arc<KeySet>)>>,
    /// One fetch at a time.
    fetching: tokio::sync::Mutex<()>,
}

impl Jwt {
    pub(crate) fn load(configured: &Configured, environment: &Environment<'_>) -> Result<Self, String> {
        refuse_unsupported(configured)?;
        let name = configured.signature.split_once('_').map_or(configured.signature.as_str(), |(_, name)| name);
        let algorithm = Algorithm::from_name(name)
            .ok_or_else(|| format!("the signature {} is not supported", configured.signature))?;
        let parameter = configured.resolver_parameter.as_deref().unwrap_or_default();
        let parameter = environment.expand_text(parameter)?;
        let keys = match configured.public_key_resolver.as_str() {
            "GIVEN_KEY" => Keys::Given(Arc::new(given(&parameter, algorithm)?)),
            "JWKS_URL" => Keys::Url(Box::new(KeyUrl::new(&parameter, configured, environment)?)),
            other => return Err(format!("the publicKeyResolver {other} is not supported; use GIVEN_KEY or JWKS_URL")),
        };
        Ok(Self {
            algorithm,
            keys,
            client_id_claim: configured
                .client_id_claim
                .as_ref()
                .map(|path| path.split('.').map(str::to_owned).collect()),
            user_claim: configured.user_claim.clone(),
            extract_claims: configured.extract_claims,
            check_scopes: configured.check_required_scopes,
            required_scopes: configured.required_scopes.clone(),
            all_scopes: configured.mode_strict,
            propagate: configured.propagate_auth_header,
            typ: configured.token_typ_validation.clone(),
            verified: Mutex::default(),
        })
    }

    /// The token on the request.
    pub(crate) fn token(call: &Call<'_, '_>) -> Option<String> {
        let head = &call.request.head;
        // The JWT policy extracts as the current OAuth2 policy does, whatever the version.
        let behaviour = call.api.behaviour.max(Behaviour::Apim3);
        let found = bearer::extract(behaviour, call.api.engine, &head.headers, head.query());
        found.map(|(token, _)| token.into_owned())
    }

    /// The client of a token that is only decoded: the plan looks for a subscription before the signature is verified.
    pub(crate) fn claimed_client(&self, token: &str) -> Option<String> {
        let payload = token.split('.').nth(1).filter(|_| token.split('.').count() == 3)?;
        let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        self.client_id(&claims)
    }

    fn client_id(&self, claims: &Map<String, Value>) -> Option<String> {
        let first = |value: &Value| match value {
            Value::Array(values) => values.first().and_then(Value::as_str).map(str::to_owned),
            value => value.as_str().map(str::to_owned),
        };
        if let Some(path) = &self.client_id_claim {
            let (name, deeper) = path.split_first()?;
            return deeper.iter().try_fold(claims.get(name)?, |value, name| value.get(name)).and_then(first);
        }
        ["azp", "aud", "client_id"].iter().find_map(|name| claims.get(*name).and_then(first))
    }

    pub(crate) async fn enforce(&self, call: &mut Call<'_, '_>) -> Result<(), Refusal> {
        let refuse = |call: &mut Call<'_, '_>, step, detail: String, key| {
            call.request.trace.refuse(step, detail);
            let message = Message::Text("Unauthorized".into());
            Err(Refusal::new(key, Words { status: 401, challenge: None, message }))
        };
        let Some(token) = Self::token(call) else {
            return refuse(call, "token", "Missing JWT token".into(), "JWT_MISSING_TOKEN");
        };
        if token.is_empty() {
            return refuse(call, "token", "Empty JWT token".into(), "JWT_INVALID_TOKEN");
        }
        call.context.jwt_token = Some(token.clone());
        call.request.trace.pass("token", "Bearer token");
        let claims = match self.verify(&token, millis(call.now).div_euclid(1000)).await {
            Ok(claims) => claims,
            Err(reason) => return refuse(call, "signature", reason, "JWT_INVALID_TOKEN"),
        };
        let client = self.client_id(&claims).unwrap_or_else(|| "none".into());
        call.request.trace.pass("signature", format!("{} valid; client `{client}`", self.algorithm));
        if !self.scopes_fit(&claims) {
            let detail = format!("JWT token does not carry the required scopes `{}`", self.required_scopes.join(" "));
            return refuse(call, "scope", detail, "JWT_INSUFFICIENT_SCOPE");
        }
        let user = claims.get(&self.user_claim).and_then(Value::as_str).filter(|user| !user.trim().is_empty());
        call.context.user = user.map(str::to_owned).or(call.context.user.take());
        call.context.extracts_claims = self.extract_claims;
        call.context.jwt = Some(claims);
        if !self.propagate {
            call.request.head.headers.remove("authorization");
        }
        Ok(())
    }

    async fn verify(&self, token: &str, now: i64) -> Result<Arc<Map<String, Value>>, String> {
        let mut key = [0_u8; 32];
        key.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        let known = self.verified.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let claims = match known {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.verify_signature(token).await?);
                let mut kept = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() >= KEPT {
                    kept.clear();
                }
                kept.insert(key, Arc::clone(&claims));
                claims
            }
        };
        check_times(&claims, now)?;
        Ok(claims)
    }

    async fn verify_signature(&self, token: &str) -> Result<Map<String, Value>, String> {
        let keys = match &self.keys {
            Keys::Given(keys) => Arc::clone(keys),
            Keys::Url(url) => url.keys(false).await?,
        };
        let verified = match (keys.verify_jws(token, &[self.algorithm]), &self.keys) {
            // The issuer may have rotated its keys.
            (Err(jose::VerifyError::NoKey(_)), Keys::Url(url)) => {
                url.keys(true).await?.verify_jws(token, &[self.algorithm])
            }
            (verified, _) => verified,
        };
        let verified = verified.map_err(|error| error.to_string())?;
        self.check_typ(&verified.header)?;
        serde_json::from_slice(&verified.payload).map_err(|_| "its payload is no JSON object".to_owned())
    }

    fn check_typ(&self, header: &Map<String, Value>) -> Result<(), String> {
        if !self.typ.enabled {
            return Ok(());
        }
        let Some(typ) = header.get("typ").and_then(Value::as_str) else {
            return if self.typ.ignore_missing { Ok(()) } else { Err("its header has no typ".into()) };
        };
        let same = |expected: &String| {
            if self.typ.ignore_case { expected.eq_ignore_ascii_case(typ) } else { expected == typ }
        };
        if self.typ.expected_values.iter().any(same) { Ok(()) } else { Err("its typ is none of those expected".into()) }
    }

    fn scopes_fit(&self, claims: &Map<String, Value>) -> bool {
        if !self.check_scopes || self.required_scopes.is_empty() {
            return true;
        }
        let mut claims = claims.clone();
        // A blank scope falls through to scp.
        if claims.get("scope").and_then(Value::as_str).is_some_and(|scope| scope.trim().is_empty()) {
            claims.shift_remove("scope");
        }
        let scopes = scopes(&claims);
        let mut required = self.required_scopes.iter();
        if self.all_scopes { required.all(|s| scopes.contains(s)) } else { required.any(|s| scopes.contains(s)) }
    }
}

fn refuse_unsupported(configured: &Configured) -> Result<(), String> {
    let is_on = |value: &Option<Value>, pointer: &str| {
        value.as_ref().and_then(|value| value.pointer(pointer)).and_then(Value::as_bool).unwrap_or_default()
    };
    if is_on(&configured.confirmation_method_validation, "/certificateBoundThumbprint/enabled") {
        return Err("confirmationMethodValidation.certificateBoundThumbprint is not supported".into());
    }
    if is_on(&configured.revocation_check, "/enabled") {
        return Err("revocationCheck is not supported".into());
    }
    if configured.follow_redirects { Err("followRedirects is not supported".into()) } else { Ok(()) }
}

fn check_times(claims: &Map<String, Value>, now: i64) -> Result<(), String> {
    let seconds = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or_else(|| format!("its {name} is no number")),
    };
    #[allow(clippy::cast_precision_loss, reason = "seconds since the epoch are far below 2^53")]
    let (now, leeway) = (now as f64, LEEWAY as f64);
    if seconds("exp")?.is_some_and(|exp| now - leeway >= exp) {
        return Err("it has expired".into());
    }
    if seconds("nbf")?.is_some_and(|nbf| now + leeway < nbf) {
        return Err("it is not valid yet".into());
    }
    Ok(())
}

fn given(text: &str, algorithm: Algorithm) -> Result<KeySet, String> {
    let is_hmac = matches!(algorithm, Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512);
    if text.is_empty() {
        return Err("resolverParameter holds no key".into());
    }
    let key = if is_hmac {
        jose::secret_key(&SecretString::from(text.to_owned()))
    } else {
        jose::parse_key(text.as_bytes()).map_err(|error| format!("resolverParameter: {error}"))?
    };
    Ok(KeySet::given(vec![key]))
}

impl KeyUrl {
    fn new(url: &str, configured: &Configured, environment: &Environment<'_>) -> Result<Self, String> {
        let url = environment.own_origin(url);
        let url = url::Url::parse(&url).map_err(|error| format!("resolverParameter `{url}`: {error}"))?;
        let origin = Origin::of(&url).ok_or("resolverParameter is no http or https URL")?;
        let timeout = Duration::from_millis(configured.connect_timeout);
        let connecting = Connecting { timeout, keep_alive: true, most: Connecting::USUAL };
        Ok(Self {
            connector: Connector::new(origin, &Trust::system(), connecting)?,
            target: url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())),
            limit: Duration::from_millis(configured.request_timeout),
            fetched: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        })
    }

    /// The key set; `missed`: a key was not in it.
    async fn keys(&self, missed: bool) -> Result<Arc<KeySet>, String> {
        let age = if missed { RETRY } else { FRESH };
        if let Some(keys) = self.kept(age) {
            return Ok(keys);
        }
        let _one = self.fetching.lock().await;
        if let Some(keys) = self.kept(age) {
            return Ok(keys);
        }
        let mut headers = Headers::default();
        headers.add("Host", self.connector.origin.authority.clone());
        headers.add("Accept", "application/json, application/jwk-set+json");
        let request = Request { method: "GET", target: &self.target, headers, body: Bytes::new(), limit: self.limit };
        let keys = match self.connector.fetch(&request).await {
            Ok((200, body)) => {
                jose::parse_jwks(&body).map_err(|error| format!("the key set cannot be read: {error}"))?
            }
            Ok((status, _)) => return Err(format!("the key set's URL answered {status}")),
            Err(error) => return Err(format!("the key set cannot be fetched: {error}")),
        };
        let keys = Arc::new(keys);
        *self.fetched.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(&keys)));
        Ok(keys)
    }

    fn kept(&self, age: Duration) -> Option<Arc<KeySet>> {
        let fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        fetched.as_ref().filter(|(at, _)| at.elapsed() < age).map(|(_, keys)| Arc::clone(keys))
    }
}
