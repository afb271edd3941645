//! Endpoints of issuers, kept for a while, so that a good token is not held up by a metadata document.
//! Belongs here: keeping them. Not here: reading metadata (`oauth`).

use crate::{Desk, Result, party::Party};
use exchange::CancellationToken;
use oauth::{Endpoints, Server};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Seconds after which metadata is asked for anew.
const FRESH: i64 = 600;

/// Endpoints by issuer, with the second at which they were read.
#[derive(Default)]
pub(crate) struct Discovered(Mutex<HashMap<String, (i64, Endpoints)>>);

impl Discovered {
    fn get(&self, issuer: &str) -> Option<(i64, Endpoints)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned()
    }
}

impl Desk {
    /// The endpoints of a connection's server. Of an issuer, those read lately; older ones where the metadata cannot be had now.
    pub(crate) async fn endpoints(&self, party: &Party) -> Result<Endpoints> {
        let cancel = CancellationToken::new();
        let ask = || party.server.endpoints(&party.way.http, &cancel);
        let Server::Issuer { issuer } = &party.server else { return Ok(ask().await?) };
        let kept = self.discovered.get(issuer);
        if let Some((_, endpoints)) = kept.as_ref().filter(|(at, _)| (0..FRESH).contains(&(self.now() - at))) {
            return Ok(endpoints.clone());
        }
        match (ask().await, kept) {
            (Ok(endpoints), _) => {
                let mut known = self.discovered.0.lock().unwrap_or_else(PoisonError::into_inner);
                known.insert(issuer.clone(), (self.now(), endpoints.clone()));
                Ok(endpoints)
            }
            (Err(oauth::Error::Send { .. }), Some((_, endpoints))) => Ok(endpoints),
            (Err(error), _) => Err(error.into()),
        }
    }

    /// The issuer that tokens of a connection should name, as far as it is known without asking.
    pub(crate) fn known_issuer(&self, party: &Party) -> Option<String> {
        match &party.server {
            Server::Issuer { issuer } => Some(issuer.clone()),
            Server::Gravitee { url, domain } => Endpoints::gravitee(url, domain).ok()?.issuer,
            Server::TokenUrl { .. } => None,
        }
    }
}
