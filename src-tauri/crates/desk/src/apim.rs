//! From this machine to a cluster: a definition imported, published, started and deployed through the Management API.
//! Belongs here: the order of the calls, the token, what is done after a refusal. Not here: the calls themselves (`gravitee`).

use crate::{
    Desk, DeskError, Result,
    definitions::{DefinitionSource, report},
    wire::{ApimDone, ApimStep},
};
use bytes::Bytes;
use exchange::{Body, CancellationToken, Exchange, ExchangeRecord, Request, Reveal};
use gravitee::{
    Definition, Form, Management, Secrets,
    management::{ApiThere, Call, Generation, Input, Refusal, import_commands, importable, plans},
};
use secrecy::SecretString;
use std::sync::Arc;
use url::Url;

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: u64 = 16 << 20;

/// Where to bring a definition, and how.
#[derive(Debug, Clone, Default)]
pub struct ApimWish {
    /// Where the Management API is.
    pub to: Management,
    /// The API to update; none makes a new one.
    pub update: Option<String>,
    /// Convert it to this form first.
    pub form: Option<Form>,
    /// Send token and secrets over plain http to another machine.
    pub allow_http: bool,
    /// Additional certificate authority (PEM).
    pub ca_file: Option<String>,
}

/// A refusal of the Management API.
#[derive(Debug)]
pub struct ApimRefusal {
    /// What was asked, and the answer, masked.
    pub exchange: ExchangeRecord,
    /// What the step was to do.
    pub what: String,
    /// What it says.
    pub refusal: Refusal,
    /// What to do next.
    pub next: String,
}

impl std::fmt::Display for ApimRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Refusal { status, message, .. } = &self.refusal;
        let ExchangeRecord { request, .. } = &self.exchange;
        write!(f, "The API Management refused to {} ({} {}: {status}", self.what, request.method, request.url)?;
        if message.is_empty() { write!(f, ").") } else { write!(f, " {message}).") }
    }
}

impl Desk {
    /// Brings a definition to a cluster: imports it (or updates an API by it), publishes the plans that are in staging, starts and
    /// deploys it. Its secrets go along. `on_step` hears of every call as soon as it is answered.
    ///
    /// # Errors
    /// When the definition cannot be used or lacks secrets, the way there fails, or the Management API refuses; what was done until
    /// then stays done, and the error says how to go on.
    pub async fn to_apim(
        &self,
        source: &DefinitionSource,
        wish: &ApimWish,
        token: &SecretString,
        on_step: &(dyn Fn(&ApimStep) + Sync),
    ) -> Result<ApimDone> {
        let at_hand = self.at_hand(source, true).await?;
        let report = report(&at_hand);
        let wrong = |message: String| Err(DeskError::invalid("definition", message));
        if let Some(problem) = report.problems.iter().find(|_| report.is_unusable()) {
            return wrong(format!("The definition cannot be used: {}: {}", problem.path, problem.message));
        }
        if !report.missing_secrets.is_empty() {
            return wrong(format!(
                "The definition lacks secrets, which were left out when it was exported: {}. Put them in their places, or give the \
                 definition that was exported with --reveal.",
                report.missing_secrets.join(", ")
            ));
        }
        let mut definition = at_hand.revealed();
        if let Some(form) = wish.form {
            definition = definition.to(form).map_err(DeskError::Definition)?;
        }
        let definition = importable(&definition).map_err(DeskError::Definition)?;
        let there = Cluster { desk: self, wish, token, secrets: at_hand.secrets, on_step };
        there.bring(&definition, &report.name).await
    }

    /// The same as lines to type; nothing is sent.
    ///
    /// # Errors
    /// When the definition cannot be converted.
    pub async fn apim_commands(
        &self,
        source: &DefinitionSource,
        input: Input<'_>,
        wish: &ApimWish,
    ) -> Result<Vec<String>> {
        let at_hand = self.at_hand(source, false).await?;
        let mut definition = at_hand.concealed;
        if let Some(form) = wish.form {
            definition = definition.to(form).map_err(DeskError::Definition)?;
        }
        import_commands(&definition, input, &wish.to, wish.update.as_deref()).map_err(DeskError::Definition)
    }

    /// Keeps the personal access token for a Management API in the keyring; none forgets it.
    ///
    /// # Errors
    /// When the keyring or the library refuses; nothing has changed then.
    pub async fn keep_apim_token(&self, to: &Management, token: Option<SecretString>) -> Result<()> {
        if token.is_some() {
            self.keyring_is_there().await?;
        }
        Ok(self.store().await?.keep_named_secret(&token_name(to), token).await?)
    }

    /// The token that is kept for a Management API.
    ///
    /// # Errors
    /// When the keyring or the library refuses.
    pub async fn apim_token(&self, to: &Management) -> Result<Option<SecretString>> {
        Ok(self.store().await?.named_secret(&token_name(to)).await?)
    }
}

fn token_name(to: &Management) -> String {
    format!("apim {}", to.base())
}

/// A Management API that a definition is being brought to.
struct Cluster<'a> {
    desk: &'a Desk,
    wish: &'a ApimWish,
    token: &'a SecretString,
    /// What must not be seen in what is told.
    secrets: Secrets,
    on_step: &'a (dyn Fn(&ApimStep) + Sync),
}

impl Cluster<'_> {
    async fn bring(&self, definition: &Definition, name: &str) -> Result<ApimDone> {
        let to = &self.wish.to;
        let generation = Generation::of(definition);
        let mut steps = Vec::new();
        let import = to.import(definition, self.wish.update.as_deref());
        let answer = match self.ask(&import, &mut steps).await {
            Err(DeskError::Apim(refusal)) if refusal.refusal.says_exists() => {
                return Err(self.with_known_id(*refusal, name).await);
            }
            other => other?,
        };
        let api = ApiThere::read(&answer).ok_or_else(|| DeskError::ApimAnswer(import.url.clone()))?;
        let finished = self.finish(generation, &api, &mut steps).await;
        finished.map_err(|error| resumed(error, &api.id))?;
        Ok(ApimDone { api_id: api.id, steps })
    }

    async fn finish(&self, generation: Generation, api: &ApiThere, steps: &mut Vec<ApimStep>) -> Result<()> {
        let to = &self.wish.to;
        let staging = self.ask(&to.staging_plans(generation, &api.id), steps).await?;
        for (id, name) in plans(&staging) {
            self.ask(&to.publish(generation, &api.id, &id, &name), steps).await?;
        }
        // A started API refuses to be started.
        if !api.started {
            self.ask(&to.start(generation, &api.id), steps).await?;
        }
        self.ask(&to.deploy(generation, &api.id), steps).await?;
        Ok(())
    }

    /// The refusal of an API that is there already, with the id of the one that it may be.
    async fn with_known_id(&self, mut refusal: ApimRefusal, name: &str) -> DeskError {
        let found = self.ask(&self.wish.to.search(name), &mut Vec::new()).await.unwrap_or_default();
        let known: Vec<String> = ApiThere::list(&found)
            .into_iter()
            .filter(|api| api.name == name)
            .map(|api| format!("--update {}", api.id))
            .collect();
        if !known.is_empty() {
            refusal.next = format!("An API with this path is there already. Update it: {}", known.join(", or "));
        }
        DeskError::Apim(Box::new(refusal))
    }

    /// Makes a call and returns the body of its answer.
    async fn ask(&self, call: &Call, steps: &mut Vec<ApimStep>) -> Result<String> {
        let request = self.request(call)?;
        let way = self.desk.way_to(&self.wish.ca_file, self.wish.allow_http)?;
        let exchange = way.client(false).send(&request, &CancellationToken::new(), None).await?;
        let step = ApimStep {
            what: call.what.clone(),
            method: call.method.to_owned(),
            url: call.url.clone(),
            status: exchange.status(),
        };
        (self.on_step)(&step);
        steps.push(step);
        if (200..300).contains(&exchange.status()) { body(&exchange) } else { Err(refused(&exchange, call)) }
    }

    fn request(&self, call: &Call) -> Result<Request> {
        let url = Url::parse(&call.url)
            .map_err(|error| DeskError::invalid("to-apim", format!("`{}` is no URL: {error}.", self.wish.to.url)))?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
            let message = "The address of the Management API is an http or https URL without credentials.";
            return Err(DeskError::invalid("to-apim", message));
        }
        if url.scheme() == "http" && !self.wish.allow_http && !exchange::is_loopback(&url) {
            let host = url.host_str().unwrap_or_default();
            let message = format!(
                "The token and the definition's secrets would travel to {host} in plain text. Use https, or --allow-http if the network is \
                 yours."
            );
            return Err(DeskError::invalid("to-apim", message));
        }
        let mut request = Request::new(call.method, url).header("Accept", "application/json").bearer(self.token);
        request.secrets.extend(self.secrets.values());
        if let Some(text) = &call.body {
            let body = if self.secrets.is_empty() {
                Body::Bytes(Bytes::from(text.clone()))
            } else {
                Body::Secret(Arc::new(SecretString::from(text.clone())))
            };
            request = request.header("Content-Type", "application/json").body(body);
        }
        Ok(request)
    }
}

fn body(exchange: &Exchange) -> Result<String> {
    let Some(response) = exchange.response() else { return Ok(String::new()) };
    let bytes = response.body.range(0..response.body.len().min(LARGEST_ANSWER))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn refused(exchange: &Exchange, call: &Call) -> DeskError {
    let exchange = exchange.record(Reveal::No);
    let said = exchange.response.as_ref().and_then(|response| response.body.clone()).unwrap_or_default();
    let status = exchange.response.as_ref().map(|response| response.status).unwrap_or_default();
    let refusal = Refusal::read(status, &said);
    let next = refusal.next().to_owned();
    DeskError::Apim(Box::new(ApimRefusal { exchange, what: call.what.clone(), refusal, next }))
}

/// A refusal after the import: the API is there, and a second import would be refused.
fn resumed(error: DeskError, id: &str) -> DeskError {
    match error {
        DeskError::Apim(mut refusal) => {
            refusal.next =
                format!("{} The API was imported, with the id {id}: go on with --update {id}.", refusal.next);
            DeskError::Apim(refusal)
        }
        other => other,
    }
}
