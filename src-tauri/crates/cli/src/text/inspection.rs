//! An inspection: the verdicts, the claims, the findings.
//! Belongs here: layout. Not here: what is judged.

use super::{in_line, table, value, visible};
use crate::output::{Output, Tone};
use desk::wire::{
    AcceptableVerdict, DecryptionVerdict, Finding, Inspection, Note, RuleVerdict, Severity, Signature, SignatureVerdict,
};
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};
use serde::Serialize;

/// Header members worth a line; the rest is in `--json`.
const HEADER: [&str; 5] = ["alg", "enc", "kid", "typ", "cty"];

/// Everything of it that a person wants to see.
pub(crate) fn inspection(inspection: &Inspection, output: Output) {
    fact(output, "form", Tone::Strong, &word(&inspection.form), "");
    let header = header(inspection);
    if !header.is_empty() {
        fact(output, "header", Tone::Strong, "", &header);
    }
    let (tone, word) = if inspection.well_formed { (Tone::Good, "✓ yes") } else { (Tone::Bad, "✗ no") };
    fact(output, "well-formed", tone, word, "");
    notes(&inspection.notes, output);
    decryption(inspection, output);
    signature(&inspection.signature, output);
    acceptable(inspection, output);
    disclosures(inspection, output);
    payload(inspection, output);
    findings(inspection, output);
}

/// One line of it: number of the input's line, signature, acceptable, form, `alg`, `kid`, and why; parted by tabs.
pub(crate) fn inspection_line(number: usize, inspection: &Inspection) -> String {
    let member = |name| inspection.header.get(name).map(value).unwrap_or_default();
    let failed = inspection.acceptable.rules.iter().find(|rule| rule.verdict == RuleVerdict::Fail);
    let why = failed.map_or(inspection.signature.reason.as_str(), |rule| rule.detail.as_str());
    let columns = [
        number.to_string(),
        word(&inspection.signature.verdict),
        word(&inspection.acceptable.verdict),
        word(&inspection.form),
        member("alg"),
        member("kid"),
        why.to_owned(),
    ];
    columns.map(|column| visible(&column).replace(['\t', '\n'], " ")).join("\t") + "\n"
}

/// The claims as a table.
pub(crate) fn claims(inspection: &Inspection, output: Output) {
    if inspection.claims.is_empty() {
        return;
    }
    let rows: Vec<Vec<String>> = inspection
        .claims
        .iter()
        .map(|claim| {
            let local = claim.time.and_then(local).unwrap_or_default();
            let said: Vec<&str> = [claim.note.as_str(), local.as_str(), claim.meaning.as_str()]
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect();
            vec![claim.name.clone(), value(&claim.value), said.join(" · ")]
        })
        .collect();
    output.line("");
    output.raw(table(output, &["CLAIM", "VALUE", "MEANING"], &rows).as_bytes());
}

/// A time on the clocks of this machine, and how far that is from UTC; nothing where they show UTC, which is told already.
fn local(seconds: i64) -> Option<String> {
    let here = Timestamp::from_second(seconds).ok()?.to_zoned(TimeZone::system());
    (here.offset() != Offset::UTC).then(|| here.strftime("here %Y-%m-%d %H:%M:%S %:z").to_string())
}

fn fact(output: Output, name: &str, tone: Tone, word: &str, more: &str) {
    let more = in_line(more);
    let gap = if word.is_empty() || more.is_empty() { "" } else { "  " };
    output.line(format!("{name:<12} {}{gap}{more}", output.tone(tone, word)));
}

/// The word that JSON has for it.
fn word(of: &impl Serialize) -> String {
    serde_json::to_value(of).map_or_else(|_| String::new(), |word| value(&word))
}

fn header(inspection: &Inspection) -> String {
    let member = |name: &&str| inspection.header.get(*name).map(|said| format!("{name} {}", value(said)));
    HEADER.iter().filter_map(member).collect::<Vec<_>>().join(" · ")
}

fn notes(notes: &[Note], output: Output) {
    for note in notes {
        let byte = note.byte.map_or_else(String::new, |byte| format!(", byte {byte}"));
        output.line(format!("  {} {}{byte}: {}", output.tone(Tone::Warn, "!"), note.part, in_line(&note.message)));
    }
}

fn decryption(inspection: &Inspection, output: Output) {
    let Some(decryption) = &inspection.decryption else { return };
    let (tone, word) = match decryption.verdict {
        DecryptionVerdict::Decrypted => (Tone::Good, "✓ decrypted"),
        DecryptionVerdict::Failed => (Tone::Bad, "✗ failed"),
        DecryptionVerdict::NotTried => (Tone::Warn, "? not tried"),
    };
    fact(output, "decryption", tone, word, &decryption.reason);
}

fn signature(signature: &Signature, output: Output) {
    let (tone, word) = match signature.verdict {
        SignatureVerdict::Valid => (Tone::Good, "✓ valid"),
        SignatureVerdict::Invalid => (Tone::Bad, "✗ invalid"),
        SignatureVerdict::NotChecked => (Tone::Warn, "? not checked"),
    };
    fact(output, "signature", tone, word, &signature.reason);
    if let Some(key) = &signature.key {
        let kid = key.kid.as_ref().map_or_else(String::new, |kid| format!("{kid}: "));
        fact(output, "  key", Tone::Strong, "", &format!("{kid}{}", key.detail));
    }
}

fn acceptable(inspection: &Inspection, output: Output) {
    let (tone, word) = match inspection.acceptable.verdict {
        AcceptableVerdict::Yes => (Tone::Good, "✓ yes"),
        AcceptableVerdict::No => (Tone::Bad, "✗ no"),
        AcceptableVerdict::Unknown => (Tone::Warn, "? unknown"),
    };
    fact(output, "acceptable", tone, word, &passed(inspection));
    for rule in inspection.acceptable.rules.iter().filter(|rule| rule.verdict == RuleVerdict::Fail) {
        let sign = output.tone(Tone::Bad, "✗");
        output.line(format!("  {sign} {}: {} ({})", rule.rule, in_line(&rule.detail), rule.reference));
    }
}

fn passed(inspection: &Inspection) -> String {
    let rules = inspection.acceptable.rules.iter().filter(|rule| rule.verdict == RuleVerdict::Pass);
    let names: Vec<&str> = rules.map(|rule| rule.rule.as_str()).collect();
    if names.is_empty() { String::new() } else { format!("passed: {}", names.join(", ")) }
}

fn disclosures(inspection: &Inspection, output: Output) {
    let Some(said) = &inspection.selective_disclosure else { return };
    let binding = if said.key_binding { "with key binding" } else { "no key binding" };
    let told = format!("{} disclosed, {} kept back, {binding}", said.disclosures.len(), said.undisclosed);
    fact(output, "disclosures", Tone::Strong, "", &told);
}

fn payload(inspection: &Inspection, output: Output) {
    if let Some(text) = &inspection.payload_text {
        output.line(format!("\npayload (text, not JSON)\n{}", visible(text)));
    }
    if !inspection.payload.is_object() && !inspection.payload.is_null() {
        output.line(format!(
            "\npayload (JSON, but no object: it holds no claims)\n{}",
            in_line(&inspection.payload.to_string())
        ));
    }
    if let Some(text) = &inspection.payload_base64 {
        output.line(format!("\npayload (bytes, in base64)\n{text}"));
    }
    claims(inspection, output);
}

fn findings(inspection: &Inspection, output: Output) {
    if inspection.findings.is_empty() {
        return;
    }
    output.line("");
    inspection.findings.iter().for_each(|finding| told(finding, output));
}

/// What is wrong with the keys that were given; what is minor is counted.
pub(crate) fn key_lint(findings: &[Finding], output: Output) {
    let (grave, minor): (Vec<_>, Vec<_>) = findings.iter().partition(|finding| finding.severity <= Severity::Medium);
    if grave.is_empty() {
        return;
    }
    output.line("\nthe keys given");
    grave.into_iter().for_each(|finding| told(finding, output));
    if !minor.is_empty() {
        output.line(output.tone(Tone::Quiet, &format!("and {} of less weight: --json", minor.len())));
    }
}

fn told(finding: &Finding, output: Output) {
    let (tone, word) = match finding.severity {
        Severity::Critical => (Tone::Bad, "critical"),
        Severity::High => (Tone::Bad, "high"),
        Severity::Medium => (Tone::Warn, "medium"),
        Severity::Low => (Tone::Warn, "low"),
        Severity::Info => (Tone::Quiet, "info"),
    };
    let severity = output.tone(tone, &format!("{word:<8}"));
    output.line(format!("{severity}  {} ({})", in_line(&finding.message), finding.reference));
}
