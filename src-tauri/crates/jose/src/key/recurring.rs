//! A P-256 key that is met again and again. Not here: which signatures are refused; `aws-lc-rs` says so ([`super::parsed`]).
//!
//! To verify with a key that is met once, most of the time goes into doubling its point. The multiples that come of it are
//! the same for every signature, so a gateway, which verifies new tokens with the same few keys, can keep them: a signature
//! then takes 64 additions of points, less than half of the time. Keys and signatures are public; nothing here is secret.

use aws_lc_rs::digest::{SHA256, digest};
use crrl::field::GFp256;
use crrl::p256::{Point, Scalar};
use std::sync::LazyLock;

/// Multiples of a point, one row for each byte of a factor: in row `i` stands `d` · 256^`i` · point for `d` from 1 to 255.
struct Multiples(Vec<Point>);

const ROW: usize = u8::MAX as usize;

static GENERATOR: LazyLock<Multiples> = LazyLock::new(|| Multiples::of(Point::BASE));

impl Multiples {
    fn of(point: Point) -> Self {
        let mut all = Vec::with_capacity(ROW * size_of::<[u8; 32]>());
        let mut first = point;
        for _ in 0..size_of::<[u8; 32]>() {
            let mut multiple = first;
            for _ in 0..ROW {
                all.push(multiple);
                multiple += first;
            }
            first = multiple;
        }
        Self(all)
    }

    /// Adds `factor` times the point.
    fn add_to(&self, sum: &mut Point, factor: Scalar) {
        for (row, digit) in self.0.chunks_exact(ROW).zip(factor.encode32()) {
            if let Some(multiple) = usize::from(digit).checked_sub(1).and_then(|at| row.get(at)) {
                *sum += multiple;
            }
        }
    }
}

/// The multiples of one key: 765 KiB, a few milliseconds to make.
pub(super) struct Recurring(Multiples);

impl Recurring {
    /// The key with this point (SEC 1 2.3.3, not compressed); none if it is not on the curve.
    pub(super) fn new(point: &[u8]) -> Option<Self> {
        Point::decode(point).filter(|point| point.isneutral() == 0).map(|point| Self(Multiples::of(point)))
    }

    /// Whether the signature holds (FIPS 186-5 6.4.2, with SHA-256; `r` and `s` of 32 bytes, RFC 7518 3.4). Of 2^127 good
    /// signatures one is not confirmed: that of a point whose coordinate is not below the order.
    pub(super) fn confirms(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some((coordinate, s)) = signature.split_at_checked(32) else { return false };
        let (Some(r), Some(s)) = (number(coordinate), number(s)) else { return false };
        let hash = Scalar::decode_reduce(&reversed(digest(&SHA256, message).as_ref()));
        let inverse = Scalar::ONE / s;
        let mut sum = Point::NEUTRAL;
        GENERATOR.add_to(&mut sum, hash * inverse);
        self.0.add_to(&mut sum, r * inverse);
        let (x, _, z) = sum.to_projective();
        let (coordinate, _) = GFp256::decode32(&reversed(coordinate));
        z.iszero() == 0 && (coordinate * z).equals(x) != 0
    }
}

/// A number from 1 to the order less 1, from 32 bytes, the highest first.
fn number(bytes: &[u8]) -> Option<Scalar> {
    let (number, fits) = Scalar::decode32(&reversed(bytes));
    (fits != 0 && number.iszero() == 0).then_some(number)
}

fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::Recurring;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
    use crrl::p256::{Point, PrivateKey, Scalar};

    /// Both ways to verify with one private key, and a signature of the message by it.
    struct Both {
        private: PrivateKey,
        recurring: Recurring,
        parsed: ParsedPublicKey,
    }

    impl Both {
        fn of(number: Scalar) -> Self {
            let mut bytes = number.encode32();
            bytes.reverse();
            let private = PrivateKey::decode(&bytes).unwrap();
            let point = private.to_public_key().encode_uncompressed();
            let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).unwrap();
            Self { private, recurring: Recurring::new(&point).unwrap(), parsed }
        }

        fn signed(&self, message: &[u8]) -> [u8; 64] {
            self.private.sign_hash(super::digest(&super::SHA256, message).as_ref(), &[])
        }

        /// What both say; they must agree.
        fn say(&self, message: &[u8], signature: &[u8]) -> bool {
            let confirmed = self.recurring.confirms(message, signature);
            assert_eq!(confirmed, self.parsed.verify_sig(message, signature).is_ok(), "{message:?} {signature:?}");
            confirmed
        }
    }

    /// Keys next to the generator, its negative and the neutral point, where formulas that are not complete fail, and others.
    fn keys() -> Vec<Both> {
        let next = [1, 2, 3, 255, 256, 257].map(Scalar::from_u32);
        let far = Scalar::from_u32(0x9e37_79b9).square();
        next.into_iter().chain(next.map(|number| -number)).chain([far, far.square()]).map(Both::of).collect()
    }

    #[test]
    fn multiples_and_aws_lc_agree_on_every_key_and_signature() {
        for both in keys() {
            for round in 0..40_u8 {
                let message = [round; 7];
                let signature = both.signed(&message);
                assert!(both.say(&message, &signature));
                assert!(!both.say(&[round; 8], &signature), "of another message");
                let mut bent = signature;
                bent[usize::from(round)] ^= 1 << (round % 8);
                assert!(!both.say(&message, &bent), "one bit of it differs");
            }
        }
    }

    #[test]
    fn r_and_s_out_of_range_confirm_nothing() {
        let order = (-Scalar::ONE).encode32().iter().rev().copied().collect::<Vec<_>>();
        let above: Vec<u8> = order.iter().enumerate().map(|(at, byte)| byte + u8::from(at == 31)).collect();
        let edges = [vec![0; 32], [vec![0; 31], vec![1]].concat(), order, above, vec![0xff; 32]];
        let both = Both::of(Scalar::from_u32(7));
        let good = both.signed(b"message");
        for edge in &edges {
            for other in edges.iter().map(Vec::as_slice).chain([&good[..32], &good[32..]]) {
                assert!(!both.say(b"message", &[edge, other].concat()));
                assert!(!both.say(b"message", &[other, edge].concat()));
            }
        }
        for length in [0, 1, 31, 32, 33, 63] {
            assert!(!both.say(b"message", &good[..length]));
        }
        assert!(!both.say(b"message", &[good.as_slice(), &[0]].concat()));
    }

    #[test]
    fn a_point_off_the_curve_and_the_neutral_one_are_no_key() {
        let mut off = Point::BASE.encode_uncompressed();
        off[64] ^= 1;
        assert!(Recurring::new(&off).is_none());
        assert!(Recurring::new(&[0]).is_none());
    }
}
