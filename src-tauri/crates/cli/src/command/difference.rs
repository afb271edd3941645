//! `claimcheck inspect --diff`
//! Belongs here: which two tokens are meant, and their difference as text. Not here: the difference itself.

use crate::{
    command::inspect::pasted,
    exit::Exit,
    failure::Failure,
    output::Output,
    text::{facts, table, value},
};
use desk::{
    Desk,
    wire::{DiffSide, DiffedToken, TokenDiff},
};
use std::path::Path;

/// Sets a token beside the one in a file, or two from standard input beside each other. Differences are no negative answer.
pub(super) async fn run(desk: &Desk, given: Option<&str>, file: &Path, output: Output) -> Result<Exit, Failure> {
    let stdin = file == Path::new("-");
    let (left, right) = match given {
        Some(token) if stdin => (side(token, 0), side(&pasted("the other token", output)?, 0)),
        Some(token) => (side(token, 0), side(&read(file)?, 0)),
        None if stdin => two(&pasted("the two tokens, a line each", output)?)?,
        None => (side(&pasted("the token", output)?, 0), side(&read(file)?, 0)),
    };
    let diff = desk.diff_tokens(left, right).await?;
    if output.json {
        output.document(&diff);
    } else {
        show(&diff, output);
    }
    Ok(Exit::Done)
}

fn side(text: &str, pick: usize) -> DiffSide {
    DiffSide::Text { text: text.to_owned(), pick }
}

/// Two tokens of one text: a line each, or the first two that are found in it.
fn two(text: &str) -> Result<(DiffSide, DiffSide), Failure> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    match lines.as_slice() {
        [left, right] => Ok((side(left, 0), side(right, 0))),
        _ if desk::tokens_in(text).len() > 1 => Ok((side(text, 0), side(text, 1))),
        _ => Err(Failure::usage(
            "Which two tokens? Give them on standard input, a line each; or one there and one in a file: --diff FILE.",
        )),
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!(
            "--diff {} cannot be read: {error}. It takes a file with a token in it.",
            file.display()
        ))
    })
}

fn show(diff: &TokenDiff, output: Output) {
    facts(output, [("left", told(&diff.left)), ("right", told(&diff.right))]);
    if diff.differences.is_empty() {
        return output.line(match diff.same {
            true => "The two are the same, byte for byte.",
            false if diff.left.readable && diff.right.readable => {
                "Header and claims say the same; the tokens differ in signature or spelling."
            }
            false => "They differ, and their claims cannot be read.",
        });
    }
    let cell = |side: &Option<_>| side.as_ref().map_or_else(|| "—".to_owned(), value);
    let rows: Vec<Vec<String>> = diff
        .differences
        .iter()
        .map(|one| vec![one.path.clone(), cell(&one.left), cell(&one.right), one.note.clone().unwrap_or_default()])
        .collect();
    output.line("");
    output.raw(table(output, &["MEMBER", "LEFT", "RIGHT", "DIFFERENCE"], &rows).as_bytes());
}

fn told(token: &DiffedToken) -> String {
    let form = serde_json::to_value(token.form).map(|form| value(&form)).unwrap_or_default();
    let unread = if token.readable { "" } else { ", its claims cannot be read" };
    format!("{} ({form}{unread})", token.masked)
}
