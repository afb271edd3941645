//! `claimcheck export`

mod apim;

use super::import::definition_text;
use crate::{
    arguments::{ExportArguments, FormArgument},
    environment::Environment,
    exit::Exit,
    failure::Failure,
    output::Output,
};
use desk::{DefinitionSource, Desk, wire::DefinitionForm};
use serde_json::json;
use std::{io::Write, path::Path};

/// Runs the command.
pub(crate) async fn run(
    desk: &Desk,
    arguments: ExportArguments,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    if arguments.apim.to_apim.is_some() {
        return apim::run(desk, &arguments, environment, output).await;
    }
    let word = arguments.source.as_deref().unwrap_or_default();
    let source = source(word)?;
    if arguments.form == Some(FormArgument::Curl) {
        return apim::commands(desk, &source, &arguments, output).await;
    }
    let exported = desk.export_definition(&source, form(arguments.form), arguments.reveal).await?;
    if let Some(file) = &arguments.output {
        write(file, exported.text.as_bytes(), arguments.reveal)?;
        output.talk(format!("Wrote {}.", file.display()));
    } else if output.json {
        output.document(&json!({
            "name": exported.name, "form": exported.form, "file": exported.file, "text": exported.text,
        }));
    } else {
        output.raw(exported.text.as_bytes());
    }
    Ok(Exit::Done)
}

/// The form that is asked for; none leaves it as it is.
fn form(form: Option<FormArgument>) -> Option<DefinitionForm> {
    match form? {
        FormArgument::V4 => Some(DefinitionForm::V4Export),
        FormArgument::Gateway => Some(DefinitionForm::V4Gateway),
        FormArgument::Kubernetes => Some(DefinitionForm::KubernetesV4),
        FormArgument::Curl => None,
    }
}

/// A name, unless it is clearly a file: `-`, a path, what is a file here.
fn source(word: &str) -> Result<DefinitionSource, Failure> {
    let file = Path::new(word);
    let is_file = word == "-" || word.contains(['/', '\\']) || file.is_file();
    Ok(if is_file { DefinitionSource::Text(definition_text(file)?) } else { DefinitionSource::Named(word.to_owned()) })
}

/// Writes the file; one that holds secrets is for its owner only.
fn write(file: &Path, text: &[u8], is_secret: bool) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::usage(format!("The file {} cannot be written: {error}. Choose another with -o.", file.display()))
    };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if is_secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut open = options.open(file).map_err(failed)?;
    #[cfg(unix)]
    if is_secret {
        // The mode above is for a new file only.
        open.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(failed)?;
    }
    open.write_all(text).map_err(failed)
}
