//! The facade: one method per user action, used by the window and by the command line alike.
//!
//! Belongs here: wiring of the engine's crates, and the little state that only a running program has (tokens held, requests
//! under way, the running gateway). Not here: protocol, storage or presentation.

mod apim;
mod apis;
mod asking;
mod bodies;
mod browser;
mod calls;
mod client;
mod companions;
mod comparing;
mod connections;
mod control;
mod copying;
mod definitions;
mod diffing;
mod discovered;
mod discovering;
mod doctor;
mod error;
mod forms;
mod inspecting;
mod jwks;
mod kept;
mod local;
mod obtain;
mod overview;
mod party;
mod paste;
mod pocket;
mod pretty;
mod rules;
mod sends;
mod serve;
mod setup;
mod signin;
mod tokens;
mod watch;
mod way;
pub mod wire;

pub use apim::{ApimRefusal, ApimWish};
pub use apis::ExportForm;
pub use asking::{Introspected, Revoked, RevokedRefresh, UserClaims};
pub use browser::Browser;
pub use calls::{CallWish, Called, header};
pub use client::{is_pkcs12, method_name, needs_secret};
pub use control::gateway_switches;
pub use definitions::{DefinitionSource, Exported, ImportWish, check_definition, definition_file};
pub use doctor::DoctorReport;
pub use error::{DeskError, Result};
pub use exchange::{CancellationToken, MASK, ProxyEnvironment, Reveal};
pub use forms::connection_endpoints;
pub use gateway::{FaultScope, Running, Switchable, event};
pub use gravitee::{Management, management::Input as DefinitionInput};
pub use inspecting::{InspectWish, Inspector, KeyWish, moment, tokens_in};
pub use jose::{FoundToken, is_hidden};
pub use oauth::{TriedAudience, Verdict};
pub use party::Target;
pub use serve::{ServeWish, demo_target};
pub use setup::{Setup, data_folder, downloads_folder};
pub use signin::Person;
pub use store::VaultChoice;
pub use tokens::{Granted, TokenWish, masked};
pub use watch::ConfigWatch;

use jiff::Timestamp;
use std::{
    fmt,
    sync::{PoisonError, RwLock, atomic::AtomicBool},
};
use store::{Deleted, Opened, RemovedDefinition, Store};
use tokio::sync::OnceCell;

/// The engine behind one window or one run of the command line.
pub struct Desk {
    setup: Setup,
    store: OnceCell<Store>,
    notices: RwLock<Vec<String>>,
    memory_only: AtomicBool,
    tokens: tokens::Tokens,
    ways: way::Ways,
    discovered: discovered::Discovered,
    key_sets: jwks::KeySets,
    sends: sends::Sends,
    sign_ins: signin::SignIns,
    entered: obtain::Entered,
    proofs: party::Proofs,
    browser: Browser,
    bodies: bodies::Bodies,
    local: local::LocalGateway,
    deleted: pocket::Shelf<Deleted>,
    removed_definitions: pocket::Shelf<RemovedDefinition>,
    pasted_secret: pocket::Pocket<secrecy::SecretString>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("setup", &self.setup).finish_non_exhaustive()
    }
}

impl Desk {
    /// A desk over a data folder. Nothing is read, made or asked before the first action that needs it.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Desk {
            tokens: tokens::Tokens::new(setup.clock.clone()),
            setup,
            store: OnceCell::new(),
            notices: RwLock::default(),
            memory_only: AtomicBool::new(false),
            ways: way::Ways::default(),
            discovered: discovered::Discovered::default(),
            key_sets: jwks::KeySets::default(),
            sends: sends::Sends::default(),
            sign_ins: signin::SignIns::default(),
            entered: obtain::Entered::default(),
            proofs: party::Proofs::default(),
            browser: Browser::default(),
            bodies: bodies::Bodies::default(),
            local: local::LocalGateway::default(),
            deleted: pocket::Shelf::default(),
            removed_definitions: pocket::Shelf::default(),
            pasted_secret: pocket::Pocket::default(),
        }
    }

    /// Opens addresses in this browser instead of the system's.
    #[must_use]
    pub fn with_browser(self, browser: Browser) -> Self {
        Desk { browser, ..self }
    }

    pub(crate) async fn store(&self) -> Result<Store> {
        let open = || async {
            let Opened { store, notices } =
                Store::open(&self.setup.folder, self.setup.clock.clone(), self.setup.vault).await?;
            let told = notices.iter().map(overview::told);
            self.notices.write().unwrap_or_else(PoisonError::into_inner).extend(told);
            Ok::<_, DeskError>(store)
        };
        self.store.get_or_try_init(open).await.cloned()
    }

    /// What opening the library had to tell.
    ///
    /// # Errors
    /// When the library cannot be opened.
    pub async fn notices(&self) -> Result<Vec<String>> {
        self.store().await?;
        Ok(self.notices.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// The same, of a library that has been opened already; nothing otherwise.
    #[must_use]
    pub fn notices_so_far(&self) -> Vec<String> {
        self.notices.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Seconds since the epoch.
    pub(crate) fn now(&self) -> i64 {
        Timestamp::try_from((self.setup.clock)()).map_or(0, Timestamp::as_second)
    }
}
