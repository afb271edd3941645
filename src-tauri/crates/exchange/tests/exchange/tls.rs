//! TLS: trust, reasons for refusal, client certificates, timing, downgrade.

use std::sync::Arc;

use exchange::{Failure, Identity, Redirects, Request, Reveal, Settings, TlsReason};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{RootCertStore, ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer, server::WebPkiClientVerifier};
use secrecy::SecretString;
use tokio_rustls::TlsAcceptor;
use url::Url;

use crate::{
    send, send_with,
    server::{Server, answer, read_request},
};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn certificate(authority: &Authority, change: impl FnOnce(&mut CertificateParams)) -> (Vec<u8>, KeyPair) {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, authority).unwrap().der().to_vec(), key)
}

async fn serve(certificate: (Vec<u8>, KeyPair), clients: Option<&Authority>, http: Vec<u8>) -> Server {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone()).unwrap();
            builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap(),
            )
        }
        None => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::try_from(certificate.1.serialize_der()).unwrap();
    let config = builder.with_single_cert(vec![certificate.0.into()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::script(move |stream| {
        let (acceptor, http) = (acceptor.clone(), http.clone());
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            while read_request(&mut stream).await.is_some() {
                tokio::io::AsyncWriteExt::write_all(&mut stream, &http).await.unwrap();
            }
        }
    })
    .await
}

fn url(server: &Server) -> Url {
    Url::parse(&format!("https://localhost:{}/", server.port)).unwrap()
}

fn trusting(authority: &Authority) -> Settings {
    Settings { extra_ca: vec![authority.pem().into_bytes()], ..Settings::default() }
}

fn reason(error: exchange::SendError) -> TlsReason {
    match error.failure {
        Failure::Tls { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_given_authority_is_trusted_and_the_handshake_timed() {
    let authority = authority();
    let server = serve(certificate(&authority, |_| {}), None, answer("200 OK", "", "ok")).await;
    let client = crate::client(trusting(&authority));
    let cancel = exchange::CancellationToken::new();
    let request = Request::new("GET", url(&server));
    let timing = client.send(&request, &cancel, None).await.unwrap().timing();
    let sum = timing.dns.unwrap() + timing.connect.unwrap() + timing.tls.unwrap() + timing.first_byte.unwrap();
    assert!(timing.tls.unwrap() > 0 && sum <= timing.total.unwrap(), "{timing:?}");
    assert_eq!(client.send(&request, &cancel, None).await.unwrap().timing().tls, None);
    let der = Settings { extra_ca: vec![authority.der().to_vec()], ..Settings::default() };
    assert_eq!(send_with(der, &request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn refusals_name_their_reason() {
    let authority = authority();
    let year = |params: &mut CertificateParams, from: i32, to: i32| {
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
    };
    let ok = || answer("200 OK", "", "");
    let fine = serve(certificate(&authority, |_| {}), None, ok()).await;
    assert_eq!(reason(send(&Request::new("GET", url(&fine))).await.unwrap_err()), TlsReason::UnknownAuthority);

    let expired = serve(certificate(&authority, |params| year(params, 2000, 2001)), None, ok()).await;
    assert_eq!(
        reason(send_with(trusting(&authority), &Request::new("GET", url(&expired))).await.unwrap_err()),
        TlsReason::Expired
    );

    let early = serve(certificate(&authority, |params| year(params, 2090, 2091)), None, ok()).await;
    assert_eq!(
        reason(send_with(trusting(&authority), &Request::new("GET", url(&early))).await.unwrap_err()),
        TlsReason::NotYetValid
    );

    let address = Url::parse(&format!("https://127.0.0.1:{}/", fine.port)).unwrap();
    match reason(send_with(trusting(&authority), &Request::new("GET", address)).await.unwrap_err()) {
        TlsReason::WrongName { names } => assert_eq!(names, ["localhost"]),
        other => panic!("{other:?}"),
    }

    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap().der().to_vec();
    let own = serve((own, key), None, ok()).await;
    assert_eq!(reason(send(&Request::new("GET", url(&own))).await.unwrap_err()), TlsReason::UnknownAuthority);

    let mute = Server::script(|mut stream| async move {
        let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
    })
    .await;
    let hung_up = send(&Request::new("GET", url(&mute))).await.unwrap_err();
    assert!(hung_up.to_string().contains("plain http"), "{hung_up}");
    assert_eq!(reason(hung_up), TlsReason::HungUp);
    let talkative = Server::script(|mut stream| async move {
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"220 smtp.example ESMTP\r\n").await.unwrap();
        read_request(&mut stream).await;
    })
    .await;
    assert_eq!(reason(send(&Request::new("GET", url(&talkative))).await.unwrap_err()), TlsReason::NotTls);
}

#[tokio::test]
async fn client_certificates() {
    let (authority, clients) = (authority(), authority());
    let server = serve(certificate(&authority, |_| {}), Some(&clients), answer("200 OK", "", "")).await;
    let without = send_with(trusting(&authority), &Request::new("GET", url(&server))).await.unwrap_err();
    assert_eq!(reason(without), TlsReason::ClientCertificate);

    let (der, key) = certificate(&clients, |_| {});
    let pem = |label: &str, der: &[u8]| {
        use base64::{Engine as _, prelude::BASE64_STANDARD};
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64_STANDARD.encode(der))
    };
    let identity = Identity { certificates: pem("CERTIFICATE", &der).into_bytes(), key: key.serialize_pem().into() };
    let with = Settings { identity: Some(identity.clone()), ..trusting(&authority) };
    assert_eq!(send_with(with, &Request::new("GET", url(&server))).await.unwrap().status(), 200);

    let other = KeyPair::generate().unwrap();
    for identity in [
        Identity { key: other.serialize_pem().into(), ..identity.clone() },
        Identity { key: SecretString::from("no pem"), ..identity.clone() },
        Identity { certificates: b"-----BEGIN nothing".to_vec(), ..identity.clone() },
    ] {
        let settings = Settings { identity: Some(identity), ..Settings::default() };
        let failure = exchange::Client::new(settings, Arc::new(std::time::SystemTime::now)).unwrap_err();
        assert!(matches!(failure, Failure::BadSettings { .. }), "{failure:?}");
    }
    let settings = Settings { extra_ca: vec![b"garbage".to_vec()], ..Settings::default() };
    assert!(exchange::Client::new(settings, Arc::new(std::time::SystemTime::now)).is_err());
}

#[tokio::test]
async fn no_credentials_from_https_to_http() {
    let authority = authority();
    let plain = Server::answering(|_| answer("200 OK", "", "")).await;
    let location = format!("Location: {}\r\n", plain.url("/"));
    let server = serve(certificate(&authority, |_| {}), None, answer("302 Found", &location, "")).await;
    let settings = || Settings { redirects: Redirects::Follow { max: 10 }, ..trusting(&authority) };
    let request = Request::new("GET", url(&server));
    let form = "application/x-www-form-urlencoded";
    let login = Request { method: "POST".into(), ..request.clone() }
        .header("Content-Type", form)
        .body(exchange::Body::Bytes("client_secret=typed".into()));
    for request in [
        request.clone().bearer(&SecretString::from("t0ken-value")),
        request.clone().header("X-Api-Key", "typed"),
        login,
    ] {
        let error = send_with(settings(), &request).await.unwrap_err();
        assert!(matches!(error.failure, Failure::BadRedirect { .. }), "{error}");
    }
    assert!(plain.requests().is_empty());
    let anonymous = send_with(settings(), &request).await.unwrap();
    assert_eq!(anonymous.record(Reveal::No).redirects.len(), 1);
}

#[test]
fn pkcs12_in_old_and_new_encryption() {
    let modern = include_bytes!("fixtures/modern.p12").as_slice();
    let legacy = include_bytes!("fixtures/legacy.p12").as_slice();
    let identities: Vec<_> =
        [modern, legacy].iter().map(|file| Identity::from_pkcs12(file, &"changeit".into()).unwrap()).collect();
    assert_eq!(identities[0].certificates, identities[1].certificates);
    assert!(identities[0].certificates.starts_with(b"-----BEGIN CERTIFICATE-----"));
    let settings = Settings { identity: Some(identities[0].clone()), ..Settings::default() };
    crate::client(settings);
    for (file, password, words) in [
        (modern, "wrong", "does not open with this passphrase"),
        (legacy, "", "none was given"),
        (&modern[..100], "changeit", "cannot be read"),
        (b"", "", "cannot be read"),
    ] {
        let failure = Identity::from_pkcs12(file, &password.into()).unwrap_err().to_string();
        assert!(failure.contains(words), "{failure}");
    }
}

/// HTTP/2: names in lower case, no `Host`, the version recorded, several requests on one connection.
#[tokio::test]
async fn http2() {
    let authority = authority();
    let (der, key) = certificate(&authority, |_| {});
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der.into()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Server::script(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = hyper::service::service_fn(|request: hyper::Request<hyper::body::Incoming>| async move {
                let host = request.headers().contains_key("host");
                Ok::<_, std::convert::Infallible>(hyper::Response::new(format!("{:?} {host}", request.version())))
            });
            let builder = hyper::server::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new());
            let _ = builder.serve_connection(hyper_util::rt::TokioIo::new(stream), service).await;
        }
    })
    .await;
    let client = crate::client(trusting(&authority));
    let cancel = exchange::CancellationToken::new();
    let request = Request::new("GET", url(&server)).header("X-One", "1");
    let phases: Arc<std::sync::Mutex<Vec<_>>> = Arc::default();
    let seen = phases.clone();
    let progress: exchange::OnProgress = Arc::new(move |news| seen.lock().unwrap().push(news));
    let first = client.send(&request, &cancel, Some(progress)).await.unwrap().record(Reveal::No);
    assert_eq!(first.response.unwrap().body.as_deref(), Some("HTTP/2.0 false"));
    assert_eq!(first.http_version.as_deref(), Some("HTTP/2"));
    let names: Vec<_> = first.request.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x-one", "user-agent", "accept", "accept-encoding"]);
    use exchange::{Phase, Progress};
    let mut began: Vec<_> = phases
        .lock()
        .unwrap()
        .iter()
        .filter_map(|news| match news {
            Progress::Phase(phase) => Some(*phase),
            Progress::Body { .. } => None,
        })
        .collect();
    began.dedup();
    assert_eq!(began, [Phase::Connect, Phase::Dns, Phase::Connect, Phase::Tls, Phase::Wait, Phase::Body]);
    assert_eq!(client.send(&request, &cancel, None).await.unwrap().timing().connect, None);
}
