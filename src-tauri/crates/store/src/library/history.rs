//! The history of calls.
//! Belongs here: adding, paging, searching, clearing. Not here: what was called.

use rusqlite::{Row, named_params};

use super::Library;
use crate::{ConnectionId, HistoryEntry, HistoryFilter, NewHistoryEntry, Result};

const PAGE: u32 = 200;

impl Library {
    pub(crate) async fn add_history(&self, new: NewHistoryEntry, at: i64) -> Result<HistoryEntry> {
        self.run(move |sqlite| {
            let statement = "INSERT INTO history (at, connection_id, method, url, status, total_us, size)
                VALUES (:at, :connection, :method, :url, :status, :total_us, :size)
                RETURNING id, at, connection_id, method, url, status, total_us, size";
            let values = named_params! {
                ":at": at, ":connection": new.connection.map(|id| id.0), ":method": new.method, ":url": new.url,
                ":status": new.status, ":total_us": new.total_us.map(count), ":size": new.size.map(count),
            };
            Ok(sqlite.query_row(statement, values, entry)?)
        })
        .await
    }

    pub(crate) async fn history(&self, filter: HistoryFilter) -> Result<Vec<HistoryEntry>> {
        self.run(move |sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT id, at, connection_id, method, url, status, total_us, size FROM history
                 WHERE (:connection IS NULL OR connection_id = :connection) AND (:before IS NULL OR id < :before)
                   AND (:search IS NULL OR instr(lower(url), lower(:search)) > 0)
                 ORDER BY id DESC LIMIT :limit",
            )?;
            let values = named_params! {
                ":connection": filter.connection.map(|id| id.0), ":before": filter.before,
                ":search": filter.search, ":limit": filter.limit.unwrap_or(PAGE),
            };
            let entries = statement.query_map(values, entry)?.collect::<rusqlite::Result<_>>()?;
            Ok(entries)
        })
        .await
    }

    pub(crate) async fn clear_history(&self) -> Result<()> {
        self.run(|sqlite| {
            sqlite.execute("DELETE FROM history", [])?;
            Ok(())
        })
        .await
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<HistoryEntry> {
    Ok(HistoryEntry {
        id: row.get(0)?,
        at: row.get(1)?,
        connection: row.get::<_, Option<i64>>(2)?.map(ConnectionId),
        method: row.get(3)?,
        url: row.get(4)?,
        status: row.get(5)?,
        total_us: row.get::<_, Option<i64>>(6)?.map(i64::unsigned_abs),
        size: row.get::<_, Option<i64>>(7)?.map(i64::unsigned_abs),
    })
}

fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
