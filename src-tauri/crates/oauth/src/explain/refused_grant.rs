//! Why an authorization server does not take what a grant is asked by: a code, a refresh token, a password, an assertion.
//! Belongs here: causes of `invalid_grant` (RFC 6749 5.2) that fit the grant. Not here: other refusals (`refusal`).

use super::{Cause, Likelihood, hints::cause};

/// Causes of a refusal that says `said`, the likeliest first. `grant` is the `grant_type`, where that is known.
pub(crate) fn causes(said: &str, grant: Option<&str>) -> Vec<Cause> {
    if said.contains("issued to other clients") {
        return vec![cause(
            Likelihood::Certain,
            "The token belongs to another client (RFC 7009 2.1).",
            "Revoke it with the client that got it.",
        )];
    }
    match grant.map(|grant| grant.rsplit(':').next().unwrap_or(grant)) {
        Some("refresh_token") => refresh_token(),
        Some("authorization_code") => code(),
        Some("device_code") => {
            vec![spent("device code", "Begin the sign-in again, and confirm it while the code lives.")]
        }
        Some("client_credentials") => client_credentials(),
        Some("password") => vec![cause(
            Likelihood::Likely,
            "User name or password is wrong, or the account is locked or needs a second factor.",
            "Check both by signing in where the account is used otherwise.",
        )],
        Some("jwt-bearer") => assertion(),
        Some("token-exchange") => vec![spent(
            "subject token or the actor token",
            "Get a fresh one, and compare its type with the one that was named.",
        )],
        _ => vec![spent("code, token or assertion that the grant was asked by", "Begin again with a fresh one.")],
    }
}

fn spent(what: &str, next: &str) -> Cause {
    cause(
        Likelihood::Likely,
        format!("The {what} is unknown to the server, expired, used up, revoked, or belongs to another client."),
        next,
    )
}

/// There is nothing that could have expired: oidc-provider says it this way where a client must have bound tokens.
fn client_credentials() -> Vec<Cause> {
    vec![
        cause(
            Likelihood::Likely,
            "The server gives this client only tokens that are bound to a key: by DPoP (RFC 9449) or by a certificate (RFC 8705).",
            "Switch DPoP on for the connection (--dpop), or set its client certificate.",
        ),
        cause(
            Likelihood::Likely,
            "The client may not use client_credentials; the standard would be unauthorized_client.",
            "Enable the grant type in the client's settings at the authorization server.",
        ),
    ]
}

/// A server that rotates takes each refresh token once, and may end the whole family when one comes again (RFC 9700 4.14.2).
fn refresh_token() -> Vec<Cause> {
    vec![
        spent("refresh token", "Sign in again, or get a new token by the grant that brought this one."),
        cause(
            Likelihood::Possible,
            "The server gives out a new refresh token each time and takes the old one no more (rotation); where one comes a second time it may end all of \
             its successors too.",
            "Use the refresh token of the newest answer only, and in one place.",
        ),
    ]
}

fn code() -> Vec<Cause> {
    vec![
        spent("authorization code", "Sign in again: a code is for one use within minutes."),
        cause(
            Likelihood::Possible,
            "The redirect URI or the PKCE verifier differs from the first request.",
            "Compare both with the authorization request.",
        ),
    ]
}

fn assertion() -> Vec<Cause> {
    vec![
        cause(
            Likelihood::Likely,
            "The server does not trust who issued the assertion, or its signature does not fit the key that is registered.",
            "Compare iss, kid and key with what the authorization server knows.",
        ),
        cause(
            Likelihood::Likely,
            "The assertion has expired, is not valid yet, names another audience, or was used before.",
            "Make a fresh one for this server's token endpoint or issuer; compare the clocks.",
        ),
    ]
}
