//! Authorization server metadata (RFC 8414) and OpenID Connect Discovery.
//! Belongs here: where metadata is and how it is read. Not here: the endpoints as data.

use exchange::CancellationToken;

use crate::{Endpoints, Error, Http};

/// Finds and reads the metadata of an issuer.
pub(crate) async fn discover(http: &Http, issuer: &str, cancel: &CancellationToken) -> Result<Endpoints, Error> {
    let _ = (http, issuer, cancel);
    Err(Error::NoEndpoint { endpoint: "token" })
}
