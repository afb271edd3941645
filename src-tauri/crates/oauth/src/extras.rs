//! What a request may carry beside what the protocol makes of it: scopes, resources, extra parameters and headers.
//! Belongs here: which of them are possible, for the authorization and the token request alike. Not here: the requests themselves.

use url::Url;

use crate::Error;

/// Parameters that the requests set by themselves, where the grant has them.
const RESERVED: [&str; 23] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "code_challenge",
    "code_challenge_method",
    "scope",
    "grant_type",
    "code",
    "code_verifier",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "refresh_token",
    "device_code",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "requested_token_type",
    "assertion",
    "username",
    "password",
];

/// Headers that a token request has anyway.
const OWN_HEADERS: [&str; 6] = ["Authorization", "Content-Type", "Content-Length", "Host", "DPoP", "Transfer-Encoding"];

/// What is added to a request.
pub(crate) struct Extras<'a> {
    pub(crate) scopes: &'a [String],
    pub(crate) resources: &'a [String],
    pub(crate) parameters: &'a [(String, String)],
    pub(crate) headers: &'a [(String, String)],
    /// Whether the request has an `audience` of its own.
    pub(crate) audience: bool,
    /// Whether `audience` may be there several times: in a token exchange only (RFC 8693 2.1).
    pub(crate) audiences: bool,
}

impl Extras<'_> {
    /// Before anything is sent or opened.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for what no request can carry, or what it has of its own.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.scopes.iter().try_for_each(|scope| possible_scope(scope))?;
        self.resources.iter().try_for_each(|resource| possible_resource(resource))?;
        self.once_each()?;
        self.parameters.iter().try_for_each(|(name, _)| {
            not_own(name, &RESERVED, "parameter: it has its own field, or the request sets it by itself")
        })?;
        self.headers
            .iter()
            .try_for_each(|(name, _)| not_own(name, &OWN_HEADERS, "header: the request has one of its own"))
    }

    /// RFC 6749 3.1, 3.2: no parameter more than once; but RFC 8707 2 has several of `resource`.
    fn once_each(&self) -> Result<(), Error> {
        let mut known: Vec<&str> = self.audience.then_some("audience").into_iter().collect();
        for (name, _) in self.parameters {
            let may_repeat = name == "resource" || (self.audiences && name == "audience");
            if known.contains(&name.as_str()) && !may_repeat {
                let what = format!(
                    "the parameter \"{name}\" is there twice, and none may be (RFC 6749 3.2). Leave one of them out"
                );
                return Err(Error::BadRequest { what });
            }
            known.push(name);
        }
        Ok(())
    }
}

/// `scope` as sent, each once (RFC 6749 3.3); `None` asks for the default.
pub(crate) fn scope(scopes: &[String]) -> Option<String> {
    let mut once: Vec<&str> = Vec::new();
    for scope in scopes {
        if !once.contains(&scope.as_str()) {
            once.push(scope);
        }
    }
    (!once.is_empty()).then(|| once.join(" "))
}

/// RFC 6749 3.3: %x21 / %x23-5B / %x5D-7E.
fn possible_scope(scope: &str) -> Result<(), Error> {
    let possible = |b: u8| b == 0x21 || (0x23..=0x5b).contains(&b) || (0x5d..=0x7e).contains(&b);
    if !scope.is_empty() && scope.bytes().all(possible) {
        return Ok(());
    }
    let what =
        format!("\"{}\" is no scope (RFC 6749 3.3: visible ASCII without quote and backslash)", scope.escape_debug());
    Err(Error::BadRequest { what })
}

/// RFC 8707 2: an absolute URI without a fragment.
fn possible_resource(resource: &str) -> Result<(), Error> {
    let what = match Url::parse(resource) {
        Ok(url) if url.fragment().is_none() => return Ok(()),
        Ok(_) => format!("the resource {resource} has a fragment (RFC 8707 2)"),
        Err(_) => format!("the resource {resource} is no absolute URI (RFC 8707 2)"),
    };
    Err(Error::BadRequest { what })
}

fn not_own(name: &str, own: &[&str], what: &str) -> Result<(), Error> {
    if name.is_empty() || own.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err(Error::BadRequest { what: format!("\"{name}\" cannot be an extra {what}") });
    }
    Ok(())
}
