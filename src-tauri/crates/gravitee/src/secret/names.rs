//! Which members hold a secret. Belongs here: names, as Gravitee's plugins and their users give them. Not here: walking.

use serde_json::{Map, Value};

/// Ends of member names, without case and separators.
const ENDS: &[&str] = &[
    "secret",
    "password",
    "passwd",
    "passphrase",
    "privatekey",
    "secretkey",
    "secretaccesskey",
    "apikey",
    "accesstoken",
    "refreshtoken",
    "authtoken",
    "bearertoken",
    "sastoken",
    "connectionstring",
];

/// Whole names.
const NAMES: &[&str] = &["token", "authorization", "proxyauthorization", "cookie", "setcookie", "pwd"];

/// Parts of the names of headers and properties.
const PARTS: &[&str] = &["token", "secret", "apikey", "password", "passwd", "passphrase", "privatekey", "credential"];

/// Whether the member `name` of `object` holds a secret; `inside` is the member that the object itself stands in.
pub(super) fn is_secret(object: &Map<String, Value>, name: &str, text: &str, inside: &str) -> bool {
    if text.is_empty() || is_reference(text) {
        return false;
    }
    text.contains("PRIVATE KEY-----")
        || is_secret_name(name)
        || (name == "value" && is_secret_pair(object))
        || (name == "resolverParameter" && is_shared_key(object))
        || (matches!(name, "content" | "keyContent") && inside.eq_ignore_ascii_case("keyStore"))
}

/// Whether a query parameter or member of this name holds a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let plain = plain(name);
    NAMES.contains(&plain.as_str()) || ENDS.iter().any(|end| plain.ends_with(end))
}

/// `{name, value}` of a header, `{key, value}` of a property.
fn is_secret_pair(object: &Map<String, Value>) -> bool {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    let is = |name: &str| object.get(name).and_then(Value::as_bool).unwrap_or_default();
    let Some(name) = text("name").or_else(|| text("key")) else { return false };
    let plain = plain(name);
    !is("encrypted") && (is("encryptable") || is_secret_name(name) || PARTS.iter().any(|part| plain.contains(part)))
}

/// The JWT policy's given key is a shared secret if the signature is an HMAC.
fn is_shared_key(object: &Map<String, Value>) -> bool {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    text("signature").starts_with("HMAC") && matches!(text("publicKeyResolver"), "" | "GIVEN_KEY")
}

/// An expression, the operator's reference to a Kubernetes secret, or a placeholder: no secret itself.
fn is_reference(text: &str) -> bool {
    text.contains("{#") || text.trim_start().starts_with("[[") || text.contains(super::OPEN)
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}
