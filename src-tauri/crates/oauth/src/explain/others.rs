//! Recognises other gateways' refusals.
//! Belongs here: words and headers that are theirs alone. Not here: Gravitee (`gravitee`).

use exchange::Exchange;

use super::{Cause, Likelihood, Side, hints::cause};

/// A recognised product.
pub(crate) struct Product {
    pub(crate) name: &'static str,
    pub(crate) side: Side,
    pub(crate) cause: Option<Cause>,
}

/// Product, a text that only it writes, what it means, what to do.
const TEXTS: &[(&str, &str, &str, &str)] = &[
    ("Envoy", "Jwt is missing", "The filter found no token.", "Send the token as Authorization: Bearer."),
    ("Envoy", "Jwt is expired", "The token has expired.", "Get a fresh token."),
    (
        "Envoy",
        "Jwt issuer is not configured",
        "The token's iss is none of the configured issuers.",
        "Compare iss with the RequestAuthentication.",
    ),
    (
        "Envoy",
        "Audiences in Jwt are not allowed",
        "The token's aud is none of the allowed audiences.",
        "Ask for the right audience.",
    ),
    (
        "Envoy",
        "Jwt verification fails",
        "The signature does not fit the issuer's keys.",
        "Check that issuer and JWKS belong together.",
    ),
    (
        "Envoy",
        "RBAC: access denied",
        "An authorization policy does not let this caller through.",
        "Look at the AuthorizationPolicy for this path and method.",
    ),
    ("Kong", "No API key found in request", "The route wants an API key, not a token.", "Send the API key."),
    (
        "Kong",
        "No credentials found for given",
        "The token's issuer or key is not registered with a consumer.",
        "Register the credential with the consumer.",
    ),
    (
        "Kong",
        "No mandatory '",
        "The token lacks a claim that the JWT plugin needs.",
        "Compare the claims with the plugin's configuration.",
    ),
    (
        "AWS API Gateway",
        "Missing Authentication Token",
        "There is no such route, or no credentials were sent.",
        "Check stage, path and method first.",
    ),
    (
        "AWS API Gateway",
        "not authorized to access this resource",
        "The authorizer denied the call.",
        "Look at the policy that the authorizer returned.",
    ),
    (
        "Azure API Management",
        "missing subscription key",
        "The API wants a subscription key besides the token.",
        "Send Ocp-Apim-Subscription-Key.",
    ),
    (
        "Azure API Management",
        "invalid subscription key",
        "The subscription key is wrong or not active.",
        "Compare the key with the subscription.",
    ),
    (
        "Cloudflare",
        "Attention Required! | Cloudflare",
        "The firewall refused before the API saw the request.",
        "Ask for your address or client to be admitted.",
    ),
];

/// Header and product.
const HEADERS: &[(&str, &str)] = &[
    ("x-kong-response-latency", "Kong"),
    ("x-amzn-errortype", "AWS API Gateway"),
    ("x-amz-apigw-id", "AWS API Gateway"),
    ("cf-ray", "Cloudflare"),
];

/// The product behind an answer, if its words or headers tell.
pub(crate) fn recognise(exchange: &Exchange, body: &str) -> Option<Product> {
    if let Some((name, _, what, next)) = TEXTS.iter().find(|(_, text, ..)| body.contains(text)) {
        let cause = Some(cause(Likelihood::Likely, *what, *next));
        return Some(Product { name, side: Side::Gateway, cause });
    }
    // The header shows who passed the answer on; the refusal may be the API's own.
    let (_, name) = HEADERS.iter().find(|(header, _)| exchange.header(header).is_some())?;
    let own = exchange.header("x-amzn-errortype").is_some();
    own.then_some(Product { name, side: Side::Gateway, cause: None })
}
