//! What the Management API answers. Belongs here: reading it, and what a refusal asks of a person.

use serde_json::Value;

/// An API of an API Management.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiThere {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is started.
    pub started: bool,
}

impl ApiThere {
    /// The API of an import's answer; none if the answer is something else.
    #[must_use]
    pub fn read(body: &str) -> Option<Self> {
        Self::of(&serde_json::from_str(body).ok()?)
    }

    /// The APIs of a search's answer.
    #[must_use]
    pub fn list(body: &str) -> Vec<Self> {
        let answer: Value = serde_json::from_str(body).unwrap_or_default();
        answer.get("data").and_then(Value::as_array).into_iter().flatten().filter_map(Self::of).collect()
    }

    fn of(api: &Value) -> Option<Self> {
        let text = |name: &str| api.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let started = text("state").is_some_and(|state| state.eq_ignore_ascii_case("STARTED"));
        Some(Self { id: text("id")?.to_owned(), name: text("name").unwrap_or_default().to_owned(), started })
    }
}

/// A refusal: `{"httpStatus","message","technicalCode","parameters","details"}`; version 1 says `http_status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Status of the answer.
    pub status: u16,
    /// What it says, details included; empty if it says nothing that can be read.
    pub message: String,
    /// Its `technicalCode`.
    pub code: Option<String>,
}

impl Refusal {
    /// Reads the body of an answer with this status.
    #[must_use]
    pub fn read(status: u16, body: &str) -> Self {
        let answer: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let mut message = text("message").unwrap_or_default().to_owned();
        for detail in answer.get("details").and_then(Value::as_array).into_iter().flatten() {
            message.push_str(&detail_of(detail));
        }
        Self { status, message, code: text("technicalCode").map(str::to_owned) }
    }

    /// Whether the API is there already, by its path or id.
    #[must_use]
    pub fn says_exists(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        let code = self.code.as_deref().unwrap_or_default().to_ascii_lowercase();
        matches!(self.status, 400 | 409)
            && (message.contains("already") || code.contains("exist") || code.contains("duplicate"))
    }

    /// What to do next.
    #[must_use]
    pub fn next(&self) -> &'static str {
        match self.status {
            _ if self.says_exists() => {
                "An API with this path is there already. Update it: --update API_ID (its id stands in the console's address bar)."
            }
            400 | 415 | 422 => {
                "The definition does not fit this API Management. Check it with `claimcheck import FILE --check`, and whether its version knows every member."
            }
            401 => {
                "The personal access token is wrong or has expired. Make one in the console under your profile, Tokens, and give it with --token-stdin or CLAIMCHECK_APIM_TOKEN."
            }
            403 => {
                "The token's user may not do this. Give the user the environment's permission API (create, update) and be its API's owner."
            }
            404 => {
                "There is no such thing at this address. Check the URL (the Management API, port 8083, not the console), --organization, --environment and --update."
            }
            429 => "Too many requests. Wait a moment and try again.",
            300..=399 => "It redirects, which is not followed with a credential. Give the address it leads to.",
            500..=599 => "The API Management failed. Look into its log, and try again.",
            _ => "Check the address and the version of the API Management.",
        }
    }
}

/// A detail is a text, or says its `message` and where.
fn detail_of(detail: &Value) -> String {
    let text = |name: &str| detail.get(name).and_then(Value::as_str);
    match (detail.as_str().or_else(|| text("message")), text("location").or_else(|| text("path"))) {
        (Some(message), Some(place)) => format!(" · {place}: {message}"),
        (Some(message), None) => format!(" · {message}"),
        (None, _) => String::new(),
    }
}
