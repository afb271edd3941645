//! The APIs of the window's gateway: which ones it serves, why it does not serve others, who is subscribed to their plans.
//! Belongs here: from the library to the gateway's configuration, and what is shown of it. Not here: the definitions themselves
//! (`definitions`), starting and stopping (`local`).

use crate::{
    Desk, DeskError, Result,
    definitions::{AtHand, DefinitionSource, ECHO, Exported, described, listed, paths, read, report},
    wire::{DefinitionPreview, ServedApi, Subscribed},
};
use gateway::{ApiConfig, Client, Config, ConfigError, Gateway, Given, Subscription};
use gravitee::{
    Definition, Form, Secrets,
    model::{Api, PlanStatus},
    policy::configuration,
    resource::AmOAuth2,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};
use store::{DefinitionId, PlanSubscription, SavedDefinition};

/// Which APIs a configuration serves, by their numbers in the library; none is the built-in echo. In the order of the configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lineup {
    pub(crate) served: Vec<Option<i64>>,
    refused: HashMap<Option<i64>, String>,
}

/// How an exported definition is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ExportForm {
    /// In its own form.
    Own,
    /// Version 4 export.
    V4,
    /// Kubernetes resource.
    Kubernetes,
    /// curl lines that bring it to an API Management.
    Curl,
}

impl Desk {
    /// What importing this text would do. Nothing is stored.
    ///
    /// # Errors
    /// When it is no definition, or the library cannot be read.
    pub async fn preview_definition(&self, text: &str) -> Result<DefinitionPreview> {
        let mut new = read(text)?;
        let saved = self.store().await?.definitions().await?;
        let known = saved.iter().find(|known| known.name == new.name);
        let replaces = match known {
            Some(known) => self.take_over(known, &mut new, false).await.is_ok(),
            None => false,
        };
        let report = report(&new);
        let rehearsed = if report.is_unusable() {
            Ok(Vec::new())
        } else {
            let mut config = self.built_in_config().await;
            config.apis = vec![served(&new, &[])];
            Gateway::rehearse(&config).map_err(|error| place_and_reason(&error))
        };
        Ok(DefinitionPreview {
            report,
            replaces,
            name_taken: known.is_some() && !replaces,
            warnings: rehearsed.as_ref().map(|warnings| plain(warnings)).unwrap_or_default(),
            not_served: rehearsed.err(),
        })
    }

    /// The built-in echo and every imported API.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub async fn apis(&self) -> Result<Vec<ServedApi>> {
        let saved = self.store().await?.definitions().await?;
        let (ready, lineup) = self.lineup().unzip();
        let lineup = lineup.unwrap_or_default();
        let url = |id: Option<i64>| {
            let at = lineup.served.iter().position(|served| *served == id)?;
            ready.as_ref()?.apis.get(at).map(|api| api.url.clone())
        };
        let config = self.built_in_config().await;
        let clients = config.domains.iter().flat_map(|domain| &domain.clients);
        let client = clients.map(|client| client.client_id.clone()).next();
        let mut apis = vec![ServedApi {
            id: None,
            name: ECHO.to_owned(),
            report: described(&self.echo_at_hand(false).await?),
            url: url(None),
            not_served: lineup.refused.get(&None).cloned(),
            subscribed: Vec::new(),
            client: client.clone(),
        }];
        if let Some(echo) = apis.first_mut() {
            "tutorial".clone_into(&mut echo.report.behaviour);
        }
        for saved in &saved {
            let id = Some(saved.id.0);
            apis.push(ServedApi {
                id,
                name: saved.name.clone(),
                url: url(id),
                not_served: lineup.refused.get(&id).cloned(),
                ..shown(saved, &client)?
            });
        }
        Ok(apis)
    }

    /// Subscribes a client to a plan of an imported API at the local gateway, or ends that.
    ///
    /// # Errors
    /// When there is no such API, or the library cannot be written.
    pub async fn subscribe(&self, id: i64, plan: &str, client_id: &str, on: bool) -> Result<()> {
        let store = self.store().await?;
        let mut subscriptions = store.definition(DefinitionId(id)).await?.subscriptions;
        subscriptions.retain(|known| !(known.plan == plan && known.client_id == client_id));
        if on {
            subscriptions.push(PlanSubscription { plan: plan.to_owned(), client_id: client_id.to_owned() });
        }
        store.subscribe(DefinitionId(id), subscriptions).await?;
        self.reload_apis().await
    }

    /// An API's definition as text, to be copied; secrets are left out. No number means the built-in echo.
    ///
    /// # Errors
    /// When there is no such API, or it cannot be converted.
    pub async fn export_api(&self, id: Option<i64>, form: ExportForm) -> Result<Exported> {
        let source = DefinitionSource::Named(match id {
            Some(id) => self.store().await?.definition(DefinitionId(id)).await?.name,
            None => ECHO.to_owned(),
        });
        let form = match form {
            ExportForm::Own => None,
            ExportForm::V4 => Some(Form::V4Export),
            ExportForm::Kubernetes => Some(Form::KubernetesV4),
            ExportForm::Curl => {
                let exported = self.export_definition(&source, Some(Form::V4Export), false).await?;
                let file = gravitee::management::Input::File(&exported.file);
                let lines = self.apim_commands(&source, file, &crate::ApimWish::default()).await?;
                let file = exported.file.replace(".json", ".sh");
                return Ok(Exported { file, text: lines.join("\n") + "\n", ..exported });
            }
        };
        self.export_definition(&source, form, false).await
    }

    /// Writes an API's definition into the folder for downloads, under a name that is free there; returns the file.
    ///
    /// # Errors
    /// As [`Desk::export_api`]; when there is no such folder, or it cannot be written to.
    pub async fn save_export(&self, id: Option<i64>, form: ExportForm) -> Result<String> {
        let exported = self.export_api(id, form).await?;
        let folder = self.setup.downloads.as_ref().ok_or_else(|| {
            DeskError::NotFound("The system names no folder for downloads. Copy the definition instead.".into())
        })?;
        let path = free_name(folder, &exported.file);
        std::fs::write(&path, exported.text)
            .map_err(|error| DeskError::File { path: path.display().to_string(), reason: error.to_string() })?;
        Ok(path.display().to_string())
    }

    /// The built-in echo as a definition that an API Management imports: its resource is the local authorization server at its real
    /// address, with the local client.
    pub(crate) async fn echo_at_hand(&self, secrets: bool) -> Result<AtHand> {
        let config = self.built_in_config().await;
        let domain = config.domains.first();
        let client = domain.and_then(|domain| domain.clients.first());
        let path = domain.map_or("demo", |domain| domain.path.as_str());
        let secret = if secrets { self.local_secret().await? } else { None };
        let resource = json!({
            "serverURL": self.lineup().map_or_else(|| format!("http://{}", config.listen.am), |(ready, _)| ready.am),
            "version": "V3_X",
            "securityDomain": path,
            "clientId": client.map(|client| client.client_id.clone()),
            "clientSecret": secret.as_ref().map_or(PLACEHOLDER, |secret| secret.expose_secret()),
            "userClaim": "sub",
        });
        let mut document: Value = serde_json::from_str(&gateway::echo_definition(path)).unwrap_or_default();
        for (at, value) in [("/export/apimVersion", json!("4.12.0")), ("/api/resources/0/configuration", resource)] {
            document.pointer_mut(at).into_iter().for_each(|member| *member = value.clone());
        }
        let mut concealed = Definition::read(&document.to_string()).map_err(DeskError::Definition)?;
        let secrets = concealed.conceal();
        Ok(AtHand { name: ECHO.to_owned(), concealed, secrets })
    }

    /// The configuration with every imported API that can be served beside the built-in one, and with the clients that their
    /// resources authenticate as.
    pub(crate) async fn with_imported(&self, mut config: Config) -> Result<(Config, Lineup)> {
        let mut lineup = Lineup { served: vec![None; config.apis.len()], ..Lineup::default() };
        let mut taken: HashMap<String, String> = HashMap::new();
        let listening = self.lineup().and_then(|(ready, _)| url::Url::parse(&ready.am).ok()?.port());
        let am = listening.unwrap_or_else(|| config.listen.am.port());
        for saved in self.store().await?.definitions().await? {
            let id = Some(saved.id.0);
            match self.servable(&config, &saved, &taken).await? {
                Err(reason) => drop(lineup.refused.insert(id, reason)),
                Ok((api, model)) => {
                    taken.extend(paths(&model).into_iter().map(|path| (path, saved.name.clone())));
                    add_clients(&mut config, &model, am);
                    config.apis.push(api);
                    lineup.served.push(id);
                }
            }
        }
        // What a person imported takes the built-in echo's path, if it is the same.
        if let Some(name) = taken.get("/echo")
            && lineup.served.first() == Some(&None)
        {
            config.apis.remove(0);
            lineup.served.remove(0);
            lineup.refused.insert(None, format!("the imported API {name} is on the same path"));
        }
        Ok((config, lineup))
    }

    /// How the gateway serves a saved definition, or why it cannot.
    async fn servable(
        &self,
        config: &Config,
        saved: &SavedDefinition,
        taken: &HashMap<String, String>,
    ) -> Result<std::result::Result<(ApiConfig, Api), String>> {
        let concealed = Definition::read(&saved.document).map_err(DeskError::Definition)?;
        let secrets = if saved.has_secrets { self.definition_secrets(saved).await? } else { Secrets::default() };
        let at_hand = AtHand { name: saved.name.clone(), concealed, secrets };
        let revealed = at_hand.revealed();
        if let Some(missing) = revealed.placeholders().first() {
            return Ok(Err(format!("the secret at {} is not known here; import the definition with it", missing.path)));
        }
        let model = match revealed.api() {
            Ok(model) => model,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if let Some((path, other)) = paths(&model).iter().find_map(|path| taken.get_key_value(path)) {
            return Ok(Err(format!("{path} is the path of {other}")));
        }
        let api = served(&at_hand, &saved.subscriptions);
        let mut alone = config.clone();
        alone.apis = vec![api.clone()];
        Ok(match Gateway::rehearse(&alone) {
            Ok(_) => Ok((api, model)),
            Err(error) => Err(place_and_reason(&error)),
        })
    }
}

/// What stands for the local client's secret where it is not wanted.
const PLACEHOLDER: &str = "<secret:api.resources[0].configuration.clientSecret>";

/// The definition as the gateway takes it, with the subscriptions to plans that it has.
fn served(at_hand: &AtHand, subscriptions: &[PlanSubscription]) -> ApiConfig {
    let revealed = at_hand.revealed();
    let plans = revealed.api().map(|api| api.plans).unwrap_or_default();
    let is_there = |wanted: &&PlanSubscription| {
        plans.iter().any(|plan| {
            plan.name == wanted.plan && matches!(plan.status, PlanStatus::Published | PlanStatus::Deprecated)
        })
    };
    let subscriptions = subscriptions.iter().filter(is_there).map(|subscription| Subscription {
        plan: subscription.plan.clone(),
        client_id: subscription.client_id.clone(),
        starts_at: None,
        ends_at: None,
    });
    ApiConfig {
        given: Some(Given { name: at_hand.name.clone(), text: SecretString::from(revealed.write()) }),
        subscriptions: subscriptions.collect(),
        ..ApiConfig::default()
    }
}

/// Registers the clients that AM resources of the API authenticate as at the own authorization server, which listens on port `am`.
fn add_clients(config: &mut Config, api: &Api, am: u16) {
    let resources = api.resources.iter().filter(|resource| resource.enabled && resource.kind == "oauth2-am-resource");
    for resource in resources {
        let Ok(resource) = configuration::<AmOAuth2>("", &resource.configuration) else { continue };
        let Ok(url) = url::Url::parse(&resource.server_url) else { continue };
        let is_own = exchange::is_loopback(&url) && (url.port() == Some(0) || url.port_or_known_default() == Some(am));
        let domain = config.domains.iter_mut().find(|domain| domain.path == resource.security_domain);
        if let (true, false, Some(domain)) = (is_own, resource.client_id.is_empty(), domain)
            && !domain.clients.iter().any(|client| client.client_id == resource.client_id)
        {
            domain
                .clients
                .push(Client::resource_server(resource.client_id.clone(), resource.client_secret.clone().into()));
        }
    }
}

/// A saved definition as it is listed while nothing is known of the gateway.
fn shown(saved: &SavedDefinition, client: &Option<String>) -> Result<ServedApi> {
    let report = listed(saved)?.report;
    let needing = report.plans.iter().filter(|plan| plan.needs_subscription);
    let subscribed = needing.map(|plan| Subscribed {
        plan: plan.name.clone(),
        clients: saved
            .subscriptions
            .iter()
            .filter(|subscription| subscription.plan == plan.name)
            .map(|subscription| subscription.client_id.clone())
            .collect(),
    });
    let subscribed = subscribed.collect();
    Ok(ServedApi {
        id: None,
        name: String::new(),
        report,
        url: None,
        not_served: None,
        subscribed,
        client: client.clone(),
    })
}

/// A configuration error without the file, which is no file here.
fn place_and_reason(error: &ConfigError) -> String {
    match error {
        ConfigError::Invalid { place, message, .. } => format!("{place}: {message}"),
        other => other.to_string(),
    }
}

/// The gateway's warnings without the name of the definition in front.
fn plain(warnings: &[String]) -> Vec<String> {
    warnings
        .iter()
        .map(|warning| warning.split_once(": ").map_or(warning.as_str(), |(_, text)| text).to_owned())
        .collect()
}

/// The file in the folder, with a number where the name is taken.
fn free_name(folder: &Path, file: &str) -> PathBuf {
    let (stem, extension) = file.rsplit_once('.').unwrap_or((file, "json"));
    let name = |number: u32| match number {
        1 => folder.join(file),
        _ => folder.join(format!("{stem}-{number}.{extension}")),
    };
    (1..1000).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(1))
}
