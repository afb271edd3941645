//! Gravitee Access Management over the wire (`oauth2-am-resource`). Belongs here: its request and how its answer is read.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use gravitee::resource::AmOAuth2;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{Introspection, common_headers, connecting, failed, generic::join, local::INVALID, other_status, trust};
use crate::{
    api::{behaviour::Behaviour, environment::Environment},
    client::{Connector, Message, Origin, Trust},
};

/// A moment later than a request of the V4 engine ends, which began earlier and so ends first.
const LIMIT: Duration = Duration::from_secs(31);

pub(super) struct Am {
    connector: Connector,
    target: String,
    /// `Basic …`.
    authorization: SecretString,
    /// `V1_X`, which has another endpoint and no `active`.
    is_v1: bool,
    pub(super) trusts_anything: bool,
}

impl Am {
    pub(super) fn new(am: &AmOAuth2) -> Result<Self, String> {
        let url = url::Url::parse(&am.server_url).map_err(|error| format!("serverURL: {error}"))?;
        let origin = Origin::of(&url).ok_or("serverURL is no http or https URL")?;
        let trust = trust(am.ssl.as_ref())?;
        let is_v1 = am.version == "V1_X";
        let endpoint = if is_v1 { "check_token" } else { "introspect" };
        let base = url.path().trim_end_matches('/');
        let credential = STANDARD.encode(format!("{}:{}", am.client_id, am.client_secret));
        Ok(Self {
            trusts_anything: origin.is_tls && trust == Trust::Anything,
            connector: Connector::new(origin, &trust, connecting(&am.http, am.proxy.as_ref())?)?,
            target: format!("{base}/{}/oauth/{endpoint}", am.security_domain),
            authorization: format!("Basic {credential}").into(),
            is_v1,
        })
    }

    pub(super) async fn introspect(&self, token: &str, behaviour: Behaviour) -> Introspection {
        let mut headers = common_headers();
        headers.add("Host", self.connector.origin.authority.clone());
        headers.add("Authorization", self.authorization.expose_secret().to_owned());
        headers.add("Accept", "application/json");
        headers.add("Content-Type", "application/x-www-form-urlencoded");
        let body = Bytes::from(format!("token={token}"));
        let message = Message { method: "POST", target: &self.target, headers, body, limit: LIMIT };
        match self.connector.fetch(&message).await {
            Ok((200, body)) => self.read(&body),
            Ok((status, body)) => other_status(behaviour, status, String::from_utf8_lossy(&body).into_owned()),
            Err(error) => failed(&error, &self.connector.origin),
        }
    }

    fn read(&self, body: &[u8]) -> Introspection {
        let raw: Arc<str> = String::from_utf8_lossy(body).into();
        let claims = match serde_json::from_slice(body) {
            Ok(Value::Object(claims)) => claims,
            // Version 1 hands anything on; the policy cannot read it. (deduced)
            _ if self.is_v1 => return Introspection::Unparsable,
            _ => return Introspection::Never,
        };
        match claims.get("active") {
            _ if self.is_v1 => Introspection::Active { claims: Arc::new(claims), raw: Some(raw) },
            Some(Value::Bool(true)) => Introspection::Active { claims: Arc::new(claims), raw: Some(raw) },
            Some(Value::Bool(false)) | None => Introspection::Inactive {
                payload: INVALID.into(),
                reason: "the authorization server says it is not active".into(),
            },
            Some(_) => Introspection::Never,
        }
    }
}

/// Each version asks another endpoint, or reads the answer in another way.
pub(super) fn check_version(version: &str) -> Result<(), String> {
    match version {
        "V1_X" | "V2_X" | "V3_X" => Ok(()),
        other => Err(format!("the version {other} is not supported; use V3_X, V2_X or V1_X")),
    }
}

/// The issuer in protected resource metadata: `<serverURL>/<domain>/oidc`, slashes normalised.
pub(super) fn metadata(am: &AmOAuth2, environment: &Environment<'_>) -> String {
    let server = environment.own_origin(&am.server_url);
    join(&server, &format!("{}/oidc", am.security_domain))
}
