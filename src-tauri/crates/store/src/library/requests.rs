//! The last request of each connection.
//! Belongs here: the row, and the last guard against secrets in headers. Not here: how requests are sent.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Fault, Library};
use crate::{ConnectionId, Error, Result, SavedRequest};

/// Headers whose values are credentials. They are made anew for every call, so nothing is lost by leaving them out.
const SECRET_HEADERS: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "dpop",
    "x-api-key",
    "api-key",
    "x-gravitee-api-key",
    "x-auth-token",
];

impl Library {
    pub(crate) async fn request(&self, connection: ConnectionId) -> Result<Option<SavedRequest>> {
        self.run(move |sqlite| {
            let query = "SELECT method, url, headers, body FROM requests WHERE connection_id = ?1";
            let found = sqlite.query_row(query, [connection.0], |row| {
                let headers: String = row.get(2)?;
                Ok((
                    SavedRequest { method: row.get(0)?, url: row.get(1)?, headers: Vec::new(), body: row.get(3)? },
                    headers,
                ))
            });
            let Some((mut request, headers)) = found.optional()? else { return Ok(None) };
            request.headers = serde_json::from_str(&headers).map_err(|_| damaged())?;
            Ok(Some(request))
        })
        .await
    }

    pub(crate) async fn save_request(&self, connection: ConnectionId, request: SavedRequest) -> Result<()> {
        self.write(move |transaction| {
            let known = "SELECT 1 FROM connections WHERE id = ?1";
            if transaction.query_row(known, [connection.0], |_| Ok(())).optional()?.is_none() {
                return Err(Error::NoConnection(connection.0.to_string()).into());
            }
            put(transaction, connection, &request)
        })
        .await
    }
}

pub(super) fn put(
    transaction: &Transaction<'_>,
    connection: ConnectionId,
    request: &SavedRequest,
) -> Result<(), Fault> {
    let harmless: Vec<_> = request.headers.iter().filter(|(name, _)| !is_secret(name)).collect();
    let headers = serde_json::Value::from_iter(harmless.iter().map(|(name, value)| vec![name.clone(), value.clone()]));
    transaction.execute(
        "INSERT OR REPLACE INTO requests (connection_id, method, url, headers, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![connection.0, request.method, request.url, headers.to_string(), request.body],
    )?;
    Ok(())
}

fn is_secret(header: &str) -> bool {
    SECRET_HEADERS.iter().any(|secret| secret.eq_ignore_ascii_case(header.trim()))
}

/// A value that this program cannot have written.
fn damaged() -> Fault {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Fault::Sqlite(rusqlite::Error::SqliteFailure(code, None))
}
