//! A shell line split into words, as a POSIX shell (and bash's `$'…'`) quotes them.
//! Belongs here: quoting. Not here: expansion of anything: `$x`, `$(…)` and globs stay as they are typed.

use std::{iter::Peekable, str::Chars};

/// The words; none if a quotation is not closed.
pub(super) fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' => single(&mut rest, word.get_or_insert_default())?,
            '"' => double(&mut rest, word.get_or_insert_default())?,
            '$' if rest.peek() == Some(&'\'') => {
                rest.next();
                ansi_c(&mut rest, word.get_or_insert_default())?;
            }
            // A line that goes on below: `\` in shells, `^` in cmd.exe.
            '\\' | '^' if matches!(rest.peek(), Some('\n' | '\r')) => {
                while matches!(rest.peek(), Some('\n' | '\r')) {
                    rest.next();
                }
            }
            '\\' => word.get_or_insert_default().extend(rest.next()),
            // What follows belongs to another command.
            '|' | ';' => break,
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

fn single(rest: &mut Peekable<Chars<'_>>, word: &mut String) -> Option<()> {
    loop {
        match rest.next()? {
            '\'' => return Some(()),
            c => word.push(c),
        }
    }
}

fn double(rest: &mut Peekable<Chars<'_>>, word: &mut String) -> Option<()> {
    loop {
        match rest.next()? {
            '"' => return Some(()),
            '\\' => match rest.next()? {
                c @ ('"' | '\\' | '$' | '`') => word.push(c),
                '\n' => {}
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

fn ansi_c(rest: &mut Peekable<Chars<'_>>, word: &mut String) -> Option<()> {
    loop {
        match rest.next()? {
            '\'' => return Some(()),
            '\\' => match rest.next()? {
                'n' => word.push('\n'),
                'r' => word.push('\r'),
                't' => word.push('\t'),
                'x' => word.extend(code(rest, 2)),
                'u' => word.extend(code(rest, 4)),
                'U' => word.extend(code(rest, 8)),
                c => word.push(c),
            },
            c => word.push(c),
        }
    }
}

/// The character whose number stands in up to `longest` hexadecimal digits.
fn code(rest: &mut Peekable<Chars<'_>>, longest: usize) -> Option<char> {
    let mut number = 0;
    for _ in 0..longest {
        let Some(digit) = rest.peek().and_then(|c| c.to_digit(16)) else { break };
        rest.next();
        number = number * 16 + digit;
    }
    char::from_u32(number)
}

/// A word as a POSIX shell takes it unchanged.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
