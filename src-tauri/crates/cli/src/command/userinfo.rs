//! `claimcheck userinfo`

use crate::{
    arguments::UserinfoArguments, by_grant::grant_of, environment::Environment, exit::Exit, failure::Failure,
    output::Output, spelled::Credentials, text,
};
use desk::{Desk, Reveal, TokenWish, wire::ExchangeRecord};
use serde::Serialize;
use serde_json::{Map, Value};

/// The JSON document: the server's claims, and the exchange.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    claims: &'a Map<String, Value>,
    exchange: &'a ExchangeRecord,
}

/// Runs the command.
pub(crate) async fn run(
    desk: &Desk,
    arguments: UserinfoArguments,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    let mut words = arguments.connection.into_iter().collect();
    let target = arguments.spelled.target(&mut words, Credentials::Wanted, desk, environment).await?;
    if let Some(word) = words.first() {
        return Err(Failure::usage(format!("`{word}`: a connection that is spelled out leaves no room for a name.")));
    }
    let wish = TokenWish {
        scopes: arguments.spelled.options.scope.clone(),
        fresh: false,
        inputs: arguments.sources.inputs(grant_of(&target, desk).await?, environment)?,
        person: Some(arguments.sources.person(environment, output)),
    };
    let reveal = if arguments.reveal { Reveal::Yes } else { Reveal::No };
    let said = desk.userinfo(&target, &wish, reveal).await?;
    if output.json {
        output.document(&Document { claims: &said.claims, exchange: &said.exchange });
    } else {
        text::facts(output, said.claims.iter().map(|(name, value)| (name.as_str(), text::value(value))));
    }
    Ok(Exit::Done)
}
