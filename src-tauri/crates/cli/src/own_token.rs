//! The token that a command gets by itself: which connection, and what its grant takes.
//! Belongs here: from arguments to the desk's wish. Not here: the options of grants (`by_grant`) and of connections (`spelled`).

use crate::{
    by_grant::{GrantSources, grant_of},
    environment::Environment,
    failure::Failure,
    output::Output,
    spelled::{Credentials, SpelledArguments},
};
use clap::Args;
use desk::{Desk, Target, TokenWish};

/// The options.
#[derive(Debug, Clone, Args)]
pub(crate) struct OwnToken {
    #[command(flatten)]
    sources: GrantSources,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
}

impl OwnToken {
    /// The connection of a command that takes no other word than its name.
    pub(crate) async fn only_target(
        &self,
        connection: Option<String>,
        desk: &Desk,
        environment: &Environment,
    ) -> Result<Target, Failure> {
        if self.spelled.options.secret_stdin && self.sources.read_stdin() {
            return Err(Failure::usage(
                "Standard input can hold the secret or what the grant takes, not both. Give the secret in CLAIMCHECK_CLIENT_SECRET.",
            ));
        }
        self.spelled.only_target(connection, Credentials::Wanted, desk, environment).await
    }

    /// What is asked for, and by whom.
    pub(crate) async fn wish(
        &self,
        target: &Target,
        fresh: bool,
        desk: &Desk,
        environment: &Environment,
        output: Output,
    ) -> Result<TokenWish, Failure> {
        Ok(TokenWish {
            scopes: self.spelled.options.scopes(),
            fresh,
            inputs: self.sources.inputs(grant_of(target, desk).await?, environment)?,
            person: Some(self.sources.person(environment, output)),
        })
    }

    /// Whether standard input is read for what the grant takes.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.sources.read_stdin()
    }
}
