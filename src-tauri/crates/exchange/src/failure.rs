//! Finds out what a failed exchange failed of.
//! Belongs here: reading the libraries' errors. Not here: the words (`error`).

use std::{error::Error, io};

use rustls::{AlertDescription, CertificateError};

use crate::{Failure, TlsReason, timeline::NameNotFound};

/// Where the exchange was going.
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) address: String,
    pub(crate) proxied: bool,
}

/// The failure behind an error of sending.
pub(crate) fn classify(error: &reqwest::Error, target: &Target) -> Failure {
    let address = target.address.clone();
    let chain = chain(error);
    if let Some(tls) = chain.iter().find_map(|link| link.downcast_ref::<rustls::Error>()) {
        return Failure::Tls { address, reason: tls_reason(tls) };
    }
    if let Some(reason) = chain.iter().find_map(|link| proxy_reason(*link)) {
        return Failure::Proxy { address, reason };
    }
    let connecting = error.is_connect();
    if target.proxied && connecting {
        return Failure::Proxy { address, reason: innermost(&chain) };
    }
    if let Some(name) = chain.iter().find_map(|link| link.downcast_ref::<NameNotFound>()) {
        return Failure::Dns { host: target.host.clone(), reason: name.reason.clone() };
    }
    let io = chain.iter().find_map(|link| link.downcast_ref::<io::Error>());
    match (connecting, io) {
        (true, _) if chain.iter().any(|link| has_hung_up(*link)) => {
            // TCP is there, so the other side ended it in the TLS handshake.
            Failure::Tls { address, reason: TlsReason::HungUp }
        }
        (true, Some(io)) => refused_or_unreachable(io, address),
        (true, None) => Failure::Unreachable { address, reason: innermost(&chain) },
        (false, _) => after_connect(&chain, io, address),
    }
}

fn has_hung_up(link: &(dyn Error + 'static)) -> bool {
    let kinds = [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe];
    link.downcast_ref::<io::Error>().is_some_and(|io| kinds.contains(&io.kind()))
}

fn refused_or_unreachable(error: &io::Error, address: String) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::Refused { address },
        _ => Failure::Unreachable { address, reason: system_words(error) },
    }
}

fn after_connect(chain: &[&(dyn Error + 'static)], io: Option<&io::Error>, address: String) -> Failure {
    if let Some(http) = chain.iter().find_map(|link| link.downcast_ref::<hyper::Error>()) {
        if http.is_parse() || http.is_parse_status() || http.is_parse_too_large() {
            return Failure::NotHttp { address, reason: http.to_string() };
        }
        if http.is_incomplete_message() {
            return Failure::ClosedBeforeAnswer { address, reason: "closed".to_owned() };
        }
    }
    let reason = io.map_or_else(|| innermost(chain), system_words);
    Failure::ClosedBeforeAnswer { address, reason }
}

/// The failure behind an error in the middle of a body.
pub(crate) fn broken_body(error: &io::Error, address: String, received: u64) -> Failure {
    let chain = chain(error);
    let http = chain.iter().find_map(|link| link.downcast_ref::<hyper::Error>());
    let reset = chain.iter().filter_map(|link| link.downcast_ref::<io::Error>()).find(|io| {
        matches!(
            io.kind(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe
        )
    });
    let reason = match (http, reset) {
        (_, Some(io)) => system_words(io),
        (Some(http), None) if http.is_incomplete_message() => "connection closed".to_owned(),
        (Some(_), None) => innermost(&chain),
        (None, None) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "compressed content ends in the middle".to_owned()
        }
        (None, None) => format!("its Content-Encoding is broken: {}", innermost(&chain)),
    };
    Failure::BrokenOff { address, received, reason }
}

/// All errors behind an error. An I/O error's source is its content's source, so the content itself is fetched too.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut links = Vec::new();
    let mut next = Some(error);
    while let Some(link) = next {
        links.push(link);
        let inner = link.downcast_ref::<io::Error>().and_then(|io| io.get_ref());
        next = inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| link.source());
        if links.len() > 32 {
            break;
        }
    }
    links
}

fn innermost(chain: &[&(dyn Error + 'static)]) -> String {
    chain.last().map(ToString::to_string).unwrap_or_default()
}

/// The system's words without the error number.
fn system_words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// The library does not make these errors public; their texts are fixed.
fn proxy_reason(link: &(dyn Error + 'static)) -> Option<String> {
    let text = link.to_string();
    let ours = ["tunnel error", "proxy authorization required", "SOCKS error", "SOCKS"];
    ours.iter().any(|start| text.starts_with(start)).then_some(text)
}

fn tls_reason(error: &rustls::Error) -> TlsReason {
    match error {
        rustls::Error::InvalidCertificate(certificate) => certificate_reason(certificate),
        rustls::Error::InvalidMessage(_) => TlsReason::NotTls,
        rustls::Error::PeerIncompatible(_) => TlsReason::NoCommonProtocol,
        rustls::Error::AlertReceived(alert) => alert_reason(*alert),
        rustls::Error::General(text) if text.starts_with("No CA certificates") => TlsReason::Other(
            "this machine has no trusted certificates. Install ca-certificates, or give a CA file".to_owned(),
        ),
        other => TlsReason::Other(other.to_string()),
    }
}

fn certificate_reason(error: &CertificateError) -> TlsReason {
    match error {
        CertificateError::UnknownIssuer => TlsReason::UnknownAuthority,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsReason::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsReason::NotYetValid,
        CertificateError::NotValidForName => TlsReason::WrongName { names: Vec::new() },
        CertificateError::NotValidForNameContext { presented, .. } => {
            TlsReason::WrongName { names: presented.iter().map(|name| plain_name(name)).collect() }
        }
        CertificateError::Revoked => TlsReason::Revoked,
        // What webpki says of a self-signed end-entity certificate that is also marked as an authority.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            TlsReason::UnknownAuthority
        }
        other => TlsReason::Other(format!("its certificate is not accepted ({other})")),
    }
}

/// `DnsName("example.org")` as `example.org`.
fn plain_name(name: &str) -> String {
    name.split('"').nth(1).unwrap_or(name).to_owned()
}

fn alert_reason(alert: AlertDescription) -> TlsReason {
    match alert {
        AlertDescription::CertificateRequired
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::CertificateExpired
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => TlsReason::ClientCertificate,
        AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity => TlsReason::NoCommonProtocol,
        other => TlsReason::Other(format!("it ended the handshake with the alert {other:?}")),
    }
}
