//! Tokens: the view of the one that a connection holds, the list of all, the rules to judge by, and pasted ones.

use super::IdTokenView;
use exchange::ExchangeRecord;
use jose::{
    Difference, Expectations,
    inspection::{Form, Inspection, Rule},
};
use oauth::AuthenticationMethod;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// A token's life, for the header's shrinking bar.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct TokenLife {
    /// Seconds since the epoch.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub obtained_at: i64,
    /// Seconds since the epoch; null if neither the server nor the token says.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub expires_at: Option<i64>,
    /// The engine's clock now, so that the window counts from the same clock.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub now: i64,
    /// Seconds that the server's clock is ahead of ours, by its `Date` header; without one by the token's `iat`, if that is far off.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub skew_seconds: Option<i64>,
}

/// The token that a connection holds. The token itself comes only through reveal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct TokenView {
    /// The connection that it belongs to.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub connection: i64,
    /// The masked token: first and last four characters (`eyJr…9sQw`).
    pub masked: String,
    /// `token_type` as answered.
    pub token_type: String,
    /// `expires_in` as answered.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub expires_in: Option<i64>,
    /// Granted scope (the requested one where the server left it out).
    pub scope: Option<String>,
    /// Asked scope.
    pub requested_scope: Option<String>,
    /// Its life.
    pub life: TokenLife,
    /// True if no request was needed.
    pub from_cache: bool,
    /// Oddities of the answer that were accepted.
    pub notes: Vec<String>,
    /// The exchange that brought it, masked.
    pub exchange: ExchangeRecord,
    /// What the token says, verified against the issuer's keys where they could be had, and judged by `rules`.
    pub inspection: Inspection,
    /// The rules that it is judged by: those saved for the connection, else what the connection itself tells.
    pub rules: AcceptanceRules,
    /// Whether they were saved by a person.
    pub rules_saved: bool,
    /// The refresh token that came with it, masked: first and last four characters.
    pub refresh_token: Option<String>,
    /// The ID token that came with it.
    pub id_token: Option<IdTokenView>,
    /// The introspection answer, for an opaque token.
    #[cfg_attr(feature = "bindings", ts(type = "unknown"))]
    pub introspection: Option<serde_json::Value>,
}

/// A key to verify with.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum InspectKey {
    /// None: look only.
    None,
    /// The keys of a connection's issuer.
    Connection {
        /// The connection.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        id: i64,
    },
    /// A key set or key as text: JWKS, JWK, PEM.
    Text {
        /// The text.
        text: String,
    },
    /// A shared secret as it is configured at server and API.
    Secret {
        /// The secret.
        #[cfg_attr(feature = "bindings", ts(type = "string"))]
        secret: SecretString,
    },
    /// The JWKS at a URL that the user named.
    Url {
        /// The URL.
        url: String,
    },
}

/// What an API would ask of a token. A rule that is left empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct AcceptanceRules {
    /// `iss` must equal this.
    pub issuer: Option<String>,
    /// `aud` must contain this.
    pub audience: Option<String>,
    /// `alg` must be one of these.
    pub algorithms: Vec<String>,
    /// All of these must be granted.
    pub scopes: Vec<String>,
    /// `typ` must be this media type.
    pub typ: Option<String>,
    /// `iat` must not be longer ago than this, in seconds.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub max_age: Option<i64>,
    /// `client_id` or `azp` must equal this.
    pub client: Option<String>,
    /// These claims must be there.
    pub required_claims: Vec<String>,
    /// The token must be bound to the key or certificate of this thumbprint (`cnf`).
    pub thumbprint: Option<String>,
    /// Clock difference that is forgiven, in seconds.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub leeway: i64,
}

impl AcceptanceRules {
    /// The rules as the reader of tokens takes them, asked at `at` (seconds since the epoch).
    pub(crate) fn expectations(&self, at: i64) -> Expectations {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        Expectations {
            leeway: self.leeway.max(0),
            issuer: filled(&self.issuer),
            audience: filled(&self.audience),
            algorithms: self.algorithms.clone(),
            scopes: self.scopes.clone(),
            typ: filled(&self.typ),
            max_age: self.max_age,
            client: filled(&self.client),
            required_claims: self.required_claims.clone(),
            thumbprint: filled(&self.thumbprint),
            ..Expectations::at(at)
        }
    }
}

/// Judges a token by other rules, or at another time.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Judging {
    /// When: RFC 3339, or seconds or milliseconds since the epoch; null for now.
    pub at: Option<String>,
    /// By what.
    pub rules: AcceptanceRules,
}

/// A token that is meant: the one that a connection shows, or any that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum TokenRef {
    /// The one that this connection shows.
    Connection {
        /// The connection.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        id: i64,
    },
    /// The kept one of this number.
    Kept {
        /// Its number, from [`KeptTokenView`].
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        number: u64,
    },
}

impl From<i64> for TokenRef {
    fn from(id: i64) -> Self {
        Self::Connection { id }
    }
}

/// One token of the list of kept ones. The token itself is not in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct KeptTokenView {
    /// Its number in this run.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub number: u64,
    /// First and last four characters.
    pub masked: String,
    /// Its form.
    pub form: Form,
    /// The saved connections that it was got with; empty for a connection that was changed or deleted since.
    pub connections: Vec<ConnectionName>,
    /// Token endpoint that gave it.
    pub token_url: String,
    /// Client that it was given to.
    pub client_id: String,
    /// How the client authenticated.
    pub method: AuthenticationMethod,
    /// The grant (`client_credentials`).
    pub grant: String,
    /// Granted scope.
    pub scope: Option<String>,
    /// `audience` and `resource` that it was asked for with.
    pub targets: Vec<String>,
    /// `token_type` as answered.
    pub token_type: String,
    /// Its life.
    pub life: TokenLife,
    /// How often it was sent to an API.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub uses: u64,
    /// When it was last sent to one, in seconds since the epoch.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub last_used: Option<i64>,
    /// True if a refresh token came with it.
    pub refreshable: bool,
}

/// A saved connection by number and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ConnectionName {
    /// Its number.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// A pasted text to inspect.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct InspectForm {
    /// Anything that holds a token.
    pub text: String,
    /// Which of the tokens in it, from 0.
    pub pick: usize,
    /// The key to verify or decrypt with.
    pub key: InspectKey,
    /// By what rules it is judged, and when.
    pub judging: Judging,
    /// The request that a DPoP proof is to be checked against.
    pub proved: Option<ProvedRequest>,
}

/// The request that a DPoP proof was sent with (RFC 9449 4.3).
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ProvedRequest {
    /// Method token.
    pub method: String,
    /// URL.
    pub url: String,
    /// The access token that was sent along, for `ath`.
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub access_token: Option<SecretString>,
    /// The nonce that the server had asked for.
    pub nonce: Option<String>,
}

/// A pasted text, read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct InspectedPaste {
    /// Every token that was found in it, in its order; empty for a text that holds none and is inspected whole.
    pub found: Vec<FoundTokenView>,
    /// Which of them was inspected.
    pub picked: usize,
    /// What it says.
    pub inspection: Inspection,
    /// A DPoP proof against its request, check by check; empty if no request was given.
    pub proof: Vec<Rule>,
}

/// A token in a pasted text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct FoundTokenView {
    /// Where it stood: `Authorization header`, `access_token`.
    pub place: String,
    /// First and last four characters.
    pub masked: String,
    /// Its form.
    pub form: Form,
    /// How many bytes it has.
    pub bytes: usize,
}

/// One of two tokens that are set side by side.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum DiffSide {
    /// One of the tokens in a text.
    Text {
        /// Anything that holds a token.
        text: String,
        /// Which of the tokens in it, from 0.
        pick: usize,
    },
    /// The one that this connection shows.
    Connection {
        /// The connection.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        id: i64,
    },
    /// The kept one of this number.
    Kept {
        /// Its number, from [`KeptTokenView`].
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        number: u64,
    },
}

/// Two tokens side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct TokenDiff {
    /// True if both are the same, byte for byte.
    pub same: bool,
    /// The one on the left.
    pub left: DiffedToken,
    /// The one on the right.
    pub right: DiffedToken,
    /// Every member of header and payload that differs.
    pub differences: Vec<Difference>,
}

/// A token of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct DiffedToken {
    /// First and last four characters.
    pub masked: String,
    /// Its form.
    pub form: Form,
    /// False if its claims cannot be read: opaque, encrypted, or broken.
    pub readable: bool,
}
