//! The OAuth2 policy. Belongs here: the order of its checks. Not here: the words of its refusals (`behaviour`).

use std::time::SystemTime;

use super::{
    bearer,
    behaviour::{Behaviour, OAuth2Failure},
    refusal::Refusal,
    resource::{AmResource, Introspection},
};
use crate::http1::Request;

/// The policy with its configuration.
pub(crate) struct OAuth2 {
    pub(crate) behaviour: Behaviour,
    pub(crate) resource: AmResource,
}

impl OAuth2 {
    /// Lets the request pass, or refuses it.
    pub(crate) async fn enforce(&self, request: &mut Request<'_>, now: SystemTime) -> Result<(), Refusal> {
        match self.check(request, now).await {
            Ok(()) => Ok(()),
            Err((step, detail, failure)) => {
                request.trace.refuse(step, detail);
                Err(Refusal { key: failure.key(), words: self.behaviour.oauth2(&failure) })
            }
        }
    }

    async fn check(
        &self,
        request: &mut Request<'_>,
        now: SystemTime,
    ) -> Result<(), (&'static str, &'static str, OAuth2Failure)> {
        let Some(token) = bearer::tutorial(&request.head.headers) else {
            return Err(("token", "no Authorization header with a Bearer token", OAuth2Failure::MissingHeader));
        };
        if token.is_empty() {
            return Err(("token", "the Bearer token is blank", OAuth2Failure::MissingAccessToken));
        }
        request.trace.pass("token", "Bearer token in the Authorization header");
        match self.resource.introspect(token, now).await {
            Introspection::Active(claims) => {
                let client = claims.client_id().unwrap_or("unknown");
                let scope = claims.text("scope").unwrap_or_default();
                request.trace.pass("introspection", format!("active, client `{client}`, scope `{scope}`"));
                Ok(())
            }
            Introspection::Inactive(payload, reason) => {
                Err(("introspection", reason, OAuth2Failure::InvalidAccessToken(payload)))
            }
        }
    }
}
