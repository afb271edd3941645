//! Deliberate defects of an API, for trying protection checks on. Belongs here: their names, and one function for each
//! in the file of the place where it takes hold. Not here: anything that runs when an API has no weakness.
//!
//! They concern the OAuth2 policy and this gateway's own authorization server.

pub(crate) mod answer;
pub(crate) mod claims;
pub(crate) mod entry;
pub(crate) mod extraction;
pub(crate) mod forged;
mod key_forms;
pub(crate) mod path;
pub(crate) mod scope;

macro_rules! weaknesses {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// A deliberate defect.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Weakness { $($variant),+ }

        impl Weakness {
            const ALL: &'static [(&'static str, Self)] = &[$(($name, Self::$variant)),+];
        }
    };
}

weaknesses! {
    NoAuth = "no-auth", AnyBearer = "any-bearer", PrefixOnlyScheme = "prefix-only-scheme",
    FirstDuplicateHeader = "first-duplicate-header", LastDuplicateHeader = "last-duplicate-header",
    QueryToken = "query-token", CookieToken = "cookie-token", DecodeOnly = "decode-only",
    AlgFromHeader = "alg-from-header", AlgNone = "alg-none", BlankSecret = "blank-secret",
    HsWithPublicKey = "hs-with-public-key", TrustJwk = "trust-jwk", TrustJku = "trust-jku", TrustX5u = "trust-x5u",
    TrustX5c = "trust-x5c", KidFilePath = "kid-file-path", KidSql = "kid-sql", PsychicEcdsa = "psychic-ecdsa",
    LenientBase64 = "lenient-base64", WeakSecret = "weak-secret", IgnoreExp = "ignore-exp", IgnoreNbf = "ignore-nbf",
    WideLeeway = "wide-leeway", IgnoreIss = "ignore-iss", IgnoreAud = "ignore-aud", AudSubstring = "aud-substring",
    IgnoreTyp = "ignore-typ", AnyDomainKey = "any-domain-key", StaleCache = "stale-cache", StaleJwks = "stale-jwks",
    FailOpen = "fail-open", ScopeSubstring = "scope-substring", ScopeIgnoredOnWrite = "scope-ignored-on-write",
    HeadOpen = "head-open", OptionsOpen = "options-open", MethodOverride = "method-override", PathSlash = "path-slash",
    PathDot = "path-dot", PathSemicolon = "path-semicolon", PathCase = "path-case", PathSuffix = "path-suffix",
    OriginalUrlTrusted = "original-url-trusted", IdentityHeaderTrusted = "identity-header-trusted",
    MissingChallenge = "missing-challenge", MalformedChallenge = "malformed-challenge",
    ErrorInAnonymousChallenge = "error-in-anonymous-challenge", OkWithErrorBody = "ok-with-error-body",
    StackTrace = "stack-trace", PublicCache = "public-cache", ReflectToken = "reflect-token", CorsReflect = "cors-reflect",
}

/// The defects of one API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Weaknesses(u64);

impl Weaknesses {
    /// By their names; the error lists what there is.
    pub(crate) fn named(names: &[String]) -> Result<Self, String> {
        names.iter().try_fold(Self::default(), |set, name| {
            let found = Weakness::ALL.iter().find(|(known, _)| known == name);
            let unknown = || {
                let all: Vec<_> = Weakness::ALL.iter().map(|(name, _)| *name).collect();
                format!("`{name}` is none of {}", all.join(", "))
            };
            found.map(|(_, weakness)| Self(set.0 | weakness.bit())).ok_or_else(unknown)
        })
    }

    /// The names of those that are set.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        Weakness::ALL.iter().filter(move |(_, weakness)| self.has(*weakness)).map(|(name, _)| *name)
    }

    pub(crate) fn has(self, weakness: Weakness) -> bool {
        self.0 & weakness.bit() != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Weakness {
    const fn bit(self) -> u64 {
        1 << self as u64
    }
}
