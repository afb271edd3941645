//! The byte strings that a public key is mistaken for an HMAC secret in. Belongs here: writing a JWK as DER and PEM.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use crate::am::keys::as_published;
use crate::der::{integer, tagged};

/// SPKI PEM with and without the last newline, with CR LF, DER, JWK, JWKS, and the modulus.
pub(super) fn of(jwk: &Value) -> Vec<Vec<u8>> {
    let published = as_published(jwk.clone());
    let mut forms: Vec<_> = [jwk, &published]
        .into_iter()
        .flat_map(|jwk| [jwk.to_string().into_bytes(), json!({ "keys": [jwk] }).to_string().into_bytes()])
        .collect();
    if let Some(n) = jwk.get("n").and_then(Value::as_str) {
        forms.push(n.as_bytes().to_vec());
        forms.extend(URL_SAFE_NO_PAD.decode(n).ok());
    }
    if let (Some(der), Some(pem)) = (spki(jwk), pem(jwk)) {
        forms.push(pem.clone().into_bytes());
        let pem = pem.trim_end();
        forms.push(pem.replace('\n', "\r\n").into_bytes());
        forms.push(format!("{}\r\n", pem.replace('\n', "\r\n")).into_bytes());
        forms.push(pem.as_bytes().to_vec());
        forms.push(der);
    }
    forms
}

/// The public key in PEM, as tools write it.
pub(crate) fn pem(jwk: &Value) -> Option<String> {
    let encoded = STANDARD.encode(spki(jwk)?);
    let lines: Vec<_> = encoded.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    Some(format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")))
}

/// SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
fn spki(jwk: &Value) -> Option<Vec<u8>> {
    const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    const P256: &[u8] = &[
        0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
        0x07,
    ];
    const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok();
    let (algorithm, key) = match jwk.get("kty")?.as_str()? {
        "RSA" => (RSA, tagged(0x30, &[integer(&bytes("n")?), integer(&bytes("e")?)].concat())),
        "EC" => (P256, [vec![4], bytes("x")?, bytes("y")?].concat()),
        "OKP" => (ED25519, bytes("x")?),
        _ => return None,
    };
    let bits = tagged(0x03, &[vec![0], key].concat());
    Some(tagged(0x30, &[tagged(0x30, algorithm), bits].concat()))
}
