//! Another configuration while the gateway serves. Belongs here: exchanging it without losing a request.
//! Not here: noticing that a file has changed (`desk`).

use std::sync::Arc;

use super::{
    Door, Running,
    state::{Addresses, State, open_domains},
};
use crate::{Config, GatewayError};

impl Running {
    /// Serves another configuration from now on. Requests in flight end on the one before, connections and listeners
    /// whose address did not change stay open. Of domains that stay, tokens, keys, grants and secrets made here stay too;
    /// where the configuration means another signing key, the old one is published for `key_overlap_seconds`.
    /// Counters of rate limits and cache resources begin anew.
    ///
    /// # Errors
    /// As [`crate::Gateway::start`]. Then nothing has changed.
    pub async fn reload(&self, mut config: Config) -> Result<(), GatewayError> {
        let mut listening = self.turn.lock().await;
        let before = self.state();
        config.keep_made_secrets(&before.config);
        let offset = config.clock_offset_seconds;
        let domains = open_domains(&config, &before.domains, self.now())?;
        let am = moved(listening.am.asked, config.listen.am, "the authorization server", "am").await?;
        let gateway = moved(listening.gateway.asked, config.listen.gateway, "the API gateway", "gateway").await?;
        let addresses = Addresses {
            am: am.as_ref().map_or(listening.am.address, |door| door.address),
            gateway: gateway.as_ref().map_or(listening.gateway.address, |door| door.address),
        };
        let state = State::make(config, domains, addresses, Some(&before))?;
        // No request waits for a key to be made.
        for domain in &state.domains {
            domain.key().await;
        }
        state.arm_faults(&self.common.next_faults, Some(&before));
        self.serve_state(state);
        if offset != before.config.clock_offset_seconds {
            self.common.clock.set_offset(offset);
        }
        if let Some(door) = am {
            let old = std::mem::replace(&mut listening.am, door.serve(&self.am, &self.served));
            old.served.stop.cancel();
        }
        if let Some(door) = gateway {
            let old = std::mem::replace(&mut listening.gateway, door.serve(&self.gateway, &self.served));
            old.served.stop.cancel();
        }
        Ok(())
    }

    /// Answers from this state from now on.
    pub(super) fn serve_state(&self, state: State) {
        self.am.store(state.am(&self.common));
        self.gateway.store(state.gateway(&self.common));
        state.domains.iter().for_each(|domain| domain.settle());
        *self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(state);
    }
}

/// The new door, if the address is another one.
async fn moved(
    before: std::net::SocketAddr,
    asked: std::net::SocketAddr,
    listener: &'static str,
    flag: &'static str,
) -> Result<Option<Door>, GatewayError> {
    if before == asked { Ok(None) } else { Door::open(asked, listener, flag).await.map(Some) }
}
