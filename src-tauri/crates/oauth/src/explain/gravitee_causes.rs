//! What is behind the gateway's refusals that [`gravitee`](super::gravitee) recognises.
//! Belongs here: headline, causes and next steps for each meaning. Not here: recognising, other gateways (`call`).

use secrecy::ExposeSecret;

use super::{
    Cause, Explanation, Likelihood, Side,
    call::Seen,
    gravitee::{Meaning, Recognised},
    hints::{self, cause},
};
use crate::claims::Claims;

impl Seen<'_> {
    /// The explanation of a recognised answer.
    pub(super) fn of_gravitee(&self, known: Recognised) -> Explanation {
        let Recognised { side, meaning } = known;
        let mut causes = match meaning {
            Meaning::NoToken | Meaning::BlankToken => self.no_token(),
            Meaning::Inactive | Meaning::Refused | Meaning::PlanInvalid => self.inactive(meaning),
            Meaning::Scope => self.scope(),
            Meaning::NoPlan | Meaning::NoSubscription | Meaning::SubscriptionOver | Meaning::SubscriptionLater => {
                self.plan(meaning)
            }
            _ => server_causes(meaning),
        };
        if self.context.token.is_some() && side != Side::Gateway {
            causes.extend(hints::of(self.context, self.challenges));
        }
        Explanation {
            headline: headline(side, meaning),
            side,
            challenge: Vec::new(),
            causes,
            reference: Some(reference(meaning).to_owned()),
        }
    }

    fn no_token(&self) -> Vec<Cause> {
        if self.context.token.is_none() {
            return vec![cause(
                Likelihood::Certain,
                "The request carried no token.",
                "Get a token and send it as Authorization: Bearer.",
            )];
        }
        vec![cause(
            Likelihood::Likely,
            "A token was sent, but did not arrive at the policy as a Bearer token: a proxy or an earlier policy removed or replaced the Authorization header.",
            "Look at the request headers in the gateway's log, and at policies that run before the OAuth2 policy.",
        )]
    }

    fn inactive(&self, meaning: Meaning) -> Vec<Cause> {
        let mut causes = vec![
            cause(
                Likelihood::Possible,
                "The authorization server says that the token is not active: expired, revoked, or issued by another security domain than the one in the API's resource.",
                "Introspect the token at the connection's server. If it is active there, compare the resource of the API with the connection: server URL and security domain.",
            ),
            cause(
                Likelihood::Possible,
                "The authorization server was restarted or its certificate changed, so the signature is no longer known.",
                "Get a fresh token.",
            ),
        ];
        if meaning == Meaning::Refused {
            causes.insert(0, self.scope_cause(Likelihood::Possible));
        }
        causes
    }

    fn scope(&self) -> Vec<Cause> {
        vec![self.scope_cause(Likelihood::Certain)]
    }

    fn scope_cause(&self, likelihood: Likelihood) -> Cause {
        let claims = self.context.token.and_then(|token| Claims::of(token.expose_secret()));
        let has = claims.and_then(|claims| claims.words("scope")).map(|words| words.join(" ")).unwrap_or_default();
        let has = if has.is_empty() { "no scope".to_owned() } else { format!("the scope {has}") };
        cause(
            likelihood,
            format!(
                "The policy requires scopes that the token does not have; this one has {has}. Current Gravitee answers 401 for that, too."
            ),
            "Compare with Required scopes of the OAuth2 policy, and ask for them in the token request.",
        )
    }

    fn plan(&self, meaning: Meaning) -> Vec<Cause> {
        let claims = self.context.token.and_then(|token| Claims::of(token.expose_secret()));
        let client = claims
            .as_ref()
            .and_then(Claims::client)
            .map_or_else(|| "the token's client".to_owned(), |id| format!("client {id}"));
        let subscription = cause(
            if meaning == Meaning::NoSubscription { Likelihood::Certain } else { Likelihood::Likely },
            format!(
                "There is no subscription: {client} is not subscribed to an OAuth2 plan of this API, or the application in API Management has another client ID."
            ),
            "In API Management open the application: its client ID must be the token's. Then subscribe it to the plan, and have the subscription accepted.",
        );
        match meaning {
            Meaning::SubscriptionOver => vec![cause(
                Likelihood::Certain,
                "The subscription has ended.",
                "Ask the API's owner to extend the subscription.",
            )],
            Meaning::SubscriptionLater => vec![cause(
                Likelihood::Certain,
                "The subscription has not begun yet.",
                "Wait, or ask the API's owner to move its start.",
            )],
            Meaning::NoSubscription => vec![subscription],
            _ => {
                let mut causes = vec![subscription];
                causes.extend(self.inactive(Meaning::Inactive));
                causes.push(cause(
                    Likelihood::Possible,
                    "The subscription is paused, closed, or its dates do not include now; or the plan's selection rule is false.",
                    "Look at the subscription's state and the plan's selection rule.",
                ));
                causes
            }
        }
    }
}

fn headline(side: Side, meaning: Meaning) -> String {
    let text = match (side, meaning) {
        (Side::GatewayPlan, Meaning::NoToken) => "The gateway found no credentials for any plan of this API",
        (_, Meaning::NoToken) => "The gateway's OAuth2 policy found no token in the request",
        (_, Meaning::BlankToken) => "The gateway's OAuth2 policy found an Authorization header without a token",
        (_, Meaning::Inactive) => "The gateway asked the authorization server, and the token is not active",
        (_, Meaning::Refused) => "The gateway's OAuth2 policy refused the token",
        (_, Meaning::Scope) => "The gateway's OAuth2 policy misses a scope in the token",
        (_, Meaning::NoResource) => "The gateway's OAuth2 policy has no authorization server to ask",
        (Side::GatewayPlan, Meaning::IntrospectionDown) => {
            "The gateway could not check the token against any plan: the authorization server could not be asked"
        }
        (_, Meaning::IntrospectionDown) => {
            "The gateway's OAuth2 policy could not ask the authorization server about the token"
        }
        (_, Meaning::IntrospectionOdd) => {
            "The gateway did not understand the authorization server's answer about the token"
        }
        (_, Meaning::NoClient) => "The gateway found no client in the token",
        (_, Meaning::NoPlan) => "The gateway found no plan of this API for the token",
        (_, Meaning::PlanInvalid) => "The gateway calls the token invalid",
        (_, Meaning::NoSubscription) => "The gateway knows no subscription for the token's client",
        (_, Meaning::SubscriptionOver) => "The subscription for this API has ended",
        (_, Meaning::SubscriptionLater) => "The subscription for this API has not begun",
        (_, Meaning::BackendDown) => "The gateway could not reach the API behind it",
        (_, Meaning::BackendSlow) => "The API behind the gateway did not answer in time",
    };
    format!("{text}.")
}

fn reference(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::NoToken | Meaning::BlankToken => "RFC 6750 2.1; Gravitee OAuth2 policy",
        Meaning::Scope => "RFC 6750 3.1 (insufficient_scope); Gravitee OAuth2 policy, Required scopes",
        Meaning::Inactive | Meaning::Refused | Meaning::PlanInvalid => "RFC 7662 2.2; Gravitee OAuth2 policy",
        Meaning::NoPlan | Meaning::NoSubscription | Meaning::SubscriptionOver | Meaning::SubscriptionLater => {
            "Gravitee API Management: plans and subscriptions"
        }
        Meaning::NoResource | Meaning::IntrospectionDown | Meaning::IntrospectionOdd | Meaning::NoClient => {
            "Gravitee OAuth2 resources"
        }
        Meaning::BackendDown | Meaning::BackendSlow => "RFC 9110 15.6; Gravitee endpoints",
    }
}

/// What only the API's owner can mend.
fn server_causes(meaning: Meaning) -> Vec<Cause> {
    let list: &[(Likelihood, &str, &str)] = match meaning {
        Meaning::NoResource => &[(
            Likelihood::Certain,
            "The OAuth2 policy names a resource that does not exist on the API or is disabled.",
            "In the API's resources add or enable it under exactly the name the policy uses; deploy.",
        )],
        Meaning::IntrospectionDown => &[
            (
                Likelihood::Likely,
                "The authorization server is down, or its URL in the API's resource is wrong as seen from the gateway.",
                "Test the resource's URL from the gateway's machine, not from yours; localhost there is the gateway itself.",
            ),
            (
                Likelihood::Likely,
                "The resource's own client ID or secret is wrong, so introspection is refused.",
                "Introspect with the resource's credentials; correct them in the API's resource.",
            ),
            (
                Likelihood::Possible,
                "The gateway does not trust the authorization server's certificate.",
                "Look at the resource's TLS settings and the gateway's log.",
            ),
        ],
        Meaning::IntrospectionOdd => &[(
            Likelihood::Likely,
            "The introspection URL of the resource does not point at an introspection endpoint.",
            "Compare it with the server's metadata.",
        )],
        Meaning::NoClient => &[(
            Likelihood::Certain,
            "The introspection answer has no client_id, which plans need to find the subscription.",
            "Have the authorization server put client_id into its introspection answers.",
        )],
        Meaning::BackendDown => &[
            (
                Likelihood::Likely,
                "The API's endpoint is down, refuses connections, or its host name is unknown to the gateway.",
                "Test the endpoint's URL from the gateway's machine; look at the endpoint's health.",
            ),
            (
                Likelihood::Possible,
                "The gateway does not accept the endpoint's certificate, or its connection pool is exhausted.",
                "Look at the gateway's log for the error key (GATEWAY_CLIENT_…).",
            ),
        ],
        Meaning::BackendSlow => &[(
            Likelihood::Likely,
            "The API behind the gateway needs longer than the gateway's time limit.",
            "Measure the endpoint directly; raise the endpoint's read timeout if that is its normal speed.",
        )],
        _ => &[],
    };
    list.iter().map(|(likelihood, what, next)| cause(*likelihood, *what, *next)).collect()
}
