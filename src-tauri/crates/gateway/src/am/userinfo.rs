//! UserInfo (OpenID Connect Core section 5.3). Belongs here: who gets it.

use serde_json::json;

use super::{Call, Standing, refusal::Refusal};
use crate::{http1::Answer, jackson};

impl Call<'_, '_> {
    pub(super) async fn userinfo(&mut self) -> Result<Answer, Refusal> {
        let Some(token) = self.bearer() else {
            return Err(Refusal::new("invalid_token", "The access token is missing").challenged(Some("Bearer")));
        };
        match self.domain.standing(&token, self.now).await {
            Standing::Live(claims) if claims.text("sub") != claims.client_id() => {
                self.request.trace.pass("userinfo", "claims of the end-user");
                let body = json!({ "sub": claims.text("sub"), "preferred_username": claims.text("sub") });
                Ok(self.domain.json(200, &jackson::pretty(&body)))
            }
            // A client's own token is recognised by its sub.
            Standing::Live(_) => Err(Refusal::new("invalid_token", "The access token was not issued for an End-User")),
            Standing::Revoked(_) => Err(invalid("it was revoked")),
            Standing::Invalid(reason) => Err(invalid(reason)),
        }
    }

    fn bearer(&self) -> Option<String> {
        let value = self.request.head.headers.text("authorization")?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    }
}

fn invalid(reason: &'static str) -> Refusal {
    Refusal::new("invalid_token", "The access token is invalid").because(reason).challenged(Some("Bearer"))
}
