//! One HTTP exchange: request, send, timeline, redirects, redaction.

mod record;

pub use record::{ExchangeRecord, RedirectRecord, RequestRecord, ResponseRecord, TimingRecord};
