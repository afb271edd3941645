//! The keyring on Linux and its kin: the freedesktop.org Secret Service on the session bus.
//! Belongs here: asking whether it is there and open, items through `keyring`'s store, and what its errors mean. Not here: the
//! prompt (`prompt`); limits and order (`lane`).
//!
//! The `Locked` property is asked before every call: a look-up in a locked gnome-keyring answers "no such item", silently.

use std::{collections::HashMap, error::Error, sync::Arc};

use keyring_core::{Entry, api::CredentialStoreApi};
use zbus::{
    Connection,
    zvariant::{OwnedObjectPath, OwnedValue},
};
use zbus_secret_service_keyring_store::Store;
use zeroize::Zeroizing;

use super::{
    SERVICE,
    lane::{Gone, Prompts},
    prompt,
};
use crate::VaultError;

pub(super) const BUS_NAME: &str = "org.freedesktop.secrets";
pub(super) const SERVICE_PATH: &str = "/org/freedesktop/secrets";
pub(super) const SERVICE_INTERFACE: &str = "org.freedesktop.Secret.Service";
const COLLECTION_INTERFACE: &str = "org.freedesktop.Secret.Collection";
const LABEL: &str = "Claimcheck connection";

/// Larger items were not written by this program.
const LARGEST: usize = 64 * 1024;

/// A connection to the service. It is made again when the service was restarted.
#[derive(Default)]
pub(super) struct Backend {
    store: Option<Arc<Store>>,
}

impl Backend {
    /// Fails with the reason if items cannot be read and written now. Asks nothing of a person.
    pub(super) fn ready(&mut self, gone: &mut Gone) -> Result<(), VaultError> {
        zbus::block_on(until(gone, ready()))
    }

    /// Unlocks the default collection, or makes it, with the service's own prompt.
    pub(super) fn unlock(&mut self, gone: &mut Gone, prompts: &Prompts) -> Result<(), VaultError> {
        zbus::block_on(async {
            let connection = until(gone, connect()).await?;
            let unlocked =
                until(gone, async { prompt::unlock(&connection, collection(&connection).await?, prompts).await }).await;
            // A prompt that is still open belongs to this connection: it goes when its asker leaves the bus.
            let _ = connection.close().await;
            unlocked?;
            until(gone, ready()).await
        })
    }

    pub(super) fn get(&mut self, account: &str, gone: &mut Gone) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.ready(gone)?;
        let item = self.entry(account, |entry| entry.get_secret().map(Zeroizing::new))?;
        if item.len() > LARGEST {
            return Err(VaultError::Foreign(format!("it has {} bytes", item.len())));
        }
        Ok(item)
    }

    pub(super) fn put(&mut self, account: &str, item: &[u8], gone: &mut Gone) -> Result<(), VaultError> {
        self.ready(gone)?;
        self.entry(account, |entry| entry.set_secret(item))
    }

    pub(super) fn remove(&mut self, account: &str, gone: &mut Gone) -> Result<(), VaultError> {
        self.ready(gone)?;
        self.entry(account, Entry::delete_credential)
    }

    /// Calls with the session at hand; if that one has died with its service, once more with a fresh one.
    fn entry<T>(&mut self, account: &str, call: impl Fn(&Entry) -> keyring::Result<T>) -> Result<T, VaultError> {
        if let Some(store) = self.store.take() {
            let answer = build(&store, account).and_then(|entry| call(&entry));
            if !matches!(answer, Err(keyring::Error::PlatformFailure(_))) {
                self.store = Some(store);
                return answer.map_err(meaning);
            }
        }
        let store = Store::new().map_err(meaning)?;
        let answer = build(&store, account).and_then(|entry| call(&entry)).map_err(meaning)?;
        self.store = Some(store);
        Ok(answer)
    }
}

fn build(store: &Store, account: &str) -> keyring::Result<Entry> {
    store.build(SERVICE, account, Some(&HashMap::from([("label", LABEL)])))
}

/// Gives up when the caller has.
async fn until<T>(gone: &mut Gone, work: impl Future<Output = Result<T, VaultError>>) -> Result<T, VaultError> {
    tokio::select! {
        biased;
        answer = work => answer,
        _ = gone => Err(VaultError::Failed("nobody waits for its answer any more".to_owned())),
    }
}

async fn connect() -> Result<Connection, VaultError> {
    Connection::session().await.map_err(|error| VaultError::Absent(format!("no session bus: {error}")))
}

async fn ready() -> Result<(), VaultError> {
    let connection = connect().await?;
    match collection(&connection).await? {
        Some(path) if !is_locked(&connection, &path).await? => Ok(()),
        _ => Err(VaultError::Locked),
    }
}

/// The default collection; none if the keyring has not been set up yet.
async fn collection(connection: &Connection) -> Result<Option<OwnedObjectPath>, VaultError> {
    let reply = connection
        .call_method(Some(BUS_NAME), SERVICE_PATH, Some(SERVICE_INTERFACE), "ReadAlias", &("default",))
        .await
        .map_err(|error| bus_meaning(&error))?;
    let path: OwnedObjectPath = reply.body().deserialize().map_err(|error| bus_meaning(&error))?;
    Ok(Some(path).filter(|path| path.as_str() != "/"))
}

async fn is_locked(connection: &Connection, path: &OwnedObjectPath) -> Result<bool, VaultError> {
    let reply = connection
        .call_method(
            Some(BUS_NAME),
            path,
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &(COLLECTION_INTERFACE, "Locked"),
        )
        .await
        .map_err(|error| bus_meaning(&error))?;
    let value: OwnedValue = reply.body().deserialize().map_err(|error| bus_meaning(&error))?;
    bool::try_from(value).map_err(|error| bus_meaning(&error.into()))
}

/// What a failure on the bus says about the keyring.
pub(super) fn bus_meaning(error: &zbus::Error) -> VaultError {
    let name = match error {
        zbus::Error::MethodError(name, ..) => name.as_str().to_owned(),
        zbus::Error::FDO(inner) => zbus::DBusError::name(&**inner).as_str().to_owned(),
        _ => return VaultError::Failed(error.to_string()),
    };
    match name.strip_prefix("org.freedesktop.").unwrap_or(&name) {
        "DBus.Error.ServiceUnknown"
        | "DBus.Error.NameHasNoOwner"
        | "DBus.Error.UnknownMethod"
        | "DBus.Error.UnknownObject"
        | "DBus.Error.UnknownInterface" => VaultError::Absent(error.to_string()),
        spawn if spawn.starts_with("DBus.Error.Spawn.") => VaultError::Absent(error.to_string()),
        "DBus.Error.AccessDenied" | "DBus.Error.AuthFailed" => VaultError::Denied(error.to_string()),
        "Secret.Error.IsLocked" => VaultError::Locked,
        "Secret.Error.NoSuchObject" => VaultError::Missing,
        _ => VaultError::Failed(error.to_string()),
    }
}

/// What an error of `keyring` says. Locked collections were sorted out before the call, so access is refused only by a lock in between.
fn meaning(error: keyring::Error) -> VaultError {
    use keyring::Error as E;
    match error {
        E::NoEntry => VaultError::Missing,
        E::NoStorageAccess(_) => VaultError::Locked,
        E::Ambiguous(_) => VaultError::Foreign("several items have its name".to_owned()),
        E::BadEncoding(_) | E::BadDataFormat(..) => VaultError::Foreign("it cannot be decoded".to_owned()),
        other => bus_error(&other).map_or_else(|| VaultError::Failed(other.to_string()), bus_meaning),
    }
}

fn bus_error(error: &keyring::Error) -> Option<&zbus::Error> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
