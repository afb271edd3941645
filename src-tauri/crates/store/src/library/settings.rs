//! Settings: text under a key.
//! Belongs here: the two statements. Not here: which keys there are.

use rusqlite::OptionalExtension;

use super::Library;
use crate::Result;

impl Library {
    pub(crate) async fn setting(&self, key: &str) -> Result<Option<String>> {
        let key = key.to_owned();
        self.run(move |sqlite| {
            let value =
                sqlite.query_row("SELECT value FROM settings WHERE key = ?1", [key], |row| row.get(0)).optional()?;
            Ok(value)
        })
        .await
    }

    pub(crate) async fn set_setting(&self, key: &str, value: Option<&str>) -> Result<()> {
        let (key, value) = (key.to_owned(), value.map(str::to_owned));
        self.run(move |sqlite| {
            match value {
                Some(value) => {
                    sqlite.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?1, ?2)", [key, value])?
                }
                None => sqlite.execute("DELETE FROM settings WHERE key = ?1", [key])?,
            };
            Ok(())
        })
        .await
    }
}
