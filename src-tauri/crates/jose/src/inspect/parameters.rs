//! What header parameters mean. Belongs here: names, meanings, types, sources. Not here: claims ([`super::glossary`]).

use super::glossary::Kind::{Count, Flag, List, Object, Text, TextOrList};
use super::glossary::{Entry, entry};

/// Looks a header parameter up.
pub(super) fn lookup(name: &str) -> Option<&'static Entry> {
    PARAMETERS.iter().find(|entry| entry.name == name)
}

/// Header parameters: the IANA "JSON Web Signature and Encryption Header Parameters" registry.
const PARAMETERS: &[Entry] = &[
    entry(
        "alg",
        Text,
        "How the token is signed, or how its content key is managed. The API decides which are allowed, not the token.",
        "RFC 7515 4.1.1",
    ),
    entry("enc", Text, "How the content is encrypted.", "RFC 7516 4.1.2"),
    entry("typ", Text, "What kind of token this is; `at+jwt` for access tokens.", "RFC 7515 4.1.9, RFC 9068 2.1"),
    entry("cty", Text, "What the content is; `JWT` for a nested token.", "RFC 7515 4.1.10"),
    entry(
        "kid",
        Text,
        "Name of the key, to find it in the issuer's JWKS. A hint, written by whoever made the token.",
        "RFC 7515 4.1.4",
    ),
    entry("jwk", Object, "A public key that the token brings itself: never a reason to trust it.", "RFC 7515 4.1.3"),
    entry("jku", Text, "Address of a key set: never fetched, never trusted.", "RFC 7515 4.1.2"),
    entry("x5u", Text, "Address of a certificate: never fetched, never trusted.", "RFC 7515 4.1.5"),
    entry("x5c", List, "Certificates that the token brings itself: never a reason to trust it.", "RFC 7515 4.1.6"),
    entry("x5t", Text, "SHA-1 thumbprint of the certificate.", "RFC 7515 4.1.7"),
    entry("x5t#S256", Text, "SHA-256 thumbprint of the certificate.", "RFC 7515 4.1.8"),
    entry("crit", List, "Extensions that a reader must understand, or refuse the token.", "RFC 7515 4.1.11"),
    entry("b64", Flag, "Whether the payload is base64url; false for an unencoded one.", "RFC 7797 3"),
    entry("zip", Text, "Compression before encryption.", "RFC 7516 4.1.3"),
    entry("epk", Object, "The sender's ephemeral public key.", "RFC 7518 4.6.1.1"),
    entry("apu", Text, "Who made the token, for the key agreement.", "RFC 7518 4.6.1.2"),
    entry("apv", Text, "Whom the token is for, for the key agreement.", "RFC 7518 4.6.1.3"),
    entry("iv", Text, "Initialization vector of the wrapped key.", "RFC 7518 4.7.1.1"),
    entry("tag", Text, "Authentication tag of the wrapped key.", "RFC 7518 4.7.1.2"),
    entry("p2s", Text, "Salt of the password.", "RFC 7518 4.8.1.1"),
    entry("p2c", Count, "Rounds over the password.", "RFC 7518 4.8.1.2"),
    entry("iss", Text, "The issuer, repeated in clear before an encrypted payload.", "RFC 7519 5.3"),
    entry("sub", Text, "The subject, repeated in clear before an encrypted payload.", "RFC 7519 5.3"),
    entry("aud", TextOrList, "The audience, repeated in clear before an encrypted payload.", "RFC 7519 5.3"),
    entry("nonce", Text, "Replay protection of ACME.", "RFC 8555 6.5.2"),
    entry("url", Text, "Address that an ACME request is for.", "RFC 8555 6.4.1"),
    entry("ppt", Text, "Kind of PASSporT.", "RFC 8225 8.1"),
    entry("svt", Text, "Signature validation token.", "RFC 9321"),
    entry("trust_chain", List, "Trust chain of a federation.", "OpenID Federation 4.3"),
];
