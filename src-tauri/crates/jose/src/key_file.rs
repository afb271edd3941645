//! The keys of a file that holds no key set: one in any form, or several in PEM.
//! Belongs here: which blocks of a PEM text count. Not here: reading one key ([`crate::parse_key`]), JWK Sets ([`crate::parse_jwks`]).

use crate::key::encoded::{Block, no_block, pem_blocks};
use crate::{JoseError, Key, KeySet, parse_key};

/// Reads the keys of a text: a JWK, DER, or PEM with any number of keys and certificates. Of a certificate chain, the leaf
/// first, the leaf counts: those who issued it sign certificates and no tokens. Of two halves of one key the private one counts.
///
/// # Errors
/// [`JoseError::UnreadableKey`] if there is none that can be read; blocks beside one that can be are passed over.
pub fn parse_keys(bytes: &[u8]) -> Result<KeySet, JoseError> {
    let text = std::str::from_utf8(bytes).map(|text| text.trim_start_matches('\u{FEFF}').trim_start());
    match text {
        Ok(text) if !text.starts_with('{') && text.contains("-----BEGIN ") => from_pem(text),
        _ => Ok(KeySet::given(vec![parse_key(bytes)?])),
    }
}

/// A key, where it stands, and whether the certificates behind it issued it.
struct Chosen {
    key: Key,
    number: usize,
    leads_chain: bool,
}

impl Chosen {
    /// Where it stands among `count` blocks; nothing where it stands alone.
    fn part(&self, count: usize) -> Option<String> {
        let leaf = if self.leads_chain { ", the leaf of its chain" } else { "" };
        (count > 1).then(|| format!("PEM block {} of {count}{leaf}", self.number))
    }
}

fn from_pem(text: &str) -> Result<KeySet, JoseError> {
    let mut chosen: Vec<Chosen> = Vec::new();
    let (mut count, mut refusal, mut chain) = (0, None, Chain::default());
    for block in pem_blocks(text) {
        count += 1;
        match block.and_then(|block| Ok((chain.goes_on_with(&block, count), block.key()?))) {
            Ok((true, _)) => {
                let leaf = chosen.iter_mut().filter(|chosen| chosen.number == chain.leaf);
                leaf.for_each(|leaf| leaf.leads_chain = true);
            }
            Ok((false, key)) => choose(&mut chosen, key, count),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    if chosen.is_empty() {
        return Err(refusal.unwrap_or_else(no_block));
    }
    Ok(KeySet::given_in_parts(chosen.into_iter().map(|chosen| {
        let part = chosen.part(count);
        (chosen.key, part)
    })))
}

/// The certificates up to a block.
#[derive(Default)]
struct Chain {
    /// The number of the one that no certificate before it names.
    leaf: usize,
    /// Who issued the last one; none if it did itself: of two such neither is above the other.
    issuer: Option<Vec<u8>>,
}

impl Chain {
    /// Whether a block is the certificate of whoever issued the certificate before it.
    fn goes_on_with(&mut self, block: &Block, number: usize) -> bool {
        let Some((by, about)) = block.issuer_and_subject() else { return false };
        let is_issuer = self.issuer.as_deref() == Some(about);
        if !is_issuer {
            self.leaf = number;
        }
        self.issuer = (by != about).then(|| by.to_vec());
        is_issuer
    }
}

fn choose(chosen: &mut Vec<Chosen>, key: Key, number: usize) {
    match chosen.iter_mut().find(|other| other.key.thumbprint() == key.thumbprint()) {
        Some(other) if key.is_private() && !other.key.is_private() => other.key = key,
        Some(_) => {}
        None => chosen.push(Chosen { key, number, leads_chain: false }),
    }
}
