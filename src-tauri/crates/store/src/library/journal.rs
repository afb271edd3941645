//! The vault's journal: the keyring items that must go, and the sealed halves of items.
//! Belongs here: the rows. Not here: the order of the steps (`two_phase`).

use rusqlite::{OptionalExtension, Transaction};

use super::{Fault, Library};
use crate::{Result, vault::Sealed};

impl Library {
    /// Announces an item that no connection points to yet: were nothing to follow, it would have to go.
    pub(crate) async fn announce(&self, account: &str, sealed: Option<Sealed>, at: i64) -> Result<()> {
        let account = account.to_owned();
        self.write(move |transaction| {
            add(transaction, &account, at)?;
            if let Some(sealed) = sealed {
                let statement = "INSERT INTO sealed (account, nonce, ciphertext) VALUES (?1, ?2, ?3)";
                transaction.execute(statement, (&account, sealed.nonce, sealed.ciphertext))?;
            }
            Ok(())
        })
        .await
    }

    /// The accounts whose items must go.
    pub(crate) async fn journal(&self) -> Result<Vec<String>> {
        self.run(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT account FROM vault_journal ORDER BY created_at")?;
            let accounts = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            Ok(accounts)
        })
        .await
    }

    /// The item is gone: nothing of it is left here either.
    pub(crate) async fn settle(&self, account: &str) -> Result<()> {
        let account = account.to_owned();
        self.write(move |transaction| {
            transaction.execute("DELETE FROM sealed WHERE account = ?1", [&account])?;
            strike(transaction, &account)
        })
        .await
    }

    pub(crate) async fn sealed(&self, account: &str) -> Result<Option<Sealed>> {
        let account = account.to_owned();
        self.run(move |sqlite| {
            let query = "SELECT nonce, ciphertext FROM sealed WHERE account = ?1";
            let found =
                sqlite.query_row(query, [account], |row| Ok(Sealed { nonce: row.get(0)?, ciphertext: row.get(1)? }));
            Ok(found.optional()?)
        })
        .await
    }
}

pub(super) fn add(transaction: &Transaction<'_>, account: &str, at: i64) -> Result<(), Fault> {
    transaction.execute("INSERT OR IGNORE INTO vault_journal (account, created_at) VALUES (?1, ?2)", (account, at))?;
    Ok(())
}

pub(super) fn strike(transaction: &Transaction<'_>, account: &str) -> Result<(), Fault> {
    transaction.execute("DELETE FROM vault_journal WHERE account = ?1", [account])?;
    Ok(())
}
