//! Saving, deleting and restoring a connection: two places, one outcome.
//! Belongs here: the order of the steps. Not here: the rows (`library`), the items (`vault`).
//!
//! An item is never changed: every version has an account of its own, random, so that the row decides which version counts.
//!
//! 1. *announced*: the journal says that the new account must go (nobody points to it yet);
//! 2. *written*: the item is in the keyring;
//! 3. *pointed*: in one transaction the row points to the new account, which leaves the journal, and the old one enters it;
//! 4. *removed*: the items named in the journal are removed from the keyring;
//! 5. *settled*: and from the journal.
//!
//! Whoever is killed in between leaves a journal that says what must go; the next start, or the next write, does it. Before step 3
//! that is the new version, after it the old one: there is no third state.

use secrecy::SecretString;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    Connection, ConnectionDraft, ConnectionId, Credentials, Deleted, Error, Keeping, Profile, Result, SecretChange,
    VaultError,
    lease::Lease,
    library::{NewRow, Row},
    store::Store,
    vault,
};

/// The file that is locked during the steps.
const LEASE: &str = "vault.lock";

/// What there was to repair.
#[derive(Debug)]
pub(crate) enum Repair {
    /// So many items had to go and went.
    Done(u32),
    /// They still have to: the keyring cannot be reached.
    Postponed(VaultError),
}

/// What a save does with the item.
enum Item {
    /// The row points to this account, or to none.
    Known(Option<String>),
    /// A new version is written.
    New(SecretString),
}

impl Store {
    pub(crate) async fn save_draft(&self, draft: ConnectionDraft, change: SecretChange) -> Result<Connection> {
        let profile = named(draft.profile)?;
        let lease = self.lease().await?;
        let old = self.row_to_change(draft.id).await?;
        self.library().name_is_free(&profile.name, draft.id).await?;
        let keeping = self.keeping(draft.keeping, old.as_ref(), &change);
        let account = match self.item(old.as_ref(), &profile, keeping, change).await? {
            Item::Known(account) => account,
            Item::New(secret) => Some(self.keep(&profile, secret, keeping, &lease).await?),
        };
        let at = self.now();
        let row = NewRow {
            id: draft.id,
            restored: false,
            profile,
            keeping,
            origin: draft.origin,
            account,
            created_at: at,
            updated_at: at,
            last_used_at: None,
        };
        self.point(row, old.as_ref(), &lease).await
    }

    pub(crate) async fn delete_connection(&self, id: ConnectionId) -> Result<Deleted> {
        let lease = self.lease().await?;
        let row = self.library().row(id).await?;
        let credentials = self.credentials_of(&row).await.ok();
        self.library().delete_row(id, self.now()).await?;
        step("pointed");
        self.forget(&row);
        let repaired = self.repair_under(&lease).await;
        let item_remains = row.keyring_account().is_some() && !matches!(repaired, Ok(Repair::Done(_)));
        Ok(Deleted { connection: row.connection, credentials, item_remains })
    }

    pub(crate) async fn restore_deleted(&self, deleted: &Deleted) -> Result<Connection> {
        let lease = self.lease().await?;
        let Connection { id, profile, keeping, origin, created_at, last_used_at, .. } = deleted.connection.clone();
        self.library().name_is_free(&profile.name, Some(id)).await?;
        let account = self.account_to_restore(deleted, &lease).await?;
        let row = NewRow {
            id: Some(id),
            restored: true,
            profile,
            keeping,
            origin,
            account,
            created_at,
            updated_at: self.now(),
            last_used_at,
        };
        self.point(row, None, &lease).await
    }

    async fn row_to_change(&self, id: Option<ConnectionId>) -> Result<Option<Row>> {
        match id {
            Some(id) => self.library().row(id).await.map(Some),
            None => Ok(None),
        }
    }

    /// A secret that was read before the deletion is written anew; one that could not be read may still be in the keyring.
    async fn account_to_restore(&self, deleted: &Deleted, lease: &Lease) -> Result<Option<String>> {
        let Connection { profile, keeping, secret_version, .. } = &deleted.connection;
        match deleted.credentials.as_ref().and_then(|credentials| credentials.client_secret.clone()) {
            Some(secret) => self.keep(profile, secret, *keeping, lease).await.map(Some),
            None => {
                Ok(self.library().journal().await?.into_iter().find(|account| Some(account) == secret_version.as_ref()))
            }
        }
    }

    /// Removes from the keyring what the journal names. Whoever is writing at the moment does so at the end of its write.
    pub(crate) async fn repair_journal(&self) -> Result<Repair> {
        if self.library().journal().await?.is_empty() {
            return Ok(Repair::Done(0));
        }
        match Lease::try_take(self.folder(), LEASE)? {
            Some(lease) => self.repair_under(&lease).await,
            None => Ok(Repair::Done(0)),
        }
    }

    pub(crate) async fn credentials_of(&self, row: &Row) -> Result<Credentials> {
        let profile = &row.connection.profile;
        let Some(account) = &row.account else {
            return Ok(Credentials {
                client_id: profile.client_id.clone(),
                client_secret: None,
                domain: profile.domain.clone(),
            });
        };
        let item = self.item_of(account, row.connection.keeping, &profile.name).await?;
        Ok(Credentials::from_item(&item)?)
    }

    /// What an account holds; `name` is for the message.
    pub(crate) async fn item_of(&self, account: &str, keeping: Keeping, name: &str) -> Result<Zeroizing<Vec<u8>>> {
        if keeping == Keeping::Memory {
            return self.vault().recall(account).ok_or_else(|| Error::SecretNotKept(name.to_owned()));
        }
        let item = self.vault().get(account).await?;
        Ok(match self.library().sealed(account).await? {
            Some(sealed) => vault::open(account, &item, &sealed)?,
            None => item,
        })
    }

    /// Without a keyring a new secret can only be kept in memory; one that stays is left where it is.
    fn keeping(&self, wanted: Keeping, old: Option<&Row>, change: &SecretChange) -> Keeping {
        match (old, change) {
            _ if self.vault().is_keyring() => wanted,
            (Some(old), SecretChange::Keep) => old.connection.keeping,
            _ => Keeping::Memory,
        }
    }

    async fn item(&self, old: Option<&Row>, profile: &Profile, keeping: Keeping, change: SecretChange) -> Result<Item> {
        let old = match (change, old) {
            (SecretChange::Set(secret), _) => return Ok(Item::New(secret)),
            (SecretChange::Keep, Some(old)) if old.account.is_some() => old,
            (SecretChange::Clear | SecretChange::Keep, _) => return Ok(Item::Known(None)),
        };
        let before = &old.connection;
        let same_place = before.keeping == keeping;
        if same_place && before.profile.client_id == profile.client_id && before.profile.domain == profile.domain {
            return Ok(Item::Known(old.account.clone()));
        }
        match self.credentials_of(old).await {
            Ok(credentials) => Ok(credentials.client_secret.map_or(Item::Known(None), Item::New)),
            Err(Error::SecretNotKept(_)) if same_place => Ok(Item::Known(old.account.clone())),
            Err(error) => Err(error),
        }
    }

    async fn keep(&self, profile: &Profile, secret: SecretString, keeping: Keeping, lease: &Lease) -> Result<String> {
        let (client_id, domain) = (profile.client_id.clone(), profile.domain.clone());
        let credentials = Credentials { client_id, client_secret: Some(secret), domain };
        self.keep_item(credentials.to_item()?, keeping, lease).await
    }

    /// Steps 1 and 2. The keyring is asked first whether it is open, so that a refusal leaves no trace.
    pub(crate) async fn keep_item(&self, item: Zeroizing<Vec<u8>>, keeping: Keeping, lease: &Lease) -> Result<String> {
        let account = Uuid::new_v4().simple().to_string();
        if keeping == Keeping::Memory {
            self.vault().remember(&account, item);
            return Ok(account);
        }
        let (item, sealed) = vault::seal(&account, item)?;
        self.vault().ready().await?;
        self.library().announce(&account, sealed, self.now()).await?;
        step("announced");
        self.vault().put(&account, item, lease).await?;
        step("written");
        Ok(account)
    }

    /// Steps 3 to 5. Once the row points to the new version the save is done: what is left to remove may wait.
    async fn point(&self, row: NewRow, old: Option<&Row>, lease: &Lease) -> Result<Connection> {
        let (new, keeping) = (row.account.clone(), row.keeping);
        let pointed = self.library().put_row(row).await;
        step("pointed");
        match &pointed {
            Ok(now) if old.is_some_and(|old| old.account != now.account) => {
                old.into_iter().for_each(|old| self.forget(old))
            }
            Err(_) if keeping == Keeping::Memory => new.iter().for_each(|account| self.vault().forget(account)),
            _ => {}
        }
        self.settle_journal(lease).await;
        pointed.map(|row| row.connection)
    }

    /// Steps 4 and 5, after what had to be done is done.
    pub(crate) async fn settle_journal(&self, lease: &Lease) {
        if let Err(error) = self.repair_under(lease).await {
            tracing::warn!(%error, "an old keyring item could not be removed yet");
        }
    }

    async fn repair_under(&self, lease: &Lease) -> Result<Repair> {
        let accounts = self.library().journal().await?;
        let mut removed = 0;
        for account in accounts {
            if let Err(error) = self.vault().remove(&account, lease).await {
                return Ok(Repair::Postponed(error));
            }
            step("removed");
            self.library().settle(&account).await?;
            step("settled");
            removed += 1;
        }
        Ok(Repair::Done(removed))
    }

    fn forget(&self, row: &Row) {
        if let (Keeping::Memory, Some(account)) = (row.connection.keeping, &row.account) {
            self.vault().forget(account);
        }
    }

    pub(crate) async fn lease(&self) -> Result<Lease> {
        Lease::take(self.folder(), LEASE).await
    }
}

fn named(mut profile: Profile) -> Result<Profile> {
    profile.name = profile.name.trim().to_owned();
    if profile.name.is_empty() { Err(Error::NameEmpty) } else { Ok(profile) }
}

/// Says how far a write has come; the tests stop here and pull the plug.
fn step(step: &'static str) {
    tracing::debug!(step);
}
