//! The byte strings that a public key is mistaken for an HMAC secret in. Belongs here: writing a JWK as DER and PEM.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use crate::am::keys::as_published;

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
    if let Some(der) = spki(jwk) {
        let encoded = STANDARD.encode(&der);
        let lines: Vec<_> = encoded.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", lines.join("\n"));
        forms.push(format!("{pem}\n").into_bytes());
        forms.push(pem.replace('\n', "\r\n").into_bytes());
        forms.push(format!("{}\r\n", pem.replace('\n', "\r\n")).into_bytes());
        forms.push(pem.into_bytes());
        forms.push(der);
    }
    forms
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

fn integer(magnitude: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if magnitude.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    tagged(0x02, &[padding, magnitude].concat())
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut der = vec![tag];
    match significant.as_slice() {
        [] => der.push(0),
        [short] if *short < 0x80 => der.push(*short),
        long => {
            der.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            der.extend_from_slice(long);
        }
    }
    der.extend_from_slice(content);
    der
}
