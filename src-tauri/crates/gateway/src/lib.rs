//! The local authorization server (Gravitee Access Management's endpoints) and the local API gateway.
//! Belongs here: listeners, routes, policies, resources, the echo, the proxy and the trace of every decision.
//! Not here: the form of tokens (`jose`), the form of API definitions (`gravitee`), anything a user sees.

mod am;
mod api;
mod client;
mod clock;
mod config;
mod error;
pub mod event;
mod guard;
mod http1;
mod jackson;
mod journal;
mod random;
mod running;
mod tls;
mod trace;
mod weakness;

pub use api::{behaviour_of, echo_definition};
pub use clock::ClockState;
pub use config::{
    ApiConfig, ApiKey, AuthMethod, Client, Config, Domain, DomainBehaviour, GatewayOptions, Given, GrantType, Limits,
    Listen, Secret, Signing, Subscription, Tls, TokenFormat,
};
pub use error::{ConfigError, ControlError, GatewayError};
pub use running::{ApiControls, ApiState, Controls, Gateway, KeyState, Running};

/// Where the gateway takes the time from. Passed in so that tests and the virtual clock can set it.
pub type Clock = std::sync::Arc<dyn Fn() -> std::time::SystemTime + Send + Sync>;
