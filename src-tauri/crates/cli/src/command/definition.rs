//! `claimcheck definition …`

use super::import::form_name;
use crate::{exit::Exit, failure::Failure, output::Output, text::table};
use desk::{Desk, wire::Imported};

/// `definition list`
pub(crate) async fn list(desk: &Desk, output: Output) -> Result<Exit, Failure> {
    let imported = desk.imported().await?;
    if output.json {
        output.document(&imported);
        return Ok(Exit::Done);
    }
    if imported.is_empty() {
        output.talk("No API definition is imported. Import one: claimcheck import FILE");
        return Ok(Exit::Done);
    }
    let rows: Vec<Vec<String>> = imported.iter().map(row).collect();
    output.raw(table(output, &["NAME", "VERSION", "FORM", "LISTENS ON"], &rows).as_bytes());
    Ok(Exit::Done)
}

fn row(imported: &Imported) -> Vec<String> {
    let report = &imported.report;
    vec![imported.name.clone(), report.version.clone(), form_name(report.form).to_owned(), report.paths.join(" ")]
}

/// `definition remove NAME`
pub(crate) async fn remove(desk: &Desk, name: &str, output: Output) -> Result<Exit, Failure> {
    let removed = desk.definition_named(name).await?;
    desk.remove_definition(removed.id.unwrap_or_default()).await?;
    if output.json {
        output.document(&removed);
    } else {
        output.talk(format!("Removed {name} and its secrets."));
    }
    Ok(Exit::Done)
}
