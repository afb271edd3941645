//! JSON re-indented without being understood: numbers, escapes and duplicate members stay as they were sent.
//! Belongs here: white space between tokens. Not here: judging the JSON; the caller has made sure that it is JSON.

/// Deeper JSON is not read by people; indenting it would cost the square of its size.
const DEEPEST: usize = 64;

/// How much larger than what came the indented text may be, beside a constant.
const GROWTH: usize = 4;

/// The text with one member or element per line and two spaces per level; empty objects and arrays stay on one line. None
/// for JSON that would become unreasonably large: it is shown as it came.
pub(crate) fn pretty(json: &str) -> Option<String> {
    let longest = json.len() * GROWTH + (1 << 20);
    let mut out = String::with_capacity(json.len() + json.len() / 4);
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    // Set behind an opening bracket until it is known whether anything is inside.
    let mut opened = false;
    for c in json.chars() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        let closing = matches!(c, '}' | ']');
        if closing {
            depth = depth.saturating_sub(1);
        }
        if opened != closing {
            line(&mut out, depth);
        }
        opened = matches!(c, '{' | '[');
        depth += usize::from(opened);
        out.push(c);
        match c {
            '"' => in_string = true,
            ',' => line(&mut out, depth),
            ':' => out.push(' '),
            _ => {}
        }
        if depth > DEEPEST || out.len() > longest {
            return None;
        }
    }
    Some(out)
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    fn pretty(json: &str) -> String {
        super::pretty(json).unwrap()
    }

    #[test]
    fn hostile_nesting_is_left_as_it_came() {
        assert_eq!(super::pretty(&format!("{}{}", "[".repeat(50_000), "]".repeat(50_000))), None);
        let wide = format!("{}{}1{}", "[".repeat(60), "0,".repeat(2_000_000), "]".repeat(60));
        assert_eq!(super::pretty(&wide), None);
    }

    #[test]
    fn indents_members_and_elements() {
        assert_eq!(
            pretty(r#"{"a":1,"b":[1,2],"c":{}}"#),
            "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    2\n  ],\n  \"c\": {}\n}"
        );
    }

    #[test]
    fn keeps_numbers_escapes_and_duplicates() {
        let text = pretty(r#"{ "n" : 12345678901234567890.10, "s":"a\"{,:\\", "s": [ ] }"#);
        assert_eq!(text, "{\n  \"n\": 12345678901234567890.10,\n  \"s\": \"a\\\"{,:\\\\\",\n  \"s\": []\n}");
    }

    #[test]
    fn is_a_fixed_point() {
        let once = pretty(r#"[{"a":[[],[{}]]},null,true,"x"]"#);
        assert_eq!(pretty(&once), once);
    }
}
