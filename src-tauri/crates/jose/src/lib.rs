//! Tokens and keys as data: parse anything, verify, explain, lint. No I/O, no clock of its own.
//!
//! Belongs here: everything that can be said of a token or a key from its bytes alone. Not here: fetching keys,
//! asking a server, reading the clock: the caller passes bytes and times in.

pub mod algorithm;
mod base64url;
mod compare;
mod diff;
mod error;
mod expectations;
mod find;
mod inspect;
pub mod inspection;
mod json;
mod jwe;
pub mod key;
mod key_file;
mod key_set;
mod lint;
mod number;
pub mod sign;
pub mod verify;

pub use algorithm::Algorithm;
pub use compare::{Agreement, ComparedClaim, compare_claims};
pub use diff::{Difference, diff, diff_values};
pub use error::JoseError;
pub use expectations::Expectations;
pub use find::{FoundToken, find_tokens, holds_several};
pub use inspect::{
    DPOP_WINDOW, DpopRequest, IdTokenAnswer, check_dpop_proof, check_id_token, inspect, is_hidden, normalise,
};
pub use key::{Key, parse_key, secret_key};
pub use key_file::parse_keys;
pub use key_set::{KeySet, Unreadable, parse_jwks};
pub use lint::lint_jwks;
pub use sign::SigningKey;
pub use verify::{Verified, VerifyError};
