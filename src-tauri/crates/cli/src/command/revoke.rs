//! `claimcheck revoke`

use crate::{
    arguments::RevokeArguments, command::introspect::word_token, environment::Environment, exit::Exit, failure::Failure,
    output::Output,
};
use desk::Desk;
use serde_json::json;

/// Runs the command.
pub(crate) async fn run(
    desk: &Desk,
    arguments: RevokeArguments,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    let mut words = arguments.words;
    let target = arguments.spelled.target(&mut words, environment)?;
    let Some(word) = words.pop() else {
        return Err(Failure::usage("Which token? Give it as `-` on standard input, or as an argument."));
    };
    desk.revoke(&target, &word_token(&word)?).await?;
    if output.json {
        output.document(&json!({ "revoked": true }));
    } else {
        output.talk("The server took the revocation. (It answers the same for tokens that it does not know: RFC 7009 2.2.)");
    }
    Ok(Exit::Done)
}
