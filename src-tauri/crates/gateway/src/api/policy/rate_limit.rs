//! The rate limiting policy (`rate-limit`). Belongs here: counting in fixed periods.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use gravitee::policy::RateLimit as Configured;

use crate::{
    am::millis,
    api::{
        Call,
        context::View,
        expression::{Reach, Template},
        refusal::Refusal,
    },
};

/// Counters that are kept; beyond that the ended periods are forgotten.
const KEPT: usize = 10_000;

/// The policy with its configuration.
pub(crate) struct RateLimit {
    key: Option<Template>,
    limit: u64,
    period: u64,
    unit: String,
    period_ms: i64,
    add_headers: bool,
    counters: Mutex<HashMap<String, Counter>>,
}

#[derive(Clone, Copy)]
struct Counter {
    until_ms: i64,
    count: u64,
}

impl RateLimit {
    pub(super) fn load(configured: &Configured) -> Result<Self, String> {
        let rate = &configured.rate;
        let seconds = match rate.period_time_unit.as_str() {
            "SECONDS" => 1,
            "MINUTES" => 60,
            other => return Err(format!("the periodTimeUnit {other} is not supported; use SECONDS or MINUTES")),
        };
        let is_said = |expression: &Option<String>| expression.as_deref().is_some_and(|text| !text.trim().is_empty());
        if rate.limit == 0 && is_said(&rate.dynamic_limit) {
            return Err("rate.dynamicLimit is not supported; write a number into rate.limit".into());
        }
        if is_said(&rate.dynamic_period_time) {
            return Err("rate.dynamicPeriodTime is not supported; write a number into rate.periodTime".into());
        }
        let key = rate.key.as_deref().filter(|key| !key.is_empty());
        let key = key.map(|key| Template::parse(key, Reach::Request)).transpose()?;
        let period_ms =
            i64::try_from(rate.period_time.max(1)).ok().and_then(|period| period.checked_mul(seconds * 1000));
        Ok(Self {
            key,
            limit: rate.limit,
            period: rate.period_time,
            unit: rate.period_time_unit.to_ascii_lowercase(),
            period_ms: period_ms.ok_or("periodTime is too long")?,
            add_headers: configured.add_headers,
            counters: Mutex::default(),
        })
    }

    pub(super) fn enforce(&self, call: &mut Call<'_, '_>) -> Result<(), Refusal> {
        let now = millis(call.now);
        let counter = self.count(self.key_of(call), now);
        let left = self.limit.saturating_sub(counter.count);
        let headers = [
            ("X-Rate-Limit-Limit", self.limit.to_string().into()),
            ("X-Rate-Limit-Remaining", left.to_string().into()),
            ("X-Rate-Limit-Reset", counter.until_ms.to_string().into()),
        ];
        if counter.count > self.limit {
            let said = format!(
                "Rate limit exceeded! You reached the limit of {} requests per {} {}",
                self.limit, self.period, self.unit
            );
            call.request.trace.refuse("rate-limit", said.clone());
            let mut refusal = Refusal::said("RATE_LIMIT_TOO_MANY_REQUESTS", 429, said);
            refusal.headers.extend(headers.into_iter().filter(|_| self.add_headers));
            return Err(refusal);
        }
        call.request.trace.pass("rate-limit", format!("{left} of {} left", self.limit));
        call.answer_headers.extend(headers.into_iter().filter(|_| self.add_headers));
        Ok(())
    }

    /// By expression, by subscription, or by the caller's address.
    fn key_of(&self, call: &Call<'_, '_>) -> String {
        let view = View { api: call.api, request: call.request, context: &call.context, error: None };
        let own = self.key.as_ref().map(|key| key.render(&view));
        own.or_else(|| call.context.subscription.clone()).unwrap_or_else(|| call.request.peer.ip().to_string())
    }

    fn count(&self, key: String, now: i64) -> Counter {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= KEPT {
            counters.retain(|_, counter| counter.until_ms > now);
        }
        let counter = counters.entry(key).or_insert(Counter { until_ms: now + self.period_ms, count: 0 });
        if counter.until_ms <= now {
            *counter = Counter { until_ms: now + self.period_ms, count: 0 };
        }
        counter.count += 1;
        *counter
    }
}
