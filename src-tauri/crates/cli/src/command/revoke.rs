//! `claimcheck revoke`

use crate::{
    arguments::RevokeArguments,
    by_grant::grant_of,
    environment::Environment,
    exit::Exit,
    failure::Failure,
    output::{Output, Stream, Tone},
    spelled::Credentials,
    text::visible,
};
use desk::{Desk, MASK, RevokedRefresh, wire::GrantType};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

/// What is given back: a token, or the answer that brought it.
struct Given {
    token: SecretString,
    refresh_token: Option<SecretString>,
}

/// A token answer (RFC 6749 5.1), as `token --json --reveal` prints it.
#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    pub(super) access_token: SecretString,
    refresh_token: Option<SecretString>,
}

impl TokenAnswer {
    /// The answer that a text is; `None` for a token, which never begins with a brace.
    pub(super) fn read(text: &SecretString) -> Result<Option<Self>, Failure> {
        if !text.expose_secret().starts_with('{') {
            return Ok(None);
        }
        let unfit =
            |_| Failure::usage("The JSON text is no token answer: it has no access_token. Give the token alone.");
        let answer: Self = serde_json::from_str(text.expose_secret()).map_err(unfit)?;
        if answer.access_token.expose_secret() == MASK {
            return Err(Failure::usage("The access token of the answer is masked. Give the token itself."));
        }
        Ok(Some(answer))
    }
}

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
    let given = given(token)?;
    let revoked = desk.revoke(&target, &given.token, given.refresh_token.as_ref()).await?;
    if output.json {
        let refresh = revoked.refresh.as_ref().map(|refresh| refresh.problem.is_none());
        output.document(&match refresh {
            Some(refresh) => json!({ "revoked": true, "refresh_token_revoked": refresh }),
            None => json!({ "revoked": true }),
        });
    } else {
        output.talk(
            "The server took the revocation. It answers the same for a token that it does not know (RFC 7009 2.2).",
        );
    }
    // RFC 6749 4.4.3: none comes with client credentials.
    let hint = grant_of(&target, desk).await? != GrantType::ClientCredentials;
    tell(revoked.refresh.as_ref(), hint, output);
    Ok(Exit::Done)
}

fn given(text: SecretString) -> Result<Given, Failure> {
    let Some(TokenAnswer { access_token: token, refresh_token }) = TokenAnswer::read(&text)? else {
        return Ok(Given { token: text, refresh_token: None });
    };
    if refresh_token.as_ref().is_some_and(|token| token.expose_secret() == MASK) {
        return Err(Failure::usage(
            "The refresh token of the answer is masked, so it cannot be revoked. Get the answer with --reveal, or give the access token alone.",
        ));
    }
    Ok(Given { token, refresh_token })
}

/// What became of the refresh token; `hint` where one may be about that nobody named (RFC 7009 2.1).
fn tell(refresh: Option<&RevokedRefresh>, hint: bool, output: Output) {
    match refresh {
        None if !hint => {}
        None => output.talk(
            "A refresh token that came with it is another token, and may still get new ones: revoke it the same way.",
        ),
        Some(RevokedRefresh { problem: None, .. }) => {
            output.talk("The refresh token that came with it was revoked first.");
        }
        Some(RevokedRefresh { problem: Some(problem), .. }) => {
            let mark = output.tone_on(Stream::Talk, Tone::Bad, "!");
            output.talk(format!("{mark} The refresh token that came with it was not revoked: {}", visible(problem)));
        }
    }
}
