//! Unguessable texts.
//! Belongs here: the one source of identifiers, states and verifiers. Not here: keys.

use aws_lc_rs::rand;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::Error;

/// `BYTES` random bytes in base64url.
pub(crate) fn text<const BYTES: usize>() -> Result<String, Error> {
    let mut bytes = [0; BYTES];
    let failed = |_| Error::BadRequest { what: "this machine gives no randomness".to_owned() };
    rand::fill(&mut bytes).map_err(failed)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
