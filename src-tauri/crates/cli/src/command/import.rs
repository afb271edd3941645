//! `claimcheck import`

use crate::{
    arguments::ImportArguments,
    environment::stdin_text,
    exit::Exit,
    failure::Failure,
    output::{Output, Stream, Tone},
    text::{facts, visible},
};
use desk::{
    Desk, ImportWish,
    wire::{DefinitionReport, DefinitionSeverity},
};
use std::path::Path;

const WITHOUT_KEYRING: &str = "Without a keyring: `claimcheck gateway --config` serves the file as it is and keeps nothing; or import what `claimcheck export FILE` prints, which is the definition without its secrets.";

/// Runs the command. Exits with 1 if no gateway could serve the definition; nothing is stored then.
pub(crate) async fn run(desk: &Desk, arguments: ImportArguments, output: Output) -> Result<Exit, Failure> {
    let text = definition_text(&arguments.file)?;
    if arguments.check {
        let report = desk::check_definition(&text).map_err(|error| Failure::from(error).in_file(&arguments.file))?;
        if output.json {
            output.document(&report);
        } else {
            show(&report, output);
            output.talk(if report.is_unusable() { "It cannot be used." } else { "It can be imported." });
        }
        return Ok(exit(&report));
    }
    let wish = ImportWish { name: arguments.name, replace: arguments.replace };
    let imported = desk.import_definition(&text, wish).await;
    let imported =
        imported.map_err(|error| Failure::from(error).in_file(&arguments.file).without_keyring(WITHOUT_KEYRING))?;
    if output.json {
        output.document(&imported);
        return Ok(exit(&imported.report));
    }
    show(&imported.report, output);
    match (imported.stored, imported.replaced) {
        (false, _) => output.talk("It cannot be used; nothing was stored."),
        (true, true) => output.talk(format!("Replaced {}.{}", visible(&imported.name), kept(&imported.report))),
        (true, false) => output.talk(format!("Imported {}.{}", visible(&imported.name), kept(&imported.report))),
    }
    Ok(exit(&imported.report))
}

/// The text of a definition: from a file, or from standard input.
pub(super) fn definition_text(file: &Path) -> Result<String, Failure> {
    if file == Path::new("-") { stdin_text() } else { Ok(desk::definition_file(file)?) }
}

fn exit(report: &DefinitionReport) -> Exit {
    if report.is_unusable() { Exit::Negative } else { Exit::Done }
}

fn kept(report: &DefinitionReport) -> String {
    match report.secrets {
        0 => String::new(),
        1 => " Its secret is in the keyring.".into(),
        count => format!(" Its {count} secrets are in the keyring."),
    }
}

fn show(report: &DefinitionReport, output: Output) {
    output.line(output.tone(Tone::Strong, &visible(&report.name)));
    let plans = report.plans.iter().map(|plan| format!("{} ({}, {})", plan.name, plan.security, plan.status));
    let optional = |name, text: Option<String>| text.filter(|text| !text.is_empty()).map(|text| (name, text));
    let rows = [
        optional("form", Some(form_name(report.form).to_owned())),
        optional("version", Some(report.version.clone())),
        optional("from", report.apim_version.as_ref().map(|version| format!("API Management {version}"))),
        optional("behaviour", Some(report.behaviour.clone())),
        optional("listens on", Some(report.paths.join(" "))),
        optional("sends to", Some(report.targets.join(" "))),
        optional("plans", Some(plans.collect::<Vec<_>>().join(" · "))),
        optional("secrets", (report.secrets > 0).then(|| report.secrets.to_string())),
    ];
    facts(output, rows.into_iter().flatten());
    for problem in &report.problems {
        let (tone, word) = match problem.severity {
            DefinitionSeverity::Error => (Tone::Bad, "✗ error  "),
            DefinitionSeverity::Warning => (Tone::Warn, "! warning"),
        };
        let place = if problem.path.is_empty() { String::new() } else { format!("{}: ", problem.path) };
        let word = output.tone_on(Stream::Talk, tone, word);
        output.talk(format!("{word}  {}", visible(&format!("{place}{}", problem.message))));
    }
}

/// What a form is called.
pub(super) fn form_name(form: desk::wire::DefinitionForm) -> &'static str {
    use desk::wire::DefinitionForm::{KubernetesV2, KubernetesV4, V2, V4Export, V4Gateway};
    match form {
        V4Export => "version 4 export",
        V4Gateway => "version 4, gateway form",
        V2 => "version 2 export",
        KubernetesV4 => "Kubernetes ApiV4Definition",
        KubernetesV2 => "Kubernetes ApiDefinition",
    }
}
