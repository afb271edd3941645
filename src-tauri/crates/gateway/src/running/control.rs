//! Live control: what a person changes while the gateway serves. Belongs here: keys and the clock.
//! Not here: another configuration (`reload`).

use std::sync::Arc;

use serde::Serialize;

use super::{ApiState, Controls, Running, state::State};
use crate::{ClockState, ControlError, am::Domain};

/// A key of a domain, without its private half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct KeyState {
    /// Key id.
    pub kid: String,
    /// Signature algorithm (`RS256`).
    pub algorithm: String,
    /// Until when it is published, seconds since the epoch by the gateway's clock; null: it signs.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub until: Option<i64>,
}

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

    /// The keys that a domain publishes, the signing one first; empty while that one is being made.
    ///
    /// # Errors
    /// [`ControlError::UnknownDomain`].
    pub fn keys(&self, domain: &str) -> Result<Vec<KeyState>, ControlError> {
        Ok(self.domain(domain)?.key_states(self.now()))
    }

    /// The served APIs, with what was switched on them.
    #[must_use]
    pub fn apis(&self) -> Vec<ApiState> {
        self.state().api_states()
    }

    /// Everything that was switched on the APIs.
    #[must_use]
    pub fn controls(&self) -> Controls {
        self.state().controls.clone()
    }

    /// Switches everything as it was, for a gateway that is started again. What is not known is left out.
    pub async fn set_controls(&self, controls: Controls) {
        let _turn = self.turn.lock().await;
        let mut state = State::clone(&self.state());
        state.apis = State::controlled(&state.configured, &controls);
        state.controls = controls;
        self.serve_state(state);
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
        let state = self.state();
        let found = state.domains.iter().find(|domain| domain.path() == path);
        found.cloned().ok_or_else(|| ControlError::UnknownDomain(path.to_owned()))
    }
}
