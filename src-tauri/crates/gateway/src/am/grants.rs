//! What the grants remember: authorization requests waiting for consent, codes, refresh tokens and their families.
//! Belongs here: one-time values. Not here: the endpoints.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::random;

/// Seconds that a code may be redeemed in.
const CODE_SECONDS: i64 = 60;
/// Seconds that a consent page may be answered in.
const CONSENT_SECONDS: i64 = 300;
/// Seconds that a refresh token is good for (Access Management's default).
const REFRESH_SECONDS: i64 = 14_400;
/// Entries of one kind that are kept at most; the expired ones go first.
const MOST: usize = 10_000;

/// An authorization request that was validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authorization {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    /// Whether the request named it, or left it to the one that is registered.
    pub(super) names_redirect_uri: bool,
    pub(super) scopes: Vec<String>,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) challenge: Option<String>,
    /// Value of the cookie that the consent must come with.
    pub(super) cookie: String,
    pub(super) user: String,
    /// When the user said who they are, seconds since the epoch.
    pub(super) auth_time: i64,
}

/// What a refresh token stands for.
#[derive(Debug, Clone)]
pub(super) struct Refresh {
    pub(super) client_id: String,
    pub(super) user: String,
    pub(super) scopes: Vec<String>,
    /// Tokens that come from one authorization.
    pub(super) family: String,
    /// When the user said who they are, seconds since the epoch.
    pub(super) auth_time: i64,
    pub(super) iat: i64,
    pub(super) exp: i64,
    used: bool,
}

/// What a code stands for, and until when it is good.
struct Code {
    authorization: Authorization,
    family: String,
    until: i64,
    used: bool,
}

/// What a code came to.
pub(super) enum Redeemed {
    /// Redeemed for the first time; the family that its tokens will belong to.
    Fresh(Box<Authorization>, String),
    /// Redeemed before: the tokens of this family are to be revoked.
    Again(String),
    Unknown,
}

/// One-time values of a domain.
#[derive(Default)]
pub(super) struct Grants {
    consents: Mutex<Timed<Authorization>>,
    codes: Mutex<Timed<Code>>,
    refreshes: Mutex<Timed<Refresh>>,
    /// Access tokens by family.
    families: Mutex<Timed<Vec<String>>>,
}

struct Timed<T>(HashMap<String, (T, i64)>);

impl<T> Default for Timed<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Timed<T> {
    fn put(&mut self, key: String, value: T, until: i64, now: i64) {
        if self.0.len() >= MOST {
            self.0.retain(|_, (_, until)| *until > now);
        }
        if self.0.len() >= MOST
            && let Some(any) = self.0.keys().next().cloned()
        {
            self.0.remove(&any);
        }
        self.0.insert(key, (value, until));
    }

    fn get(&mut self, key: &str, now: i64) -> Option<&mut T> {
        self.0.get_mut(key).filter(|(_, until)| *until > now).map(|(value, _)| value)
    }

    fn take(&mut self, key: &str, now: i64) -> Option<T> {
        self.0.remove(key).filter(|(_, until)| *until > now).map(|(value, _)| value)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Grants {
    /// Keeps a request until its consent page is answered; gives the form's one-time value.
    pub(super) fn await_consent(&self, authorization: Authorization, now: i64) -> String {
        let form = random::token();
        lock(&self.consents).put(form.clone(), authorization, now + CONSENT_SECONDS, now);
        form
    }

    /// The request behind a consent form; the form is used up.
    pub(super) fn consent(&self, form: &str, now: i64) -> Option<Authorization> {
        lock(&self.consents).take(form, now)
    }

    /// A code for an authorization.
    pub(super) fn issue_code(&self, authorization: Authorization, now: i64) -> String {
        let code = random::token();
        let family = random::token();
        let kept = Code { authorization, family, until: now + CODE_SECONDS, used: false };
        // Kept as long as its tokens may live, so that a second use is noticed whenever it comes.
        lock(&self.codes).put(code.clone(), kept, now + REFRESH_SECONDS, now);
        code
    }

    /// Redeems a code, once (RFC 6749 section 4.1.2).
    pub(super) fn redeem(&self, code: &str, now: i64) -> Redeemed {
        match lock(&self.codes).get(code, now) {
            Some(code) if code.used => Redeemed::Again(code.family.clone()),
            Some(code) if code.until > now => {
                code.used = true;
                Redeemed::Fresh(Box::new(code.authorization.clone()), code.family.clone())
            }
            _ => Redeemed::Unknown,
        }
    }

    /// A refresh token of this family.
    pub(super) fn issue_refresh(
        &self,
        client_id: &str,
        user: &str,
        scopes: &[String],
        family: &str,
        (auth_time, now): (i64, i64),
    ) -> String {
        let token = random::token();
        let refresh = Refresh {
            client_id: client_id.to_owned(),
            user: user.to_owned(),
            scopes: scopes.to_vec(),
            family: family.to_owned(),
            auth_time,
            iat: now,
            exp: now + REFRESH_SECONDS,
            used: false,
        };
        lock(&self.refreshes).put(token.clone(), refresh, now + REFRESH_SECONDS, now);
        token
    }

    /// What a refresh token stands for; using it up is a second step.
    pub(super) fn refresh(&self, token: &str, now: i64) -> Option<Refresh> {
        lock(&self.refreshes).get(token, now).cloned()
    }

    /// Uses a refresh token up; false if it was used before (RFC 9700 section 4.14.2).
    pub(super) fn use_refresh(&self, token: &str, now: i64) -> bool {
        lock(&self.refreshes).get(token, now).is_some_and(|refresh| !std::mem::replace(&mut refresh.used, true))
    }

    /// Notes an access token of a family.
    pub(super) fn belongs(&self, token: &str, family: &str, now: i64) {
        let mut families = lock(&self.families);
        match families.get(family, now) {
            Some(tokens) => tokens.push(token.to_owned()),
            None => families.put(family.to_owned(), vec![token.to_owned()], now + REFRESH_SECONDS, now),
        }
    }

    /// Ends a family: its refresh tokens go, its access tokens are given to be revoked.
    pub(super) fn end_family(&self, family: &str, now: i64) -> Vec<String> {
        lock(&self.refreshes).0.retain(|_, (refresh, _)| refresh.family != family);
        lock(&self.families).take(family, now).unwrap_or_default()
    }
}

impl Refresh {
    pub(super) fn is_used(&self) -> bool {
        self.used
    }
}
