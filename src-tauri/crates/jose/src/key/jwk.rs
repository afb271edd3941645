//! Reading a JWK (RFC 7517, RFC 7518 6, RFC 8037 2). Not here: sets, and whether the key is any good.

use super::der::{SEQUENCE, unsigned, value};
use super::material::{Curve, Ec, Material, Okp, OkpCurve, Rsa, Secret};
use super::{Key, Labels};
use crate::base64url;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

type Members = Map<String, Value>;

pub(super) fn read(members: &Members) -> Result<Key, String> {
    let material = match text(members, "kty")? {
        "RSA" => Material::Rsa(rsa(members)?),
        "EC" => Material::Ec(ec(members)?),
        "OKP" => Material::Okp(okp(members)?),
        "oct" => Material::Oct(Zeroizing::new(bytes(members, "k")?)),
        other => return Err(format!("the key type `{other}` is not known")),
    };
    Ok(Key::new(material, labels(members)?))
}

fn labels(members: &Members) -> Result<Labels, String> {
    let operations = match members.get("key_ops") {
        None | Some(Value::Null) => None,
        Some(Value::Array(list)) => Some(list.iter().filter_map(|op| op.as_str().map(str::to_owned)).collect()),
        Some(_) => return Err("`key_ops` must be an array".to_owned()),
    };
    Ok(Labels {
        kid: optional(members, "kid")?,
        alg: optional(members, "alg")?,
        usage: optional(members, "use")?,
        operations,
    })
}

fn rsa(members: &Members) -> Result<Rsa, String> {
    let (n, e) = (number(members, "n")?, number(members, "e")?);
    let private = if members.contains_key("d") { Some(rsa_private(members, &n, &e)?) } else { None };
    Ok(Rsa { n, e, private })
}

/// PKCS#1 `RSAPrivateKey` from the members of RFC 7518 6.3.2.
fn rsa_private(members: &Members, n: &[u8], e: &[u8]) -> Result<Secret, String> {
    if members.contains_key("oth") {
        return Err("RSA keys with more than two primes (`oth`) are not supported".to_owned());
    }
    let mut content = Zeroizing::new([unsigned(&[]), unsigned(n), unsigned(e)].concat());
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        let part = Zeroizing::new(bytes(members, name)?);
        content.extend_from_slice(&Zeroizing::new(unsigned(&part)));
    }
    Ok(Zeroizing::new(value(SEQUENCE, &content)))
}

fn ec(members: &Members) -> Result<Ec, String> {
    let name = text(members, "crv")?;
    let curve = Curve::ALL.into_iter().find(|curve| curve.name() == name);
    Ok(Ec {
        curve: curve.ok_or_else(|| format!("the curve `{name}` is not known"))?,
        x: bytes(members, "x")?,
        y: bytes(members, "y")?,
        d: secret(members, "d")?,
    })
}

fn okp(members: &Members) -> Result<Okp, String> {
    let name = text(members, "crv")?;
    let curve = OkpCurve::ALL.into_iter().find(|curve| curve.name() == name);
    Ok(Okp {
        curve: curve.ok_or_else(|| format!("the curve `{name}` is not known"))?,
        x: bytes(members, "x")?,
        d: secret(members, "d")?,
    })
}

fn text<'a>(members: &'a Members, name: &str) -> Result<&'a str, String> {
    members.get(name).and_then(Value::as_str).ok_or_else(|| format!("the member `{name}` is missing or no string"))
}

fn optional(members: &Members, name: &str) -> Result<Option<String>, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("the member `{name}` is no string")),
    }
}

fn bytes(members: &Members, name: &str) -> Result<Vec<u8>, String> {
    base64url::decode(text(members, name)?).ok_or_else(|| format!("the member `{name}` is not base64url"))
}

fn secret(members: &Members, name: &str) -> Result<Option<Secret>, String> {
    if members.contains_key(name) { bytes(members, name).map(Zeroizing::new).map(Some) } else { Ok(None) }
}

/// A big-endian number without leading zeros, which some writers add.
fn number(members: &Members, name: &str) -> Result<Vec<u8>, String> {
    Ok(bytes(members, name)?.into_iter().skip_while(|byte| *byte == 0).collect())
}
