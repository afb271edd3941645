//! Explains why an authorization server gave no token.
//! Belongs here: causes of the protocol's errors, Gravitee's texts included. Not here: refusals of the client (`refused_client`) and of what a
//! grant takes (`refused_grant`), answers that cannot be used (`wrong_answer`), the texts of the errors themselves (`error`, `wrong`).

use exchange::{Exchange, Failure};

use super::{
    Cause, Explanation, Likelihood, Side, challenge, hints::cause, refused_client, refused_grant, wrong_answer,
};
use crate::{AuthenticationMethod, Error, OAuthError};

/// See [`explain_error`](super::explain_error).
pub(crate) fn explain(error: &Error) -> Explanation {
    let (side, causes, reference) = match error {
        Error::Refused { error: refusal, method, encoding_matters, grant, exchange } => {
            let asked = Asked { method: *method, encoding_matters: *encoding_matters, grant: *grant };
            (Side::AuthorizationServer, refused(refusal, &asked, Some(exchange)), Some(source(refusal)))
        }
        Error::WrongAnswer { wrong, .. } => wrong_answer::explain(wrong),
        Error::Send { failure, .. } => sending(failure),
        Error::PlainHttp { .. } => (Side::Client, Vec::new(), Some("RFC 6749 3.2")),
        Error::IssuerMismatch { .. } => (Side::AuthorizationServer, Vec::new(), Some("RFC 8414 3.3")),
        Error::ForeignAnswer { .. } => (Side::AuthorizationServer, Vec::new(), Some("RFC 9207 2.4")),
        Error::NoMetadata { .. } => (Side::AuthorizationServer, no_metadata(), Some("RFC 8414 3.1")),
        Error::AuthorizationRefused { error } => {
            (Side::AuthorizationServer, refused(error, &Asked::default(), None), Some("RFC 6749 4.1.2.1"))
        }
        Error::Browser { .. } => (Side::Client, Vec::new(), Some("RFC 8252 7.3")),
        Error::SignInNeeded { .. } | Error::NoEndpoint { .. } | Error::BadServer { .. } | Error::BadRequest { .. } => {
            (Side::Client, Vec::new(), None)
        }
    };
    Explanation {
        headline: error.to_string(),
        side,
        challenge: error.exchange().map(|exchange| challenge::of(exchange)).unwrap_or_default(),
        causes,
        reference: reference.map(str::to_owned),
    }
}

/// Where the error is defined.
fn source(error: &OAuthError) -> &'static str {
    match error.code.as_str() {
        "unsupported_token_type" => "RFC 7009 2.2.1",
        _ => "RFC 6749 5.2",
    }
}

/// What is known of a request that was refused.
#[derive(Default)]
struct Asked<'a> {
    method: Option<AuthenticationMethod>,
    encoding_matters: bool,
    grant: Option<&'a str>,
}

fn refused(error: &OAuthError, asked: &Asked<'_>, exchange: Option<&Exchange>) -> Vec<Cause> {
    let said = error.description.as_deref().unwrap_or_default();
    let of_the_client = || refused_client::causes(said, asked.method, asked.encoding_matters, exchange);
    match error.code.as_str() {
        "invalid_client" => of_the_client(),
        "invalid_scope" => vec![cause(
            Likelihood::Certain,
            "A scope that was asked for is not configured for this client. Scopes are compared with case.",
            "Leave the scope out to get the client's default scopes, or add it to the client at the authorization server.",
        )],
        "unsupported_grant_type" => vec![
            cause(
                Likelihood::Likely,
                "The grant is not enabled for this client (Gravitee says it this way; the standard would be unauthorized_client).",
                "Enable the grant type in the client's settings at the authorization server.",
            ),
            cause(
                Likelihood::Possible,
                "The server does not know this grant at all.",
                "Look at grant_types_supported in its metadata.",
            ),
        ],
        "unauthorized_client" if error.is_of_the_client() => {
            let mut causes = of_the_client();
            causes.push(no_grant(Likelihood::Possible));
            causes
        }
        "unauthorized_client" => vec![no_grant(Likelihood::Certain)],
        "invalid_grant" => refused_grant::causes(said, asked.grant),
        "invalid_request" => invalid_request(said),
        "invalid_target" => vec![cause(
            Likelihood::Certain,
            "The server does not know this resource or audience, or the client may not have it.",
            "Register the resource at the authorization server, byte for byte as it is asked for (RFC 8707 2).",
        )],
        "access_denied" => vec![cause(
            Likelihood::Likely,
            "The user or a policy of the server said no.",
            "Ask whoever runs the authorization server.",
        )],
        "use_dpop_nonce" | "invalid_dpop_proof" => vec![cause(
            Likelihood::Certain,
            "The server does not accept the DPoP proof.",
            "Check clock and key; repeat with the server's nonce.",
        )],
        "temporarily_unavailable" | "server_error" => vec![cause(
            Likelihood::Certain,
            "The server has a trouble of its own.",
            "Try again later; your request may be right.",
        )],
        "unsupported_token_type" => vec![cause(
            Likelihood::Certain,
            "The server does not revoke tokens of this kind: often access tokens that are JWTs, which APIs verify by themselves.",
            "Revoke the refresh token, if there is one, and let the access token expire.",
        )],
        "invalid_token" => vec![cause(
            Likelihood::Likely,
            "The token that was presented is expired, revoked, or of the wrong kind (a client's token has no user).",
            "Present an access token that was issued for a user.",
        )],
        _ => vec![cause(
            Likelihood::Possible,
            "The server uses an error of its own.",
            "See the server's documentation and log.",
        )],
    }
}

fn no_grant(likelihood: Likelihood) -> Cause {
    cause(
        likelihood,
        "The client may not use this grant.",
        "Enable the grant type in the client's settings at the authorization server.",
    )
}

fn invalid_request(said: &str) -> Vec<Cause> {
    if said.contains("more than once") {
        return vec![cause(
            Likelihood::Certain,
            "A parameter occurs twice.",
            "Remove it from the extra parameters or from the token URL's query.",
        )];
    }
    if said.contains("DPoP") {
        return vec![cause(
            Likelihood::Certain,
            "This client must prove possession of a key (DPoP).",
            "Switch DPoP on for the connection.",
        )];
    }
    vec![cause(
        Likelihood::Likely,
        "A parameter is missing or malformed, or the client authenticated in two ways at once.",
        "Look at the request as it was sent; remove extra parameters one by one.",
    )]
}

fn no_metadata() -> Vec<Cause> {
    vec![
        cause(
            Likelihood::Likely,
            "The issuer is mistyped; Gravitee's ends in /oidc after the domain.",
            "For Gravitee give server and domain instead of an issuer.",
        ),
        cause(Likelihood::Possible, "The server publishes no metadata.", "Give the token URL itself."),
    ]
}

fn sending(failure: &Failure) -> (Side, Vec<Cause>, Option<&'static str>) {
    let side = match failure {
        Failure::Proxy { .. } => Side::Proxy,
        Failure::Cancelled
        | Failure::BadUrl { .. }
        | Failure::BadRequest { .. }
        | Failure::BadSettings { .. }
        | Failure::Passphrase { .. }
        | Failure::Dns { .. } => Side::Client,
        _ => Side::Unknown,
    };
    (side, Vec::new(), None)
}
