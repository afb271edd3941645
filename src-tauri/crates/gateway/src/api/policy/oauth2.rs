//! The OAuth2 policy (`oauth2`). Belongs here: the order of its checks.
//! Not here: the words of its refusals (`behaviour`), asking the authorization server (`resource`).

use std::{borrow::Cow, sync::Arc, time::Duration};

use gravitee::policy::OAuth2 as Configured;
use serde_json::{Map, Value};

use crate::{
    am::millis,
    api::{
        Api, Call, bearer,
        behaviour::{Behaviour, OAuth2Failure},
        context::OAuth,
        environment::Environment,
        refusal::Refusal,
        resource::{Cache, Introspection, Resource, Server},
    },
    weakness::{Weakness, extraction, scope},
};

/// The policy with its configuration.
pub(crate) struct OAuth2 {
    resource: Option<String>,
    cache: Option<String>,
    extract_payload: bool,
    check_scopes: bool,
    pub(crate) required_scopes: Vec<String>,
    all_scopes: bool,
    /// What the trace says of scopes that fit.
    told: Arc<str>,
    propagate: bool,
}

/// Step of the trace, detail, what failed.
type Failure = (&'static str, Cow<'static, str>, OAuth2Failure);

impl OAuth2 {
    pub(crate) fn load(
        place: &str,
        configured: &Configured,
        environment: &mut Environment<'_>,
    ) -> Result<Self, String> {
        let name = |name: &Option<String>| {
            name.as_deref().filter(|name| !name.is_empty()).map(|name| environment.expand_text(name)).transpose()
        };
        let (resource, cache) = (name(&configured.oauth_resource)?, name(&configured.oauth_cache_resource)?);
        environment.names_server(&format!("{place}.oauthResource"), resource.as_deref());
        environment.names_cache(&format!("{place}.oauthCacheResource"), cache.as_deref());
        Ok(Self {
            resource,
            cache,
            extract_payload: configured.extract_payload,
            check_scopes: configured.check_required_scopes,
            required_scopes: configured.required_scopes.clone(),
            all_scopes: configured.mode_strict,
            told: format!("`{}` ({})", configured.required_scopes.join(" "), rule(configured.mode_strict)).into(),
            propagate: configured.propagate_auth_header,
        })
    }

    /// The token on the request, and where it was found.
    pub(crate) fn token(&self, call: &Call<'_, '_>) -> Option<(String, &'static str)> {
        let head = &call.request.head;
        if !call.api.weaknesses.is_empty()
            && let Some(found) = extraction::token(call.api.weaknesses, head)
        {
            return Some(found);
        }
        let found = bearer::extract(call.api.behaviour, call.api.engine, &head.headers, head.query());
        found.map(|(token, place)| (token.into_owned(), place))
    }

    /// The authorization server, if the API has it.
    pub(crate) fn server<'a>(&self, call: &Call<'a, '_>) -> Option<&'a Server> {
        match call.api.resources.get(self.resource.as_deref()?) {
            Some(Resource::Server(server)) => Some(server),
            _ => None,
        }
    }

    /// Lets the request pass, or refuses it.
    pub(crate) async fn enforce(&self, call: &mut Call<'_, '_>) -> Result<(), Refusal> {
        let checked = self.check(call).await;
        // Up to 3.0 the header went away in any case.
        let removes = checked.is_ok() || matches!(call.api.behaviour, Behaviour::Apim3 | Behaviour::Apim40);
        if !self.propagate && removes {
            call.request.head.headers.remove("authorization");
        }
        checked.map_err(|(step, detail, failure)| {
            call.request.trace.refuse(step, detail);
            Refusal::new(failure.key(), call.api.behaviour.oauth2(call.api.engine, &failure))
        })?;
        if !self.propagate {
            call.request.trace.info("token", "Authorization is not passed on (propagateAuthHeader is off)");
        }
        Ok(())
    }

    async fn check(&self, call: &mut Call<'_, '_>) -> Result<(), Failure> {
        let Some(server) = self.server(call) else {
            let detail = match &self.resource {
                Some(name) => format!("the API has no enabled authorization server resource `{name}`").into(),
                None => "the policy names no authorization server resource".into(),
            };
            return Err(("introspection", detail, OAuth2Failure::MissingServer));
        };
        let Some((token, place)) = self.token(call) else {
            return Err(("token", "no Authorization header with a Bearer token".into(), OAuth2Failure::MissingHeader));
        };
        call.context.oauth_token = Some(token.clone());
        if token.trim().is_empty() {
            return Err(("token", "the Bearer token is blank".into(), OAuth2Failure::MissingAccessToken));
        }
        call.request.trace.pass("token", place);
        match self.introspect(call, server, &token).await {
            Introspection::Active { claims, raw } => self.accept(call, server, &claims, raw),
            Introspection::Inactive { payload, reason } => {
                Err(("introspection", reason, OAuth2Failure::InvalidAccessToken(payload)))
            }
            Introspection::Failed { payload, reason } => {
                Err(("introspection", reason, OAuth2Failure::ServerUnavailable(payload)))
            }
            Introspection::Unparsable => {
                call.timed_out = self.check_scopes && call.api.behaviour.hangs_on_unparsable();
                let detail = "the authorization server's answer is no JSON".into();
                Err(("introspection", detail, OAuth2Failure::InvalidServerResponse))
            }
            Introspection::Never => {
                call.timed_out = true;
                let detail = "the answer makes Gravitee's resource hang until the request times out".into();
                Err(("introspection", detail, OAuth2Failure::InvalidServerResponse))
            }
        }
    }

    /// Asks once per request, token and resource; a hit in the cache resource is success as it stands.
    pub(crate) async fn introspect(&self, call: &mut Call<'_, '_>, server: &Server, token: &str) -> Introspection {
        let name = self.resource.as_deref().unwrap_or_default();
        let known = call.context.introspections.iter().find(|(of, known, _)| of == name && known == token);
        if let Some((_, _, introspection)) = known {
            return introspection.clone();
        }
        let introspection = match self.cached(call, token) {
            Some(hit) => hit,
            None => {
                if server.trusts_anything() {
                    call.request.trace.info("introspection", "the resource has no `ssl`: any certificate is trusted");
                }
                let introspection = server.introspect(token, call.api.behaviour, call.api.weaknesses, call.now).await;
                let introspection = fail_open(call, introspection);
                self.keep(call, token, &introspection);
                introspection
            }
        };
        call.context.introspections.push((name.to_owned(), token.to_owned(), introspection.clone()));
        introspection
    }

    fn cache<'a>(&self, call: &Call<'a, '_>) -> Option<&'a Cache> {
        match call.api.resources.get(self.cache.as_deref()?) {
            Some(Resource::Cache(cache)) => Some(cache),
            _ => None,
        }
    }

    fn cached(&self, call: &mut Call<'_, '_>, token: &str) -> Option<Introspection> {
        let raw = self.cache(call)?.get(token, call.now)?;
        let claims = serde_json::from_str(&raw).unwrap_or_default();
        call.request
            .trace
            .info("introspection", "answered by the cache resource, `active` and `exp` not looked at again");
        Some(Introspection::Active { claims: Arc::new(claims), raw: Some(raw) })
    }

    fn keep(&self, call: &Call<'_, '_>, token: &str, introspection: &Introspection) {
        if let (Some(cache), Introspection::Active { claims, raw: Some(raw) }) = (self.cache(call), introspection) {
            let now = millis(call.now).div_euclid(1000);
            let left = claims.get("exp").and_then(Value::as_i64).map(|exp| exp.saturating_sub(now).max(0));
            let time = left.and_then(|left| u64::try_from(left).ok()).map(Duration::from_secs);
            cache.put(token, Arc::clone(raw), time, call.now);
        }
    }

    fn accept(
        &self,
        call: &mut Call<'_, '_>,
        server: &Server,
        claims: &Arc<Map<String, Value>>,
        raw: Option<Arc<str>>,
    ) -> Result<(), Failure> {
        let client_id = client_id(call.api, claims);
        let scopes = scopes(claims);
        let client = client_id.as_deref().unwrap_or("none");
        call.request.trace.pass("introspection", format!("active; client `{client}`, scopes `{}`", scopes.join(" ")));
        let fits = self.scopes_fit(&scopes);
        let payload = || raw.map_or_else(|| Value::Object(claims.as_ref().clone()).to_string(), |raw| raw.to_string());
        let user = claims.get(&server.user_claim).map(as_text).filter(|user| !user.trim().is_empty());
        call.context.user = user.or(call.context.user.take());
        call.context.oauth = Some(OAuth { client_id, payload: self.extract_payload.then(payload), scopes });
        let forgiven = if fits { None } else { self.forgiven(call) };
        if let Some(weakness) = forgiven {
            call.request.trace.info("weakness", format!("{weakness:?}: the scope does not fit"));
            return Ok(());
        }
        if !fits {
            let rule = rule(self.all_scopes);
            let detail = format!("`{}` required ({rule})", self.required_scopes.join(" "));
            return Err(("scope", detail.into(), OAuth2Failure::InsufficientScope));
        }
        if self.check_scopes {
            call.request.trace.pass("scope", &self.told);
        }
        Ok(())
    }

    fn forgiven(&self, call: &Call<'_, '_>) -> Option<Weakness> {
        let scopes = call.context.oauth.as_ref().map(|oauth| oauth.scopes.as_slice()).unwrap_or_default();
        scope::forgives(call.api.weaknesses, call.request.head.method(), &self.required_scopes, scopes)
    }

    fn scopes_fit(&self, scopes: &[String]) -> bool {
        if !self.check_scopes || self.required_scopes.is_empty() {
            return true;
        }
        let mut required = self.required_scopes.iter();
        if self.all_scopes {
            required.all(|scope| scopes.contains(scope))
        } else {
            required.any(|scope| scopes.contains(scope))
        }
    }
}

fn rule(all_scopes: bool) -> &'static str {
    if all_scopes { "all of them" } else { "any of them" }
}

/// Weakness `fail-open`: an authorization server that cannot be asked says yes.
fn fail_open(call: &mut Call<'_, '_>, introspection: Introspection) -> Introspection {
    match introspection {
        Introspection::Failed { reason, .. } if call.api.weaknesses.has(Weakness::FailOpen) => {
            call.request.trace.info("weakness", format!("FailOpen: {reason}"));
            Introspection::Active { claims: Arc::default(), raw: None }
        }
        other => other,
    }
}

/// The client the token belongs to: `client_id`, or `aud` in later versions of the V4 engine.
pub(crate) fn client_id(api: &Api, claims: &Map<String, Value>) -> Option<String> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let own = claims.get("client_id").and_then(text);
    if own.is_some() || !api.behaviour.takes_client_id_from_aud(api.engine) {
        return own;
    }
    match claims.get("aud")? {
        Value::Array(audiences) => audiences.first().and_then(text),
        audience => text(audience),
    }
}

/// `scope`, or `scp` if there is none; text is split at single spaces as Java does: empty parts at the end are dropped.
/// One empty scope when there is neither.
pub(crate) fn scopes(claims: &Map<String, Value>) -> Vec<String> {
    match claims.get("scope").or_else(|| claims.get("scp")) {
        Some(Value::Array(scopes)) => scopes.iter().map(as_text).collect(),
        Some(value) => split(&as_text(value)),
        None => vec![String::new()],
    }
}

fn split(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = text.split(' ').map(str::to_owned).collect();
    while !text.is_empty() && parts.last().is_some_and(String::is_empty) {
        parts.pop();
    }
    parts
}

/// Jackson's `asText`: a list or an object is empty text.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => String::new(),
        other => other.to_string(),
    }
}
