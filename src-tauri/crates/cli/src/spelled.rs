//! From words on the command line to the connection that is meant.
//! Belongs here: named or spelled out, which word is which. Not here: using the connection.

use crate::{
    arguments::{AuthMethodArgument, SpelledArguments},
    environment::Environment,
    failure::Failure,
};
use clap::ValueEnum;
use desk::{
    Target,
    wire::{ConnectionForm, Keeping, ServerForm},
};

impl SpelledArguments {
    /// The server, if one is spelled out.
    pub(crate) fn server(&self) -> Option<ServerForm> {
        match (&self.server, &self.domain, &self.issuer, &self.token_url) {
            (Some(url), Some(domain), ..) => {
                Some(ServerForm::Gravitee { url: url.clone(), domain: domain.clone() })
            }
            (_, _, Some(issuer), _) => Some(ServerForm::Issuer { issuer: issuer.clone() }),
            (.., Some(token_url)) => Some(ServerForm::TokenUrl {
                token_url: token_url.clone(),
                introspect_url: self.introspect_url.clone(),
                revoke_url: self.revoke_url.clone(),
                jwks_url: self.jwks_url.clone(),
            }),
            _ => None,
        }
    }

    /// The connection that a command means, taking its name from the front of `words` unless it is spelled out.
    pub(crate) fn target(&self, words: &mut Vec<String>, environment: &Environment) -> Result<Target, Failure> {
        match self.server() {
            Some(server) => Ok(Target::Spelled(Box::new(self.form("", server, environment)?))),
            None if words.is_empty() => Err(Failure::usage(
                "Which connection? Give the name of a saved one (see `claimcheck connection list`), or spell it out: --server URL --domain PATH --client-id ID.",
            )),
            None => Ok(Target::Named(words.remove(0))),
        }
    }

    /// The form that the options fill.
    pub(crate) fn form(
        &self,
        name: &str,
        server: ServerForm,
        environment: &Environment,
    ) -> Result<ConnectionForm, Failure> {
        Ok(ConnectionForm {
            id: None,
            name: name.to_owned(),
            server,
            client_id: self.client_id.clone().unwrap_or_default(),
            secret: environment.client_secret(self.secret_stdin)?,
            keeping: Keeping::Keyring,
            auth_method: self.auth_method()?,
            scopes: self.scope.join(" "),
            audience: self.audience.clone(),
            resources: self.resource.clone(),
            params: self.param.iter().map(|param| parameter(param)).collect::<Result<_, _>>()?,
            api_url: None,
            ca_file: self.ca_file.clone(),
            cert_file: self.cert_file.clone(),
            key_file: self.key_file.clone(),
            proxy: self.proxy.clone(),
            allow_http: self.allow_http,
            timeout_seconds: self.timeout,
        })
    }

    fn auth_method<T: serde::de::DeserializeOwned>(&self) -> Result<T, Failure> {
        // One spelling everywhere: the registered names are what both enumerations are written as.
        let name = AuthMethodArgument::to_possible_value(&self.auth_method).map(|value| value.get_name().to_owned());
        serde_json::from_value(serde_json::Value::from(name))
            .map_err(|error| Failure::usage(format!("--auth-method: {error}")))
    }
}

fn parameter(text: &str) -> Result<(String, String), Failure> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Failure::usage(format!("--param `{text}`: write it like name=value."))),
    }
}
