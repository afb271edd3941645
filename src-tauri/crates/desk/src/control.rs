//! Live control of the gateway on this machine: what a person switches while it serves.
//! Belongs here: the user actions, and what of them is remembered. Not here: starting and stopping (`local`), what a switch
//! does (`gateway`).

use crate::{Desk, DeskError, Result, wire::GatewayControl};
use gateway::{Controls, FaultScope, Running, Switchable};
use std::sync::Arc;

/// Setting that holds what was switched. The clock and faults for the next requests are not remembered: they would surprise
/// on another day.
const CONTROLS: &str = "gateway.controls";

/// What can be switched, and what each does.
#[must_use]
pub fn gateway_switches() -> Switchable {
    Switchable::all()
}

impl Desk {
    /// How the running gateway stands; none while it is stopped.
    pub async fn gateway_control(&self) -> Option<GatewayControl> {
        self.local.running().map(|running| told(&running))
    }

    /// Gives an API of the running gateway these deliberate defects, and no others.
    ///
    /// # Errors
    /// When the gateway is stopped, does not serve this API, or knows no such defect.
    pub async fn set_weaknesses(&self, api: &str, names: Vec<String>) -> Result<GatewayControl> {
        let running = self.serving()?;
        running.set_weaknesses(api, names).await?;
        self.remember_controls(&running).await
    }

    /// Gives an API of the running gateway the answers of a version of Gravitee.
    ///
    /// # Errors
    /// When the gateway is stopped, does not serve this API, or knows no such behaviour.
    pub async fn set_behaviour(&self, api: &str, behaviour: String) -> Result<GatewayControl> {
        let running = self.serving()?;
        running.set_behaviour(api, Some(behaviour)).await?;
        self.remember_controls(&running).await
    }

    /// Lets this go wrong every time, and nothing else.
    ///
    /// # Errors
    /// When the gateway is stopped, does not serve whose faults they would be, or knows no such fault.
    pub async fn set_faults(&self, scope: FaultScope, names: Vec<String>) -> Result<GatewayControl> {
        let running = self.serving()?;
        running.set_faults(&scope, names).await?;
        self.remember_controls(&running).await
    }

    /// Lets this go wrong for the next requests; a count of 0 ends it.
    ///
    /// # Errors
    /// As [`Desk::set_faults`].
    pub async fn set_next_faults(&self, scope: FaultScope, count: u32, names: Vec<String>) -> Result<GatewayControl> {
        let running = self.serving()?;
        running.set_next_faults(&scope, count, &names)?;
        Ok(told(&running))
    }

    /// Signs the tokens of a domain with a fresh key from now on; the old one stays published for a time.
    ///
    /// # Errors
    /// When the gateway is stopped or does not serve this domain.
    pub async fn rotate_key(&self, domain: &str) -> Result<GatewayControl> {
        let running = self.serving()?;
        running.rotate_key(domain).await?;
        Ok(told(&running))
    }

    /// Takes the old keys of a domain out of its JWKS before their time.
    ///
    /// # Errors
    /// As [`Desk::rotate_key`].
    pub async fn withdraw_keys(&self, domain: &str) -> Result<GatewayControl> {
        let running = self.serving()?;
        running.withdraw_keys(domain).await?;
        Ok(told(&running))
    }

    /// Moves the gateway's clock on, or back.
    ///
    /// # Errors
    /// When the gateway is stopped.
    pub async fn shift_clock(&self, seconds: i64) -> Result<GatewayControl> {
        let running = self.serving()?;
        running.shift_clock(seconds);
        Ok(told(&running))
    }

    /// Stops the gateway's clock, or lets it go on from where it stands.
    ///
    /// # Errors
    /// When the gateway is stopped.
    pub async fn freeze_clock(&self, on: bool) -> Result<GatewayControl> {
        let running = self.serving()?;
        running.freeze_clock(on);
        Ok(told(&running))
    }

    /// Gives the gateway the machine's time again.
    ///
    /// # Errors
    /// When the gateway is stopped.
    pub async fn reset_clock(&self) -> Result<GatewayControl> {
        let running = self.serving()?;
        running.reset_clock();
        Ok(told(&running))
    }

    /// Switches a gateway that was just started as the last one was.
    pub(crate) async fn restore_controls(&self, running: &Running) -> Result<()> {
        let kept = self.store().await?.setting(CONTROLS).await?;
        // What another version wrote and this one cannot read is as good as nothing switched.
        let controls = kept.and_then(|text| serde_json::from_str::<Controls>(&text).ok());
        if let Some(controls) = controls {
            running.set_controls(controls).await;
        }
        Ok(())
    }

    async fn remember_controls(&self, running: &Running) -> Result<GatewayControl> {
        let controls = serde_json::to_string(&running.controls()).unwrap_or_default();
        self.store().await?.set_setting(CONTROLS, Some(&controls)).await?;
        Ok(told(running))
    }

    fn serving(&self) -> Result<Arc<Running>> {
        let stopped = || DeskError::NotFound("The gateway on this machine is not running. Start it first.".into());
        self.local.running().ok_or_else(stopped)
    }
}

fn told(running: &Running) -> GatewayControl {
    GatewayControl { clock: running.clock(), domains: running.domains(), apis: running.apis() }
}
