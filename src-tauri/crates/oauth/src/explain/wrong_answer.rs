//! Explains answers of an authorization server that cannot be used.
//! Belongs here: causes of [`WrongAnswer`]s, Gravitee's texts included. Not here: their texts (`wrong`), refusals (`refusal`).

use super::{Cause, Likelihood, Side, hints::cause};
use crate::{WrongAnswer, wrong::is_web};

type Told = (Side, Vec<Cause>, Option<&'static str>);

/// Who is to blame, why probably, and where it is written.
pub(crate) fn explain(wrong: &WrongAnswer) -> Told {
    use WrongAnswer as Wrong;
    let side = if matches!(wrong, Wrong::Html { .. }) { Side::Unknown } else { Side::AuthorizationServer };
    let (causes, reference) = match wrong {
        Wrong::Html { .. } => (web_page(), None),
        Wrong::NotJson { status: 404, detail } => (not_found(detail), None),
        Wrong::Empty { status: 404 } => (not_found(""), None),
        Wrong::TooManyRequests { .. } => (vec![too_many()], Some("RFC 6585 4")),
        Wrong::ServerError { .. } => (vec![in_trouble()], None),
        Wrong::Redirected { location, .. } => (vec![redirected(location)], Some("RFC 9700 4.12")),
        Wrong::DuplicateMember { .. } => (vec![put_together_wrongly()], Some("RFC 6749 3.2")),
        Wrong::TokenType { .. } | Wrong::MissingTokenType => (Vec::new(), Some("RFC 6749 7.1")),
        Wrong::FormEncoded { .. } => (vec![form_encoded()], Some("RFC 6749 5.1")),
        Wrong::Jwt { media_type, .. } => signed(media_type),
        Wrong::NotUtf8 => (vec![other_charset()], Some("RFC 8259 8.1")),
        Wrong::NoIssuer => (vec![without_issuer()], Some("RFC 8414 2")),
        // With 404 and 405 the words are those of a server that does not know the path.
        Wrong::OwnError { status: 404 | 405, .. } | Wrong::TooLarge { .. } => (vec![other_url()], None),
        Wrong::OwnError { .. } => (vec![own_words()], Some("RFC 6749 5.2")),
        _ => (vec![other_url()], Some("RFC 6749 5.1")),
    };
    (side, causes, reference)
}

fn other_url() -> Cause {
    cause(
        Likelihood::Likely,
        "The URL is not that of the endpoint: a console, a login page, or another path.",
        "For Gravitee use the gateway of Access Management (default port 8092), and the domain's path.",
    )
}

fn web_page() -> Vec<Cause> {
    let proxy = cause(
        Likelihood::Possible,
        "A proxy or a network login page answered instead.",
        "Open the URL in a browser on this machine.",
    );
    vec![other_url(), proxy]
}

fn too_many() -> Cause {
    cause(
        Likelihood::Certain,
        "Too many token requests in a short time.",
        "Wait, and use a token until it expires instead of asking for one per call.",
    )
}

fn in_trouble() -> Cause {
    cause(
        Likelihood::Certain,
        "The authorization server or its database is in trouble.",
        "Look into its log; your credentials may be right.",
    )
}

fn redirected(location: &str) -> Cause {
    if is_web(location) {
        let next = "Use the target's URL in the connection if you trust it.";
        return cause(Likelihood::Likely, "The server moved, or wants https.", next);
    }
    cause(
        Likelihood::Likely,
        "What answers there is not the endpoint, or it is set up wrongly.",
        "Compare the URL with the server's documentation or metadata. Do not use where it points to.",
    )
}

fn put_together_wrongly() -> Cause {
    cause(
        Likelihood::Certain,
        "The server, or something between here and there, puts its answers together wrongly.",
        "Look at the answer as it came, and tell whoever runs the server which member stands in it twice.",
    )
}

fn form_encoded() -> Cause {
    cause(
        Likelihood::Likely,
        "The server answers form-encoded, as some did before RFC 6749; or something between here and there drops Accept: application/json.",
        "Look for a setting, version or path of the server that answers in JSON.",
    )
}

/// RFC 9701 for introspection, OpenID Connect for UserInfo. A media type without a prefix is used for both.
fn signed(media_type: &str) -> (Vec<Cause>, Option<&'static str>) {
    let (setting, reference) = if media_type.to_ascii_lowercase().contains("token-introspection+jwt") {
        ("introspection_signed_response_alg (and introspection_encrypted_response_alg)", "RFC 9701 6")
    } else {
        (
            "userinfo_signed_response_alg (of introspection: introspection_signed_response_alg), and its sibling for encryption,",
            "OpenID Connect Core 5.3.2",
        )
    };
    let cause = cause(
        Likelihood::Likely,
        "The server is set to sign, or to encrypt, what it says to this client.",
        format!(
            "Remove {setting} from the client's registration at the server, so that it answers application/json. The JWT itself can be read by the inspector."
        ),
    );
    (vec![cause], Some(reference))
}

fn other_charset() -> Cause {
    cause(
        Likelihood::Certain,
        "The server writes its JSON in another charset than UTF-8.",
        "Tell whoever runs the server; look at the answer as it came.",
    )
}

fn without_issuer() -> Cause {
    cause(
        Likelihood::Likely,
        "The server's metadata is not complete, or what answers there is another document.",
        "Tell whoever runs the server. Until then give its endpoints one by one, beginning with the token URL.",
    )
}

fn own_words() -> Cause {
    cause(
        Likelihood::Likely,
        "The server, or a gateway before it, refuses in a form of its own, which says more than the status.",
        "Go by what it says, and by its documentation and log.",
    )
}

/// Gravitee's texts tell whether the domain or the path is unknown.
fn not_found(said: &str) -> Vec<Cause> {
    let domain = |likelihood| {
        cause(
            likelihood,
            "There is no such security domain, or it is disabled.",
            "Check the domain's path: it is the path in its URL, not its name.",
        )
    };
    if said.contains("No security domain matches") {
        return vec![domain(Likelihood::Certain)];
    }
    if said.contains("No endpoint matches") {
        let next = "Check what follows the domain: tokens are at /oauth/token, asked for by POST.";
        return vec![cause(Likelihood::Certain, "The security domain exists, but not this path in it.", next)];
    }
    vec![
        domain(Likelihood::Likely),
        cause(
            Likelihood::Likely,
            "This is another server than the gateway of Access Management.",
            "Its default port is 8092; the API gateway's is 8082, the consoles' are others.",
        ),
    ]
}
