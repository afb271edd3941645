//! Errors of this crate.
//! Belongs here: what can go wrong, in words for a person. Not here: finding out which it was (`failure`).

use std::time::Duration;

use crate::Exchange;

/// An exchange that did not end with a complete answer.
///
/// Neither the texts nor `Debug` contain a secret.
#[derive(Debug, thiserror::Error)]
#[error("{failure}")]
pub struct SendError {
    /// What happened.
    pub failure: Failure,
    /// What there was until then: the request, and the part of the answer that arrived.
    pub exchange: Option<Box<Exchange>>,
}

impl From<Failure> for SendError {
    fn from(failure: Failure) -> Self {
        Self { failure, exchange: None }
    }
}

/// Where an exchange was when its time ran out or the connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum Phase {
    /// Name resolution.
    Dns,
    /// TCP connect (and the proxy's `CONNECT`).
    Connect,
    /// TLS handshake.
    Tls,
    /// The request is being sent, or is sent and nothing came back yet.
    Wait,
    /// The body was arriving.
    Body,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Dns => "looking up the name",
            Self::Connect => "connecting",
            Self::Tls => "the TLS handshake",
            Self::Wait => "waiting for the answer",
            Self::Body => "receiving the body",
        })
    }
}

/// Why a server's certificate, or the handshake, was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsReason {
    /// The chain ends at an authority that is not trusted; self-signed certificates too.
    UnknownAuthority,
    /// The certificate's validity has ended.
    Expired,
    /// The certificate's validity has not begun.
    NotYetValid,
    /// The certificate is for other names.
    WrongName {
        /// The names it is for.
        names: Vec<String>,
    },
    /// The certificate was revoked.
    Revoked,
    /// The other side does not speak TLS.
    NotTls,
    /// The other side ended the connection during the handshake.
    HungUp,
    /// No protocol version or cipher suite in common.
    NoCommonProtocol,
    /// The server asks for a client certificate, or refuses the one that was shown.
    ClientCertificate,
    /// Anything else, in the library's words.
    Other(String),
}

impl std::fmt::Display for TlsReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownAuthority => f.write_str(
                "its certificate was issued by an authority that is not trusted here. If it is your own, give its certificate as CA file",
            ),
            Self::Expired => f.write_str("its certificate has expired. It must be renewed on the server (or this machine's clock is ahead)"),
            Self::NotYetValid => f.write_str("its certificate is not valid yet. Check this machine's clock"),
            Self::WrongName { names } if names.is_empty() => f.write_str("its certificate is for another name. Use the name in the certificate"),
            Self::WrongName { names } => write!(f, "its certificate is for another name ({}). Use one of these in the URL", names.join(", ")),
            Self::Revoked => f.write_str("its certificate was revoked. Ask whoever runs the server"),
            Self::NotTls => f.write_str("it does not answer in TLS. Probably it speaks plain http on this port: then the URL begins with http://"),
            Self::HungUp => f.write_str(
                "it hung up during the TLS handshake. Perhaps it speaks plain http on this port (then the URL begins with http://), or it wants a client certificate",
            ),
            Self::NoCommonProtocol => f.write_str("there is no common TLS version or cipher (TLS 1.2 and 1.3 are spoken here)"),
            Self::ClientCertificate => f.write_str("it wants a client certificate, or refuses the one that was shown. Set certificate and key of the connection"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// What went wrong. URLs in here never carry user information, query or fragment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The URL cannot be requested: not http(s), or no host.
    #[error("The URL {url} cannot be requested: {reason}.")]
    BadUrl {
        /// The URL, or the part of it that may be shown.
        url: String,
        /// Why.
        reason: String,
    },
    /// Method, a header name or a header value has characters that HTTP does not allow.
    #[error("The request cannot be sent: {what}.")]
    BadRequest {
        /// What is wrong, without the value.
        what: String,
    },
    /// The settings cannot be used: certificate, key, CA file or proxy.
    #[error("The connection settings cannot be used: {what}.")]
    BadSettings {
        /// What is wrong, without the value.
        what: String,
    },
    /// A PKCS#12 file opens with another passphrase.
    #[error("The PKCS#12 file {}.", if *.given { "does not open with this passphrase" } else { "opens with a passphrase, and none was given" })]
    Passphrase {
        /// Whether one was given.
        given: bool,
    },
    /// The host name has no address.
    #[error("The name {host} could not be found ({reason}). Check its spelling and this machine's DNS or VPN.")]
    Dns {
        /// Host name.
        host: String,
        /// The resolver's words.
        reason: String,
    },
    /// Nothing listens on that port.
    #[error("{address} refused the connection: nothing listens there. Is the server running, and is the port right?")]
    Refused {
        /// `host:port`.
        address: String,
    },
    /// No route to the host or the network, or the connection could not be made for another reason.
    #[error("{address} cannot be reached ({reason}). Check the network, VPN and proxy.")]
    Unreachable {
        /// `host:port`.
        address: String,
        /// The system's words.
        reason: String,
    },
    /// The proxy could not be used or refused the tunnel.
    #[error("The proxy did not connect to {address} ({reason}). Check the proxy setting and its credentials.")]
    Proxy {
        /// `host:port` of the destination.
        address: String,
        /// What it said.
        reason: String,
    },
    /// The TLS handshake failed.
    #[error("No secure connection to {address}: {reason}.")]
    Tls {
        /// `host:port`.
        address: String,
        /// Why.
        reason: TlsReason,
    },
    /// The time limit passed.
    #[error("{address} took longer than {}; the time ran out while {phase}. Try again, or raise the time limit.", seconds(*.limit))]
    Timeout {
        /// `host:port`.
        address: String,
        /// Where it was.
        phase: Phase,
        /// The limit.
        limit: Duration,
    },
    /// The connection ended before a response head was complete.
    #[error(
        "{address} closed the connection without an answer ({reason}). Try again; if it stays so, look into the server's log."
    )]
    ClosedBeforeAnswer {
        /// `host:port`.
        address: String,
        /// closed, reset, or the library's words.
        reason: String,
    },
    /// What came back is not HTTP.
    #[error("{address} does not answer in HTTP ({reason}). Check port and scheme of the URL.")]
    NotHttp {
        /// `host:port`.
        address: String,
        /// What was wrong.
        reason: String,
    },
    /// The connection ended in the middle of the body, or its coding is broken; the part that arrived is kept.
    #[error(
        "{address} broke off the answer after {received} bytes ({reason}). What arrived is kept; try again for the rest."
    )]
    BrokenOff {
        /// `host:port`.
        address: String,
        /// Decoded bytes that arrived.
        received: u64,
        /// closed, reset, bad coding.
        reason: String,
    },
    /// The decoded body is larger than the limit; the part up to the limit is kept.
    #[error(
        "The answer of {address} is larger than the {limit} bytes that are read of one. What arrived is kept. Check that this is the right URL; if it is, ask for less (a page, a filter, a Range header)."
    )]
    TooLarge {
        /// `host:port`.
        address: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The caller cancelled.
    #[error("Cancelled.")]
    Cancelled,
    /// More hops than allowed.
    #[error("{url} redirected again after {max} redirects. It is probably a loop; look at the hops.")]
    TooManyRedirects {
        /// The last URL.
        url: String,
        /// The limit.
        max: u8,
    },
    /// A redirect that is not followed: bad `Location`, a scheme other than http(s), credentials over plain http, or a body that has or may have secrets to another origin.
    #[error("{from} redirects to {to}, which is not followed: {reason}.")]
    BadRedirect {
        /// The URL that redirected.
        from: String,
        /// Its target.
        to: String,
        /// Why.
        reason: String,
    },
    /// The body could not be written to or read from the spool folder.
    #[error("The answer could not be kept on disk: {reason}. Is there space in the data folder?")]
    Spool {
        /// The system's words.
        reason: String,
    },
}

impl Failure {
    /// A name for scripts and for choosing a text: `dns`, `refused`, `tls`, `timeout`, …
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadUrl { .. } => "bad_url",
            Self::BadRequest { .. } => "bad_request",
            Self::BadSettings { .. } => "bad_settings",
            Self::Passphrase { .. } => "passphrase",
            Self::Dns { .. } => "dns",
            Self::Refused { .. } => "refused",
            Self::Unreachable { .. } => "unreachable",
            Self::Proxy { .. } => "proxy",
            Self::Tls { .. } => "tls",
            Self::Timeout { .. } => "timeout",
            Self::ClosedBeforeAnswer { .. } => "closed",
            Self::NotHttp { .. } => "not_http",
            Self::BrokenOff { .. } => "broken_off",
            Self::TooLarge { .. } => "too_large",
            Self::Cancelled => "cancelled",
            Self::TooManyRedirects { .. } => "too_many_redirects",
            Self::BadRedirect { .. } => "bad_redirect",
            Self::Spool { .. } => "spool",
        }
    }
}

/// A URL without what may be secret.
pub(crate) fn bare(url: &url::Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

fn seconds(limit: Duration) -> String {
    if limit.subsec_millis() == 0 { format!("{} s", limit.as_secs()) } else { format!("{} ms", limit.as_millis()) }
}
