//! A form request to one of the server's endpoints.
//! Belongs here: client authentication and parameters put together. Not here: which parameters.

use exchange::{Body, Request, Value};
use url::Url;

use crate::{Client, Endpoints, Error, Http};

/// `POST`, form-urlencoded, asking for JSON (RFC 6749 3.2, RFC 7662 2.1, RFC 7009 2.1).
pub(crate) fn post(
    http: &Http,
    endpoints: &Endpoints,
    url: &Url,
    client: &Client,
    parameters: Vec<(String, Value)>,
) -> Result<Request, Error> {
    let proof = client.prove(endpoints, http.now())?;
    let mut form = parameters;
    for (name, value) in proof.parameters {
        form.retain(|(known, _)| *known != name);
        form.push((name, value));
    }
    let mut request = Request::new("POST", url.clone()).header("Accept", "application/json").body(Body::Form(form));
    request.headers.extend(proof.headers);
    request.secrets = proof.secrets;
    Ok(request)
}
