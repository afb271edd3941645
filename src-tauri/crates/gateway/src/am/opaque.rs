//! The opaque tokens of a domain. Belongs here: keeping their claims, which are nowhere else. Not here: what a token is worth
//! at a moment (`tokens`).

use std::{collections::HashMap, sync::Arc};

use serde_json::{Map, Value};

use super::tokens::{Claims, Digest};

/// Entries from which on expired ones are looked for.
const MANY: usize = 2_048;
/// Tokens that are kept at most; beyond, those that expire first go.
const MOST: usize = if cfg!(test) { 8_192 } else { 262_144 };

/// Opaque tokens by SHA-256.
#[derive(Default)]
pub(super) struct Opaque {
    tokens: HashMap<Digest, Kept>,
    /// Room is made when there are so many.
    sweep_at: usize,
}

/// Claims as JSON text: a fifth of the room that they take as values, and in one piece.
struct Kept {
    claims: Arc<[u8]>,
    exp: i64,
}

impl Kept {
    fn claims(&self) -> Option<Claims> {
        Claims::new(serde_json::from_slice(&self.claims).ok()?, None, Ok(()))
    }
}

impl Opaque {
    /// Keeps a token. The moment is in seconds since the epoch; `None` if the claims have no `exp`.
    pub(super) fn issue(&mut self, digest: Digest, claims: &Map<String, Value>, now: i64) -> Option<()> {
        let exp = claims.get("exp").and_then(Value::as_i64)?;
        let claims = serde_json::to_vec(claims).ok()?.into();
        if self.tokens.len() >= self.sweep_at.clamp(MANY, MOST) {
            self.make_room(now);
        }
        self.tokens.insert(digest, Kept { claims, exp });
        Some(())
    }

    fn make_room(&mut self, now: i64) {
        self.tokens.retain(|_, kept| kept.exp > now);
        if self.tokens.len() >= MOST {
            let mut ends: Vec<i64> = self.tokens.values().map(|kept| kept.exp).collect();
            let (_, &mut earliest, _) = ends.select_nth_unstable(MOST / 4);
            // Of those that expire at that second any may go: a quarter, however many they are.
            let mut surplus = MOST / 4;
            self.tokens.retain(|_, kept| {
                let goes = kept.exp <= earliest && surplus > 0;
                surplus -= usize::from(goes);
                !goes
            });
        }
        self.sweep_at = self.tokens.len() * 2;
    }

    /// The claims of a token, as they were issued.
    pub(super) fn find(&self, digest: &Digest) -> Option<Claims> {
        self.tokens.get(digest)?.claims()
    }

    /// Keeps those tokens only.
    pub(super) fn retain(&mut self, keeps: impl Fn(&Claims) -> bool) {
        self.tokens.retain(|_, kept| kept.claims().is_some_and(|claims| keeps(&claims)));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use serde_json::json;

    use super::{MANY, MOST, Opaque};
    use crate::am::tokens::digest;

    fn issue(opaque: &mut Opaque, number: usize, exp: usize) {
        let claims = json!({ "exp": exp, "iat": 1, "number": number });
        opaque.issue(digest(&number.to_string()), claims.as_object().unwrap(), 10).unwrap();
    }

    #[test]
    fn claims_come_back_as_they_were_and_expired_ones_make_room() {
        let mut opaque = Opaque::default();
        for number in 0..MANY + 10 {
            issue(&mut opaque, number, if number % 2 == 0 { 5 } else { 20 });
        }
        let claims = opaque.find(&digest("1")).unwrap();
        assert_eq!(serde_json::to_string(&*claims.all).unwrap(), r#"{"exp":20,"iat":1,"number":1}"#);
        assert_eq!(claims.exp, 20);
        assert!(opaque.find(&digest("2")).is_none());
        assert!(opaque.tokens.len() <= MANY / 2 + 10);
    }

    #[test]
    fn beyond_the_most_those_that_expire_first_go() {
        let mut opaque = Opaque::default();
        for number in 0..=MOST {
            issue(&mut opaque, number, 1_000_000 + number);
        }
        assert_eq!(opaque.tokens.len(), MOST - MOST / 4 + 1);
        assert!(opaque.find(&digest("0")).is_none());
        assert!(opaque.find(&digest(&MOST.to_string())).is_some());
    }

    #[test]
    fn room_is_made_when_all_expire_at_once() {
        let mut opaque = Opaque::default();
        for number in 0..=MOST {
            issue(&mut opaque, number, 99);
        }
        assert_eq!(opaque.tokens.len(), MOST - MOST / 4 + 1);
    }
}
