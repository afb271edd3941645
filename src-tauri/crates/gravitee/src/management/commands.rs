//! The calls as lines to type. Belongs here: curl for a POSIX shell. Not here: which calls there are.

use super::{Call, Generation, Management, importable};
use crate::{Definition, GraviteeError, model::PlanStatus};

const CURL: &str = "curl --fail-with-body -sS --netrc";
const JSON: &str = "-H 'Content-Type: application/json'";

/// Where the lines take the definition from, as it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// A file that holds it as it is sent.
    File(&'a str),
    /// A command, in words, that writes it as it is sent.
    Command(&'a [&'a str]),
}

/// The lines that import the definition in `input` (or update the API `update` by it), publish its plans, start and deploy the API.
/// The credential is read from `~/.netrc`, so that none is on the command line.
///
/// # Errors
/// [`GraviteeError::Member`] if the definition cannot be read as an API.
pub fn import_commands(
    definition: &Definition,
    input: Input<'_>,
    to: &Management,
    update: Option<&str>,
) -> Result<Vec<String>, GraviteeError> {
    let definition = importable(definition)?;
    let generation = Generation::of(&definition);
    let api = definition.api()?;
    let import = to.import(&definition, update);
    let (writer, data) = match input {
        Input::File(file) => (String::new(), quote(&format!("@{file}"))),
        Input::Command(words) => {
            (words.iter().map(|word| plain_or_quoted(word)).collect::<Vec<_>>().join(" ") + " | ", "@-".into())
        }
    };
    let method = import.method;
    let url = quote(&import.url);
    let mut lines = vec![format!("API_ID=$({writer}{CURL} -X {method} {JSON} --data-binary {data} {url} | jq -r .id)")];
    let plans = to.staging_plans(generation, "$API_ID").url;
    let all = if generation == Generation::V1 { ".[]" } else { ".data[]" };
    for plan in api.plans.iter().filter(|plan| plan.status == PlanStatus::Staging) {
        let filter = quote(&format!("{all} | select(.name == {}) | .id", serde_json::Value::from(plan.name.clone())));
        lines.push(format!("PLAN_ID=$({CURL} \"{plans}\" | jq -r {filter})"));
        lines.push(line(&to.publish(generation, "$API_ID", "$PLAN_ID", &plan.name)));
    }
    lines.push(line(&to.start(generation, "$API_ID")));
    lines.push(line(&to.deploy(generation, "$API_ID")));
    Ok(lines)
}

/// A call whose URL holds a variable of the shell.
fn line(call: &Call) -> String {
    let body = call.body.as_ref().map(|body| format!("{JSON} -d {} ", quote(body))).unwrap_or_default();
    format!("{CURL} -X {} {body}\"{}\"", call.method, call.url)
}

/// A word for a POSIX shell, bare where it means nothing there.
fn plain_or_quoted(word: &str) -> String {
    let is_plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    if is_plain { word.to_owned() } else { quote(word) }
}

/// A word for a POSIX shell.
fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
