//! TLS of the listeners. Belongs here: reading certificate and key, asking clients for theirs.
//! Not here: TLS of the gateway as a client (`client`), whose certificate it is (`am`).

use std::{fs, path::Path, sync::Arc};

use ::aws_lc_rs::digest;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
        client::danger::HandshakeSignatureValid,
        crypto::{CryptoProvider, aws_lc_rs},
        pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject},
        server::danger::{ClientCertVerified, ClientCertVerifier},
    },
};

use crate::{Config, ConfigError, authority::Vouched, config::Tls};

/// Accepts TLS 1.2 and 1.3 with the configured certificate, or the one that the own authority vouches for.
pub(crate) fn acceptor(config: &Config, tls: &Tls, vouched: Option<&Vouched>) -> Result<TlsAcceptor, ConfigError> {
    let invalid = |member: &str, message: String| config.invalid(format!("tls.{member}"), message);
    let (chain, key) = match (vouched, &tls.certificate_file, &tls.key_file) {
        (None, Some(certificate), Some(key)) => (chain(config, certificate)?, private_key(config, key)?),
        (Some(vouched), ..) => (vouched.chain.clone(), vouched.key()),
        (None, ..) => return Err(invalid("authority_file", "is missing".into())),
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            // Browsers ask their user when a server asks them: only where a client needs it.
            let builder = match asks_clients(config) {
                true => builder.with_client_cert_verifier(Arc::new(AnyClient(provider))),
                false => builder.with_no_client_auth(),
            };
            builder.with_single_cert(chain, key)
        })
        .map_err(|error| invalid("certificate_file", error.to_string()))?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(server)))
}

fn chain(config: &Config, file: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    const PLACE: &str = "tls.certificate_file";
    let pem = config.read_named(PLACE, file, fs::read)?;
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| config.invalid(PLACE, error.to_string()))?;
    if chain.is_empty() { Err(config.invalid(PLACE, "holds no certificate in PEM")) } else { Ok(chain) }
}

fn private_key(config: &Config, file: &Path) -> Result<PrivateKeyDer<'static>, ConfigError> {
    const PLACE: &str = "tls.key_file";
    let pem = config.read_named(PLACE, file, fs::read)?;
    PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|error| config.invalid(PLACE, format!("holds no private key in PEM: {error}")))
}

/// SHA-256 of a certificate (RFC 8705 section 3.1).
pub(crate) fn thumbprint(der: &[u8]) -> [u8; 32] {
    let mut thumbprint = [0; 32];
    thumbprint.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
    thumbprint
}

/// Whether a client authenticates with a certificate.
fn asks_clients(config: &Config) -> bool {
    let mut clients = config.domains.iter().flat_map(|domain| &domain.clients);
    clients.any(|client| client.auth_method.is_by_certificate())
}

/// Asks for a certificate and takes any, or none: whose it is, is decided by its thumbprint. That the peer has its key
/// is verified.
#[derive(Debug)]
struct AnyClient(Arc<CryptoProvider>);

impl ClientCertVerifier for AnyClient {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
