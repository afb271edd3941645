//! The public face of a key: its JWK and its thumbprint (RFC 7638). Not here: private members.

use super::Labels;
use super::material::Material;
use crate::base64url;
use aws_lc_rs::digest;
use serde_json::{Map, Value};

/// The members that the thumbprint is made of, in its lexicographic order (RFC 7638 3.2, RFC 8037 2).
fn required(material: &Material) -> Vec<(&'static str, String)> {
    let kty = material.kty().to_owned();
    match material {
        Material::Rsa(rsa) => vec![("e", base64url::encode(&rsa.e)), ("kty", kty), ("n", base64url::encode(&rsa.n))],
        Material::Ec(ec) => vec![
            ("crv", ec.curve.name().to_owned()),
            ("kty", kty),
            ("x", base64url::encode(&ec.x)),
            ("y", base64url::encode(&ec.y)),
        ],
        Material::Okp(okp) => {
            vec![("crv", okp.curve.name().to_owned()), ("kty", kty), ("x", base64url::encode(&okp.x))]
        }
        Material::Oct(secret) => vec![("k", base64url::encode(secret.as_slice())), ("kty", kty)],
    }
}

pub(super) fn thumbprint(material: &Material) -> String {
    // None of the values holds a character that JSON escapes.
    let members: Vec<String> =
        required(material).into_iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    let json = zeroize::Zeroizing::new(format!("{{{}}}", members.join(",")));
    base64url::encode(digest::digest(&digest::SHA256, json.as_bytes()))
}

pub(super) fn jwk(material: &Material, labels: &Labels) -> Option<Map<String, Value>> {
    if matches!(material, Material::Oct(_)) {
        return None;
    }
    let mut jwk: Map<String, Value> =
        required(material).into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    for (name, label) in [("kid", &labels.kid), ("alg", &labels.alg), ("use", &labels.usage)] {
        if let Some(label) = label {
            jwk.insert(name.to_owned(), label.clone().into());
        }
    }
    Some(jwk)
}
