//! Defects that let a request in without looking at a token. Belongs here: when security is skipped.

use super::{Weakness, Weaknesses};
use crate::http1::Headers;

type Rule = (Weakness, fn(&str, &Headers) -> bool);

const RULES: [Rule; 6] = [
    (Weakness::NoAuth, |_, _| true),
    (Weakness::AnyBearer, any_bearer),
    (Weakness::HeadOpen, |method, _| method == "HEAD"),
    (Weakness::OptionsOpen, |method, _| method == "OPTIONS"),
    (Weakness::MethodOverride, method_override),
    (Weakness::IdentityHeaderTrusted, identity_header),
];

/// The defect that lets this request in.
pub(crate) fn opens(set: Weaknesses, method: &str, headers: &Headers) -> Option<Weakness> {
    RULES
        .iter()
        .find(|(weakness, applies)| set.has(*weakness) && applies(method, headers))
        .map(|(weakness, _)| *weakness)
}

/// Something that begins with `Bearer ` is enough.
fn any_bearer(_: &str, headers: &Headers) -> bool {
    let token =
        |value: &str| value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer ")) && value.len() > 7;
    headers.text("authorization").is_some_and(token)
}

/// The method that security would look at is taken from a header.
fn method_override(_: &str, headers: &Headers) -> bool {
    ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"].iter().any(|name| headers.contains(name))
}

/// An identity that only a trusted proxy could have set.
fn identity_header(_: &str, headers: &Headers) -> bool {
    const NAMES: [&str; 9] = [
        "X-User",
        "X-Remote-User",
        "X-Forwarded-User",
        "X-Consumer-ID",
        "X-Userinfo",
        "X-Client-Cert",
        "X-Forwarded-Client-Cert",
        "Remote-User",
        "X-Authenticated-User",
    ];
    NAMES.iter().any(|name| headers.contains(name))
}
