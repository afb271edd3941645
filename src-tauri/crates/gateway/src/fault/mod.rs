//! Faults on demand: an authorization server or an API that goes wrong in a chosen way, for trying clients and verifiers
//! on. Belongs here: their names, and where each may be. Not here: anything that runs without one.

mod answer;
mod metadata;
mod next;
mod token;

pub(crate) use next::NextFaults;
pub use next::{FaultScope, NextState};
pub(crate) use token::Signers;

/// What a fault is in: tells which requests it can take hold of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The claims of an access token.
    Claims,
    /// Its header, signature or form.
    Token,
    /// The members of the token endpoint's answer.
    Members,
    /// An answer as a whole.
    Answer,
    /// The discovery document.
    Metadata,
    /// The JWKS.
    Keys,
}

impl Kind {
    /// With the word for it.
    pub(crate) const ALL: [(Self, &'static str); 6] = [
        (Self::Claims, "claims"),
        (Self::Token, "token"),
        (Self::Members, "members"),
        (Self::Answer, "answer"),
        (Self::Metadata, "metadata"),
        (Self::Keys, "keys"),
    ];
    /// What a client's faults may be in.
    pub(crate) const OF_CLIENT: &'static [Self] = &[Self::Claims, Self::Token, Self::Members, Self::Answer];
    /// What a domain's faults may be in.
    pub(crate) const OF_DOMAIN: &'static [Self] =
        &[Self::Claims, Self::Token, Self::Members, Self::Answer, Self::Metadata, Self::Keys];
    /// What an API's faults may be in.
    pub(crate) const OF_API: &'static [Self] = &[Self::Answer];
}

/// A fault as a row of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) about: &'static str,
    fault: Fault,
}

macro_rules! faults {
    ($($kind:ident { $($variant:ident = $name:literal $about:literal),+ $(,)? })+) => {
        /// Something that goes wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Fault { $($($variant),+),+ }

        /// Every fault.
        pub(crate) const TABLE: &[Row] = &[
            $($(Row { name: $name, kind: Kind::$kind, about: $about, fault: Fault::$variant }),+),+
        ];
    };
}

faults! {
    Claims {
        Expired = "expired" "exp lies a minute before iat",
        NbfFuture = "nbf-future" "nbf lies an hour ahead",
        IatFuture = "iat-future" "iat lies an hour ahead",
        WrongIss = "wrong-iss" "iss is another issuer",
        IssTrailingSlash = "iss-trailing-slash" "iss ends with a slash",
        WrongAud = "wrong-aud" "aud is another audience",
        MissingAud = "missing-aud" "no aud",
        AudArray = "aud-array" "aud is an array of two",
        AudEmpty = "aud-empty" "aud is an empty array",
        MissingExp = "missing-exp" "no exp",
        ExpString = "exp-string" "exp is text",
        ExpMilliseconds = "exp-milliseconds" "exp counts milliseconds",
        DuplicateClaims = "duplicate-claims" "sub stands there twice, first with another subject",
        Huge = "huge" "a claim of 16 KiB",
    }
    Token {
        WrongTyp = "wrong-typ" "typ is dpop+jwt",
        UnknownKid = "unknown-kid" "the right key under a kid that is not in the JWKS",
        MissingKid = "missing-kid" "no kid",
        AlgNone = "alg-none" "alg none and no signature",
        ForeignKey = "foreign-key" "another key under the kid of the right one",
        UnpublishedKey = "unpublished-key" "a key that is not in the JWKS, under a kid of its own",
        TamperedSignature = "tampered-signature" "one bit of the signature is wrong",
        DerSignature = "der-signature" "an ECDSA signature in DER instead of raw (ES256; on other domains with another key)",
        HsPublicKey = "hs256-public-key" "HS256 with the public key (PEM) as the secret",
        WeakSecret = "weak-secret" "HS256 with the secret `secret`",
        Truncated = "truncated" "the last ten characters are missing",
        PaddedBase64 = "padded-base64" "the signature's base64 is padded",
        Nested = "nested" "a signed token within a signed token (cty JWT)",
        Opaque = "opaque" "a random reference instead of a JWT",
    }
    Members {
        MissingAccessToken = "missing-access-token" "no access_token",
        MissingTokenType = "missing-token-type" "no token_type",
        UnsupportedTokenType = "unsupported-token-type" "token_type is mac",
        MissingExpiresIn = "missing-expires-in" "no expires_in",
        ExpiresInString = "expires-in-string" "expires_in is text",
        ExpiresInFraction = "expires-in-fraction" "expires_in is 7199.5",
        ExpiresInNegative = "expires-in-negative" "expires_in is -1",
        ExpiresInTiny = "expires-in-tiny" "expires_in is 1",
        ExpiresInHuge = "expires-in-huge" "expires_in is 2^64 - 1",
        MissingScope = "missing-scope" "no scope",
        DuplicateMembers = "duplicate-members" "access_token stands there twice, first another one",
    }
    Answer {
        InvalidJson = "invalid-json" "the content ends two bytes early",
        WrongContentType = "wrong-content-type" "Content-Type says text/html",
        WrongCharset = "wrong-charset" "Content-Type says charset=utf-16, the content is UTF-8",
        ByteOrderMark = "byte-order-mark" "the content begins with a byte order mark",
        Gzip = "gzip" "the content is compressed although nobody asked for it",
        ErrorWith200 = "error-with-200" "an OAuth error with status 200",
        InternalError = "internal-error" "500 with an OAuth error",
        HtmlError = "html-error" "500 with a page of HTML",
        Redirect = "redirect" "302 to a login page",
        Redirect307 = "redirect-307" "307 to the same path, for ever",
        TooManyRequests = "too-many-requests" "429 with Retry-After",
        Unavailable = "unavailable" "503 with Retry-After",
        Slow = "slow" "nothing for three seconds",
        SlowHeaders = "slow-headers" "the head comes a line every quarter of a second",
        ChunkStall = "chunk-stall" "half of the content as a chunk, then nothing for thirty seconds",
        HalfBody = "half-body" "half of the content, then the connection is closed",
        ConnectionReset = "connection-reset" "the connection is reset instead of an answer",
    }
    Metadata {
        IssuerMismatch = "issuer-mismatch" "issuer is another one than that of the tokens",
        HttpEndpoints = "http-endpoints" "endpoints on a host that is not this machine, over http",
        MissingMetadata = "missing-metadata" "neither token_endpoint nor jwks_uri",
        WrongJwksUri = "wrong-jwks-uri" "jwks_uri leads nowhere",
    }
    Keys {
        EmptyJwks = "empty-jwks" "no keys",
        PrivateKeyInJwks = "private-key-in-jwks" "a private key beside the others (one made up for it)",
        DuplicateKid = "duplicate-kid" "another key under the kid of the right one, before it",
        StaleCacheHeaders = "stale-cache-headers" "Cache-Control says to keep the keys for a year",
    }
}

/// A set of faults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Faults(u128);

impl Faults {
    /// By their names; the error lists what may be here.
    pub(crate) fn named(names: &[String], kinds: &[Kind]) -> Result<Self, String> {
        let fits = |row: &&Row| kinds.contains(&row.kind);
        names.iter().try_fold(Self::default(), |set, name| match TABLE.iter().find(|row| row.name == name) {
            Some(row) if fits(&row) => Ok(Self(set.0 | row.fault.bit())),
            known => {
                let all: Vec<_> = TABLE.iter().filter(fits).map(|row| row.name).collect();
                let elsewhere = if known.is_some() { " here (it is a fault of a domain or client)" } else { "" };
                Err(format!("`{name}` is none of {}{elsewhere}", all.join(", ")))
            }
        })
    }

    /// Those that are in one of these.
    pub(crate) fn within(self, kinds: &[Kind]) -> Self {
        let bits = TABLE.iter().filter(|row| kinds.contains(&row.kind)).map(|row| row.fault.bit());
        Self(self.0 & bits.fold(0, |all, bit| all | bit))
    }

    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn names(self) -> Vec<&'static str> {
        TABLE.iter().filter(|row| self.has(row.fault)).map(|row| row.name).collect()
    }

    pub(crate) fn has(self, fault: Fault) -> bool {
        self.0 & fault.bit() != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Fault {
    const fn bit(self) -> u128 {
        1 << self as u128
    }
}
