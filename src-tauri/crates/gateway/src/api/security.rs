//! Plans: which one the caller comes under. Belongs here: selection in both engines, subscriptions, the plan's refusals.
//! Not here: what the policies check (`policy`).

use gravitee::model::{Engine, PlanSecurity};

use crate::weakness::Weakness;

use super::{
    Call,
    behaviour::{Behaviour, Message, Words},
    context::View,
    model::{Plan, Subscription},
    policy::{ApiKey, Jwt, Policy, client_id},
    refusal::Refusal,
    resource::Introspection,
};

/// What a plan finds on the request.
enum Found {
    /// Nothing of its kind.
    NoToken,
    /// A token of this client.
    Client(String),
    /// Something that needs no subscription.
    Anybody,
    /// Something of its kind that is not valid, or names no client.
    Invalid,
    /// It could not be found out.
    Failed,
}

/// Why no plan was chosen, the most telling last (verbose 401).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Diagnosis {
    NoToken,
    NoPlan,
    NotStarted,
    Expired,
    NoSubscription,
    InvalidToken,
}

impl Diagnosis {
    fn sentence(self) -> &'static str {
        match self {
            Self::InvalidToken => "The provided authentication token is invalid",
            Self::NoSubscription => "The provided credentials are not authorized",
            Self::Expired => "Access has expired for the provided credentials",
            Self::NotStarted => "The subscription has not yet started for the provided credentials",
            Self::NoPlan => "No plan matched the request",
            Self::NoToken => "The request did not include an authentication token",
        }
    }
}

impl<'a> Call<'a, '_> {
    /// Chooses a plan and runs its policy.
    pub(super) async fn secure(&mut self) -> Result<Option<&'a Plan>, Refusal> {
        if self.bypass {
            return Ok(None);
        }
        match self.api.engine {
            Engine::V4 => self.secure_v4().await.map(Some),
            Engine::V3 => self.secure_v3().await.map(Some),
        }
    }

    async fn secure_v4(&mut self) -> Result<&'a Plan, Refusal> {
        let (mut token_seen, mut failed, mut diagnosis) = (false, false, Diagnosis::NoToken);
        for plan in &self.api.plans {
            let found = self.find(plan, token_seen).await;
            if self.timed_out {
                break;
            }
            token_seen |= matches!(found, Found::Client(_) | Found::Invalid);
            failed |= matches!(found, Found::Failed);
            match self.admit(plan, found) {
                Ok(()) => {
                    self.request.trace.pass("plan", &plan.told);
                    self.context.plan = Some(plan.name.clone());
                    if let Some(policy) = &plan.policy {
                        policy.on_request(self).await?;
                    }
                    return Ok(plan);
                }
                Err(reason) => diagnosis = diagnosis.max(reason),
            }
        }
        Err(self.unresolvable(failed, diagnosis))
    }

    /// What the plan finds; the authorization server is asked here, before the selection rule.
    async fn find(&mut self, plan: &Plan, token_seen: bool) -> Found {
        match &plan.policy {
            None if token_seen => Found::NoToken,
            None => Found::Anybody,
            Some(Policy::Jwt(jwt)) => match Jwt::token(self) {
                None => Found::NoToken,
                Some(token) => {
                    let client = jwt.claimed_client(&token).map_or(Found::Invalid, Found::Client);
                    self.context.jwt_token = Some(token);
                    client
                }
            },
            Some(Policy::OAuth2(oauth2)) => {
                let (Some(server), Some((token, _))) = (oauth2.server(self), oauth2.token(self)) else {
                    return Found::NoToken;
                };
                self.context.oauth_token = Some(token.clone());
                if token.trim().is_empty() {
                    return Found::Invalid;
                }
                match oauth2.introspect(self, server, &token).await {
                    Introspection::Active { .. } if self.api.is_mcp => Found::Anybody,
                    // Nobody was asked: there is no client whose subscription could be looked for.
                    Introspection::Active { claims, .. } if self.fails_open() && claims.is_empty() => Found::Anybody,
                    Introspection::Active { claims, .. } => {
                        client_id(self.api, &claims).map_or(Found::Invalid, Found::Client)
                    }
                    Introspection::Failed { reason, .. } => {
                        self.request.trace.info("introspection", reason);
                        Found::Failed
                    }
                    Introspection::Inactive { reason, .. } => {
                        self.request.trace.info("introspection", reason);
                        Found::Invalid
                    }
                    Introspection::Unparsable => Found::Invalid,
                    Introspection::Never => {
                        self.timed_out = true;
                        Found::Failed
                    }
                }
            }
            Some(Policy::ApiKey(_)) => match ApiKey::key(self) {
                None => Found::NoToken,
                Some(key) if ApiKey::known(&key, plan).is_some() => Found::Anybody,
                Some(_) => Found::Invalid,
            },
            Some(_) => Found::NoToken,
        }
    }

    /// Whether the caller comes under this plan.
    fn admit(&mut self, plan: &Plan, found: Found) -> Result<(), Diagnosis> {
        let client = match found {
            Found::NoToken => {
                self.request.trace.skip("plan", format!("`{}`: nothing of its kind on the request", plan.name));
                return Err(Diagnosis::NoToken);
            }
            Found::Invalid | Found::Failed => {
                self.request.trace.skip("plan", format!("`{}`: the token is invalid or names no client", plan.name));
                return Err(Diagnosis::InvalidToken);
            }
            Found::Client(client) => Some(client),
            Found::Anybody => None,
        };
        if !self.rule_holds(plan) {
            return Err(Diagnosis::NoPlan);
        }
        client.map_or(Ok(()), |client| self.subscribe(plan, client))
    }

    /// Whether the plan's selection rule takes the request; one without a rule takes every request.
    fn rule_holds(&mut self, plan: &Plan) -> bool {
        let view = View { api: self.api, request: self.request, context: &self.context, error: None };
        let holds = plan.rule.as_ref().is_none_or(|rule| rule.holds(&view));
        if !holds {
            self.request.trace.skip("plan", format!("`{}`: its selection rule does not hold", plan.name));
        }
        holds
    }

    /// Finds the subscription of this client to this plan.
    fn subscribe(&mut self, plan: &Plan, client: String) -> Result<(), Diagnosis> {
        let mut reason = Diagnosis::NoSubscription;
        for subscription in plan.subscriptions.iter().filter(|subscription| subscription.client_id == client) {
            match subscription.stands(self.now) {
                Ok(()) => {
                    self.context.application = Some(client);
                    self.context.subscription = Some(subscription.id.clone());
                    return Ok(());
                }
                Err(why) => reason = why,
            }
        }
        let detail = match reason {
            Diagnosis::Expired => "The subscription has expired for",
            Diagnosis::NotStarted => "The subscription has not started for",
            _ => "No subscription was found for",
        };
        let detail = format!("{detail} Client ID: {} (plan: {})", masked(&client), plan.name);
        self.request.trace.skip("subscription", detail);
        Err(reason)
    }

    fn unresolvable(&mut self, failed: bool, diagnosis: Diagnosis) -> Refusal {
        // Since 3.0.4 of the policy an error is not said to be the caller's fault.
        if failed && self.api.behaviour >= Behaviour::Apim40 {
            self.request.trace.refuse("plan", "the authorization server cannot be asked");
            return Refusal::said("GATEWAY_PLAN_RESOLUTION_FAILURE", 503, "Temporarily Unavailable");
        }
        self.request.trace.refuse("plan", diagnosis.sentence());
        let said = if self.api.verbose && self.api.behaviour.has_verbose_401() {
            diagnosis.sentence()
        } else {
            "Unauthorized"
        };
        // The first plan that has one.
        let challenge = self.api.plans.iter().find_map(|plan| match &plan.policy {
            Some(Policy::OAuth2(oauth2)) if self.api.is_mcp => Some(self.metadata_challenge(&oauth2.required_scopes)),
            Some(Policy::OAuth2(oauth2)) => self.api.behaviour.plan_challenge(&oauth2.required_scopes),
            Some(Policy::Jwt(_)) => self.api.behaviour.plan_challenge(&[]),
            _ => None,
        });
        let message = Message::Text(said.into());
        Refusal::new("GATEWAY_PLAN_UNRESOLVABLE", Words { status: 401, challenge: challenge.map(Into::into), message })
    }

    /// V3: the kind of credential chooses the plan, its policy runs, then the subscription is looked for.
    async fn secure_v3(&mut self) -> Result<&'a Plan, Refusal> {
        let Some(plan) = self.api.plans.iter().find(|plan| self.has_credential(plan) && self.rule_holds(plan)) else {
            self.request.trace.refuse("plan", "no plan fits the credentials on the request");
            return Err(Refusal::said("GATEWAY_PLAN_UNRESOLVABLE", 401, "Unauthorized"));
        };
        self.request.trace.pass("plan", &plan.told);
        self.context.plan = Some(plan.name.clone());
        if let Some(policy) = &plan.policy {
            policy.on_request(self).await?;
        }
        let client = match plan.security {
            PlanSecurity::OAuth2 => self.context.oauth.as_ref().and_then(|oauth| oauth.client_id.clone()),
            PlanSecurity::Jwt => match &plan.policy {
                Some(Policy::Jwt(jwt)) => Jwt::token(self).and_then(|token| jwt.claimed_client(&token)),
                _ => None,
            },
            PlanSecurity::KeyLess | PlanSecurity::ApiKey | PlanSecurity::Mtls => return Ok(plan),
        };
        let Some(client) = client else {
            if self.fails_open() {
                return Ok(plan);
            }
            self.request.trace.refuse("subscription", "the token names no client");
            let message = Message::Text("Unauthorized".into());
            let challenge = Some("Bearer realm=\"gravitee.io\"".into());
            return Err(Refusal::new("GATEWAY_OAUTH2_INVALID_CLIENT", Words { status: 401, challenge, message }));
        };
        self.subscribe(plan, client).map(|()| plan).map_err(|_| {
            self.request.trace.refuse("subscription", "the client has no subscription that stands");
            Refusal::said("GATEWAY_OAUTH2_ACCESS_DENIED", 401, "Unauthorized")
        })
    }

    /// Weakness `fail-open`.
    fn fails_open(&self) -> bool {
        self.api.weaknesses.has(Weakness::FailOpen)
    }

    fn has_credential(&self, plan: &Plan) -> bool {
        match &plan.policy {
            None => true,
            Some(Policy::OAuth2(oauth2)) => oauth2.token(self).is_some(),
            Some(Policy::Jwt(_)) => Jwt::token(self).is_some_and(|token| token.split('.').count() == 3),
            Some(Policy::ApiKey(_)) => ApiKey::key(self).is_some(),
            Some(_) => false,
        }
    }
}

impl Subscription {
    fn stands(&self, now: std::time::SystemTime) -> Result<(), Diagnosis> {
        if self.starts_at.is_some_and(|start| now < start) {
            return Err(Diagnosis::NotStarted);
        }
        if self.ends_at.is_some_and(|end| now >= end) { Err(Diagnosis::Expired) } else { Ok(()) }
    }
}

/// A client id as the diagnostics print it.
fn masked(client: &str) -> String {
    let characters: Vec<char> = client.chars().collect();
    let shown = match characters.len() {
        0..=4 => return characters.iter().take(1).collect::<String>() + "***",
        5..=8 => 2,
        _ => 4,
    };
    let first: String = characters.iter().take(shown).collect();
    let last: String = characters.iter().skip(characters.len() - shown).collect();
    format!("{first}***{last}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn masks_client_ids() {
        for (id, expected) in [("", "***"), ("abc", "a***"), ("abcdefgh", "ab***gh"), ("abcd-1234-wxyz", "abcd***wxyz")]
        {
            assert_eq!(super::masked(id), expected);
        }
    }
}
