//! This gateway's own authorization server, asked without HTTP. Belongs here: the answer the AM resource would give, and
//! where the defects of a weak API (`weakness`) take hold.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use gravitee::resource::AmOAuth2;
use secrecy::SecretString;

use super::{Introspection, other_status};
use crate::{
    am::{Domain, Standing, millis},
    api::behaviour::Behaviour,
    weakness::{
        Weakness, Weaknesses,
        claims::{Expected, judge},
        forged::{Parts, Verifier},
    },
};

/// The payload that the AM resource puts in place of an inactive answer.
pub(super) const INVALID: &str = "{\"error\": \"Invalid Access Token\"}";

pub(super) struct Local {
    domain: Option<Arc<Domain>>,
    /// Every domain, for the weakness `any-domain-key`.
    all: Vec<Arc<Domain>>,
    /// What the resource would authenticate with; absent for the built-in echo.
    client: Option<(String, SecretString)>,
}

impl Local {
    pub(super) fn new(domain: Option<Arc<Domain>>, am: &AmOAuth2, all: &[Arc<Domain>]) -> Self {
        let secret = SecretString::from(am.client_secret.clone());
        let client = (!am.client_id.is_empty()).then(|| (am.client_id.clone(), secret));
        Self { domain, all: all.to_vec(), client }
    }

    pub(super) async fn introspect(
        &self,
        token: &str,
        behaviour: Behaviour,
        weaknesses: Weaknesses,
        now: SystemTime,
    ) -> Introspection {
        let Some(domain) = &self.domain else {
            return other_status(behaviour, 404, "No security domain matches the request URI.".into());
        };
        if let Some((id, secret)) = &self.client
            && !domain.knows_basic_client(id, secret)
        {
            return other_status(behaviour, 401, "{\"error\" : \"invalid_client\"}".into());
        }
        let seconds = millis(now).div_euclid(1000);
        let reason = match domain.standing(token, now).await {
            Standing::Live(claims) => match claims.refused_by_apis(seconds) {
                Ok(()) => return Introspection::Active { claims: claims.all.clone(), raw: None },
                Err(reason) => reason,
            },
            Standing::Revoked(claims) if weaknesses.has(Weakness::StaleCache) => {
                return Introspection::Active { claims: claims.all.clone(), raw: None };
            }
            Standing::Revoked(_) => return inactive("it was revoked"),
            Standing::Invalid(reason) => reason,
        };
        if weaknesses.is_empty() {
            inactive(reason)
        } else {
            Box::pin(self.forgive(domain, token, weaknesses, seconds, reason)).await
        }
    }

    /// What a weak API makes of a token that is not valid.
    async fn forgive(
        &self,
        domain: &Domain,
        token: &str,
        set: Weaknesses,
        now: i64,
        reason: &'static str,
    ) -> Introspection {
        let (Some(parts), Some(key)) = (Parts::of(token), domain.key().await) else { return inactive(reason) };
        let mut others = Vec::new();
        for other in self.all.iter().filter(|other| other.path() != domain.path()) {
            others.extend(other.key().await.map(|key| (key.verifying.clone(), key.algorithm)));
        }
        let retired = domain.keys.gone(now).await;
        let verifier = Verifier {
            set,
            public: key.public.as_ref(),
            others: &others,
            retired: &retired,
            own: (&key.verifying, key.algorithm),
        };
        let genuine = key.verifying.verify_jws(token, &[key.algorithm]).is_ok();
        if !genuine && verifier.accepts(token, &parts).await.is_none() {
            return inactive(reason);
        }
        let other_domain = set.has(Weakness::AnyDomainKey) && !genuine;
        let is_client = |id: &str| other_domain || domain.client(id).is_some();
        let is_part = |audience: &str| domain.has_client_within(audience);
        let issuer = parts.claims.get("iss").and_then(serde_json::Value::as_str).unwrap_or_default();
        let path = if other_domain { issuer_domain(issuer) } else { domain.path() };
        let expected = Expected { now, domain: path, is_client: &is_client, is_client_substring: &is_part };
        match judge(set, &parts.header, &parts.claims, &expected) {
            Ok(()) => Introspection::Active { claims: Arc::new(parts.claims), raw: None },
            Err(reason) => inactive(reason),
        }
    }
}

/// The domain that an issuer names.
fn issuer_domain(issuer: &str) -> &str {
    issuer.strip_suffix("/oidc").and_then(|base| base.rsplit('/').next()).unwrap_or_default()
}

fn inactive(reason: &'static str) -> Introspection {
    Introspection::Inactive { payload: Cow::Borrowed(INVALID), reason: reason.into() }
}
