//! One HTTP exchange: request, send, timeline, redirects, redaction.

mod body;
mod client;
pub mod code;
mod credential;
pub mod curl;
mod error;
mod exchange;
mod failure;
mod har;
mod outgoing;
mod pkcs12;
mod proxy;
mod receive;
mod record;
mod redact;
mod redirect;
mod request;
mod scan;
mod settings;
mod text;
mod timeline;
mod tls;

pub use body::{MEMORY_LIMIT, ResponseBody};
pub use client::{Client, OnProgress, Progress};
pub use error::{Failure, Phase, SendError, TlsReason};
pub use exchange::{Exchange, RECORD_BODY, Response, Reveal};
pub use har::har;
pub use record::{ExchangeRecord, RedirectRecord, RequestRecord, ResponseRecord, TimingRecord};
pub use redact::{MASK, Redaction};
pub use request::{Body, Header, Request, Value};
pub use scan::{is_secret_name, without_credentials};
pub use settings::{Clock, Identity, Proxy, ProxyEnvironment, Redirects, Settings, is_loopback};
pub use tokio_util::sync::CancellationToken;
