//! Connections as rows.
//! Belongs here: the mapping between a row and a [`Connection`], and the transactions on it. Not here: the keyring's part of a save.

use rusqlite::{OptionalExtension, Params, Transaction, named_params, types::Type};
use serde::de::DeserializeOwned;

use super::{Fault, Library, journal};
use crate::{Connection, ConnectionId, Error, Keeping, Origin, Profile, Result, Server};

/// A connection with what only the store knows of it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) connection: Connection,
    /// Account of its keyring item, or its key in memory; none if it has no secret.
    pub(crate) account: Option<String>,
}

impl Row {
    /// The account of its item, if it has one in the keyring.
    pub(crate) fn keyring_account(&self) -> Option<&str> {
        self.account.as_deref().filter(|_| self.connection.keeping == Keeping::Keyring)
    }
}

/// A row to be written.
#[derive(Debug)]
pub(crate) struct NewRow {
    /// None makes a new connection.
    pub(crate) id: Option<ConnectionId>,
    /// The id is that of a deleted connection which comes back.
    pub(crate) restored: bool,
    pub(crate) profile: Profile,
    pub(crate) keeping: Keeping,
    pub(crate) origin: Origin,
    pub(crate) account: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) last_used_at: Option<i64>,
}

const COLUMNS: &str = "id, name, server_kind, server_url, introspect_url, revoke_url, jwks_url, domain, client_id, auth_method, scopes,
    audience, resources, params, ca_file, cert_file, key_file, proxy, allow_http, timeout_s, api_url, keeping, origin, account, created_at,
    updated_at, last_used_at, authorize_url, device_url, userinfo_url, field_lines, grant_options, client_assertion, dpop";

/// The origin and the time of creation stay what they were.
const PUT: &str = "INSERT INTO connections (id, name, server_kind, server_url, introspect_url, revoke_url, jwks_url, domain, client_id,
    auth_method, scopes, audience, resources, params, ca_file, cert_file, key_file, proxy, allow_http, timeout_s, api_url, keeping, origin, account,
    created_at, updated_at, last_used_at, authorize_url, device_url, userinfo_url, field_lines, grant_options, client_assertion, dpop)
VALUES (:id, :name, :server_kind, :server_url, :introspect_url, :revoke_url, :jwks_url, :domain, :client_id, :auth_method, :scopes,
    :audience, :resources, :params, :ca_file, :cert_file, :key_file, :proxy, :allow_http, :timeout_s, :api_url, :keeping, :origin, :account,
    :created_at, :updated_at, :last_used_at, :authorize_url, :device_url, :userinfo_url, :field_lines, :grant_options, :client_assertion, :dpop)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, server_kind = excluded.server_kind, server_url = excluded.server_url,
    introspect_url = excluded.introspect_url, revoke_url = excluded.revoke_url, jwks_url = excluded.jwks_url, domain = excluded.domain,
    client_id = excluded.client_id, auth_method = excluded.auth_method, scopes = excluded.scopes, audience = excluded.audience,
    resources = excluded.resources, params = excluded.params, ca_file = excluded.ca_file, cert_file = excluded.cert_file,
    key_file = excluded.key_file, proxy = excluded.proxy, allow_http = excluded.allow_http, timeout_s = excluded.timeout_s, api_url = excluded.api_url,
    keeping = excluded.keeping, account = excluded.account, updated_at = excluded.updated_at,
    authorize_url = excluded.authorize_url, device_url = excluded.device_url, userinfo_url = excluded.userinfo_url,
    field_lines = excluded.field_lines, grant_options = excluded.grant_options, client_assertion = excluded.client_assertion, dpop = excluded.dpop
RETURNING id";

impl Library {
    /// All of them, by name.
    pub(crate) async fn connections(&self) -> Result<Vec<Connection>> {
        self.run(|sqlite| {
            let query = format!("SELECT {COLUMNS} FROM connections ORDER BY name COLLATE NOCASE, name");
            let mut statement = sqlite.prepare_cached(&query)?;
            let rows = statement.query_map([], read)?;
            Ok(rows.map(|row| row.map(|row| row.connection)).collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    pub(crate) async fn row(&self, id: ConnectionId) -> Result<Row> {
        self.run(move |sqlite| find(sqlite, "id = ?1", [id.0])?.ok_or_else(|| missing(id))).await
    }

    pub(crate) async fn row_named(&self, name: &str) -> Result<Row> {
        let name = name.to_owned();
        self.run(move |sqlite| {
            find(sqlite, "name = ?1", [&name])?.ok_or_else(|| Error::NoConnection(format!("named \"{name}\"")).into())
        })
        .await
    }

    /// Fails if the name belongs to another connection.
    pub(crate) async fn name_is_free(&self, name: &str, id: Option<ConnectionId>) -> Result<()> {
        let name = name.to_owned();
        self.run(move |sqlite| {
            let taken = "SELECT 1 FROM connections WHERE name = ?1 AND id IS NOT ?2";
            let taken = sqlite.query_row(taken, (&name, id.map(|id| id.0)), |_| Ok(())).optional()?;
            if taken.is_some() { Err(Error::NameTaken(name).into()) } else { Ok(()) }
        })
        .await
    }

    /// Writes the row. In the same transaction the account it points to leaves the journal and the one it pointed to enters it.
    pub(crate) async fn put_row(&self, new: NewRow) -> Result<Row> {
        self.write(move |transaction| {
            let old = match new.id {
                Some(id) => find(transaction, "id = ?1", [id.0])?,
                None => None,
            };
            if let (Some(id), None, false) = (new.id, &old, new.restored) {
                return Err(missing(id));
            }
            let id = ConnectionId(put(transaction, &new)?);
            let gone = old.as_ref().and_then(Row::keyring_account).filter(|old| new.account.as_deref() != Some(*old));
            if let Some(account) = gone {
                journal::add(transaction, account, new.updated_at)?;
            }
            if let Some(account) = &new.account {
                journal::strike(transaction, account)?;
            }
            find(transaction, "id = ?1", [id.0])?.ok_or_else(|| missing(id))
        })
        .await
    }

    /// Deletes the row and journals its item.
    pub(crate) async fn delete_row(&self, id: ConnectionId, at: i64) -> Result<()> {
        self.write(move |transaction| {
            let row = find(transaction, "id = ?1", [id.0])?.ok_or_else(|| missing(id))?;
            if let Some(account) = row.keyring_account() {
                journal::add(transaction, account, at)?;
            }
            transaction.execute("DELETE FROM connections WHERE id = ?1", [id.0])?;
            Ok(())
        })
        .await
    }

    pub(crate) async fn touch(&self, id: ConnectionId, at: i64) -> Result<()> {
        self.run(move |sqlite| {
            match sqlite.execute("UPDATE connections SET last_used_at = ?2 WHERE id = ?1", [id.0, at])? {
                0 => Err(missing(id)),
                _ => Ok(()),
            }
        })
        .await
    }
}

fn missing(id: ConnectionId) -> Fault {
    Error::NoConnection(format!("with the id {}", id.0)).into()
}

fn find(sqlite: &rusqlite::Connection, condition: &str, values: impl Params) -> Result<Option<Row>, Fault> {
    let query = format!("SELECT {COLUMNS} FROM connections WHERE {condition}");
    Ok(sqlite.prepare_cached(&query)?.query_row(values, read).optional()?)
}

fn put(transaction: &Transaction<'_>, new: &NewRow) -> Result<i64, Fault> {
    let profile = &new.profile;
    let (kind, url, [introspect_url, revoke_url, jwks_url, authorize_url, device_url, userinfo_url]) =
        server_columns(&profile.server);
    let keeping = if new.keeping == Keeping::Memory { "memory" } else { "keyring" };
    let origin = if new.origin == Origin::Local { "local" } else { "typed" };
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
    let values = named_params! {
        ":id": new.id.map(|id| id.0), ":name": profile.name, ":server_kind": kind, ":server_url": url,
        ":introspect_url": introspect_url, ":revoke_url": revoke_url, ":jwks_url": jwks_url, ":domain": profile.domain,
        ":client_id": profile.client_id, ":auth_method": profile.auth_method, ":scopes": json(&profile.scopes)?,
        ":audience": profile.audience, ":resources": json(&profile.resources)?, ":params": json(&profile.params)?,
        ":ca_file": path(&profile.ca_file), ":cert_file": path(&profile.cert_file), ":key_file": path(&profile.key_file),
        ":proxy": profile.proxy, ":allow_http": profile.allow_http, ":timeout_s": profile.timeout_s.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX)),
        ":api_url": profile.api_url, ":keeping": keeping, ":origin": origin, ":account": new.account,
        ":authorize_url": authorize_url, ":device_url": device_url, ":userinfo_url": userinfo_url,
        ":field_lines": json(&profile.headers)?, ":grant_options": json(&profile.grant)?, ":client_assertion": json(&profile.assertion)?,
        ":dpop": profile.dpop, ":created_at": new.created_at, ":updated_at": new.updated_at, ":last_used_at": new.last_used_at,
    };
    match transaction.query_row(PUT, values, |row| row.get(0)) {
        Err(error) if is_taken(&error) => Err(Error::NameTaken(profile.name.clone()).into()),
        other => Ok(other?),
    }
}

fn server_columns(server: &Server) -> (&'static str, &str, [Option<&str>; 6]) {
    match server {
        Server::Gravitee { url } => ("gravitee", url, [None; 6]),
        Server::Issuer { url } => ("issuer", url, [None; 6]),
        Server::TokenUrl {
            token_url,
            introspect_url,
            revoke_url,
            jwks_url,
            authorize_url,
            device_url,
            userinfo_url,
        } => {
            let others = [introspect_url, revoke_url, jwks_url, authorize_url, device_url, userinfo_url];
            ("token_url", token_url, others.map(Option::as_deref))
        }
    }
}

/// Accounts are random: what is not unique can only be the name.
fn is_taken(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(error, _) if error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let account: Option<String> = row.get("account")?;
    let connection = Connection {
        id: ConnectionId(row.get("id")?),
        profile: read_profile(row)?,
        keeping: keeping(row)?,
        origin: origin(row)?,
        has_secret: account.is_some(),
        secret_version: account.clone(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        last_used_at: row.get("last_used_at")?,
    };
    Ok(Row { connection, account })
}

fn read_profile(row: &rusqlite::Row<'_>) -> rusqlite::Result<Profile> {
    let path = |column: &str| row.get::<_, Option<String>>(column).map(|text| text.map(std::path::PathBuf::from));
    Ok(Profile {
        name: row.get("name")?,
        server: read_server(row)?,
        domain: row.get("domain")?,
        client_id: row.get("client_id")?,
        auth_method: row.get("auth_method")?,
        scopes: listed(row, "scopes")?,
        audience: row.get("audience")?,
        resources: listed(row, "resources")?,
        params: listed(row, "params")?,
        headers: listed(row, "field_lines")?,
        grant: listed(row, "grant_options")?,
        assertion: listed(row, "client_assertion")?,
        dpop: row.get("dpop")?,
        ca_file: path("ca_file")?,
        cert_file: path("cert_file")?,
        key_file: path("key_file")?,
        proxy: row.get("proxy")?,
        allow_http: row.get("allow_http")?,
        timeout_s: row.get::<_, Option<i64>>("timeout_s")?.map(i64::unsigned_abs),
        api_url: row.get("api_url")?,
    })
}

fn read_server(row: &rusqlite::Row<'_>) -> rusqlite::Result<Server> {
    let url: String = row.get("server_url")?;
    Ok(match row.get::<_, String>("server_kind")?.as_str() {
        "gravitee" => Server::Gravitee { url },
        "issuer" => Server::Issuer { url },
        _ => Server::TokenUrl {
            token_url: url,
            introspect_url: row.get("introspect_url")?,
            revoke_url: row.get("revoke_url")?,
            jwks_url: row.get("jwks_url")?,
            authorize_url: row.get("authorize_url")?,
            device_url: row.get("device_url")?,
            userinfo_url: row.get("userinfo_url")?,
        },
    })
}

/// Lists, and settings that belong together, are kept as JSON text.
fn json(list: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(list).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()).into())
}

fn listed<T: DeserializeOwned>(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable(row, column, error))
}

fn keeping(row: &rusqlite::Row<'_>) -> rusqlite::Result<Keeping> {
    Ok(if row.get::<_, String>("keeping")? == "memory" { Keeping::Memory } else { Keeping::Keyring })
}

fn origin(row: &rusqlite::Row<'_>) -> rusqlite::Result<Origin> {
    Ok(if row.get::<_, String>("origin")? == "local" { Origin::Local } else { Origin::Typed })
}

fn unreadable(row: &rusqlite::Row<'_>, column: &str, error: serde_json::Error) -> rusqlite::Error {
    let index = row.as_ref().column_index(column).unwrap_or_default();
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, error.into())
}
