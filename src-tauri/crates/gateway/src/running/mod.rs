//! Starting, asking and stopping the gateway. Belongs here: the life of the two listeners.
//! Not here: what they answer (`am`, `api`), what a configuration becomes (`state`).

mod control;
mod controls;
mod reload;
mod state;
mod told;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::broadcast, time::timeout};

use crate::{
    Clock, Config, ConfigError, GatewayError,
    am::{Am, millis},
    api::ApiGateway,
    clock::VirtualClock,
    event::{Ready, RequestEvent},
    http1::{Live, Served, Site},
    journal::Journal,
};
pub use controls::{ApiControls, Controls, DomainControls};
use state::{Addresses, Common, State, open_domains};
pub use told::{ApiState, ClientState, DomainState, FaultState, KeyState, Switch, Switchable};

/// How long requests in flight may take to end when the gateway stops: all but a moment of the 5 s in which a program that serves
/// is to be gone.
const DRAIN: Duration = Duration::from_millis(4_500);

/// The local authorization server and API gateway.
#[derive(Debug)]
pub struct Gateway;

impl Gateway {
    /// Opens both listeners and serves, on threads of its own, until the returned [`Running`] is stopped or dropped. The
    /// caller's tokio runtime is needed for starting, changing and stopping only.
    ///
    /// # Errors
    /// [`GatewayError::PortTaken`] or [`GatewayError::Listen`] when an address cannot be listened on;
    /// [`GatewayError::Threads`] when the system gives no threads;
    /// [`GatewayError::Config`] when a file the configuration names cannot be used.
    pub async fn start(config: Config, clock: Clock) -> Result<Running, GatewayError> {
        let clock = Arc::new(VirtualClock::new(clock));
        clock.set_offset(config.clock_offset_seconds);
        let common = Common { journal: Arc::new(Journal::new()), clock, next_faults: Arc::default() };
        // What is wrong with a file is said before a port is opened.
        let domains = open_domains(&config, &[], millis(common.clock.now()).div_euclid(1000))?;
        let am = Door::open(config.listen.am, "the authorization server", "am").await?;
        let asked = Addresses { am: am.address, gateway: config.listen.gateway };
        let mut state = State::make(config, domains, asked, None)?;
        let gateway = Door::open(asked.gateway, "the API gateway", "gateway").await?;
        state.addresses.gateway = gateway.address;
        state.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        state.domains.iter().for_each(crate::am::Domain::warm_up);
        state.arm_faults(&common.next_faults, None);
        let served = Served::start().map_err(GatewayError::Threads)?;
        let am_live = Arc::new(Live::new(state.am(&common)));
        let gateway_live = Arc::new(Live::new(state.gateway(&common)));
        let listening = Listening { am: am.serve(&am_live, &served), gateway: gateway.serve(&gateway_live, &served) };
        Ok(Running {
            started: state.ready(),
            state: Mutex::new(Arc::new(state)),
            common,
            am: am_live,
            gateway: gateway_live,
            served,
            turn: tokio::sync::Mutex::new(listening),
        })
    }
}

impl Gateway {
    /// What starting with this configuration would say of its APIs: the error that it would end with, or the warnings.
    /// Opens no port.
    ///
    /// # Errors
    /// [`ConfigError`] as in [`Gateway::start`].
    pub fn rehearse(config: &Config) -> Result<Vec<String>, ConfigError> {
        let domains = open_domains(config, &[], 0)?;
        Ok(crate::api::load(config, &domains, config.listen.am)?.1)
    }
}

/// An address that is listened on, where nobody is let in yet.
struct Door {
    socket: TcpListener,
    asked: SocketAddr,
    address: SocketAddr,
}

/// An address that is served.
struct Entrance {
    asked: SocketAddr,
    address: SocketAddr,
    served: Served,
}

/// The two addresses that are served.
struct Listening {
    am: Entrance,
    gateway: Entrance,
}

impl Door {
    async fn open(asked: SocketAddr, listener: &'static str, flag: &'static str) -> Result<Self, GatewayError> {
        let bound = tokio::net::TcpListener::bind(asked).await;
        // Waited for on the gateway's own threads.
        let socket = bound.and_then(tokio::net::TcpListener::into_std).map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => GatewayError::PortTaken { address: asked, listener, flag },
            _ => GatewayError::Listen { address: asked, listener, flag, source },
        })?;
        let address = socket.local_addr().unwrap_or(asked);
        Ok(Self { socket, asked, address })
    }

    fn serve<S: Site>(self, live: &Arc<Live<S>>, all: &Served) -> Entrance {
        let served = all.child();
        served.serve(self.socket, Arc::clone(live));
        Entrance { asked: self.asked, address: self.address, served }
    }
}

/// A gateway that serves. Dropping it closes everything at once; [`Running::stop`] lets requests end first.
pub struct Running {
    started: Ready,
    state: Mutex<Arc<State>>,
    common: Common,
    am: Arc<Live<Am>>,
    gateway: Arc<Live<ApiGateway>>,
    served: Served,
    /// One change at a time.
    turn: tokio::sync::Mutex<Listening>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("started", &self.started).finish_non_exhaustive()
    }
}

impl Running {
    /// Origin of the authorization server (`http://127.0.0.1:8092`) as it was at the start. A change of the
    /// configuration may have moved it since: [`Running::ready`] says where it is now.
    #[must_use]
    pub fn am_origin(&self) -> &str {
        &self.started.am
    }

    /// Origin of the API gateway (`http://127.0.0.1:8082`) as it was at the start.
    #[must_use]
    pub fn gateway_origin(&self) -> &str {
        &self.started.gateway
    }

    /// What is served now. It holds the client secrets: for the gateway's own terminal only.
    #[must_use]
    pub fn ready(&self) -> Ready {
        self.state().ready()
    }

    /// Every request from now on, in order.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Arc<RequestEvent>> {
        self.common.journal.subscribe()
    }

    /// The last requests (at most 1,000) after this sequence number, oldest first; 0 for all that are kept.
    #[must_use]
    pub fn recent(&self, after_sequence: u64) -> Vec<Arc<RequestEvent>> {
        self.common.journal.recent(after_sequence)
    }

    /// Calls `sink` with every request from now on, in order, before its answer is sent. The sink must be quick:
    /// requests wait for it.
    pub fn on_event(&self, sink: impl Fn(&RequestEvent) + Send + Sync + 'static) {
        self.common.journal.on_event(Box::new(sink));
    }

    /// Accepts nothing new, lets the requests in flight end for at most 4.5 seconds, then closes.
    pub async fn stop(&self) {
        self.served.stop.cancel();
        self.served.tasks.close();
        let _ = timeout(DRAIN, self.served.tasks.wait()).await;
        self.served.end();
    }

    fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Seconds since the epoch by the gateway's clock.
    fn now(&self) -> i64 {
        millis(self.common.clock.now()).div_euclid(1000)
    }
}

impl Drop for Running {
    /// The threads close everything when they are dropped next.
    fn drop(&mut self) {
        self.served.stop.cancel();
    }
}
