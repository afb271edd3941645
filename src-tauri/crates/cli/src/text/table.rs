//! Columns.
//! Belongs here: aligning and wrapping. Not here: what stands in the columns.

use super::in_line;
use crate::output::{Output, Tone};

/// The last column is never squeezed below this.
const NARROWEST: usize = 24;

/// No column is made wider for one long cell than this; such a cell reaches out of its column.
const WIDEST: usize = 60;

/// A cell with more characters is shown in part. `--json` has all of it.
const LONGEST: usize = 2000;

/// So much of a cell that is too long is shown.
const SHOWN: usize = 200;

/// Columns under headings. The last one wraps at a terminal's width; cells pass through [`in_line`].
pub(crate) fn table(output: Output, headings: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| shown(cell)).collect()).collect();
    let widths: Vec<usize> = (0..headings.len()).map(|column| width(headings, &rows, column)).collect();
    let before: usize = widths.iter().rev().skip(1).map(|width| width + 2).sum();
    let room = output.width().map(|columns| columns.saturating_sub(before).max(NARROWEST));
    let heading: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let mut text = output.tone(Tone::Quiet, &line(&heading, &widths));
    text.push('\n');
    for row in &rows {
        let Some((last, cells)) = row.split_last() else { continue };
        let mut parts = wrapped(last, room).into_iter();
        let mut first = cells.to_vec();
        first.push(parts.next().unwrap_or_default());
        text.push_str(&line(&first, &widths));
        text.push('\n');
        for part in parts {
            text.push_str(&format!("{}{part}\n", " ".repeat(before)));
        }
    }
    text
}

/// Names and values, one below the other, indented. Values pass through [`in_line`].
pub(crate) fn facts<'a>(output: Output, facts: impl IntoIterator<Item = (&'a str, String)>) {
    let facts: Vec<_> = facts.into_iter().collect();
    let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default().min(WIDEST);
    for (name, value) in facts {
        let name = &shown(name);
        output.line(format!("  {}  {}", output.tone(Tone::Quiet, &padded(name, width)), shown(&value)));
    }
}

fn width(headings: &[&str], rows: &[Vec<String>], column: usize) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
    cells.chain(headings.get(column).map(|heading| heading.chars().count())).max().unwrap_or_default().min(WIDEST)
}

/// A cell made harmless, and shortened if it is huge.
fn shown(cell: &str) -> String {
    match cell.char_indices().nth(LONGEST) {
        None => in_line(cell),
        Some(_) => {
            let start: String = cell.chars().take(SHOWN).collect();
            format!("{}… ({} bytes; --json shows all)", in_line(&start), cell.len())
        }
    }
}

/// By hand: the formatter's own padding ends at 65,535 columns, with a panic.
fn padded(cell: &str, width: usize) -> String {
    let missing = width.saturating_sub(cell.chars().count());
    format!("{cell}{}", " ".repeat(missing))
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| padded(cell, *width)).collect();
    padded.join("  ").trim_end().to_owned()
}

/// The text in lines of at most `room` characters, broken between words.
fn wrapped(text: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room else { return vec![text.to_owned()] };
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn breaks_between_words_and_never_inside_one() {
        let lines = wrapped("one two three-is-longer-than-that four", Some(8));
        assert_eq!(lines, ["one two", "three-is-longer-than-that", "four"]);
        assert_eq!(wrapped("one two", None), ["one two"]);
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let output = Output::new(false, true);
        let rows = vec![vec!["a".to_owned(), "first".to_owned()], vec!["grün".to_owned(), "second".to_owned()]];
        let text = table(output, &["N", "WHAT"], &rows);
        let starts: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
        assert_eq!(text.lines().next().unwrap(), "N     WHAT");
        assert_eq!(starts[1], "a     first".len());
        assert_eq!(text.lines().nth(2).unwrap(), "grün  second");
    }

    #[test]
    fn a_huge_cell_is_shown_in_part_with_its_size() {
        let rows = vec![vec!["name".to_owned(), "x".repeat(2_000_000), "last".to_owned()]];
        let text = table(Output::new(false, true), &["N", "VALUE", "WHAT"], &rows);
        assert!(text.contains("2000000 bytes") && text.contains("last"), "{text}");
        assert!(text.len() < 1000, "{}", text.len());
        let rows = vec![vec!["n".to_owned(), "x".repeat(100), "last".to_owned()]];
        let text = table(Output::new(false, true), &["N", "VALUE", "WHAT"], &rows);
        assert!(text.contains(&format!("{}  last", "x".repeat(100))), "{text}");
        assert_eq!(
            text.lines().next().unwrap().chars().count(),
            1 + 2 + WIDEST + 2 + 4,
            "the headings do not drift away"
        );
    }

    #[test]
    fn control_characters_of_a_cell_do_not_reach_the_terminal() {
        let rows = vec![vec!["\u{1b}[2Jx".to_owned()]];
        assert!(!table(Output::new(false, true), &["N"], &rows).contains('\u{1b}'));
    }
}
