//! Resources of an API: authorization servers and caches. Belongs here: what they say of a token.
//! Not here: what follows from it (`policy`).

mod am;
mod cache;
mod generic;
mod local;

use std::{
    borrow::Cow,
    collections::HashMap,
    num::NonZero,
    sync::Arc,
    time::{Duration, SystemTime},
};

use gravitee::{
    model::{self, Ssl},
    policy::configuration,
    resource::{AmOAuth2, Cache as CacheConfiguration, GenericOAuth2, ResourceHttp},
};
use serde_json::{Map, Value};

use super::{behaviour::Behaviour, environment::Environment};
use crate::{
    client::{ClientError, Connecting, Origin, Trust},
    random,
    weakness::Weaknesses,
};

pub(crate) use cache::Cache;

/// The claims of an introspected token.
pub(crate) type Claims = Arc<Map<String, Value>>;

/// What an authorization server says of a token.
#[derive(Debug, Clone)]
pub(crate) enum Introspection {
    /// Active. `raw` is the payload as it came; this gateway's own authorization server sends none.
    Active { claims: Claims, raw: Option<Arc<str>> },
    /// Not active: the payload that Gravitee's resource hands on, and the reason for the trace.
    Inactive { payload: Cow<'static, str>, reason: Cow<'static, str> },
    /// It cannot be asked.
    Failed { payload: Cow<'static, str>, reason: Cow<'static, str> },
    /// It answered something that is no JSON.
    Unparsable,
    /// It answered something that makes the resource never answer; Gravitee's request times out. (deduced)
    Never,
}

/// A resource that is loaded.
pub(crate) enum Resource {
    Server(Box<Server>),
    Cache(Cache),
    /// Loaded, but of no use: of a kind that nothing here refers to.
    Other,
}

/// An authorization server.
pub(crate) struct Server {
    kind: ServerKind,
    /// Claim that names the user.
    pub(crate) user_claim: String,
    /// For protected resource metadata (RFC 9728).
    pub(crate) metadata: Option<String>,
}

enum ServerKind {
    Local(Box<local::Local>),
    Am(am::Am),
    Generic(generic::Generic),
}

/// Loads the resources of an API by name. Disabled ones are as good as none.
pub(crate) fn load(
    resources: &[model::Resource],
    environment: &Environment<'_>,
) -> Result<HashMap<String, Resource>, (String, String)> {
    let mut loaded = HashMap::new();
    for (at, resource) in resources.iter().enumerate().filter(|(_, resource)| resource.enabled) {
        let place = format!("api.resources[{at}]");
        let made = make(&place, resource, environment).map_err(|message| (place.clone(), message))?;
        if loaded.insert(resource.name.clone(), made).is_some() {
            return Err((format!("{place}.name"), format!("the name `{}` is there twice", resource.name)));
        }
    }
    Ok(loaded)
}

fn make(place: &str, resource: &model::Resource, environment: &Environment<'_>) -> Result<Resource, String> {
    if resource.reference.is_some() {
        return Err("a reference to another Kubernetes resource is not supported; write the resource here".into());
    }
    let place = format!("{place}.configuration");
    let expanded = || environment.expand(&resource.configuration);
    match resource.kind.as_str() {
        "oauth2-am-resource" => {
            let am: AmOAuth2 = configuration(&place, &expanded()?).map_err(|error| error.to_string())?;
            am::check_version(&am.version)?;
            let metadata = Some(am::metadata(&am, environment));
            let user_claim = am.user_claim.clone();
            let kind = match environment.own_domain(&am) {
                Some(domain) => ServerKind::Local(Box::new(local::Local::new(domain, &am, environment.domains))),
                None => {
                    ServerKind::Am(am::Am::new(&AmOAuth2 { server_url: environment.own_origin(&am.server_url), ..am })?)
                }
            };
            Ok(Resource::Server(Box::new(Server { kind, user_claim, metadata })))
        }
        "oauth2" => {
            let mut generic: GenericOAuth2 = configuration(&place, &expanded()?).map_err(|error| error.to_string())?;
            for url in
                [&mut generic.authorization_server_url, &mut generic.introspection_endpoint].into_iter().flatten()
            {
                *url = environment.own_origin(url);
            }
            let (metadata, user_claim) = (generic::metadata(&generic), generic.user_claim.clone());
            let kind = ServerKind::Generic(generic::Generic::new(&generic)?);
            Ok(Resource::Server(Box::new(Server { kind, user_claim, metadata })))
        }
        "cache" => {
            let cache: CacheConfiguration = configuration(&place, &expanded()?).map_err(|error| error.to_string())?;
            Ok(Resource::Cache(Cache::new(&cache)))
        }
        other if other.starts_with("oauth2") => {
            Err(format!("the resource type `{other}` is not supported; use `oauth2` or `oauth2-am-resource`"))
        }
        _ => Ok(Resource::Other),
    }
}

impl Resource {
    /// Whether it is this gateway's own authorization server, asked in process.
    pub(crate) fn is_local(&self) -> bool {
        matches!(self, Self::Server(server) if matches!(server.kind, ServerKind::Local(_)))
    }
}

impl Server {
    pub(crate) async fn introspect(
        &self,
        token: &str,
        behaviour: Behaviour,
        weaknesses: Weaknesses,
        now: SystemTime,
    ) -> Introspection {
        match &self.kind {
            ServerKind::Local(local) => local.introspect(token, behaviour, weaknesses, now).await,
            ServerKind::Am(am) => am.introspect(token, behaviour).await,
            ServerKind::Generic(generic) => generic.introspect(token, behaviour).await,
        }
    }

    /// Whether any certificate is trusted, which the trace says.
    pub(crate) fn trusts_anything(&self) -> bool {
        match &self.kind {
            ServerKind::Local(_) => false,
            ServerKind::Am(am) => am.trusts_anything,
            ServerKind::Generic(generic) => generic.trusts_anything,
        }
    }
}

/// Whom a resource trusts; without `ssl` anybody, as Gravitee does.
fn trust(ssl: Option<&Ssl>) -> Result<Trust, String> {
    let Some(ssl) = ssl else { return Ok(Trust::Anything) };
    refuse_key_store(ssl)?;
    if ssl.trust_all {
        return Ok(Trust::Anything);
    }
    Ok(Trust::Verified { pem: trust_store(ssl.trust_store.as_ref())?, host_name: ssl.hostname_verifier })
}

/// A server that asks for the client certificate would answer otherwise than here.
pub(super) fn refuse_key_store(ssl: &Ssl) -> Result<(), String> {
    match ssl.key_store.as_ref().filter(|store| !is_none(store)) {
        Some(_) => Err("ssl.keyStore (a client certificate) is not supported; take it out".into()),
        None => Ok(()),
    }
}

/// How a resource connects, unless an outgoing proxy stands between, which is not supported.
fn connecting(http: &ResourceHttp, proxy: Option<&Value>) -> Result<Connecting, String> {
    let says = |name: &str| proxy.and_then(|proxy| proxy.get(name)).and_then(Value::as_bool) == Some(true);
    if says("enabled") && !says("useSystemProxy") {
        return Err("proxy.enabled (an outgoing proxy) is not supported; set it to false".into());
    }
    let timeout = Duration::from_millis(http.connect_timeout);
    Ok(Connecting { timeout, keep_alive: true, most: most_connections(http.max_concurrent_connections)? })
}

pub(super) fn most_connections(asked: usize) -> Result<NonZero<usize>, String> {
    NonZero::new(asked).ok_or_else(|| "http.maxConcurrentConnections must be at least 1".into())
}

/// PEM text of a trust store; other kinds are refused by name.
pub(super) fn trust_store(store: Option<&Value>) -> Result<Option<String>, String> {
    let Some(store) = store.filter(|store| !is_none(store)) else { return Ok(None) };
    let text = |name: &str| store.get(name).and_then(Value::as_str);
    match (text("type").unwrap_or("PEM"), text("content")) {
        ("PEM", Some(pem)) => Ok(Some(pem.to_owned())),
        ("PEM", None) => Err("ssl.trustStore of type PEM needs its certificates in `content`".into()),
        (other, _) => Err(format!("ssl.trustStore of type {other} is not supported; use PEM with `content`")),
    }
}

fn is_none(store: &Value) -> bool {
    store.get("type").and_then(Value::as_str).is_none_or(|kind| kind.is_empty() || kind == "NONE")
}

/// The fields every introspection request carries.
fn common_headers() -> crate::http1::Headers {
    let mut headers = crate::http1::Headers::default();
    headers.add("User-Agent", concat!("Gravitee.io/4 (Claimcheck ", env!("CARGO_PKG_VERSION"), ")"));
    headers.add("X-Gravitee-Request-Id", random::uuid());
    headers
}

/// An answer other than 200: an error from 3.0 on, a refusal with its payload before.
fn other_status(behaviour: Behaviour, status: u16, payload: String) -> Introspection {
    let reason = Cow::Owned(format!("the introspection endpoint answered {status} instead of 200"));
    if behaviour.refuses_on_any_status() {
        Introspection::Inactive { payload: payload.into(), reason }
    } else {
        Introspection::Failed { payload: payload.into(), reason }
    }
}

fn failed(error: &ClientError, origin: &Origin) -> Introspection {
    let reason = format!("the introspection endpoint cannot be asked: {error}");
    Introspection::Failed { payload: said_by_vertx(error, origin).into(), reason: reason.into() }
}

/// What the exception of Gravitee's HTTP client says: up to 1.4 of the policy it stands in the challenge. (deduced)
fn said_by_vertx(error: &ClientError, origin: &Origin) -> String {
    let Origin { host, port, .. } = origin;
    match error {
        ClientError::Refused => format!("Connection refused: {host}:{port}"),
        ClientError::Unreachable => format!("No route to host: {host}:{port}"),
        ClientError::ConnectTimeout => format!("connection timed out: {host}:{port}"),
        ClientError::Dns => format!("Failed to resolve '{host}'"),
        ClientError::Tls(_) => "Failed to create SSL connection".into(),
        ClientError::Reset => "Connection reset by peer".into(),
        ClientError::ReadTimeout => "The timeout period of 30000ms has been exceeded".into(),
        ClientError::Exhausted => "Connection pool reached max wait queue size".into(),
        _ => "Connection was closed".into(),
    }
}
