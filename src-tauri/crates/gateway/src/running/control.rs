//! Live control: what a person changes while the gateway serves. Belongs here: keys and the clock.
//! Not here: another configuration (`reload`).

use std::sync::Arc;

use super::{
    ApiState, Controls, DomainState, Running,
    controls::{DomainControls, faults},
    state::State,
};
use crate::{ClockState, ControlError, FaultScope, am::Domain};

impl Running {
    /// Signs the tokens of a domain with a fresh key under a new `kid`. The old key is published for
    /// `key_overlap_seconds` (default: as long as an access token lives), so that its tokens stay valid.
    ///
    /// # Errors
    /// [`ControlError::UnknownDomain`]; [`ControlError::NoKey`] if the key cannot be made, and then nothing has changed.
    pub async fn rotate_key(&self, domain: &str) -> Result<(), ControlError> {
        let _turn = self.turn.lock().await;
        let now = self.now();
        self.domain(domain)?.rotate(now).await.ok_or(ControlError::NoKey)
    }

    /// Takes every key of a domain but the signing one out of the JWKS, before its time; says how many there were. Their
    /// tokens are refused from now on, except under the weakness `stale-jwks`.
    ///
    /// # Errors
    /// [`ControlError::UnknownDomain`].
    pub async fn withdraw_keys(&self, domain: &str) -> Result<usize, ControlError> {
        let _turn = self.turn.lock().await;
        Ok(self.domain(domain)?.keys.withdraw(self.now()))
    }

    /// The served domains, with their keys and what was switched on them.
    #[must_use]
    pub fn domains(&self) -> Vec<DomainState> {
        self.state().tell_domains(&self.common.next_faults, self.now())
    }

    /// The served APIs, with what was switched on them.
    #[must_use]
    pub fn apis(&self) -> Vec<ApiState> {
        self.state().tell_apis(&self.common.next_faults)
    }

    /// Everything that was switched on the APIs.
    #[must_use]
    pub fn controls(&self) -> Controls {
        self.state().controls.clone()
    }

    /// Switches everything as it was, for a gateway that is started again. What is not known is left out.
    pub async fn set_controls(&self, controls: Controls) {
        let _turn = self.turn.lock().await;
        self.serve_state(State { controls, ..State::clone(&self.state()) }.controlled());
    }

    /// Gives the API on this context path these deliberate defects, and no others. Counters and caches stay.
    ///
    /// # Errors
    /// [`ControlError::UnknownApi`], [`ControlError::UnknownName`].
    pub async fn set_weaknesses(&self, api: &str, names: Vec<String>) -> Result<(), ControlError> {
        let _turn = self.turn.lock().await;
        self.serve_state(self.state().switched(api, |switched| switched.weaknesses = Some(names))?);
        Ok(())
    }

    /// Gives the API on this context path the answers of another version of Gravitee; none: of the one that the
    /// configuration says.
    ///
    /// # Errors
    /// [`ControlError::UnknownApi`], [`ControlError::UnknownName`].
    pub async fn set_behaviour(&self, api: &str, behaviour: Option<String>) -> Result<(), ControlError> {
        let _turn = self.turn.lock().await;
        self.serve_state(self.state().switched(api, |switched| switched.behaviour = behaviour)?);
        Ok(())
    }

    /// Lets this go wrong every time, and nothing else; nothing at all if there are no names.
    ///
    /// # Errors
    /// That whose faults they would be is not served, or [`ControlError::UnknownName`].
    pub async fn set_faults(&self, scope: &FaultScope, names: Vec<String>) -> Result<(), ControlError> {
        let _turn = self.turn.lock().await;
        let before = self.state();
        before.has(scope)?;
        let state = match scope.clone() {
            FaultScope::Api { api } => before.switched(&api, |switched| switched.faults = Some(names)),
            FaultScope::Domain { domain } => before.switched_domain(&domain, |switched| switched.faults = Some(names)),
            FaultScope::Client { domain, client_id } => {
                let switch = |switched: &mut DomainControls| drop(switched.clients.insert(client_id, names));
                before.switched_domain(&domain, switch)
            }
        };
        self.serve_state(state?);
        Ok(())
    }

    /// Lets this go wrong for the next `count` requests that one of the faults can take hold of; 0: not any more.
    ///
    /// # Errors
    /// As [`Running::set_faults`].
    pub fn set_next_faults(&self, scope: &FaultScope, count: u32, names: &[String]) -> Result<(), ControlError> {
        self.state().has(scope)?;
        self.common.next_faults.arm(scope.clone(), count, faults(names, scope)?);
        Ok(())
    }

    /// The gateway's clock.
    #[must_use]
    pub fn clock(&self) -> ClockState {
        self.common.clock.state()
    }

    /// Sets how many seconds the clock of both listeners is ahead of the machine's.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.common.clock.set_offset(seconds);
    }

    /// Moves the clock of both listeners on, or back, from where it is.
    pub fn shift_clock(&self, seconds: i64) {
        self.common.clock.shift(seconds);
    }

    /// Stops the clock of both listeners, or lets it go on from where it stands.
    pub fn freeze_clock(&self, on: bool) {
        self.common.clock.freeze(on);
    }

    /// The machine's time again.
    pub fn reset_clock(&self) {
        self.common.clock.reset();
    }

    fn domain(&self, path: &str) -> Result<Arc<Domain>, ControlError> {
        self.state().domain(path).cloned()
    }
}
