//! The local authorization server (Gravitee Access Management's endpoints) and the local API gateway.
//! Belongs here: listeners, routes, policies, resources, the echo, the proxy and the trace of every decision.
//! Not here: the form of tokens (`jose`), the form of API definitions (`gravitee`), anything a user sees.

mod am;
mod api;
mod authority;
mod client;
mod clock;
mod config;
mod der;
mod error;
pub mod event;
mod fault;
mod guard;
mod http1;
mod jackson;
mod journal;
mod random;
mod running;
mod text;
mod tls;
mod trace;
mod weakness;

pub use api::{behaviour_of, echo_definition};
pub use clock::ClockState;
pub use config::{
    ApiConfig, ApiKey, AuthMethod, Client, Config, Domain, DomainBehaviour, FaultsNext, GatewayOptions, Given,
    GrantType, Limits, Listen, Secret, Signing, Subscription, Tls, TokenFormat,
};
pub use error::{ConfigError, ControlError, GatewayError};
pub use fault::{FaultScope, NextState};
pub use running::{
    ApiControls, ApiState, ClientState, Controls, DomainControls, DomainState, FaultState, Gateway, KeyState, Running,
    Switch, Switchable,
};

/// Where the gateway takes the time from. Passed in so that tests and the virtual clock can set it.
pub type Clock = std::sync::Arc<dyn Fn() -> std::time::SystemTime + Send + Sync>;
