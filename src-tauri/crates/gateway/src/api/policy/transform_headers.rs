//! The transform headers policy (`transform-headers`). Belongs here: its order of changes.

use gravitee::{model::Header, policy::TransformHeaders as Configured};

use crate::{
    api::{Call, context::View, expression::Template},
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Request,
    Response,
}

/// Names that belong to the gateway, whatever a definition says.
const PROTECTED: [&str; 3] = ["host", "content-length", "transfer-encoding"];

impl TransformHeaders {
    pub(super) fn load(configured: &Configured) -> Result<Self, String> {
        let only = match configured.scope.as_deref() {
            Some("REQUEST") => Some(Phase::Request),
            Some("RESPONSE") => Some(Phase::Response),
            Some("" | "REQUEST_CONTENT" | "RESPONSE_CONTENT") | None => None,
            Some(other) => return Err(format!("the scope {other} is not supported")),
        };
        let template = |header: &Header| {
            if !is_field_name(&header.name) {
                return Err(format!("`{}` is no name of a header field", header.name));
            }
            Ok((header.name.clone(), Template::parse(&header.value)?))
        };
        let templates = |headers: &[Header]| headers.iter().map(template).collect::<Result<Vec<_>, String>>();
        Ok(Self {
            only,
            set: templates(&configured.add_headers)?,
            append: templates(&configured.append_headers)?,
            remove: configured.remove_headers.clone(),
            keep: configured.whitelist_headers.clone(),
        })
    }

    pub(super) fn on_request(&self, call: &mut Call<'_, '_>) {
        if self.only != Some(Phase::Response) {
            let (set, append) = self.values(call);
            self.change(&mut call.request.head.headers, set, append);
            call.request.trace.info("transform-headers", "request headers changed");
        }
    }

    pub(super) fn on_response(&self, call: &mut Call<'_, '_>, answer: &mut Answer) {
        if self.only != Some(Phase::Request) {
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

/// A token (RFC 9110 section 5.6.2).
fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
