//! Response templates: an API's own answers to errors. Belongs here: choosing and rendering one.
//! Not here: the ordinary rendering (`refusal`).

use std::collections::BTreeMap;

use super::{
    context::View,
    environment::{Environment, Wrong},
    expression::{Reach, Template as Text},
};
use crate::http1::{Answer, AnswerBody, Headers};

/// Templates by error key and media type.
#[derive(Debug, Default)]
pub(crate) struct Templates(BTreeMap<String, BTreeMap<String, Template>>);

/// One answer.
#[derive(Debug)]
pub(crate) struct Template {
    status: u16,
    content_type: String,
    headers: Vec<(String, Text)>,
    body: Option<Text>,
}

impl Templates {
    /// Compiles the templates of a definition; the error names the template and what is not understood.
    pub(crate) fn compile(
        definitions: &BTreeMap<String, BTreeMap<String, gravitee::model::Template>>,
        environment: &mut Environment<'_>,
    ) -> Result<Self, Wrong> {
        let mut templates = Self::default();
        for (key, by_type) in definitions {
            for (media_type, definition) in by_type {
                let place = format!("api.responseTemplates.{key}.{media_type}");
                let template = Template::compile(&place, media_type, definition, environment);
                let template = template.map_err(|message| (place, message))?;
                templates.0.entry(key.clone()).or_default().insert(media_type.clone(), template);
            }
        }
        Ok(templates)
    }

    /// By key, then parent key, then `DEFAULT`; inside by what the caller accepts, or `*/*`.
    pub(crate) fn find(&self, key: &str, parent: Option<&str>, asked: &Headers) -> Option<&Template> {
        let keys = [Some(key), parent, Some("DEFAULT")];
        let by_type = keys.into_iter().flatten().find_map(|key| self.0.get(key))?;
        let accepted: Vec<String> =
            asked.all("accept").map(|value| String::from_utf8_lossy(value).to_ascii_lowercase()).collect();
        let wanted = accepted.iter().flat_map(|value| value.split(',')).map(|range| media_type(range).to_owned());
        wanted.map(|wanted| by_type.get(&wanted)).find(Option::is_some).flatten().or_else(|| by_type.get("*/*"))
    }
}

fn media_type(range: &str) -> &str {
    range.split(';').next().unwrap_or_default().trim()
}

impl Template {
    fn compile(
        place: &str,
        media_type: &str,
        definition: &gravitee::model::Template,
        environment: &mut Environment<'_>,
    ) -> Result<Self, String> {
        let status = definition.status_code.unwrap_or(400);
        if !(200..600).contains(&status) {
            return Err(format!("statusCode {status} is no status of an answer; use one from 200 to 599"));
        }
        let mut headers = Vec::new();
        for (name, value) in &definition.headers {
            let value = Text::parse(value, Reach::Error)?;
            if environment.may_set(&format!("{place}.headers"), name)? {
                headers.push((name.clone(), value));
            }
        }
        Ok(Self {
            status,
            content_type: if media_type == "*/*" { "text/plain".into() } else { media_type.to_owned() },
            headers,
            body: definition.body.as_deref().map(|body| Text::parse(body, Reach::Error)).transpose()?,
        })
    }

    pub(super) fn answer(&self, view: &View<'_, '_>) -> Answer {
        let mut answer = Answer::empty(self.status).closing();
        if let Some(body) = &self.body {
            answer.headers.add("Content-Type", self.content_type.clone());
            answer.body = AnswerBody::Full(body.render(view).into());
        }
        for (name, value) in &self.headers {
            answer.headers.set(name.clone(), value.render(view));
        }
        answer
    }
}
