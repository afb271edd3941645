//! Authorization server metadata (RFC 8414) and OpenID Connect Discovery.
//! Belongs here: where metadata is and how it is read. Not here: the endpoints as data.

use exchange::{CancellationToken, Request};
use serde_json::{Map, Value};
use url::Url;

use crate::{
    Endpoints, Error, Http, WrongAnswer,
    answer::{self, Answer},
    endpoints::check,
    error::bare,
};

/// Finds and reads the metadata of an issuer.
pub(crate) async fn discover(http: &Http, issuer: &str, cancel: &CancellationToken) -> Result<Endpoints, Error> {
    let mut tried = Vec::new();
    let mut unfit = None;
    for url in places(issuer)? {
        match fetch(http, &url, cancel).await {
            Ok(answer) => match endpoints(issuer, answer) {
                Err(error) if is_foreign(&error) => unfit = unfit.or(Some(error)),
                outcome => return outcome,
            },
            Err(error @ (Error::Send { .. } | Error::PlainHttp { .. })) => return Err(error),
            Err(error) => tried.push(format!("{url} ({})", status_of(&error))),
        }
    }
    Err(unfit.unwrap_or_else(|| Error::NoMetadata { issuer: issuer.to_owned(), tried: tried.join(", ") }))
}

/// True for metadata of another issuer, or of nobody: another place may have the right one.
fn is_foreign(error: &Error) -> bool {
    matches!(error, Error::IssuerMismatch { .. } | Error::WrongAnswer { wrong: WrongAnswer::NoIssuer, .. })
}

/// RFC 8414 3.1 inserts the well-known part before the path; OpenID Connect Discovery 4.1 appends it; RFC 8414 5 knows both for the latter.
fn places(issuer: &str) -> Result<Vec<Url>, Error> {
    let bad = |reason: &str| Error::BadServer { server: issuer.to_owned(), reason: reason.to_owned() };
    let url = Url::parse(issuer).map_err(|_| bad("an issuer is a URL such as https://as.example/tenant"))?;
    check(&url, false)?;
    let path = url.path().trim_end_matches('/');
    let origin = url.origin().ascii_serialization();
    let mut places = vec![
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        format!("{origin}{path}/.well-known/openid-configuration"),
    ];
    if !path.is_empty() {
        places.push(format!("{origin}/.well-known/openid-configuration{path}"));
        places.push(format!("{origin}{path}/.well-known/oauth-authorization-server"));
    }
    places.iter().map(|place| Url::parse(place).map_err(|_| bad("its well-known URL is no URL"))).collect()
}

async fn fetch(http: &Http, url: &Url, cancel: &CancellationToken) -> Result<Answer, Error> {
    let request = Request::new("GET", url.clone()).header("Accept", "application/json");
    answer::object(http.send(&request, cancel).await?, http.now())
}

fn status_of(error: &Error) -> String {
    let status = error.exchange().map_or(0, |exchange| exchange.status());
    match error {
        Error::WrongAnswer { wrong: WrongAnswer::Redirected { location, .. }, .. } => format!("{status} to {location}"),
        Error::WrongAnswer { wrong: WrongAnswer::Html { .. }, .. } => format!("{status}, a web page"),
        Error::WrongAnswer { wrong: WrongAnswer::TooLarge { .. }, .. } => format!("{status}, too large"),
        _ => status.to_string(),
    }
}

fn endpoints(issuer: &str, answer: Answer) -> Result<Endpoints, Error> {
    match answer.members.get("issuer").and_then(Value::as_str) {
        Some(found) if found == issuer => {}
        None | Some("") => return Err(Error::wrong(answer.exchange, WrongAnswer::NoIssuer)),
        Some(found) => {
            return Err(Error::IssuerMismatch { asked: issuer.to_owned(), found: found.to_owned() });
        }
    }
    let Some(token) = url(&answer.members, "token_endpoint") else {
        let status = answer.exchange.status();
        let detail = "metadata without a usable token_endpoint (RFC 8414 2)".to_owned();
        return Err(Error::wrong(answer.exchange, WrongAnswer::Unexpected { status, detail }));
    };
    let members = &answer.members;
    let aliases = members.get("mtls_endpoint_aliases").and_then(Value::as_object);
    let mut endpoints = Endpoints {
        issuer: Some(issuer.to_owned()),
        authorization: url(members, "authorization_endpoint"),
        introspection: url(members, "introspection_endpoint"),
        revocation: url(members, "revocation_endpoint"),
        jwks: url(members, "jwks_uri"),
        userinfo: url(members, "userinfo_endpoint"),
        device_authorization: url(members, "device_authorization_endpoint"),
        mtls_token: aliases.and_then(|aliases| url(aliases, "token_endpoint")),
        authentication_methods: list(members, "token_endpoint_auth_methods_supported"),
        code_challenge_methods: list(members, "code_challenge_methods_supported"),
        grant_types: list(members, "grant_types_supported"),
        scopes: list(members, "scopes_supported"),
        dpop_algorithms: list(members, "dpop_signing_alg_values_supported"),
        document: Some(answer.exchange.url().clone()),
        response_iss: members.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
        discovered: true,
        ..Endpoints::at(token)
    };
    endpoints.notes = strangers(issuer, &endpoints);
    endpoints.notes.extend(oddities(&endpoints));
    Ok(endpoints)
}

/// A usable URL member; others count as absent.
fn url(members: &Map<String, Value>, name: &str) -> Option<Url> {
    let url = Url::parse(members.get(name)?.as_str()?).ok()?;
    check(&url, true).is_ok().then_some(url)
}

fn list(members: &Map<String, Value>, name: &str) -> Vec<String> {
    let items = members.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Endpoints on another origin than the issuer's: legal, but worth knowing before a secret goes there.
fn strangers(issuer: &str, endpoints: &Endpoints) -> Vec<String> {
    let Ok(home) = Url::parse(issuer) else { return Vec::new() };
    let all = [
        ("token", Some(&endpoints.token)),
        ("introspection", endpoints.introspection.as_ref()),
        ("revocation", endpoints.revocation.as_ref()),
        ("jwks", endpoints.jwks.as_ref()),
        ("authorization", endpoints.authorization.as_ref()),
    ];
    let elsewhere = |url: &&Url| url.origin() != home.origin();
    all.iter()
        .filter_map(|(name, url)| url.filter(elsewhere).map(|url| (name, url)))
        .map(|(name, url)| format!("The {name} endpoint is not on the issuer's origin: {}.", bare(url)))
        .collect()
}

/// What is legal and yet worth a remark before it is relied on.
fn oddities(endpoints: &Endpoints) -> Vec<String> {
    let mut notes = Vec::new();
    let with_code = endpoints.authorization.is_some();
    if with_code && !endpoints.code_challenge_methods.iter().any(|method| method == "S256") {
        notes.push(
            "It does not list PKCE with S256 (code_challenge_methods_supported), which the authorization code flow needs to be safe (RFC 9700 2.1.1)."
                .to_owned(),
        );
    }
    if endpoints.grant_types.iter().any(|grant| grant == "authorization_code") && !with_code {
        notes.push("It lists the grant authorization_code, but no authorization_endpoint.".to_owned());
    }
    for legacy in ["password", "implicit"] {
        if endpoints.grant_types.iter().any(|grant| grant == legacy) {
            notes.push(format!("It still offers the grant {legacy}, which RFC 9700 2 forbids for new systems."));
        }
    }
    notes
}
