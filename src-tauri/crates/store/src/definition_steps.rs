//! Saving, removing and restoring an API definition, and secrets under a name: the steps of `two_phase` for them.
//! Belongs here: the order of the steps. Not here: the rows (`library`), the items (`vault`).

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::{
    DefinitionDraft, DefinitionId, Error, Keeping, RemovedDefinition, Result, SavedDefinition, VaultError,
    library::{DefinitionRow, NewDefinition},
    store::Store,
};

impl Store {
    /// All saved API definitions, by name.
    ///
    /// # Errors
    /// Those of the library.
    pub async fn definitions(&self) -> Result<Vec<SavedDefinition>> {
        self.library().definitions().await
    }

    /// One saved API definition.
    ///
    /// # Errors
    /// [`Error::NoDefinition`] if there is none with this id.
    pub async fn definition(&self, id: DefinitionId) -> Result<SavedDefinition> {
        Ok(self.library().definition(id).await?.definition)
    }

    /// Saves a new definition or changes one, with these secrets in the vault; none means that it has none. Either all of it is
    /// saved or nothing, however the process ends.
    ///
    /// # Errors
    /// [`Error::DefinitionNameTaken`], [`Error::NameEmpty`], [`Error::NoDefinition`]; [`Error::Vault`] if the secrets cannot be
    /// kept, and then nothing has changed.
    pub async fn save_definition(
        &self,
        draft: DefinitionDraft,
        secrets: Option<SecretString>,
    ) -> Result<SavedDefinition> {
        let at = self.now();
        self.put_definition(draft, false, secrets, at).await
    }

    /// Changes who is subscribed to the plans of a definition; its secrets stay untouched.
    ///
    /// # Errors
    /// [`Error::NoDefinition`] if there is none with this id.
    pub async fn subscribe(
        &self,
        id: DefinitionId,
        subscriptions: Vec<crate::PlanSubscription>,
    ) -> Result<SavedDefinition> {
        let _lease = self.lease().await?;
        let DefinitionRow { definition, account } = self.library().definition(id).await?;
        let SavedDefinition { name, document, keeping, created_at, .. } = definition;
        let draft = DefinitionDraft { id: Some(id), name, document, subscriptions, keeping };
        let new = NewDefinition { draft, restored: false, account, created_at, updated_at: self.now() };
        Ok(self.library().put_definition(new).await?.definition)
    }

    /// The secrets of a definition, read from the vault each time; none if it has none.
    ///
    /// # Errors
    /// [`Error::Vault`] with the keyring's reason; [`Error::SecretNotKept`] after a restart if they were kept in memory.
    pub async fn definition_secrets(&self, id: DefinitionId) -> Result<Option<SecretString>> {
        let row = self.library().definition(id).await?;
        let Some(account) = &row.account else { return Ok(None) };
        let SavedDefinition { keeping, name, .. } = &row.definition;
        self.item_of(account, *keeping, name).await.and_then(text).map(Some)
    }

    /// Removes a definition and its secrets. Works without the keyring, too: the item follows later.
    ///
    /// # Errors
    /// [`Error::NoDefinition`] if there is none with this id.
    pub async fn remove_definition(&self, id: DefinitionId) -> Result<RemovedDefinition> {
        let secrets = self.definition_secrets(id).await.ok().flatten();
        let lease = self.lease().await?;
        let row = self.library().definition(id).await?;
        self.library().delete_definition_row(id, self.now()).await?;
        if let (Keeping::Memory, Some(account)) = (row.definition.keeping, &row.account) {
            self.vault().forget(account);
        }
        self.settle_journal(&lease).await;
        Ok(RemovedDefinition { definition: row.definition, secrets })
    }

    /// Brings a removed definition back under its old id.
    ///
    /// # Errors
    /// [`Error::DefinitionNameTaken`] if the name was given away; [`Error::Vault`] if the secrets cannot be kept.
    pub async fn restore_definition(&self, removed: &RemovedDefinition) -> Result<SavedDefinition> {
        let SavedDefinition { id, name, document, subscriptions, keeping, created_at, .. } = removed.definition.clone();
        let draft = DefinitionDraft { id: Some(id), name, document, subscriptions, keeping };
        self.put_definition(draft, true, removed.secrets.clone(), created_at).await
    }

    async fn put_definition(
        &self,
        mut draft: DefinitionDraft,
        restored: bool,
        secrets: Option<SecretString>,
        created_at: i64,
    ) -> Result<SavedDefinition> {
        draft.name = draft.name.trim().to_owned();
        if draft.name.is_empty() {
            return Err(Error::NameEmpty);
        }
        let lease = self.lease().await?;
        self.library().definition_name_is_free(&draft.name, draft.id).await?;
        if !self.vault().is_keyring() {
            draft.keeping = Keeping::Memory;
        }
        let account = match &secrets {
            Some(secrets) => Some(self.keep_item(item(secrets)?, draft.keeping, &lease).await?),
            None => None,
        };
        let (kept, keeping) = (account.clone(), draft.keeping);
        let new = NewDefinition { draft, restored, account, created_at, updated_at: self.now() };
        let saved = self.library().put_definition(new).await;
        if let (Err(_), Keeping::Memory, Some(account)) = (&saved, keeping, &kept) {
            self.vault().forget(account);
        }
        self.settle_journal(&lease).await;
        saved.map(|row| row.definition)
    }

    /// Keeps a secret under a name in the keyring, in the place of the one that is there; none removes it.
    ///
    /// # Errors
    /// [`Error::Vault`] if it cannot be kept, and then nothing has changed.
    pub async fn keep_named_secret(&self, name: &str, secret: Option<SecretString>) -> Result<()> {
        let lease = self.lease().await?;
        let account = match &secret {
            Some(secret) => Some(self.keep_item(item(secret)?, Keeping::Keyring, &lease).await?),
            None => None,
        };
        self.library().point_named_secret(name, account, self.now()).await?;
        self.settle_journal(&lease).await;
        Ok(())
    }

    /// The secret of that name; none if none is kept.
    ///
    /// # Errors
    /// [`Error::Vault`] with the keyring's reason.
    pub async fn named_secret(&self, name: &str) -> Result<Option<SecretString>> {
        match self.library().named_secret(name).await? {
            Some(account) => self.item_of(&account, Keeping::Keyring, name).await.and_then(text).map(Some),
            None => Ok(None),
        }
    }
}

/// The largest text that can be kept, in bytes.
const LARGEST: usize = 1 << 20;

fn item(secret: &SecretString) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let bytes = secret.expose_secret().as_bytes();
    if bytes.len() > LARGEST { Err(VaultError::TooLarge(bytes.len())) } else { Ok(Zeroizing::new(bytes.to_vec())) }
}

fn text(item: Zeroizing<Vec<u8>>) -> Result<SecretString> {
    let text = std::str::from_utf8(&item).map_err(|_| VaultError::Foreign("it is not text".to_owned()))?;
    Ok(SecretString::from(text))
}
