//! An authority of this run, which vouches for the listeners. Belongs here: making its certificate and theirs, and telling clients
//! whom to trust. Not here: using them (`tls`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The first line of the file, which PEM readers pass over: by it a file of an earlier run is known again.
const MARK: &str = "# Written by claimcheck gateway: the certificate of its authority, for clients to trust. It is made anew at every start.";
/// More would be refused by some clients (825 days).
const DAYS: i64 = 397;

/// Certificate and key for the listeners. The authority's own key is gone once it has signed.
#[derive(Debug)]
pub(crate) struct Vouched {
    file: PathBuf,
    hosts: Vec<String>,
    pub(crate) chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
}

impl Vouched {
    /// Makes an authority and a certificate for these hosts, and writes the authority's certificate to the file. Fails with what is
    /// wrong: a file that somebody else wrote is not written over.
    pub(crate) fn new(file: PathBuf, hosts: Vec<String>) -> Result<Self, String> {
        let (authority, chain, key) = make(&hosts).map_err(|error| error.to_string())?;
        write(&file, &format!("{MARK}\n{authority}"))
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
        Ok(Self { file, hosts, chain: vec![chain], key })
    }

    /// Whether it was made for the same.
    pub(crate) fn fits(&self, file: &Path, hosts: &[String]) -> bool {
        self.file == file && self.hosts == hosts
    }

    pub(crate) fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()))
    }
}

/// The authority's certificate in PEM, the listeners' certificate and key.
fn make(hosts: &[String]) -> Result<(String, CertificateDer<'static>, Vec<u8>), rcgen::Error> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.distinguished_name.push(DnType::CommonName, "Claimcheck authority of one run");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    in_time(&mut authority);
    let key = KeyPair::generate()?;
    let certificate = authority.self_signed(&key)?;
    let mut listener = CertificateParams::new(hosts.to_vec())?;
    listener.distinguished_name.push(DnType::CommonName, "Claimcheck gateway");
    in_time(&mut listener);
    let own = KeyPair::generate()?;
    let signed = listener.signed_by(&own, &Issuer::new(authority, key))?;
    Ok((certificate.pem(), signed.der().clone(), own.serialize_der()))
}

/// From yesterday on, since clocks differ.
fn in_time(certificate: &mut CertificateParams) {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let day = |days: i64| {
        let date = today.saturating_add(days.days());
        let number = |part: i8| u8::try_from(part).unwrap_or(1);
        rcgen::date_time_ymd(date.year().into(), number(date.month()), number(date.day()))
    };
    (certificate.not_before, certificate.not_after) = (day(-1), day(DAYS));
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    match fs::read_to_string(file) {
        Ok(there) if !there.starts_with(MARK) => {
            Err("there is a file that was not written here; name another one".into())
        }
        _ => fs::write(file, text)
            .map_err(|error| format!("{error}. Name a file in a folder that is there and may be written to")),
    }
}
