//! The options of grants and of assertions: how a token is got, and what that takes.
//! Belongs here: their names, and what they change on a connection. Not here: the other options of a connection (`spelled`).

use crate::{
    environment::{Environment, stdin_is_terminal, stdin_secret},
    failure::Failure,
    output::{Output, Stream, Tone},
    text::visible,
};
use clap::{Args, ValueEnum};
use desk::{
    Browser, Desk, Person,
    wire::{ClientAssertion, GrantInputs, GrantOptions, GrantType, SignIn},
};
use secrecy::SecretString;
use std::path::{Path, PathBuf};

/// The grant and its settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Grant")]
pub(crate) struct GrantArguments {
    /// How the token is got: client_credentials (default), authorization_code, device_code, refresh_token, token_exchange,
    /// jwt_bearer, password (legacy)
    #[arg(long, value_enum, value_name = "GRANT", hide_possible_values = true)]
    pub(crate) grant: Option<GrantArgument>,
    /// authorization_code: port of the redirect URI http://127.0.0.1:PORT/callback [default: any]
    #[arg(long, value_name = "PORT")]
    redirect_port: Option<u16>,
    /// authorization_code: go on although the metadata does not list PKCE with S256
    #[arg(long)]
    allow_missing_pkce: bool,
    /// password: the user; the password comes from CLAIMCHECK_PASSWORD or is asked for
    #[arg(long, value_name = "USER")]
    username: Option<String>,
    /// token_exchange: type of the subject token [default: an access token]
    #[arg(long, value_name = "URN")]
    subject_token_type: Option<String>,
    /// token_exchange: type of the actor token, where there is one
    #[arg(long, value_name = "URN")]
    actor_token_type: Option<String>,
    /// token_exchange: the type wanted
    #[arg(long, value_name = "URN")]
    requested_token_type: Option<String>,
    /// jwt_bearer: private key that signs the assertion (PEM, JWK)
    #[arg(long, value_name = "FILE")]
    assertion_key: Option<String>,
    /// jwt_bearer: `iss` of the assertion [default: the client ID]
    #[arg(long, value_name = "I")]
    assertion_issuer: Option<String>,
    /// jwt_bearer: `sub` of the assertion [default: its issuer]
    #[arg(long, value_name = "S")]
    assertion_subject: Option<String>,
}

/// How the client's own assertions are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Grant")]
pub(crate) struct AssertionArguments {
    /// client_secret_jwt, private_key_jwt: audience of the assertion: issuer, token_endpoint, or the value itself
    #[arg(long, value_name = "A")]
    client_assertion_audience: Option<String>,
    /// `kid` of assertions [default: the key's own]
    #[arg(long, value_name = "KID")]
    key_id: Option<String>,
    /// client_secret_jwt, private_key_jwt: typ client-authentication+jwt instead of JWT
    #[arg(long)]
    client_assertion_type: bool,
}

/// What the grant takes and is not saved: files, standard input, the browser.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Grant")]
pub(crate) struct GrantSources {
    /// token_exchange: file with the token to be exchanged, or `-` for standard input
    #[arg(long, value_name = "FILE | -")]
    subject_token_file: Option<PathBuf>,
    /// token_exchange: file with the acting party's token, or `-`
    #[arg(long, value_name = "FILE | -")]
    actor_token_file: Option<PathBuf>,
    /// jwt_bearer: file with a signed assertion, or `-`
    #[arg(long, value_name = "FILE | -")]
    assertion_file: Option<PathBuf>,
    /// refresh_token: file with the refresh token, or `-`
    #[arg(long, value_name = "FILE | -")]
    refresh_token_file: Option<PathBuf>,
    /// password: file with the user's password, or `-`
    #[arg(long, value_name = "FILE | -")]
    password_file: Option<PathBuf>,
    /// Open the browser for a sign-in even where nobody sits at a terminal
    #[arg(long, conflicts_with = "no_browser")]
    open: bool,
    /// Do not open the browser: only print the address, on stderr
    #[arg(long)]
    no_browser: bool,
}

/// Grants by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum GrantArgument {
    /// The client for itself
    ClientCredentials,
    /// A sign-in in the browser
    AuthorizationCode,
    /// A sign-in on another device
    DeviceCode,
    /// A refresh token that is at hand
    RefreshToken,
    /// A token for another token
    TokenExchange,
    /// A token for a signed assertion
    JwtBearer,
    /// User name and password
    Password,
}

impl From<GrantArgument> for GrantType {
    fn from(grant: GrantArgument) -> Self {
        match grant {
            GrantArgument::ClientCredentials => GrantType::ClientCredentials,
            GrantArgument::AuthorizationCode => GrantType::AuthorizationCode,
            GrantArgument::DeviceCode => GrantType::DeviceCode,
            GrantArgument::RefreshToken => GrantType::RefreshToken,
            GrantArgument::TokenExchange => GrantType::TokenExchange,
            GrantArgument::JwtBearer => GrantType::JwtBearer,
            GrantArgument::Password => GrantType::Password,
        }
    }
}

impl GrantArguments {
    /// What is saved, changed by what is given.
    ///
    /// # Errors
    /// When an option is given that the grant has no use for.
    pub(crate) fn over(&self, saved: GrantOptions) -> Result<GrantOptions, Failure> {
        let given = self.clone();
        let grant_type = given.grant.map_or(saved.grant_type, GrantType::from);
        given.check(grant_type)?;
        Ok(GrantOptions {
            grant_type,
            username: given.username.or(saved.username),
            redirect_port: given.redirect_port.or(saved.redirect_port),
            allow_missing_pkce: given.allow_missing_pkce || saved.allow_missing_pkce,
            subject_connection: saved.subject_connection,
            subject_token_type: given.subject_token_type.or(saved.subject_token_type),
            actor_token_type: given.actor_token_type.or(saved.actor_token_type),
            requested_token_type: given.requested_token_type.or(saved.requested_token_type),
            assertion_key_file: given.assertion_key.or(saved.assertion_key_file),
            assertion_issuer: given.assertion_issuer.or(saved.assertion_issuer),
            assertion_subject: given.assertion_subject.or(saved.assertion_subject),
        })
    }

    fn check(&self, grant: GrantType) -> Result<(), Failure> {
        use GrantArgument::{AuthorizationCode, JwtBearer, Password, TokenExchange};
        let options = [
            ("--redirect-port", self.redirect_port.is_some(), AuthorizationCode),
            ("--allow-missing-pkce", self.allow_missing_pkce, AuthorizationCode),
            ("--username", self.username.is_some(), Password),
            ("--subject-token-type", self.subject_token_type.is_some(), TokenExchange),
            ("--actor-token-type", self.actor_token_type.is_some(), TokenExchange),
            ("--requested-token-type", self.requested_token_type.is_some(), TokenExchange),
            ("--assertion-key", self.assertion_key.is_some(), JwtBearer),
            ("--assertion-issuer", self.assertion_issuer.is_some(), JwtBearer),
            ("--assertion-subject", self.assertion_subject.is_some(), JwtBearer),
        ];
        only_of_the_grant(&options, grant)
    }
}

/// Refuses an option of another grant: it would change nothing, and its absence from the request would say nothing.
fn only_of_the_grant(options: &[(&str, bool, GrantArgument)], grant: GrantType) -> Result<(), Failure> {
    match options.iter().find(|(_, is_given, owner)| *is_given && GrantType::from(*owner) != grant) {
        None => Ok(()),
        Some((option, _, owner)) => {
            let owner = owner.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
            Err(Failure::usage(format!("{option} goes with --grant {owner}; another grant has no use for it.")))
        }
    }
}

impl AssertionArguments {
    /// What is saved, changed by what is given.
    pub(crate) fn over(&self, saved: ClientAssertion) -> ClientAssertion {
        ClientAssertion {
            audience: self.client_assertion_audience.clone().or(saved.audience),
            key_id: self.key_id.clone().or(saved.key_id),
            explicit_type: self.client_assertion_type || saved.explicit_type,
        }
    }
}

impl GrantSources {
    /// Whether standard input is read for one of them.
    pub(crate) fn read_stdin(&self) -> bool {
        self.files().any(|file| file == Path::new("-"))
    }

    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let all = [
            &self.subject_token_file,
            &self.actor_token_file,
            &self.assertion_file,
            &self.refresh_token_file,
            &self.password_file,
        ];
        all.into_iter().flatten()
    }

    /// Reads what was named. The password grant has its own places for the password.
    pub(crate) fn inputs(&self, grant: GrantType, environment: &Environment) -> Result<GrantInputs, Failure> {
        use GrantArgument::{JwtBearer, Password, RefreshToken, TokenExchange};
        let options = [
            ("--subject-token-file", self.subject_token_file.is_some(), TokenExchange),
            ("--actor-token-file", self.actor_token_file.is_some(), TokenExchange),
            ("--assertion-file", self.assertion_file.is_some(), JwtBearer),
            ("--refresh-token-file", self.refresh_token_file.is_some(), RefreshToken),
            ("--password-file", self.password_file.is_some(), Password),
        ];
        only_of_the_grant(&options, grant)?;
        if self.files().filter(|file| *file == Path::new("-")).count() > 1 {
            return Err(Failure::usage("Standard input can hold one token or secret, not several."));
        }
        let password = match &self.password_file {
            None if grant == GrantType::Password => environment.password()?,
            file => secret("--password-file", file)?,
        };
        Ok(GrantInputs {
            password,
            refresh_token: secret("--refresh-token-file", &self.refresh_token_file)?,
            subject_token: secret("--subject-token-file", &self.subject_token_file)?,
            actor_token: secret("--actor-token-file", &self.actor_token_file)?,
            assertion: secret("--assertion-file", &self.assertion_file)?,
        })
    }

    /// Who sits at the terminal: told on stderr what to do.
    pub(crate) fn person(&self, environment: &Environment, output: Output) -> Person {
        let open = self.open || (stdin_is_terminal() && !self.no_browser);
        let browser = if open { environment.browser.clone() } else { Browser::Nobody };
        Person::new(browser, move |what| tell(&what, output))
    }
}

/// The grant of a target: its own where it is spelled out, else the saved one.
pub(crate) async fn grant_of(target: &desk::Target, desk: &Desk) -> Result<GrantType, Failure> {
    Ok(match target {
        desk::Target::Spelled(form) => form.grant.grant_type,
        desk::Target::Named(name) => desk.connection_named(name).await?.grant.grant_type,
        desk::Target::Saved(_) => GrantType::ClientCredentials,
    })
}

/// The content of a file or of standard input, without the white space around it.
fn secret(option: &str, file: &Option<PathBuf>) -> Result<Option<SecretString>, Failure> {
    let Some(file) = file else { return Ok(None) };
    let text = if file == Path::new("-") {
        stdin_secret()?
    } else {
        std::fs::read_to_string(file)
            .map_err(|error| Failure::usage(format!("{option} {} cannot be read: {error}", file.display())))?
    };
    // A password may begin or end with a space; only the line end that `echo` adds is none of it.
    let text = match option {
        "--password-file" => {
            text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text))
        }
        _ => text.trim(),
    };
    match text {
        "" => Err(Failure::usage(format!("{option}: there is nothing in it."))),
        text => Ok(Some(SecretString::from(text.to_owned()))),
    }
}

fn tell(what: &SignIn, output: Output) {
    let strong = |text: &str| output.tone_on(Stream::Talk, Tone::Strong, &visible(text));
    match what {
        SignIn::Browser { url, opened, note, .. } => {
            let how = match (opened, note) {
                (true, _) => "Sign in, in the browser that has opened. If none has, open this address:".to_owned(),
                (false, None) => "Sign in: open this address in a browser on this machine:".to_owned(),
                (false, Some(note)) => {
                    format!("No browser could be opened ({note}). Open this address in a browser on this machine:")
                }
            };
            output.talk(format!("{}\n  {}\nWaiting for the sign-in; Ctrl+C ends it.", visible(&how), strong(url)));
        }
        SignIn::Device { user_code, verification_uri, verification_uri_complete, .. } => {
            output.talk(format!(
                "Open {} on any device and type in the code {}",
                strong(verification_uri),
                strong(user_code)
            ));
            if let Some(complete) = verification_uri_complete {
                output.talk(format!("or open {}", visible(complete)));
            }
            output.talk("Waiting for it; Ctrl+C ends it.");
        }
    }
}
