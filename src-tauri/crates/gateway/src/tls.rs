//! TLS of the listeners. Belongs here: reading certificate and key. Not here: TLS of the gateway as a client (`client`).

use std::{fs, path::Path, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use crate::{Config, ConfigError, config::Tls};

/// Accepts TLS 1.2 and 1.3 with the configured certificate.
pub(crate) fn acceptor(config: &Config, tls: &Tls) -> Result<TlsAcceptor, ConfigError> {
    let invalid = |member: &str, message: String| ConfigError::Invalid {
        file: config.file.clone(),
        place: format!("tls.{member}"),
        message,
    };
    let read = |path: &Path| {
        let file = config.resolve(path);
        fs::read(&file).map_err(|source| ConfigError::Read { file, source })
    };
    let (certificate, key) = (read(&tls.certificate_file)?, read(&tls.key_file)?);
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| invalid("certificate_file", error.to_string()))?;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| invalid("key_file", error.to_string()))?;
    let mut server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| invalid("certificate_file", error.to_string()))?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(server)))
}
