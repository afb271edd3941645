//! Keys in PEM and DER: SPKI, PKCS#1, PKCS#8, SEC1 and X.509. Not here: passwords; an encrypted key is refused with the way out.

use super::der::{Der, OCTET_STRING, OID, SEQUENCE};
use super::material::{Curve, Ec, Material, Okp, OkpCurve, Rsa};
use super::{Key, Labels};
use crate::JoseError;
use aws_lc_rs::agreement;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// rsaEncryption and id-RSASSA-PSS (RFC 8017 A).
const RSA_OIDS: [&[u8]; 2] =
    [&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01], &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A]];
/// id-ecPublicKey (RFC 5480 2.1.1).
const EC_OID: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// The explicit tag `[0]`, and `[1]`.
const CONTEXT_0: u8 = 0xA0;
const CONTEXT_1: u8 = 0xA1;

fn unreadable(message: &str) -> JoseError {
    JoseError::UnreadableKey(message.to_owned())
}

/// Reads the first block of a PEM text that is a key or a certificate.
pub(super) fn from_pem(text: &str) -> Result<Key, JoseError> {
    pem_blocks(text).next().unwrap_or_else(|| Err(no_block())).and_then(|block| block.key())
}

pub(crate) fn no_block() -> JoseError {
    unreadable("the PEM text holds no key and no certificate")
}

/// A block of a PEM text.
pub(crate) struct Block(Zeroizing<Vec<u8>>);

impl Block {
    pub(crate) fn key(&self) -> Result<Key, JoseError> {
        from_der(&self.0)
    }

    /// Who issued it and whom it is about, if it is a certificate.
    pub(crate) fn issuer_and_subject(&self) -> Option<(&[u8], &[u8])> {
        certificate(&self.0).map(|certificate| (certificate.issuer, certificate.subject))
    }
}

/// The blocks of a PEM text in their order, without those that hold no more than the curve of the next one.
pub(crate) fn pem_blocks(text: &str) -> impl Iterator<Item = Result<Block, JoseError>> {
    let blocks = text.split("-----BEGIN ").skip(1);
    blocks.filter(|block| !block.starts_with("EC PARAMETERS-----")).map(pem_block)
}

/// What stands behind `-----BEGIN `.
fn pem_block(text: &str) -> Result<Block, JoseError> {
    let (label, rest) = text.split_once("-----").ok_or_else(|| unreadable("a PEM line is cut off"))?;
    let (body, _) = rest.split_once("-----END ").ok_or_else(|| unreadable("the PEM text has no end line"))?;
    if label.contains("ENCRYPTED") || body.contains("Proc-Type:") {
        return Err(unreadable("the private key is encrypted; decrypt it first with `openssl pkey -in FILE`"));
    }
    let symbols: Zeroizing<String> = Zeroizing::new(body.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    let der = STANDARD.decode(symbols.as_str()).map_err(|_| unreadable("the PEM body is not base64"))?;
    Ok(Block(Zeroizing::new(der)))
}

/// Reads DER by its shape.
pub(super) fn from_der(bytes: &[u8]) -> Result<Key, JoseError> {
    let material = certificate(bytes)
        .and_then(|certificate| spki(certificate.key))
        .or_else(|| spki(bytes))
        .or_else(|| pkcs8(bytes))
        .or_else(|| rsa_private(bytes))
        .or_else(|| sec1(bytes, None))
        .or_else(|| rsa_public(bytes));
    material
        .map(|material| Key::new(material, Labels::default()))
        .ok_or_else(|| unreadable("expected a JWK, or PEM or DER of a public key, a private key or a certificate"))
}

/// What is read of an X.509 certificate (RFC 5280 4.1): the names, and the SubjectPublicKeyInfo.
struct Certificate<'a> {
    issuer: &'a [u8],
    subject: &'a [u8],
    key: &'a [u8],
}

fn certificate(bytes: &[u8]) -> Option<Certificate<'_>> {
    let mut tbs = Der::new(bytes).sequence()?.sequence()?;
    if tbs.peek()? == CONTEXT_0 {
        tbs.take(CONTEXT_0)?;
    }
    tbs.unsigned()?;
    let _signature = tbs.take(SEQUENCE)?;
    let issuer = tbs.take(SEQUENCE)?;
    let _validity = tbs.take(SEQUENCE)?;
    let subject = tbs.take(SEQUENCE)?;
    Some(Certificate { issuer, subject, key: tbs.whole()? })
}

/// A SubjectPublicKeyInfo (RFC 5280 4.1.2.7).
fn spki(bytes: &[u8]) -> Option<Material> {
    let mut info = Der::new(bytes).sequence()?;
    let mut algorithm = info.sequence()?;
    let oid = algorithm.take(OID)?;
    let key = info.bits()?;
    if RSA_OIDS.contains(&oid) {
        return rsa_public(key);
    }
    if oid == EC_OID {
        let curve = curve(algorithm.take(OID)?)?;
        return point(curve, key).map(Material::Ec);
    }
    let curve = OkpCurve::ALL.into_iter().find(|curve| curve.oid() == oid)?;
    Some(Material::Okp(Okp { curve, x: key.to_vec(), d: None }))
}

/// PKCS#8 `OneAsymmetricKey` (RFC 5958).
fn pkcs8(bytes: &[u8]) -> Option<Material> {
    let mut info = Der::new(bytes).sequence()?;
    info.unsigned()?;
    let mut algorithm = info.sequence()?;
    let oid = algorithm.take(OID)?;
    let key = info.take(OCTET_STRING)?;
    if RSA_OIDS.contains(&oid) {
        return rsa_private(key);
    }
    if oid == EC_OID {
        return sec1(key, Some(curve(algorithm.take(OID)?)?));
    }
    let curve = OkpCurve::ALL.into_iter().find(|curve| curve.oid() == oid)?;
    okp_private(curve, Der::new(key).take(OCTET_STRING)?)
}

/// PKCS#1 `RSAPublicKey`.
fn rsa_public(bytes: &[u8]) -> Option<Material> {
    let mut numbers = Der::new(bytes).sequence()?;
    let (n, e) = (numbers.unsigned()?, numbers.unsigned()?);
    (numbers.is_empty() && !n.is_empty()).then(|| Material::Rsa(Rsa { n: n.to_vec(), e: e.to_vec(), private: None }))
}

/// PKCS#1 `RSAPrivateKey`.
fn rsa_private(bytes: &[u8]) -> Option<Material> {
    let mut outer = Der::new(bytes);
    let mut numbers = outer.sequence()?;
    let version = numbers.unsigned()?;
    let (n, e) = (numbers.unsigned()?, numbers.unsigned()?);
    for _d_p_q_dp_dq_qi in 0..6 {
        numbers.unsigned()?;
    }
    let private = Some(Zeroizing::new(bytes.to_vec()));
    version.is_empty().then(|| Material::Rsa(Rsa { n: n.to_vec(), e: e.to_vec(), private }))
}

/// SEC1 `ECPrivateKey` (RFC 5915 3). The public point is optional in it, and computed when absent.
fn sec1(bytes: &[u8], outer_curve: Option<Curve>) -> Option<Material> {
    let mut key = Der::new(bytes).sequence()?;
    key.unsigned()?;
    let d = Zeroizing::new(key.take(OCTET_STRING)?.to_vec());
    let inner_curve = match key.peek() {
        Some(CONTEXT_0) => Some(curve(Der::new(key.take(CONTEXT_0)?).take(OID)?)?),
        _ => None,
    };
    let curve = outer_curve.or(inner_curve)?;
    let public = match key.peek() {
        Some(CONTEXT_1) => Der::new(key.take(CONTEXT_1)?).bits()?.to_vec(),
        _ => public_point(curve, &d)?,
    };
    let mut ec = point(curve, &public)?;
    ec.d = Some(d);
    Some(Material::Ec(ec))
}

fn public_point(curve: Curve, d: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match curve {
        Curve::P256 => &agreement::ECDH_P256,
        Curve::P384 => &agreement::ECDH_P384,
        Curve::P521 => &agreement::ECDH_P521,
        Curve::Secp256k1 => return None,
    };
    let key = agreement::PrivateKey::from_private_key(algorithm, d).ok()?;
    key.compute_public_key().ok().map(|point| point.as_ref().to_vec())
}

fn okp_private(curve: OkpCurve, seed: &[u8]) -> Option<Material> {
    let x = match curve {
        OkpCurve::Ed25519 => Ed25519KeyPair::from_seed_unchecked(seed).ok()?.public_key().as_ref().to_vec(),
        OkpCurve::X25519 => {
            let key = agreement::PrivateKey::from_private_key(&agreement::X25519, seed).ok()?;
            key.compute_public_key().ok()?.as_ref().to_vec()
        }
        OkpCurve::Ed448 | OkpCurve::X448 => return None,
    };
    Some(Material::Okp(Okp { curve, x, d: Some(Zeroizing::new(seed.to_vec())) }))
}

fn curve(oid: &[u8]) -> Option<Curve> {
    Curve::ALL.into_iter().find(|curve| curve.oid() == oid)
}

/// An uncompressed point (SEC1 2.3.3).
fn point(curve: Curve, bytes: &[u8]) -> Option<Ec> {
    let (4, coordinates) = bytes.split_first().map(|(form, rest)| (*form, rest))? else { return None };
    (coordinates.len() == 2 * curve.bytes()).then(|| {
        let (x, y) = coordinates.split_at(curve.bytes());
        Ec { curve, x: x.to_vec(), y: y.to_vec(), d: None }
    })
}
