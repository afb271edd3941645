//! TLS of the client: trust, identity, versions.
//! Belongs here: the one rustls configuration. Not here: timing, classification of failures.

use std::sync::{Arc, OnceLock};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        ClientSessionMemoryCache, Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use secrecy::ExposeSecret;

use crate::{Failure, Identity, Settings, timeline::TimedSessions};

/// Sessions that are kept for resumption.
const SESSIONS: usize = 256;

/// TLS 1.2 and 1.3, the system's trust plus the extra certificates, HTTP/2 and HTTP/1.1.
pub(crate) fn configuration(settings: &Settings) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(SystemTrust::new(extra(&settings.extra_ca)?, provider.clone()));
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| bad(format!("TLS cannot be set up: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &settings.identity {
        Some(identity) => {
            let (chain, key) = read(identity)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| bad(format!("client certificate and key do not fit each other: {error}")))?
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.resumption = Resumption::store(Arc::new(TimedSessions(ClientSessionMemoryCache::new(SESSIONS))));
    Ok(config)
}

fn bad(what: String) -> Failure {
    Failure::BadSettings { what }
}

/// Certificates of all CA files, each checked to be usable as a trust anchor.
fn extra(files: &[Vec<u8>]) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let mut certificates = Vec::new();
    for file in files {
        certificates.extend(read_certificates(file, "the CA file")?);
    }
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).map_err(|error| bad(format!("a certificate of the CA file: {error}")))?;
    }
    Ok(certificates)
}

fn read_certificates(file: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    if !file.windows(10).any(|window| window == b"-----BEGIN") {
        return Ok(vec![CertificateDer::from(file.to_vec())]);
    }
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(file).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(bad(format!("{what} has no CERTIFICATE section"))),
        Err(error) => Err(bad(format!("{what} is not PEM: {error}"))),
    }
}

fn read(identity: &Identity) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Failure> {
    let chain = read_certificates(&identity.certificates, "the client certificate")?;
    let key = PrivateKeyDer::from_pem_slice(identity.key.expose_secret().as_bytes()).map_err(|_| {
        bad("the client key is no PEM private key (PKCS#8, PKCS#1 or SEC1, without a password)".to_owned())
    })?;
    Ok((chain, key))
}

/// The system's verifier, made at the first handshake: plain http needs none, and a machine without certificates can still use it.
#[derive(Debug)]
struct SystemTrust {
    extra: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
    verifier: OnceLock<Result<Verifier, Error>>,
}

impl SystemTrust {
    fn new(extra: Vec<CertificateDer<'static>>, provider: Arc<CryptoProvider>) -> Self {
        Self { extra, provider, verifier: OnceLock::new() }
    }

    fn verifier(&self) -> Result<&Verifier, Error> {
        let made = || Verifier::new_with_extra_roots(self.extra.clone(), self.provider.clone());
        self.verifier.get_or_init(made).as_ref().map_err(Clone::clone)
    }
}

impl ServerCertVerifier for SystemTrust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
