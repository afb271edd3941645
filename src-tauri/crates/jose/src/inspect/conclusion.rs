//! From what was read to the verdicts: notes, findings and rules of one token and of those inside it. Not here: the rules
//! themselves ([`super::rules`]), what is taken over from a token inside ([`super::nested`]).

use super::part::Remarks;
use super::rules::{Serialization, rule};
use super::{Context, headers, rules};
use crate::inspection::{DecryptionVerdict, Form, Inspection, RuleVerdict};

/// Adds what was remarked, then judges the rules; those on a nested token look at all of its headers.
pub(super) fn conclude(
    mut inspection: Inspection,
    remarks: Remarks,
    serialization: Serialization,
    context: &Context<'_>,
) -> Inspection {
    inspection.notes = remarks.notes;
    inspection.spelled.header = remarks.spelled.header;
    inspection.spelled.payload = remarks.spelled.payload.or(inspection.spelled.payload);
    let inner_is_well_formed = inspection.inner.as_ref().is_none_or(|inner| inner.well_formed);
    inspection.well_formed = inspection.notes.is_empty() && inner_is_well_formed;
    // What is so outside and inside is told once.
    let new: Vec<_> = remarks.findings.into_iter().filter(|finding| !inspection.findings.contains(finding)).collect();
    inspection.findings.extend(new);
    let mut acceptable = rules::judge(&facts(&inspection, serialization), context.expectations);
    if let Some(decryption) = &inspection.decryption {
        let verdict = match decryption.verdict {
            DecryptionVerdict::Decrypted => RuleVerdict::Pass,
            DecryptionVerdict::Failed => RuleVerdict::Fail,
            DecryptionVerdict::NotTried => RuleVerdict::NotChecked,
        };
        acceptable.rules.push(rule("decryption", verdict, decryption.reason.clone(), "RFC 7516 5.2"));
        acceptable.verdict = rules::verdict(&acceptable.rules, &inspection.signature);
    }
    inspection.acceptable = acceptable;
    inspection
}

/// What the rules look at, from what an inspection found so far.
pub(super) fn facts(inspection: &Inspection, serialization: Serialization) -> rules::Facts<'_> {
    rules::Facts {
        headers: headers(inspection),
        claims: inspection.payload.as_object(),
        signature: &inspection.signature,
        departure: departure(inspection),
        serialization,
        is_opaque: inspection.form == Form::Opaque,
    }
}

/// The first departure from strict reading, in words; of what is inside too.
fn departure(inspection: &Inspection) -> Option<String> {
    let own = inspection.notes.first().map(|note| format!("{}: {}", note.part, note.message));
    own.or_else(|| inspection.inner.as_deref().and_then(departure))
}
