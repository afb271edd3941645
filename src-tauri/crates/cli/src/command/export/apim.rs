//! `claimcheck export --to-apim`, and the curl lines that do the same.

use super::{form, source};
use crate::{
    arguments::{ExportArguments, FormArgument},
    environment::{Environment, ask_secret, stdin_is_terminal},
    exit::Exit,
    failure::Failure,
    output::{Output, Stream, Tone},
    text::visible,
};
use desk::{
    ApimWish, DefinitionInput, DefinitionSource, Desk, Management,
    wire::{ApimStep, DefinitionForm},
};
use secrecy::SecretString;
use serde::de::IgnoredAny;
use serde_json::json;

/// Runs `--to-apim`.
pub(super) async fn run(
    desk: &Desk,
    arguments: &ExportArguments,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    let wish = wish(arguments)?;
    if arguments.apim.forget {
        desk.keep_apim_token(&wish.to, None).await?;
        output.talk(format!("The token for {} is no longer kept.", wish.to.base()));
        return Ok(Exit::Done);
    }
    let source = arguments.source.as_deref();
    if arguments.apim.token_stdin && source == Some("-") {
        return Err(Failure::usage("Standard input cannot be both the definition and the token."));
    }
    if let (true, Some(word)) = (arguments.apim.dry_run, source) {
        return commands(desk, &self::source(word)?, arguments, output).await;
    }
    let token = token(desk, arguments, environment, &wish).await?;
    if arguments.apim.keep {
        desk.keep_apim_token(&wish.to, Some(token.clone())).await?;
        output.talk(format!("The token for {} is in the keyring.", wish.to.base()));
    }
    let Some(word) = source else { return Ok(Exit::Done) };
    let told = |step: &ApimStep| tell(step, output);
    let done = desk.to_apim(&self::source(word)?, &wish, &token, &told).await?;
    if output.json {
        output.document(&done);
    } else {
        output.talk("It is deployed; the gateways have it within a few seconds. Its id, for --update:");
        output.line(&done.api_id);
    }
    Ok(Exit::Done)
}

/// Prints the lines instead.
pub(super) async fn commands(
    desk: &Desk,
    source: &DefinitionSource,
    arguments: &ExportArguments,
    output: Output,
) -> Result<Exit, Failure> {
    let wish = wish(arguments)?;
    let word = arguments.source.as_deref().unwrap_or_default();
    let own = desk.export_definition(source, None, false).await?.form;
    let sent = if wish.form.is_none() && own == DefinitionForm::V2 { own } else { DefinitionForm::V4Export };
    let (file, as_sent) = match source {
        DefinitionSource::Text(text) => {
            let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
            (Some(if word == "-" { "definition.json" } else { word }), own == sent && is_json)
        }
        DefinitionSource::Named(_) => (None, false),
    };
    let converted = converting(file.unwrap_or(word), sent);
    let input = file.filter(|_| as_sent).map_or(DefinitionInput::Command(&converted), DefinitionInput::File);
    let lines = desk.apim_commands(source, input, &wish).await?;
    if output.json {
        output.document(&json!({ "file": file, "lines": lines }));
        return Ok(Exit::Done);
    }
    let from = visible(file.unwrap_or("the library"));
    output.talk(format!("The lines read the definition from {from} and the credential from ~/.netrc."));
    lines.iter().for_each(|line| output.line(line));
    Ok(Exit::Done)
}

/// The command that writes a definition as it is sent, its secrets included.
fn converting(word: &str, sent: DefinitionForm) -> Vec<&str> {
    let form: &[&str] = if sent == DefinitionForm::V4Export { &["--as", "v4"] } else { &[] };
    // After `--` a word is no option, whatever it begins with.
    let end: &[&str] = if word.starts_with('-') { &["--"] } else { &[] };
    [&["claimcheck", "export"], form, &["--reveal"], end, &[word]].concat()
}

fn wish(arguments: &ExportArguments) -> Result<ApimWish, Failure> {
    let apim = &arguments.apim;
    if apim.to_apim.is_some() && !matches!(arguments.form, None | Some(FormArgument::V4 | FormArgument::Curl)) {
        return Err(Failure::usage("--to-apim takes --as v4 only: a version 2 definition is converted by it."));
    }
    let url = apim.to_apim.clone().unwrap_or_else(|| Management::default().url);
    for (option, id) in [
        ("--organization", Some(&apim.organization)),
        ("--environment", Some(&apim.environment)),
        ("--update", apim.update.as_ref()),
    ] {
        if id.is_some_and(|id| id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))) {
            return Err(Failure::usage(format!("{option}: an id is made of letters, digits, - _ and .")));
        }
    }
    Ok(ApimWish {
        to: Management { url, organization: apim.organization.clone(), environment: apim.environment.clone() },
        update: apim.update.clone(),
        form: form(arguments.form),
        allow_http: apim.allow_http,
        ca_file: apim.ca_file.clone(),
    })
}

async fn token(
    desk: &Desk,
    arguments: &ExportArguments,
    environment: &Environment,
    wish: &ApimWish,
) -> Result<SecretString, Failure> {
    if arguments.apim.token_stdin {
        return ask_secret("Personal access token: ");
    }
    if let Some(token) = &environment.apim_token {
        return Ok(token.clone());
    }
    if let Some(token) = desk.apim_token(&wish.to).await? {
        return Ok(token);
    }
    if stdin_is_terminal() {
        return ask_secret("Personal access token: ");
    }
    Err(Failure::usage(
        "The personal access token is missing. Make one in the console under your profile, Tokens; set CLAIMCHECK_APIM_TOKEN, or pipe it in with --token-stdin (and --keep).",
    ))
}

fn tell(step: &ApimStep, output: Output) {
    let (tone, sign) = if step.status < 300 { (Tone::Good, "✓") } else { (Tone::Bad, "✗") };
    let sign = output.tone_on(Stream::Talk, tone, &format!("{sign} {}", step.status));
    output.talk(format!("{sign}  {:<4} {}  ({})", step.method, visible(&step.url), visible(&step.what)));
}
