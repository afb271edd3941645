//! What the caller expects of a token: the rules to check, and the moment to check them at.

/// The rules of an inspection. A member that is `None` or empty is a rule not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectations {
    /// The moment that counts as now, in seconds since the epoch.
    pub at: i64,
    /// Clock difference that is forgiven, in seconds.
    pub leeway: i64,
    /// `iss` must equal this (RFC 7519 4.1.1).
    pub issuer: Option<String>,
    /// `aud` must contain this (RFC 7519 4.1.3).
    pub audience: Option<String>,
    /// `alg` must be one of these names (RFC 8725 3.1).
    pub algorithms: Vec<String>,
    /// Every one of these must be among the token's scopes (RFC 9068 2.2.3).
    pub scopes: Vec<String>,
    /// `typ` must be this media type (RFC 8725 3.11).
    pub typ: Option<String>,
    /// `iat` must not be longer ago than this, in seconds.
    pub max_age: Option<i64>,
    /// `client_id` or `azp` must equal this.
    pub client: Option<String>,
    /// These claims must be there.
    pub required_claims: Vec<String>,
    /// `cnf` must bind the token to the DPoP key (`jkt`, RFC 9449 6.1) or client certificate (`x5t#S256`, RFC 8705 3.1) of this thumbprint.
    pub thumbprint: Option<String>,
    /// Whether RSA1_5 may be used to decrypt; off unless the caller insists (RFC 8725bis).
    pub allow_rsa1_5: bool,
}

impl Expectations {
    /// Expects nothing but a token that is live at `at` (seconds since the epoch).
    #[must_use]
    pub fn at(at: i64) -> Self {
        Self { at, ..Self::default() }
    }
}
