//! Weaknesses of a token that are worth knowing even where every rule passes: the lint of headers, claims and text.
//! Not here: rules of acceptance ([`super::rules`]), the lint of key sets ([`crate::lint_jwks`]).

use super::claims::{hidden_in, type_name, wrong_parameters, wrong_types};
use super::dpop;
use super::part::Remarks;
use super::signature::{Signed, is_none};
use super::times::{self, NumericDate};
use super::weak_secret;
use crate::algorithm::{Algorithm, Family};
use crate::inspection::{Inspection, Severity};
use crate::verify::payload_is_encoded;
use crate::{Expectations, base64url};
use serde_json::{Map, Value};

/// RFC 6750 5.3 asks for an hour or less; a day is where it stops being an access token.
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// Claims about a person.
const PERSONAL: [&str; 20] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "email",
    "gender",
    "birthdate",
    "phone_number",
    "address",
    "picture",
    "unique_name",
    "upn",
    "ipaddr",
    "place_of_birth",
    "nationalities",
    "msisdn",
    "login_hint",
    "verified_claims",
];

/// What the header and the signature give away.
pub(super) fn of_signed(remarks: &mut Remarks, signed: &Signed<'_>) {
    of_algorithm(remarks, signed);
    of_header(remarks, signed.header);
    // These have findings of their own: `alg-type`, `crit`.
    of_types(remarks, signed.header, &["alg", "crit", "b64"]);
    if let Err(error) = payload_is_encoded(signed.header) {
        let message = format!("A verifier must refuse this token: {error}.");
        remarks.finding("crit", Severity::Medium, message, "RFC 7515 4.1.11");
    }
}

fn of_algorithm(remarks: &mut Remarks, signed: &Signed<'_>) {
    let name = match signed.header.get("alg") {
        Some(Value::String(name)) => name,
        Some(other) => {
            let message = format!("`alg` must be a string, and is {}: no verifier can follow it.", type_name(other));
            return remarks.finding("alg-type", Severity::High, message, "RFC 7515 4.1.1");
        }
        None => return remarks.finding("alg-missing", Severity::High, "The header has no `alg`.", "RFC 7515 4.1.1"),
    };
    if is_none(name) {
        let message = "`alg` is `none`: the token is unsecured, anyone can write or change it.";
        return remarks.finding("alg-none", Severity::Critical, message, "RFC 7518 3.6, RFC 8725 3.2");
    }
    if signed.signature.is_empty() {
        let message = "The signature is empty: whoever takes this token takes any.";
        remarks.finding("signature-missing", Severity::Critical, message, "RFC 7515 5.2");
    }
    let Some(algorithm) = Algorithm::from_name(name) else {
        let message = format!("`{name}` is no registered signature algorithm known here; case counts.");
        return remarks.finding("alg-unknown", Severity::Medium, message, "RFC 7518 3.1");
    };
    let signature = base64url::decode(signed.signature).unwrap_or_default();
    match algorithm.family() {
        Family::Hmac => of_hmac(remarks, signed, algorithm, &signature),
        Family::Ecdsa if !signature.is_empty() && signature.iter().all(|byte| *byte == 0) => {
            let message =
                "The ECDSA signature is all zeros, which broken verifiers accept for any token (CVE-2022-21449).";
            remarks.finding("psychic-signature", Severity::Critical, message, "RFC 8725 3.3");
        }
        _ => {}
    }
}

fn of_hmac(remarks: &mut Remarks, signed: &Signed<'_>, algorithm: Algorithm, signature: &[u8]) {
    if let Some(secret) = weak_secret::find(algorithm, signed.input, signature) {
        let shown: String = secret.chars().take(2).collect();
        let message = format!(
            "Signed with a secret that attackers try first (`{shown}…`, {} characters): anyone can sign such tokens.",
            secret.chars().count()
        );
        remarks.finding("weak-secret", Severity::Critical, message, "RFC 8725 3.5, RFC 7518 3.2");
    }
    let message = "Signed with a shared secret: every party that can verify it can also make it, and no JWKS can publish the key.";
    remarks.finding("shared-secret", Severity::Info, message, "RFC 8725 3.5");
}

/// Parameters by which a token tries to bring or name its own key (RFC 7515 4.1.2 to 4.1.6).
pub(super) fn of_header(remarks: &mut Remarks, header: &Map<String, Value>) {
    type Fits = fn(&Value) -> bool;
    const BRINGS: [(&str, Fits, &str); 4] = [
        ("jwk", Value::is_object, "brings its own key"),
        ("jku", Value::is_string, "names an address to fetch its key from"),
        ("x5u", Value::is_string, "names an address to fetch its certificate from"),
        ("x5c", Value::is_array, "brings its own certificate"),
    ];
    let is_proof = dpop::is_proof(header);
    for (name, is_one, what) in BRINGS {
        if header.get(name).is_some_and(is_one) && !(is_proof && name == "jwk") {
            let message = format!(
                "The token {what} (`{name}`). A verifier that follows it accepts any forgery; it is not followed here."
            );
            remarks.finding(&format!("header-{name}"), Severity::Medium, message, "RFC 7515 10, RFC 8725 3.10");
        }
    }
    if let Some(kid) = header.get("kid").and_then(Value::as_str) {
        of_kid(remarks, kid);
    }
    of_hidden(remarks, "header", header);
    if header.get("jwk").and_then(|jwk| jwk.get("d").or_else(|| jwk.get("k"))).is_some() {
        let message = "The header's `jwk` holds private members: the key is public now.";
        remarks.finding("private-key-in-header", Severity::Critical, message, "RFC 7515 4.1.3");
    }
}

/// Parameters of another type than their definition asks for.
fn of_types(remarks: &mut Remarks, header: &Map<String, Value>, told_elsewhere: &[&str]) {
    for (name, wrong, reference) in wrong_parameters(header).filter(|(name, ..)| !told_elsewhere.contains(name)) {
        let message = format!("`{name}` {wrong}: strict readers refuse the token, others act as if it were not there.");
        remarks.finding("header-type", Severity::Medium, message, reference);
    }
}

fn of_kid(remarks: &mut Remarks, kid: &str) {
    let lower = kid.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let looks = [
        (has(&["://"]), "kid-url", "an address"),
        (has(&["../", "..\\", "/dev/"]) || lower.starts_with('/'), "kid-path", "a file path"),
        (has(&["'", "--", " union ", " or "]), "kid-sql", "SQL"),
        (has(&["|", ";", "`", "$", "<", ">"]), "kid-injection", "a command or markup"),
    ];
    for (_, id, what) in looks.into_iter().filter(|(does, ..)| *does) {
        let message =
            format!("The `kid` looks like {what}: a verifier that uses it as such can be turned against itself.");
        remarks.finding(id, Severity::High, message, "RFC 8725 3.10");
    }
    if kid == "default-gravitee-AM-key" {
        let message = "Signed with the installation's default HMAC key of Gravitee Access Management, which its JWKS does not publish: \
                       give the application a certificate, so that APIs can verify its tokens.";
        remarks.finding("gravitee-default-key", Severity::Low, message, "Gravitee Access Management");
    }
}

/// What the header of a JWE gives away.
pub(super) fn of_encrypted(remarks: &mut Remarks, header: &Map<String, Value>) {
    of_header(remarks, header);
    of_types(remarks, header, &[]);
    for (name, reference) in [("alg", "RFC 7516 4.1.1"), ("enc", "RFC 7516 4.1.2")] {
        if !header.contains_key(name) {
            let message = format!("The header has no `{name}`: nobody can open this token.");
            remarks.finding(&format!("{name}-missing"), Severity::High, message, reference);
        }
    }
    if header.get("alg").and_then(Value::as_str) == Some("RSA1_5") {
        let message = "RSA1_5 is deprecated: its padding lets attackers decrypt by asking a reader again and again.";
        remarks.finding("rsa1_5", Severity::High, message, "RFC 8725 3.2, RFC 8725bis");
    }
    if header.contains_key("zip") {
        let message = "The content is compressed before it is encrypted, so its length tells about it; readers must cap what it unfolds to.";
        remarks.finding("compressed", Severity::Low, message, "RFC 8725 3.6");
    }
    match header.get("p2c").and_then(Value::as_u64) {
        Some(rounds @ 1_200_001..) => {
            let message = format!("`p2c` asks for {rounds} rounds: a reader that computes them is stalled.");
            remarks.finding("p2c-too-high", Severity::High, message, "RFC 8725bis");
        }
        Some(rounds @ ..1_000) => {
            let message =
                format!("`p2c` asks for {rounds} rounds only; RFC 7518 asks for 1000 at least, and far more today.");
            remarks.finding("p2c-too-low", Severity::Medium, message, "RFC 7518 4.8.1.2");
        }
        _ => {}
    }
}

/// What the text as a whole gives away.
pub(super) fn of_text(remarks: &mut Remarks, input: &str) {
    let bytes = input.len();
    let (severity, limit) = match bytes {
        8_193.. => (Severity::Medium, "8 KiB, the header limit of many servers"),
        4_097.. => (Severity::Low, "4 KiB, half the header limit of many servers"),
        _ => return,
    };
    let message = format!("The token has {bytes} bytes, more than {limit}: requests may be answered with 431 or 400.");
    remarks.finding("large-token", severity, message, "RFC 6585 5");
}

/// What the claims give away.
pub(super) fn of_claims(remarks: &mut Remarks, inspection: &Inspection, expectations: &Expectations) {
    let Some(claims) = inspection.payload.as_object() else { return };
    if is_access_token(inspection) {
        of_absence(remarks, claims);
    }
    of_times(remarks, claims, expectations);
    of_kind(remarks, inspection, claims);
    let personal: Vec<&str> = PERSONAL.into_iter().filter(|name| claims.contains_key(*name)).collect();
    if !personal.is_empty() {
        let message = format!("Anyone who sees the token reads personal data: {}.", personal.join(", "));
        remarks.finding("personal-data", Severity::Low, message, "RFC 9068 6, RFC 7519 12");
    }
    for (name, wrong, reference) in wrong_types(claims) {
        let message = format!("`{name}` {wrong}: strict readers refuse the token, others take it for something else.");
        remarks.finding("claim-type", Severity::Medium, message, reference);
    }
    of_hidden(remarks, "payload", claims);
}

fn of_hidden(remarks: &mut Remarks, part: &str, members: &Map<String, Value>) {
    if let Some(character) = hidden_in(members) {
        let message = format!(
            "The {part} holds an invisible or direction-changing character (U+{:04X}): what people read is not what programs compare.",
            u32::from(character)
        );
        remarks.finding("hidden-characters", Severity::Medium, message, "Unicode TR 36");
    }
}

/// Proofs, assertions and credentials say in `typ` that they are something else, and have other claims.
fn is_access_token(inspection: &Inspection) -> bool {
    let typ = inspection.header.get("typ").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    matches!(typ.as_str(), "" | "jwt" | "at+jwt" | "application/at+jwt")
}

fn of_absence(remarks: &mut Remarks, claims: &Map<String, Value>) {
    const WANTED: [(&str, &str, Severity, &str); 4] = [
        ("exp", "it never expires", Severity::High, "RFC 9068 2.2, RFC 8725"),
        ("aud", "every API that trusts the issuer takes it", Severity::Medium, "RFC 9068 2.2, RFC 8725 3.9"),
        ("iss", "nothing ties it to the keys of one issuer", Severity::Medium, "RFC 9068 2.2, RFC 8725 3.8"),
        ("jti", "it cannot be told from a replay, nor be revoked by name", Severity::Low, "RFC 9068 2.2"),
    ];
    for (name, consequence, severity, reference) in WANTED {
        if !claims.contains_key(name) {
            remarks.finding(
                &format!("no-{name}"),
                severity,
                format!("The token has no `{name}`: {consequence}."),
                reference,
            );
        }
    }
}

fn of_times(remarks: &mut Remarks, claims: &Map<String, Value>, expectations: &Expectations) {
    let date = |name| NumericDate::read(claims.get(name));
    for name in ["exp", "nbf", "iat"] {
        if date(name).is_milliseconds() {
            let message =
                format!("`{name}` looks like milliseconds; read as seconds, as it must be, it lies in a far future.");
            remarks.finding("milliseconds", Severity::High, message, "RFC 7519 2");
        }
    }
    let (issued, expires) = (date("iat").seconds(), date("exp").seconds());
    if let Some(ahead) =
        issued.map(|iat| iat.saturating_sub(expectations.at)).filter(|ahead| *ahead > expectations.leeway.max(0))
    {
        let message = format!("`iat` lies {} in the future: the clocks differ.", times::duration(ahead.unsigned_abs()));
        remarks.finding("issued-in-future", Severity::Low, message, "RFC 7519 4.1.6");
    }
    if ["exp", "nbf", "iat"].into_iter().any(|name| date(name).is_milliseconds()) {
        return;
    }
    let (Some(start), Some(end)) = (issued.or(date("nbf").seconds()), expires) else { return };
    let life = end.saturating_sub(start);
    let words = times::duration(life.unsigned_abs());
    if life <= 0 {
        let message = "The token expires before it is issued: it was never good.";
        remarks.finding("never-valid", Severity::Medium, message, "RFC 7519 4.1.4");
    } else if life > DAY {
        let message =
            format!("The token lives {words}; whoever steals it has that long. RFC 6750 asks for an hour or less.");
        remarks.finding("long-life", Severity::Medium, message, "RFC 6750 5.3");
    } else if life > HOUR {
        let message = format!("The token lives {words}; RFC 6750 asks for an hour or less.");
        remarks.finding("long-life", Severity::Info, message, "RFC 6750 5.3");
    }
}

fn of_kind(remarks: &mut Remarks, inspection: &Inspection, claims: &Map<String, Value>) {
    let typ = inspection.header.get("typ").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let has = |names: &[&str]| names.iter().any(|name| claims.contains_key(*name));
    if has(&["nonce", "at_hash", "c_hash"]) && !typ.contains('+') {
        let message = "This looks like an ID token: it is for the client that asked for it, and APIs must not take it as an access token.";
        remarks.finding("id-token", Severity::Medium, message, "RFC 9068 4, RFC 8725 3.12");
    } else if typ.is_empty() || typ == "jwt" {
        let message = "`typ` is not `at+jwt`: other tokens of the same issuer can be taken for access tokens.";
        remarks.finding("typ-not-at-jwt", Severity::Info, message, "RFC 9068 2.1, RFC 8725 3.11");
    }
    if claims.get("scope").is_some_and(Value::is_array) {
        let message =
            "`scope` is an array; the definition wants one string with spaces, and strict APIs see no scope at all.";
        remarks.finding("scope-array", Severity::Low, message, "RFC 8693 4.2");
    }
    if has(&["events"]) && claims.get("events").is_some_and(|events| events.get(LOGOUT_EVENT).is_some()) {
        let message = "This is a logout token: it ends a session and is no access token.";
        remarks.finding("logout-token", Severity::Medium, message, "OpenID Connect Back-Channel Logout 2.4");
    }
}

const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
