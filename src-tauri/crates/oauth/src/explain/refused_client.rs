//! Why an authorization server does not take a client for who it says it is.
//! Belongs here: causes that fit the method in use, Gravitee's texts included. Not here: other refusals (`refusal`).

use exchange::Exchange;

use super::{Cause, Likelihood, hints::cause};
use crate::{AuthenticationMethod, Error, skew};

/// Gravitee's text for everything that is wrong with id or secret.
const GENERIC: &str = "Client authentication failed due to unknown clientId, expired or invalid client secret";

/// Gravitee's text for the wrong method.
const METHOD: &str = "missing or unsupported authentication method";

/// Where the doctor is.
const DOCTOR: &str = "let Find the right method find out (on the command line: claimcheck doctor)";

const SET_CLOCK: &str = "Compare this machine's clock with the server's, and set the one that is wrong.";

/// Causes of a refusal that says `said`, the likeliest first. `method` is how the client authenticated, where that is known; `encoding_matters` is
/// whether form-encoding changes its ID or secret.
pub(crate) fn causes(
    said: &str,
    method: Option<AuthenticationMethod>,
    encoding_matters: bool,
    exchange: Option<&Exchange>,
) -> Vec<Cause> {
    use AuthenticationMethod as Method;
    if said.contains("at least one grant type") {
        return vec![cause(
            Likelihood::Certain,
            "The client has no grant type enabled.",
            "Enable client_credentials in the client's settings at the authorization server.",
        )];
    }
    if said.contains(METHOD) {
        let encoding = encoding(method).filter(|_| encoding_matters);
        return std::iter::once(other_method(Likelihood::Certain, method)).chain(encoding).collect();
    }
    match method {
        Some(Method::TlsClientAuth) => by_certificate(),
        _ if said.contains("peer certificate") => vec![cause(
            Likelihood::Certain,
            "The client must show a TLS certificate.",
            "Set certificate and key of the connection and the method tls_client_auth, and use the server's mTLS address.",
        )],
        Some(Method::PrivateKeyJwt) => by_key(said, exchange),
        Some(Method::ClientSecretJwt) => by_signed_secret(said, exchange),
        Some(Method::None) => without_proof(),
        _ => by_secret(said, method, encoding_matters),
    }
}

fn by_secret(said: &str, method: Option<AuthenticationMethod>, encoding_matters: bool) -> Vec<Cause> {
    let encoding = encoding(method).filter(|_| encoding_matters);
    let is_generic = if said == GENERIC { Likelihood::Possible } else { Likelihood::Likely };
    [wrong_secret(), other_domain(), other_method(is_generic, method)].into_iter().chain(encoding).collect()
}

fn by_signed_secret(said: &str, exchange: Option<&Exchange>) -> Vec<Cause> {
    if let Some(clock) = expired(said) {
        return vec![clock];
    }
    let mut causes = vec![
        wrong_secret(),
        wrong_audience(Likelihood::Possible),
        clocks(exchange),
        other_method(Likelihood::Possible, Some(AuthenticationMethod::ClientSecretJwt)),
        other_domain(),
    ];
    causes.sort_by_key(|cause| cause.likelihood);
    causes
}

fn by_key(said: &str, exchange: Option<&Exchange>) -> Vec<Cause> {
    let lower = said.to_ascii_lowercase();
    let says = |text: &str| lower.contains(text);
    if let Some(clock) = expired(said) {
        return vec![clock];
    }
    if says("no jwk") {
        return vec![unknown_key(Likelihood::Certain)];
    }
    if says("no matching key") || says("kid") {
        return vec![unknown_kid(Likelihood::Likely), unknown_key(Likelihood::Likely)];
    }
    let if_said = |text: &str, otherwise| if says(text) { Likelihood::Certain } else { otherwise };
    let mut causes = vec![
        unknown_key(if_said("signature", Likelihood::Likely)),
        unknown_kid(Likelihood::Possible),
        wrong_audience(if_said("audience", Likelihood::Possible)),
        clocks(exchange),
        cause(
            Likelihood::Possible,
            "The client ID is wrong: the assertion says it as iss and sub.",
            "Copy it again from the application's settings at the authorization server.",
        ),
        other_method(Likelihood::Possible, Some(AuthenticationMethod::PrivateKeyJwt)),
        other_domain(),
    ];
    causes.sort_by_key(|cause| cause.likelihood);
    causes
}

fn unknown_key(likelihood: Likelihood) -> Cause {
    cause(
        likelihood,
        "The server does not know this key: another public key is registered for the client, or none.",
        "Compare the key file of the connection with the client's key set (jwks, jwks_uri) at the authorization server; register its public key there.",
    )
}

fn unknown_kid(likelihood: Likelihood) -> Cause {
    cause(
        likelihood,
        "The assertion names its key by no kid, or by one that is not in the client's key set.",
        "Set the key ID of the connection (--key-id) to the kid of the registered key.",
    )
}

fn by_certificate() -> Vec<Cause> {
    vec![
        cause(
            Likelihood::Likely,
            "The certificate is not the client's: its subject (or subject alternative name) is another one than the registered.",
            "Compare the certificate's subject, part by part and in order, with tls_client_auth_subject_dn or its siblings in the client's settings (RFC 8705 2.1.2).",
        ),
        cause(
            Likelihood::Likely,
            "No certificate arrived: the connection has none, the address is not the mTLS one, or a proxy ends TLS before the server.",
            "Set certificate and key of the connection; use the server's mTLS address (mtls_endpoint_aliases in its metadata, RFC 8705 5).",
        ),
        cause(
            Likelihood::Possible,
            "The server does not trust who issued the certificate, or the certificate has expired.",
            "Look at the certificate's dates and issuer, and at the authorities that the server trusts.",
        ),
        other_method(Likelihood::Possible, Some(AuthenticationMethod::TlsClientAuth)),
        cause(
            Likelihood::Possible,
            "The client ID is wrong.",
            "Copy it again from the application's settings at the authorization server.",
        ),
    ]
}

fn without_proof() -> Vec<Cause> {
    vec![
        cause(
            Likelihood::Likely,
            "The client is not public: it has to prove who it is. Client credentials are for such clients only (RFC 6749 4.4).",
            format!(
                "Look at Token Endpoint Auth Method in the client's settings, give the connection its secret, key or certificate, then {DOCTOR}."
            ),
        ),
        cause(
            Likelihood::Likely,
            "The client ID is wrong.",
            "Copy it again from the application's settings at the authorization server.",
        ),
        other_domain(),
    ]
}

fn wrong_secret() -> Cause {
    cause(
        Likelihood::Likely,
        "Client ID or secret is wrong: mistyped, copied with a space or line break, renewed since, or expired.",
        "Copy both again from the application's settings at the authorization server.",
    )
}

fn other_domain() -> Cause {
    cause(
        Likelihood::Likely,
        "The client lives in another security domain or on another server.",
        "Compare server URL and domain with the place where the application was created.",
    )
}

fn other_method(likelihood: Likelihood, method: Option<AuthenticationMethod>) -> Cause {
    let used = method.map_or("the one that was used", AuthenticationMethod::name);
    cause(
        likelihood,
        format!("The client must authenticate by another method than {used} (Basic, body, JWT, certificate)."),
        format!("Look at Token Endpoint Auth Method in the client's settings, or {DOCTOR}."),
    )
}

/// Only Basic encodes what it sends.
fn encoding(method: Option<AuthenticationMethod>) -> Option<Cause> {
    use AuthenticationMethod::{ClientSecretBasic, ClientSecretBasicRaw};
    let other = match method {
        None | Some(ClientSecretBasic) => ClientSecretBasicRaw,
        Some(ClientSecretBasicRaw) => ClientSecretBasic,
        _ => return None,
    };
    Some(cause(
        Likelihood::Possible,
        "Client ID or secret has special characters, and the server decodes Basic credentials differently.",
        format!("Try {} instead, or {DOCTOR}.", other.name()),
    ))
}

fn wrong_audience(likelihood: Likelihood) -> Cause {
    cause(
        likelihood,
        "The assertion's audience (aud) is not the one that the server wants: some want the issuer, others the token endpoint.",
        format!("Set the audience of the assertion (--client-assertion-audience) to the other one, or {DOCTOR}."),
    )
}

impl Error {
    /// How the clocks differ, where an assertion was refused for that: because the server says so, or, if the difference `alone` is enough,
    /// because its `Date` shows one and it names no other reason.
    pub(crate) fn differing_clocks(&self, alone: bool) -> Option<String> {
        use AuthenticationMethod::{ClientSecretJwt, PrivateKeyJwt};
        let Self::Refused { error, method: Some(PrivateKeyJwt | ClientSecretJwt), exchange, .. } = self else {
            return None;
        };
        let said = error.description.as_deref().unwrap_or_default();
        let measured = skew::of_answer(exchange).map(|off| format!("the server's is {off} this machine's"));
        if is_untimely(said) {
            return measured.or_else(|| Some("an assertion lives two minutes (iat, exp)".to_owned()));
        }
        measured.filter(|_| alone && !names_another_reason(said))
    }
}

/// Whether a refused assertion has another fault than its time.
fn names_another_reason(said: &str) -> bool {
    let lower = said.to_ascii_lowercase();
    let others = ["signature", "kid", "no jwk", "no matching key", "audience", "authentication method"];
    others.iter().any(|other| lower.contains(other))
}

/// Whether the server says that the assertion came too late or too early.
fn is_untimely(said: &str) -> bool {
    let lower = said.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    says(&["assertion", "jwt"]) && says(&["expired", "time range", "not yet valid", "not valid yet"])
}

/// Certain where the server says so.
fn expired(said: &str) -> Option<Cause> {
    is_untimely(said).then(|| {
        cause(
            Likelihood::Certain,
            "The assertion, which lives two minutes (iat, exp), is not valid now by the server's clock: the clocks differ.",
            SET_CLOCK,
        )
    })
}

fn clocks(exchange: Option<&Exchange>) -> Cause {
    let (likelihood, measured) = match exchange.and_then(skew::of_answer) {
        Some(measured) => (Likelihood::Likely, format!(" The server's is {measured} this machine's.")),
        None => (Likelihood::Possible, String::new()),
    };
    cause(likelihood, format!("The clocks differ: an assertion lives two minutes (iat, exp).{measured}"), SET_CLOCK)
}
