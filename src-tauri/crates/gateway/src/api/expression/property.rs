//! What an expression may name: the one table of it. Belongs here: reading a path. Not here: values (`context`, `environment`).
//! What is not in it is refused when it is loaded: as null it would let a condition skip a policy.

/// Where an expression stands: what there is to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// Filled in once, when the API is loaded.
    Load,
    /// Evaluated on each request.
    Request,
    /// In the answer to an error.
    Error,
}

/// Something with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Property {
    /// `#api.name`
    ApiName,
    /// `#properties['key']`
    OfApi(String),
    Request(RequestMember),
    /// `#request.headers['name']`, maybe one of its values.
    Header(String, Option<usize>),
    /// `#request.params['name']`, maybe one of its values.
    Parameter(String, Option<usize>),
    /// `#context.attributes['name']`, and members below it. Any name: what was not set is null.
    Attribute(String, Vec<String>),
    Error(ErrorMember),
}

/// A member of `#request`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestMember {
    Method,
    Uri,
    Path,
    PathInfo,
    Host,
    RemoteAddress,
    Id,
    TransactionId,
}

/// A member of `#error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorMember {
    Key,
    Message,
    StatusCode,
}

const REQUEST: [(&str, RequestMember); 8] = [
    ("method", RequestMember::Method),
    ("uri", RequestMember::Uri),
    ("path", RequestMember::Path),
    ("pathInfo", RequestMember::PathInfo),
    ("host", RequestMember::Host),
    ("remoteAddress", RequestMember::RemoteAddress),
    ("id", RequestMember::Id),
    ("transactionId", RequestMember::TransactionId),
];

const ERROR: [(&str, ErrorMember); 3] =
    [("key", ErrorMember::Key), ("message", ErrorMember::Message), ("statusCode", ErrorMember::StatusCode)];

impl Property {
    /// What a path names; the error lists what there is.
    pub(super) fn of(path: &[String], reach: Reach) -> Result<Self, String> {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        let found = match parts.as_slice() {
            ["api", "name"] => Some(Self::ApiName),
            ["properties", key] | ["api", "properties", key] => Some(Self::OfApi((*key).to_owned())),
            ["request", rest @ ..] if reach >= Reach::Request => of_request(rest),
            ["context", "attributes", name, ..] if reach >= Reach::Request => {
                let below = path.get(3..).unwrap_or_default();
                Some(Self::Attribute((*name).to_owned(), below.to_vec()))
            }
            ["error", name] if reach >= Reach::Error => member(&ERROR, name).map(Self::Error),
            _ => None,
        };
        found.ok_or_else(|| format!("`#{}` is not known here; known are {}", path.join("."), known(reach)))
    }
}

fn of_request(path: &[&str]) -> Option<Property> {
    match path {
        ["headers", name] => Some(Property::Header((*name).to_owned(), None)),
        ["headers", name, at] => Some(Property::Header((*name).to_owned(), Some(at.parse().ok()?))),
        ["params", name] => Some(Property::Parameter((*name).to_owned(), None)),
        ["params", name, at] => Some(Property::Parameter((*name).to_owned(), Some(at.parse().ok()?))),
        [name] => member(&REQUEST, name).map(Property::Request),
        _ => None,
    }
}

fn member<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, member)| *member)
}

/// The list that a refusal ends with.
fn known(reach: Reach) -> String {
    let mut known: Vec<String> =
        ["properties['…']", "api.properties['…']", "api.name"].map(|name| format!("#{name}")).into();
    if reach >= Reach::Request {
        known.extend(["#request.headers['…']", "#request.params['…']"].map(str::to_owned));
        known.extend(REQUEST.iter().map(|(name, _)| format!("#request.{name}")));
        known.push("#context.attributes['…']".into());
    }
    if reach >= Reach::Error {
        known.extend(ERROR.iter().map(|(name, _)| format!("#error.{name}")));
    }
    known.join(", ")
}
