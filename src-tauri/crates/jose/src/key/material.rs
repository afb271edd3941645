//! What a key is made of: numbers, points and secrets. Not here: who may use it for what ([`super::Key`]).

use zeroize::Zeroizing;

/// Bytes that are wiped when they are dropped.
pub(crate) type Secret = Zeroizing<Vec<u8>>;

/// The mathematical content of a key.
pub(crate) enum Material {
    Rsa(Rsa),
    Ec(Ec),
    Okp(Okp),
    Oct(Secret),
}

/// An RSA key.
pub(crate) struct Rsa {
    /// Modulus, big-endian, no leading zero.
    pub(crate) n: Vec<u8>,
    /// Public exponent, big-endian, no leading zero.
    pub(crate) e: Vec<u8>,
    /// The private key as PKCS#1 DER.
    pub(crate) private: Option<Secret>,
}

/// A key on a NIST curve or secp256k1. The coordinates are kept as they came, even if they are no point.
pub(crate) struct Ec {
    pub(crate) curve: Curve,
    pub(crate) x: Vec<u8>,
    pub(crate) y: Vec<u8>,
    pub(crate) d: Option<Secret>,
}

/// A key on a CFRG curve (RFC 8037).
pub(crate) struct Okp {
    pub(crate) curve: OkpCurve,
    pub(crate) x: Vec<u8>,
    pub(crate) d: Option<Secret>,
}

/// Curves of `kty: EC`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
    Secp256k1,
}

/// Curves of `kty: OKP`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OkpCurve {
    Ed25519,
    Ed448,
    X25519,
    X448,
}

impl Curve {
    pub(crate) const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::Secp256k1];

    /// The name in `crv`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
        }
    }

    /// Bytes of a coordinate.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The object identifier's content in DER.
    pub(crate) fn oid(self) -> &'static [u8] {
        match self {
            Self::P256 => &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07],
            Self::P384 => &[0x2B, 0x81, 0x04, 0x00, 0x22],
            Self::P521 => &[0x2B, 0x81, 0x04, 0x00, 0x23],
            Self::Secp256k1 => &[0x2B, 0x81, 0x04, 0x00, 0x0A],
        }
    }
}

impl OkpCurve {
    pub(crate) const ALL: [Self; 4] = [Self::Ed25519, Self::Ed448, Self::X25519, Self::X448];

    /// The name in `crv`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::Ed448 => "Ed448",
            Self::X25519 => "X25519",
            Self::X448 => "X448",
        }
    }

    /// Bytes of a key, public or private.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Ed25519 | Self::X25519 => 32,
            Self::Ed448 => 57,
            Self::X448 => 56,
        }
    }

    /// The object identifier's content in DER (RFC 8410 3).
    pub(crate) fn oid(self) -> &'static [u8] {
        match self {
            Self::X25519 => &[0x2B, 0x65, 0x6E],
            Self::X448 => &[0x2B, 0x65, 0x6F],
            Self::Ed25519 => &[0x2B, 0x65, 0x70],
            Self::Ed448 => &[0x2B, 0x65, 0x71],
        }
    }
}

impl Ec {
    /// The point in SEC1 form, uncompressed.
    pub(crate) fn point(&self) -> Vec<u8> {
        [&[4], self.x.as_slice(), self.y.as_slice()].concat()
    }
}

impl Rsa {
    /// Size of the modulus in bits.
    pub(crate) fn bits(&self) -> usize {
        let zeros = self.n.first().map_or(0, |first| first.leading_zeros() as usize);
        self.n.len() * 8 - zeros
    }
}

impl Material {
    /// The value of `kty`.
    pub(crate) fn kty(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RSA",
            Self::Ec(_) => "EC",
            Self::Okp(_) => "OKP",
            Self::Oct(_) => "oct",
        }
    }

    /// Whether the private half (or the shared secret) is there.
    pub(crate) fn is_private(&self) -> bool {
        match self {
            Self::Rsa(rsa) => rsa.private.is_some(),
            Self::Ec(ec) => ec.d.is_some(),
            Self::Okp(okp) => okp.d.is_some(),
            Self::Oct(_) => true,
        }
    }

    /// Type and size in words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Rsa(rsa) => format!("RSA, {} bits", rsa.bits()),
            Self::Ec(ec) => format!("EC, {}", ec.curve.name()),
            Self::Okp(okp) => format!("OKP, {}", okp.curve.name()),
            Self::Oct(secret) => format!("shared secret, {} bytes", secret.len()),
        }
    }
}
