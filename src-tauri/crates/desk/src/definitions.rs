//! API definitions: checked, imported, listed, exported, removed.
//! Belongs here: the user actions on them, and where their secrets go. Not here: what they mean (`gravitee`), serving them (`local`),
//! sending them to an API Management (`apim`).

use crate::{
    Desk, DeskError, Result,
    wire::{DefinitionReport, Imported, PlanReport},
};
use gravitee::{
    Definition, Form, Problem, Secrets, Severity,
    model::{Api, PlanSecurity, PlanStatus},
};
use serde::Serialize;
use serde_json::Value;
use std::path::Path;
use store::{DefinitionDraft, DefinitionId, Keeping, SavedDefinition, VaultError};

/// Name of the built-in API.
pub(crate) const ECHO: &str = "echo";

/// No definition is larger, its pictures and pages included.
const LARGEST: u64 = 16 << 20;

/// What to import.
#[derive(Debug, Clone, Default)]
pub struct ImportWish {
    /// The name to list it under; none for the API's own.
    pub name: Option<String>,
    /// Take the place of another API that is listed under the name.
    pub replace: bool,
}

/// A definition as text, with the name of the file that it would be.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Exported {
    /// The API's name.
    pub name: String,
    /// Its form.
    pub form: Form,
    /// Proposed file name.
    pub file: String,
    /// The text. Holds secrets only if that was asked for.
    pub text: String,
}

/// A definition at hand: its secrets apart from it.
#[derive(Debug, Clone)]
pub(crate) struct AtHand {
    pub(crate) name: String,
    pub(crate) concealed: Definition,
    pub(crate) secrets: Secrets,
}

impl AtHand {
    /// With the secrets in their places.
    pub(crate) fn revealed(&self) -> Definition {
        self.concealed.revealed(&self.secrets)
    }
}

/// Which definition is meant.
#[derive(Debug, Clone)]
pub enum DefinitionSource {
    /// An imported one, by its name; else the built-in echo, which is named `echo`.
    Named(String),
    /// This text.
    Text(String),
}

/// Reads a definition's file.
///
/// # Errors
/// When it cannot be read, is too large, or is not UTF-8.
pub fn definition_file(path: &Path) -> Result<String> {
    let failed = |reason: String| DeskError::File { path: path.display().to_string(), reason };
    let size = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > LARGEST {
        return Err(failed(format!("it is {size} bytes large, and no definition is larger than 16 MiB")));
    }
    let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8 text".into()))
}

/// Checks a definition. Nothing is stored, no library is opened.
///
/// # Errors
/// When the text is no definition at all.
pub fn check_definition(text: &str) -> Result<DefinitionReport> {
    let at_hand = read(text)?;
    Ok(report(&at_hand))
}

impl Desk {
    /// Imports a definition: its secrets go to the keyring, all else to the library. One that was imported before (the same name, the
    /// same listener paths) is replaced.
    ///
    /// # Errors
    /// When the text is no definition, another API has the name, or the keyring or library refuses; nothing is stored then.
    pub async fn import_definition(&self, text: &str, wish: ImportWish) -> Result<Imported> {
        let mut new = read(text)?;
        if let Some(name) = wish.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
            new.name = name.to_owned();
        }
        let checked = report(&new);
        if checked.is_unusable() {
            return Ok(Imported { id: None, name: new.name, stored: false, replaced: false, report: checked });
        }
        if new.name.trim().is_empty() {
            return Err(DeskError::invalid("name", "The API has no name. Give it one with --name."));
        }
        let keeping = if self.memory_only() { Keeping::Memory } else { Keeping::Keyring };
        if !new.secrets.is_empty() && keeping == Keeping::Keyring {
            self.keyring_is_there().await?;
        }
        let store = self.store().await?;
        let known = store.definitions().await?.into_iter().find(|known| known.name == new.name.trim());
        if let Some(known) = &known {
            self.take_over(known, &mut new, wish.replace).await?;
        }
        let draft = DefinitionDraft {
            id: known.as_ref().map(|known| known.id),
            name: new.name.clone(),
            document: new.concealed.write(),
            subscriptions: known.as_ref().map(|known| known.subscriptions.clone()).unwrap_or_default(),
            keeping,
        };
        let secrets = (!new.secrets.is_empty()).then(|| new.secrets.to_text());
        let saved = store.save_definition(draft, secrets).await?;
        let report = report(&new);
        self.reload_apis().await?;
        Ok(Imported { id: Some(saved.id.0), name: saved.name, stored: true, replaced: known.is_some(), report })
    }

    /// What the new version of a definition may take over from the known one: secrets in unchanged surroundings.
    pub(crate) async fn take_over(&self, known: &SavedDefinition, new: &mut AtHand, replace: bool) -> Result<()> {
        let before = Definition::read(&known.document).map_err(DeskError::Definition)?;
        let same = before.api().ok().zip(new.concealed.api().ok()).is_some_and(|(a, b)| paths(&a) == paths(&b));
        if !same && !replace {
            return Err(store::Error::DefinitionNameTaken(known.name.clone()).into());
        }
        if !new.concealed.placeholders().is_empty() {
            new.secrets.keep_unchanged(&self.definition_secrets(known).await?, &before, &new.concealed);
        }
        Ok(())
    }

    /// The secrets of a saved definition; none where they are gone, which the placeholders then tell.
    pub(crate) async fn definition_secrets(&self, saved: &SavedDefinition) -> Result<Secrets> {
        match self.store().await?.definition_secrets(saved.id).await {
            Ok(text) => Ok(text.as_ref().and_then(Secrets::from_text).unwrap_or_default()),
            Err(store::Error::SecretNotKept(_) | store::Error::Vault(VaultError::Missing)) => Ok(Secrets::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// The imported definitions, by name, with what there is to know of them.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub async fn imported(&self) -> Result<Vec<Imported>> {
        let saved = self.store().await?.definitions().await?;
        saved.into_iter().map(|saved| listed(&saved)).collect()
    }

    /// The imported definition of that name.
    ///
    /// # Errors
    /// When there is none, or the library cannot be read.
    pub async fn definition_named(&self, name: &str) -> Result<Imported> {
        let known = self.imported().await?.into_iter().find(|imported| imported.name == name);
        known.ok_or_else(|| store::Error::NoDefinition(format!("named \"{name}\"")).into())
    }

    /// Removes an imported definition and its secrets. It can be brought back with [`Desk::undo_remove_definition`] while the program
    /// runs.
    ///
    /// # Errors
    /// When there is none of that number, or the library cannot be written.
    pub async fn remove_definition(&self, id: i64) -> Result<()> {
        let removed = self.store().await?.remove_definition(DefinitionId(id)).await?;
        self.removed_definitions.put(id, removed);
        self.reload_apis().await
    }

    /// Brings a removed definition back, secrets included; false if this run did not remove it.
    ///
    /// # Errors
    /// When its name was given away, or the keyring or the library refuses.
    pub async fn undo_remove_definition(&self, id: i64) -> Result<bool> {
        let Some(removed) = self.removed_definitions.take(id) else { return Ok(false) };
        if let Err(error) = self.store().await?.restore_definition(&removed).await {
            self.removed_definitions.put(id, removed);
            return Err(error.into());
        }
        self.reload_apis().await?;
        Ok(true)
    }

    /// A definition as text: in its own form, or in another. Secrets are left out unless they are to be revealed.
    ///
    /// # Errors
    /// When there is no such definition, it cannot be converted, or its secrets cannot be read.
    pub async fn export_definition(
        &self,
        source: &DefinitionSource,
        form: Option<Form>,
        reveal: bool,
    ) -> Result<Exported> {
        let at_hand = self.at_hand(source, reveal).await?;
        let definition = if reveal { at_hand.revealed() } else { at_hand.concealed };
        let definition = definition.to(form.unwrap_or_else(|| definition.form())).map_err(DeskError::Definition)?;
        let extension = if definition.form().is_yaml() { "yaml" } else { "json" };
        Ok(Exported {
            file: format!("{}.{extension}", file_name(&at_hand.name)),
            name: at_hand.name,
            form: definition.form(),
            text: definition.write(),
        })
    }

    /// The definition that is meant; the secrets of an imported one are read only if they are wanted.
    pub(crate) async fn at_hand(&self, source: &DefinitionSource, secrets: bool) -> Result<AtHand> {
        let name = match source {
            DefinitionSource::Text(text) => return read(text),
            DefinitionSource::Named(name) => name,
        };
        let saved = self.store().await?.definitions().await?.into_iter().find(|saved| saved.name == *name);
        let saved = match saved {
            Some(saved) => saved,
            None if name == ECHO => return self.echo_at_hand(secrets).await,
            None => return Err(store::Error::NoDefinition(format!("named \"{name}\"")).into()),
        };
        let concealed = Definition::read(&saved.document).map_err(DeskError::Definition)?;
        let secrets = if secrets { self.definition_secrets(&saved).await? } else { Secrets::default() };
        Ok(AtHand { name: saved.name, concealed, secrets })
    }
}

/// Reads a text, its secrets apart.
pub(crate) fn read(text: &str) -> Result<AtHand> {
    let mut concealed = Definition::read(text).map_err(DeskError::Definition)?;
    let secrets = concealed.conceal();
    Ok(AtHand { name: own_name(&concealed), concealed, secrets })
}

/// The API's name, of a definition that cannot be served too.
fn own_name(definition: &Definition) -> String {
    let document = definition.document();
    let name = ["/api/name", "/spec/name", "/name"].iter().find_map(|at| document.pointer(at).and_then(Value::as_str));
    name.unwrap_or_default().trim().to_owned()
}

pub(crate) fn listed(saved: &SavedDefinition) -> Result<Imported> {
    let concealed = Definition::read(&saved.document).map_err(DeskError::Definition)?;
    let placeholders = concealed.placeholders().len();
    let at_hand = AtHand { name: saved.name.clone(), concealed, secrets: Secrets::default() };
    // Which of its secrets are known is asked of the keyring only when they are needed.
    let report = DefinitionReport { secrets: placeholders, missing_secrets: Vec::new(), ..described(&at_hand) };
    Ok(Imported { id: Some(saved.id.0), name: saved.name.clone(), stored: true, replaced: false, report })
}

/// Everything that there is to say about a definition, missing secrets too.
pub(crate) fn report(at_hand: &AtHand) -> DefinitionReport {
    let mut report = described(at_hand);
    for missing in at_hand.revealed().placeholders() {
        report.problems.push(Problem {
            severity: Severity::Warning,
            path: missing.path.clone(),
            message: format!(
                "the secret `{}` was left out of this definition and is not known here; put it in its place",
                missing.name
            ),
        });
        report.missing_secrets.push(missing.path);
    }
    report
}

pub(crate) fn described(at_hand: &AtHand) -> DefinitionReport {
    let definition = &at_hand.concealed;
    let api = definition.api().ok();
    let apim_version = api.as_ref().and_then(|api| api.apim_version.clone());
    DefinitionReport {
        name: own_name(definition),
        form: definition.form(),
        version: api.as_ref().map(|api| api.api_version.clone()).unwrap_or_default(),
        behaviour: gateway::behaviour_of(apim_version.as_deref()).to_owned(),
        apim_version,
        paths: api.as_ref().map(paths).unwrap_or_default(),
        targets: api.as_ref().map(targets).unwrap_or_default(),
        plans: api.iter().flat_map(|api| &api.plans).map(plan).collect(),
        secrets: at_hand.secrets.len(),
        missing_secrets: Vec::new(),
        problems: definition.problems(),
    }
}

/// Listener paths as a person writes them: `/echo`, `api.example/echo`.
pub(crate) fn paths(api: &Api) -> Vec<String> {
    let paths = api.listeners.iter().flat_map(|listener| &listener.paths);
    paths
        .map(|at| format!("{}{}", at.host.as_deref().unwrap_or_default(), slash(at.path.trim_end_matches('/'))))
        .collect()
}

fn slash(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}

fn targets(api: &Api) -> Vec<String> {
    let endpoints = api.endpoint_groups.iter().flat_map(|group| &group.endpoints);
    endpoints.map(|endpoint| exchange::without_credentials(&endpoint.configuration.target)).collect()
}

fn plan(plan: &gravitee::model::Plan) -> PlanReport {
    PlanReport {
        name: plan.name.clone(),
        security: plan.security.kind.name().to_owned(),
        status: plan.status.name().to_owned(),
        needs_subscription: matches!(plan.security.kind, PlanSecurity::OAuth2 | PlanSecurity::Jwt)
            && matches!(plan.status, PlanStatus::Published | PlanStatus::Deprecated),
    }
}

/// A name that every file system takes.
fn file_name(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).take(100).collect();
    let plain = plain.trim_matches(['-', '.']);
    if plain.is_empty() { "api".to_owned() } else { plain.to_owned() }
}
