//! Token introspection (RFC 7662). Belongs here: who may ask, what is said.
//! Not here: which tokens are the domain's own (`domain`).

use serde_json::{Map, Value, json};

use super::{Call, Claims, domain::millis, refusal::Refusal};
use crate::{http1::Answer, jackson};

impl Call<'_, '_> {
    pub(super) async fn introspect(&mut self) -> Result<Answer, Refusal> {
        let parameters = self.parameters().await?;
        // Any client of the domain may introspect any of its tokens.
        self.authenticate(&parameters)?;
        let Some(token) = parameters.get("token").filter(|token| !token.is_empty()) else {
            return Err(Refusal::bare("invalid_request").because("the parameter token is missing"));
        };
        if let Some(body) = self.refresh_token(token) {
            return Ok(self.domain.json(200, &jackson::pretty(&body)));
        }
        let body = match self.domain.signed(token, self.now).await {
            Ok(claims) => self.signed(&claims),
            Err(reason) => self.inactive(reason),
        };
        Ok(self.domain.json(200, &jackson::pretty(&body)))
    }

    /// What is signed must also stand in the token store, which is not asked in the first seconds after `iat`: so long a revoked token is
    /// active, and so is an ID token, which never stood there (`BaseIntrospectionTokenService` of Access Management).
    fn signed(&mut self, claims: &Claims) -> Value {
        match claims.is_stored() {
            Ok(()) => self.active(claims, "live"),
            Err(reason) if self.is_within_window(claims) => {
                let unasked = "but the token store is not asked in the first seconds after iat \
                               (handlers.oauth2.introspect.offlineVerificationTimerSeconds)";
                self.active(claims, &format!("{reason}, {unasked}"))
            }
            Err(reason) => self.inactive(reason),
        }
    }

    /// Refresh tokens are introspectable too, whatever the hint.
    fn refresh_token(&mut self, token: &str) -> Option<Value> {
        let known = self.domain.grants.refresh(token, millis(self.now).div_euclid(1000))?;
        if known.is_used() {
            return Some(self.inactive("a refresh token that was used up"));
        }
        self.request.trace.pass("introspection", "active: a refresh token");
        Some(json!({
            "active": true, "client_id": known.client_id, "sub": known.user, "username": known.user,
            "scope": known.scopes.join(" "), "token_type": "bearer", "iat": known.iat, "exp": known.exp,
        }))
    }

    fn is_within_window(&self, claims: &Claims) -> bool {
        let until = claims.iat + i64::from(self.domain.config.offline_verification_seconds);
        millis(self.now) < until * 1000
    }

    fn active(&mut self, claims: &Claims, detail: &str) -> Value {
        self.request.trace.pass("introspection", format!("active: {detail}"));
        let mut body = Map::new();
        body.insert("active".into(), true.into());
        if claims.text("sub") != claims.client_id() {
            body.insert("username".into(), claims.text("sub").into());
        }
        for name in ["client_id", "sub", "aud", "scope"] {
            if let Some(value) = claims.all.get(name) {
                body.insert(name.into(), value.clone());
            }
        }
        body.insert("token_type".into(), "bearer".into());
        for (name, value) in claims.all.as_ref() {
            if !body.contains_key(name) {
                body.insert(name.clone(), value.clone());
            }
        }
        body.into()
    }

    fn inactive(&mut self, reason: &'static str) -> Value {
        self.request.trace.info("introspection", format!("not active: {reason}"));
        json!({ "active": false })
    }
}
