//! `claimcheck revoke`

use crate::{
    arguments::RevokeArguments, environment::Environment, exit::Exit, failure::Failure, output::Output,
    spelled::Credentials,
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
    let spelled = &arguments.spelled;
    let target = spelled.target(&mut words, Credentials::Wanted, desk, environment).await?;
    let token = match spelled.token(&words)? {
        Some(token) => token,
        None => spelled.stdin_token()?,
    };
    desk.revoke(&target, &token).await?;
    if output.json {
        output.document(&json!({ "revoked": true }));
    } else {
        output.talk(
            "The server took the revocation. It answers the same for a token that it does not know (RFC 7009 2.2).",
        );
    }
    Ok(Exit::Done)
}
