//! The tables, as the migrations that make them.
//! Belongs here: one text per version, never changed once released. Not here: queries.

/// Marks the file as ours (`PRAGMA application_id`): "ClCk".
pub(super) const APPLICATION_ID: i64 = 0x436C_436B;

/// Step n brings a library from version n to n + 1 (`PRAGMA user_version`).
pub(super) const MIGRATIONS: &[&str] = &[FIRST, DEFINITIONS, GRANTS];

/// Ids of connections are never used twice, so that history and current connection never point to a stranger.
/// `vault_journal` lists the keyring items that must go: see `two_phase`. `sealed` holds what is too large for an item.
const FIRST: &str = "
CREATE TABLE connections (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    name           TEXT    NOT NULL UNIQUE CHECK (length(name) > 0),
    server_kind    TEXT    NOT NULL CHECK (server_kind IN ('gravitee', 'issuer', 'token_url')),
    server_url     TEXT    NOT NULL,
    introspect_url TEXT,
    revoke_url     TEXT,
    jwks_url       TEXT,
    domain         TEXT,
    client_id      TEXT    NOT NULL,
    auth_method    TEXT    NOT NULL,
    scopes         TEXT    NOT NULL CHECK (json_valid(scopes)),
    audience       TEXT,
    resources      TEXT    NOT NULL CHECK (json_valid(resources)),
    params         TEXT    NOT NULL CHECK (json_valid(params)),
    ca_file        TEXT,
    cert_file      TEXT,
    key_file       TEXT,
    proxy          TEXT,
    allow_http     INTEGER NOT NULL CHECK (allow_http IN (0, 1)),
    timeout_s      INTEGER,
    api_url        TEXT,
    keeping        TEXT    NOT NULL CHECK (keeping IN ('keyring', 'memory')),
    origin         TEXT    NOT NULL CHECK (origin IN ('typed', 'local')),
    account        TEXT    UNIQUE,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    last_used_at   INTEGER
) STRICT;
CREATE TABLE vault_journal (
    account    TEXT    PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE sealed (
    account    TEXT PRIMARY KEY,
    nonce      BLOB NOT NULL,
    ciphertext BLOB NOT NULL
) STRICT;
CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE history (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    at            INTEGER NOT NULL,
    connection_id INTEGER,
    method        TEXT    NOT NULL,
    url           TEXT    NOT NULL,
    status        INTEGER,
    total_us      INTEGER,
    size          INTEGER
) STRICT;
CREATE INDEX history_by_connection ON history (connection_id, id);
";

/// API definitions without their secrets, which lie in the item of `account`; secrets that are known by a name.
const DEFINITIONS: &str = "
CREATE TABLE definitions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT    NOT NULL UNIQUE CHECK (length(name) > 0),
    document      TEXT    NOT NULL,
    subscriptions TEXT    NOT NULL CHECK (json_valid(subscriptions)),
    keeping       TEXT    NOT NULL CHECK (keeping IN ('keyring', 'memory')),
    account       TEXT    UNIQUE,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;
CREATE TABLE named_secrets (
    name    TEXT PRIMARY KEY,
    account TEXT NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;
";

/// Every grant, and what it needs. Connections from before use client credentials, as they did.
const GRANTS: &str = "
ALTER TABLE connections ADD COLUMN authorize_url TEXT;
ALTER TABLE connections ADD COLUMN device_url TEXT;
ALTER TABLE connections ADD COLUMN userinfo_url TEXT;
ALTER TABLE connections ADD COLUMN field_lines TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(field_lines));
ALTER TABLE connections ADD COLUMN grant_options TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(grant_options));
ALTER TABLE connections ADD COLUMN client_assertion TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(client_assertion));
ALTER TABLE connections ADD COLUMN dpop INTEGER NOT NULL DEFAULT 0 CHECK (dpop IN (0, 1));
";
