//! Deliberate defects of an API, for trying protection checks on. Belongs here: their names, and one function for each
//! in the file of the place where it takes hold. Not here: anything that runs when an API has no weakness.
//!
//! They concern the OAuth2 policy and this gateway's own authorization server.

pub(crate) mod answer;
pub(crate) mod claims;
pub(crate) mod entry;
pub(crate) mod extraction;
pub(crate) mod forged;
pub(crate) mod key_forms;
pub(crate) mod path;
pub(crate) mod scope;

macro_rules! weaknesses {
    ($($kind:literal { $($variant:ident = $name:literal $about:literal),+ $(,)? })+) => {
        /// A deliberate defect.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Weakness { $($($variant),+),+ }

        impl Weakness {
            /// Name, what it is in, what it does.
            const ALL: &'static [(&'static str, Self, &'static str, &'static str)] =
                &[$($(($name, Self::$variant, $kind, $about)),+),+];
        }
    };
}

weaknesses! {
    "entry" {
        NoAuth = "no-auth" "no token is asked for",
        AnyBearer = "any-bearer" "anything after `Bearer ` is a token",
        HeadOpen = "head-open" "HEAD needs no token",
        OptionsOpen = "options-open" "OPTIONS needs no token",
        MethodOverride = "method-override" "a method override header opens the door",
        IdentityHeaderTrusted = "identity-header-trusted" "X-Forwarded-User and the like are believed",
        FailOpen = "fail-open" "when the authorization server cannot be asked, everybody may in",
    }
    "extraction" {
        PrefixOnlyScheme = "prefix-only-scheme" "`BearerX` counts as `Bearer`",
        FirstDuplicateHeader = "first-duplicate-header" "of two Authorization headers the first counts",
        LastDuplicateHeader = "last-duplicate-header" "of two Authorization headers the last counts",
        QueryToken = "query-token" "a token in the query counts",
        CookieToken = "cookie-token" "a token in a cookie counts",
    }
    "signature" {
        DecodeOnly = "decode-only" "the signature is not looked at",
        AlgFromHeader = "alg-from-header" "the token says which algorithm verifies it",
        AlgNone = "alg-none" "alg none needs no signature",
        BlankSecret = "blank-secret" "HMAC with an empty secret counts",
        WeakSecret = "weak-secret" "HMAC with a secret out of a dictionary counts",
        HsWithPublicKey = "hs-with-public-key" "HMAC with the public key as the secret counts",
        TrustJwk = "trust-jwk" "the key in the token's own header is believed",
        TrustJku = "trust-jku" "keys are fetched from where the token says",
        TrustX5u = "trust-x5u" "certificates are fetched from where the token says",
        TrustX5c = "trust-x5c" "the certificate in the token's own header is believed",
        KidFilePath = "kid-file-path" "kid is read as the path of a key file",
        KidSql = "kid-sql" "kid is put into an SQL query",
        PsychicEcdsa = "psychic-ecdsa" "an ECDSA signature of zeros counts (CVE-2022-21449)",
        LenientBase64 = "lenient-base64" "padding, + and / are forgiven in the signature",
        AnyDomainKey = "any-domain-key" "the key of any domain counts",
        StaleJwks = "stale-jwks" "keys that have left the JWKS still count",
    }
    "claims" {
        IgnoreExp = "ignore-exp" "exp is not looked at",
        IgnoreNbf = "ignore-nbf" "nbf is not looked at",
        WideLeeway = "wide-leeway" "an hour late is not late",
        IgnoreIss = "ignore-iss" "iss is not looked at",
        IgnoreAud = "ignore-aud" "aud is not looked at",
        AudSubstring = "aud-substring" "aud needs only to contain a client id",
        IgnoreTyp = "ignore-typ" "typ is not looked at",
        StaleCache = "stale-cache" "a revoked token still counts",
    }
    "scope" {
        ScopeSubstring = "scope-substring" "a scope needs only to contain the required one",
        ScopeIgnoredOnWrite = "scope-ignored-on-write" "methods that write need no scope",
    }
    "path" {
        PathSlash = "path-slash" "// goes around security",
        PathDot = "path-dot" "dot segments go around security",
        PathSemicolon = "path-semicolon" "path parameters go around security",
        PathCase = "path-case" "other upper and lower case goes around security",
        PathSuffix = "path-suffix" "a suffix such as .json goes around security",
        OriginalUrlTrusted = "original-url-trusted" "X-Original-URL goes around security",
    }
    "answer" {
        MissingChallenge = "missing-challenge" "a 401 without WWW-Authenticate",
        MalformedChallenge = "malformed-challenge" "a WWW-Authenticate that cannot be read",
        ErrorInAnonymousChallenge = "error-in-anonymous-challenge" "an error code although no token was sent",
        OkWithErrorBody = "ok-with-error-body" "refusals have status 200",
        StackTrace = "stack-trace" "refusals show a stack trace",
        PublicCache = "public-cache" "protected answers may be kept by shared caches",
        ReflectToken = "reflect-token" "refusals repeat the token",
        CorsReflect = "cors-reflect" "any origin is allowed, with credentials",
    }
}

/// The defects of one API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Weaknesses(u64);

impl Weaknesses {
    /// By their names; the error lists what there is.
    pub(crate) fn named(names: &[String]) -> Result<Self, String> {
        names.iter().try_fold(Self::default(), |set, name| {
            let found = Weakness::ALL.iter().find(|(known, ..)| known == name);
            let unknown = || {
                let all: Vec<_> = Weakness::ALL.iter().map(|(name, ..)| *name).collect();
                format!("`{name}` is none of {}", all.join(", "))
            };
            found.map(|(_, weakness, ..)| Self(set.0 | weakness.bit())).ok_or_else(unknown)
        })
    }

    /// The names of those that are set.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        Weakness::ALL.iter().filter(move |(_, weakness, ..)| self.has(*weakness)).map(|(name, ..)| *name)
    }

    /// The names of those that take hold where this gateway judges a token of its own authorization server.
    pub(crate) fn of_own_tokens(self) -> Vec<&'static str> {
        let of_tokens = |kind: &str| matches!(kind, "signature" | "claims");
        let set = Weakness::ALL.iter().filter(|(_, weakness, kind, _)| self.has(*weakness) && of_tokens(kind));
        set.map(|(name, ..)| *name).collect()
    }

    pub(crate) fn has(self, weakness: Weakness) -> bool {
        self.0 & weakness.bit() != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Weakness {
    /// Name, what it is in, and what it does, of every defect.
    pub(crate) fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        Self::ALL.iter().map(|(name, _, kind, about)| (*name, *kind, *about))
    }

    const fn bit(self) -> u64 {
        1 << self as u64
    }
}
