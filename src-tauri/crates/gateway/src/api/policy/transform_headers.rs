//! The transform headers policy (`transform-headers`). Belongs here: its order of changes.

use gravitee::{model::Header, policy::TransformHeaders as Configured};

use crate::{
    api::{
        Call,
        context::View,
        environment::Environment,
        expression::{Reach, Template},
        policy::Phase,
    },
    http1::{Answer, Headers},
};

/// The policy with its configuration.
pub(crate) struct TransformHeaders {
    /// For one phase only, as version 2 says it.
    only: Option<Phase>,
    set: Vec<(String, Template)>,
    append: Vec<(String, Template)>,
    remove: Vec<String>,
    keep: Vec<String>,
}

/// Names and values.
type Fields = Vec<(String, String)>;

/// Names that belong to the gateway, whatever a definition says.
const PROTECTED: [&str; 3] = ["host", "content-length", "transfer-encoding"];

impl TransformHeaders {
    pub(super) fn load(
        place: &str,
        configured: &Configured,
        environment: &mut Environment<'_>,
    ) -> Result<Self, String> {
        let only = match configured.scope.as_deref() {
            Some("REQUEST") => Some(Phase::Request),
            Some("RESPONSE") => Some(Phase::Response),
            Some("" | "REQUEST_CONTENT" | "RESPONSE_CONTENT") | None => None,
            Some(other) => return Err(format!("the scope {other} is not supported")),
        };
        let mut templates = |member: &str, headers: &[Header]| {
            let mut templates = Vec::new();
            for (at, header) in headers.iter().enumerate() {
                let template = Template::parse(&header.value, Reach::Request)?;
                if environment.may_set(&format!("{place}.{member}[{at}]"), &header.name)? {
                    templates.push((header.name.clone(), template));
                }
            }
            Ok::<_, String>(templates)
        };
        Ok(Self {
            only,
            set: templates("addHeaders", &configured.add_headers)?,
            append: templates("appendHeaders", &configured.append_headers)?,
            remove: configured.remove_headers.clone(),
            keep: configured.whitelist_headers.clone(),
        })
    }

    pub(super) fn acts_on(&self, phase: Phase) -> bool {
        self.only.is_none_or(|only| only == phase)
    }

    pub(super) fn on_request(&self, call: &mut Call<'_, '_>) {
        if self.acts_on(Phase::Request) {
            let (set, append) = self.values(call);
            self.change(&mut call.request.head.headers, set, append);
            call.request.trace.info("transform-headers", "request headers changed");
        }
    }

    pub(super) fn on_response(&self, call: &mut Call<'_, '_>, answer: &mut Answer) {
        if self.acts_on(Phase::Response) {
            let (set, append) = self.values(call);
            self.change(&mut answer.headers, set, append);
            call.request.trace.info("transform-headers", "response headers changed");
        }
    }

    fn values(&self, call: &Call<'_, '_>) -> (Fields, Fields) {
        let view = View { api: call.api, request: call.request, context: &call.context, error: None };
        let render = |headers: &[(String, Template)]| {
            headers.iter().map(|(name, value)| (name.clone(), value.render(&view))).collect()
        };
        (render(&self.set), render(&self.append))
    }

    fn change(&self, headers: &mut Headers, set: Fields, append: Fields) {
        if !self.keep.is_empty() {
            let is_kept = |name: &[u8]| {
                let listed = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
                self.keep.iter().any(|name| listed(name)) || PROTECTED.into_iter().any(listed)
            };
            headers.retain(is_kept);
        }
        self.remove.iter().for_each(|name| headers.remove(name));
        set.into_iter().for_each(|(name, value)| headers.set(name, value));
        append.into_iter().for_each(|(name, value)| headers.add(name, value));
    }
}
