//! Subscriptions and keys of the configuration. Belongs here: giving them to the plans of an API, and which of them have no effect.
//! Not here: looking for one on a request (`security`).

use gravitee::model::PlanSecurity;

use super::{
    environment::Wrong,
    model::{Key, Loaded, Plan, Subscription},
};
use crate::{ApiConfig, Config, ConfigError};

/// Adds the subscriptions and keys of an API to its plans; gives back what has no effect, by its member of the API.
pub(super) fn subscribe(
    config: &Config,
    at: usize,
    api: &ApiConfig,
    loaded: &mut Loaded,
) -> Result<Vec<Wrong>, ConfigError> {
    let unknown = |member: String, plan: &str| ConfigError::Invalid {
        file: config.file.clone(),
        place: format!("apis[{at}].{member}.plan"),
        message: format!("the API has no plan in use named `{plan}`"),
    };
    let mut idle = Vec::new();
    for (number, subscription) in api.subscriptions.iter().enumerate() {
        let member = format!("subscriptions[{number}]");
        let Some(plan) = named(loaded, &subscription.plan) else { return Err(unknown(member, &subscription.plan)) };
        plan.subscriptions.push(Subscription {
            id: format!("{}-{at}-{number}", subscription.client_id),
            client_id: subscription.client_id.clone(),
            starts_at: subscription.starts_at.map(Into::into),
            ends_at: subscription.ends_at.map(Into::into),
        });
        let why = match plan.security {
            PlanSecurity::OAuth2 | PlanSecurity::Jwt => continue,
            PlanSecurity::ApiKey => "is an API key plan, which `api_keys` are for",
            PlanSecurity::KeyLess | PlanSecurity::Mtls => "is keyless",
        };
        idle.push((member, format!("has no effect: `{}` {why}", plan.name)));
    }
    for (number, key) in api.api_keys.iter().enumerate() {
        let member = format!("api_keys[{number}]");
        let Some(plan) = named(loaded, &key.plan) else { return Err(unknown(member, &key.plan)) };
        plan.keys.push(Key { id: format!("{}-key-{at}-{number}", plan.name), secret: key.key.0.clone() });
        if plan.security != PlanSecurity::ApiKey {
            idle.push((member, format!("has no effect: `{}` is no API key plan", plan.name)));
        }
    }
    Ok(idle)
}

fn named<'a>(loaded: &'a mut Loaded, name: &str) -> Option<&'a mut Plan> {
    loaded.plans.iter_mut().find(|plan| *plan.name == *name)
}
