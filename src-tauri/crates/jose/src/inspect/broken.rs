//! Tokens of which a part is missing or too many: what can be shown is shown, and nothing is verified.

use super::rules::Serialization;
use super::{Context, blank, facts, inspect_any, jws, rules, unsigned};
use crate::KeySet;
use crate::inspection::{Form, Inspection, Note};

/// A text that cannot be shown in parts, and the byte at which it stops being a token.
pub(super) fn nothing(input: &str, byte: usize, reason: &str, context: &Context<'_>) -> Inspection {
    mark(blank(Form::Broken, unsigned(context, NOT_COMPLETE)), input, byte, reason, context)
}

/// Parts separated by dots, of the wrong number: the first is read as header, the second as payload.
pub(super) fn fragments(input: &str, context: &Context<'_>) -> Inspection {
    let parts: Vec<&str> = input.splitn(4, '.').collect();
    let part = |place: usize| parts.get(place).copied().unwrap_or_default();
    let readable = format!("{}.{}.{}", part(0), part(1), part(2));
    let without_keys = Context { keys: &KeySet::none(), ..*context };
    let mut inspection = jws::inspect(&readable, &without_keys);
    inspection.signature = unsigned(context, NOT_COMPLETE);
    inspection.findings.retain(|finding| finding.id != "signature-missing");
    let count = input.matches('.').count() + 1;
    let byte = if count < 3 { input.len() } else { readable.len() };
    mark(inspection, input, byte, &format!("{count} parts separated by dots; a JWS has 3, a JWE has 5"), context)
}

/// Several whole tokens with white space between: the first is shown.
pub(super) fn several(input: &str, end: usize, context: &Context<'_>) -> Inspection {
    let without_keys = Context { keys: &KeySet::none(), ..*context };
    let mut inspection = inspect_any(input.get(..end).unwrap_or_default(), &without_keys);
    inspection.signature = unsigned(context, "These are several tokens; one is checked at a time.");
    mark(inspection, input, end, "white space, and another token behind it: the first is shown", context)
}

const NOT_COMPLETE: &str = "There is no complete token to check.";

fn mark(mut inspection: Inspection, input: &str, byte: usize, reason: &str, context: &Context<'_>) -> Inspection {
    let note = Note { part: "token".to_owned(), byte: Some(byte), message: reason.to_owned() };
    inspection.notes.insert(0, note);
    inspection.form = Form::Broken;
    inspection.well_formed = false;
    inspection.acceptable = rules::judge(&facts(&inspection, Serialization::of_compact(input)), context.expectations);
    inspection
}
