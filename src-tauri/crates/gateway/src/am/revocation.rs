//! Token revocation (RFC 7009). Belongs here: who may revoke what. Not here: remembering it (`tokens`).

use super::{Call, Standing, refusal::Refusal};
use crate::http1::Answer;

impl Call<'_, '_> {
    pub(super) async fn revoke(&mut self) -> Result<Answer, Refusal> {
        let parameters = self.parameters().await?;
        let client = self.authenticate(&parameters)?;
        let Some(token) = parameters.get("token").filter(|token| !token.is_empty()) else {
            return Err(Refusal::bare("invalid_request").because("the parameter token is missing"));
        };
        if self.revoke_refresh(token, &client)? {
            return Ok(Answer::empty(200));
        }
        match self.domain.standing(token, self.now).await {
            Standing::Live(claims) | Standing::Revoked(claims) => {
                if claims.client_id() != Some(&client.client_id) {
                    return Err(Refusal::new("invalid_grant", "Cannot revoke tokens issued to other clients."));
                }
                self.domain.revoke(token, &claims, self.now);
                self.request.trace.pass("revocation", "revoked; APIs of this gateway refuse it at once");
            }
            Standing::Invalid(reason) => {
                self.request.trace.info("revocation", format!("nothing to revoke: {reason}"));
            }
        }
        Ok(Answer::empty(200))
    }
}
