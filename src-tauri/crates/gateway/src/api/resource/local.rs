//! This gateway's own authorization server, asked without HTTP. Belongs here: the answer the AM resource would give.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use gravitee::resource::AmOAuth2;
use secrecy::SecretString;

use super::{Introspection, other_status};
use crate::{
    am::{Domain, Standing},
    api::behaviour::Behaviour,
};

/// The payload that the AM resource puts in place of an inactive answer.
pub(super) const INVALID: &str = "{\"error\": \"Invalid Access Token\"}";

pub(super) struct Local {
    domain: Option<Arc<Domain>>,
    /// What the resource would authenticate with; absent for the built-in echo.
    client: Option<(String, SecretString)>,
}

impl Local {
    pub(super) fn new(domain: Option<Arc<Domain>>, am: &AmOAuth2) -> Self {
        let secret = SecretString::from(am.client_secret.clone());
        Self { domain, client: (!am.client_id.is_empty()).then(|| (am.client_id.clone(), secret)) }
    }

    pub(super) async fn introspect(&self, token: &str, behaviour: Behaviour, now: SystemTime) -> Introspection {
        let Some(domain) = &self.domain else {
            return other_status(behaviour, 404, "No security domain matches the request URI.".into());
        };
        if let Some((id, secret)) = &self.client
            && !domain.knows_basic_client(id, secret)
        {
            return other_status(behaviour, 401, "{\"error\" : \"invalid_client\"}".into());
        }
        match domain.standing(token, now).await {
            Standing::Live(claims) => Introspection::Active { claims: claims.all.clone(), raw: None },
            Standing::Revoked(_) => inactive("it was revoked"),
            Standing::Invalid(reason) => inactive(reason),
        }
    }
}

fn inactive(reason: &'static str) -> Introspection {
    Introspection::Inactive { payload: Cow::Borrowed(INVALID), reason: reason.into() }
}
