//! Which connection a command means, and which token.
//! Belongs here: telling the words of a command apart. Not here: the options of a connection (`spelled`), using it.

use crate::{
    environment::{Environment, stdin_is_terminal, stdin_text},
    failure::Failure,
    spelled::{Credentials, SpelledArguments},
};
use desk::{Desk, Target};
use secrecy::SecretString;

impl SpelledArguments {
    /// The connection that a command means, taking its name from the front of `words` unless it is spelled out.
    pub(crate) async fn target(
        &self,
        words: &mut Vec<String>,
        credentials: Credentials,
        desk: &Desk,
        environment: &Environment,
    ) -> Result<Target, Failure> {
        if let Some(server) = self.server() {
            return Ok(Target::Spelled(Box::new(self.form("", server, credentials, environment)?)));
        }
        if words.is_empty() {
            return Err(Failure::usage(
                "Which connection? Give the name of a saved one (see `claimcheck connection list`), or spell it out: --server URL --domain PATH --client-id ID.",
            ));
        }
        if self.client_id.is_some() {
            return Err(Failure::usage(
                "--client-id goes with a connection that is spelled out: --server URL --domain PATH, --issuer URL, or --token-url URL.",
            ));
        }
        let name = words.remove(0);
        if !self.options.change_anything() {
            return Ok(Target::Named(name));
        }
        let saved = desk.connection_named(&name).await?;
        Ok(Target::Spelled(Box::new(self.options.changed(saved)?)))
    }

    /// The connection of a command that takes no other word than its name.
    pub(crate) async fn only_target(
        &self,
        connection: Option<String>,
        credentials: Credentials,
        desk: &Desk,
        environment: &Environment,
    ) -> Result<Target, Failure> {
        let mut words = connection.into_iter().collect();
        let target = self.target(&mut words, credentials, desk, environment).await?;
        match words.first() {
            Some(word) => {
                Err(Failure::usage(format!("`{word}`: a connection that is spelled out leaves no CONNECTION word.")))
            }
            None => Ok(target),
        }
    }

    /// The one token among the words that are left, if there is one: itself, or standard input for `-`.
    pub(crate) fn token(&self, words: &[String]) -> Result<Option<SecretString>, Failure> {
        match words {
            [] => Ok(None),
            [word] if word == "-" => self.stdin_token().map(Some),
            [word] => bare(word).map(Some),
            [..] => Err(Failure::usage(
                "Too many words. A connection that is spelled out leaves no CONNECTION word; a token is one word, or `-` for standard input.",
            )),
        }
    }

    /// The token on standard input.
    pub(crate) fn stdin_token(&self) -> Result<SecretString, Failure> {
        if self.options.secret_stdin {
            return Err(Failure::usage(
                "Standard input can hold the secret or the token, not both. Give the secret in CLAIMCHECK_CLIENT_SECRET.",
            ));
        }
        if stdin_is_terminal() {
            return Err(Failure::usage("Which token? Pipe it in: claimcheck … - < token.txt"));
        }
        bare(&stdin_text()?)
    }
}

/// A token without the white space and the `Bearer ` around it.
fn bare(text: &str) -> Result<SecretString, Failure> {
    let text = text.trim();
    let token = match text.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer ") => token.trim_start(),
        _ => text,
    };
    if token.is_empty() {
        return Err(Failure::usage("There is no token: the argument or standard input is empty."));
    }
    Ok(SecretString::from(token.to_owned()))
}
