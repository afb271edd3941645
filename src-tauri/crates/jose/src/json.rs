//! JSON as an inspector reads it: duplicate members and numbers that a double does not hold are told, not swallowed.
//! Not here: what members mean, how numbers are spelt ([`crate::number`]).

use crate::number::{Spelling, spellings, within_range};
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Integers beyond this are rounded by readers that use doubles, JavaScript above all (RFC 8259 6).
const EXACT: u64 = 1 << 53;

/// How many departures are told; a hostile token holds millions.
const TOLD: usize = 32;

/// What reading found.
#[derive(Default)]
pub(crate) struct Reading {
    /// The value; of duplicate members the last.
    pub(crate) value: Option<Value>,
    /// Why there is no value, and at which byte.
    pub(crate) error: Option<(usize, String)>,
    /// Duplicate members, with both values.
    pub(crate) duplicates: Vec<String>,
    /// The value with numbers as texts where they are written otherwise than they are shown; none if there are none.
    pub(crate) spelled: Option<Value>,
    /// Integers beyond 2^53.
    pub(crate) big_integers: Vec<String>,
    /// Other numbers that no double holds.
    pub(crate) rounded: Vec<String>,
    /// Numbers that are too large for a double.
    pub(crate) out_of_range: Vec<String>,
    /// Whether an object or array was complete, and something followed.
    pub(crate) trailing: bool,
    /// Whether a byte order mark stood in front.
    pub(crate) byte_order_mark: bool,
}

/// Reads JSON from bytes.
pub(crate) fn read(bytes: &[u8]) -> Reading {
    let mut reading = Reading::default();
    let bytes = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => {
            reading.byte_order_mark = true;
            rest
        }
        None => bytes,
    };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            reading.error = Some((error.valid_up_to(), "not UTF-8".to_owned()));
            return reading;
        }
    };
    read_text(&mut reading, text, text);
    if reading.error.is_some()
        && let Some(within) = within_range(text)
    {
        let mut second = Reading { byte_order_mark: reading.byte_order_mark, ..Reading::default() };
        read_text(&mut second, &within, text);
        if second.error.is_none() {
            return second;
        }
    }
    reading
}

/// Reads a text, whose numbers are spelt as in `written`.
fn read_text(reading: &mut Reading, text: &str, written: &str) {
    let mut numbers = spellings(written).map(|(_, spelling)| spelling);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut is_respelt = false;
    let seed = Seed {
        reading: &mut *reading,
        path: &Path::Root,
        numbers: &mut numbers,
        is_respelt: &mut is_respelt,
        keeps_spelling: false,
    };
    match seed.deserialize(&mut deserializer).map(|value| (value, deserializer.end())) {
        Ok((value, Ok(()))) => reading.value = Some(value),
        Ok((value, Err(error))) => {
            reading.trailing = value.is_object() || value.is_array();
            reading.error = Some((offset(text, &error), plain(&error)));
        }
        Err(error) => reading.error = Some((offset(text, &error), plain(&error))),
    }
    if reading.value.is_some() && is_respelt {
        reading.spelled = spelled(text, written);
    }
}

/// The value with numbers as texts where they are written otherwise than they are shown.
fn spelled(text: &str, written: &str) -> Option<Value> {
    let mut numbers = spellings(written).map(|(_, spelling)| spelling);
    let seed = Seed {
        reading: &mut Reading::default(),
        path: &Path::Root,
        numbers: &mut numbers,
        is_respelt: &mut false,
        keeps_spelling: true,
    };
    seed.deserialize(&mut serde_json::Deserializer::from_str(text)).ok()
}

/// Reads a JSON object strictly: UTF-8, no byte order mark, no duplicate members.
pub(crate) fn strict_object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let reading = read(bytes);
    if reading.byte_order_mark {
        return Err("a byte order mark stands before the JSON".to_owned());
    }
    if let Some(duplicate) = reading.duplicates.into_iter().next() {
        return Err(duplicate);
    }
    if let Some(number) = reading.out_of_range.into_iter().next() {
        return Err(number);
    }
    match (reading.value, reading.error) {
        (Some(Value::Object(members)), _) => Ok(members),
        (Some(_), _) => Err("this is JSON, but no object".to_owned()),
        (None, Some((offset, message))) => Err(format!("{message} at byte {offset}")),
        (None, None) => Err("this is no JSON".to_owned()),
    }
}

fn offset(text: &str, error: &serde_json::Error) -> usize {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    before + error.column().saturating_sub(1)
}

/// The message without serde_json's "at line 1 column 7", which counts in the decoded part.
fn plain(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.split(" at line ").next() {
        Some("recursion limit exceeded") => "nested deeper than 128 levels".to_owned(),
        Some("unexpected end of hex escape" | "lone leading surrogate in hex escape") => {
            "a lone surrogate: half of a `\\u` pair without the other half is no character (RFC 8259 8.2)".to_owned()
        }
        Some(message) => message.to_owned(),
        None => message,
    }
}

/// Where in the document a value stands, kept on the stack so that a clean document costs nothing.
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Element(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Path::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Element(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

struct Seed<'a, 'n> {
    reading: &'a mut Reading,
    path: &'a Path<'a>,
    /// The numbers of the text that are still to come.
    numbers: &'a mut dyn Iterator<Item = Spelling<'n>>,
    /// Set where a number is written otherwise than it is shown.
    is_respelt: &'a mut bool,
    /// Whether such numbers become texts.
    keeps_spelling: bool,
}

impl<'n> Seed<'_, 'n> {
    fn inside<'b>(&'b mut self, path: &'b Path<'b>) -> Seed<'b, 'n> {
        Seed {
            reading: &mut *self.reading,
            path,
            numbers: &mut *self.numbers,
            is_respelt: &mut *self.is_respelt,
            keeps_spelling: self.keeps_spelling,
        }
    }

    /// The number that stands next in the text, told where readers differ over it.
    fn number<E: serde::de::Error>(mut self, read: Option<Number>) -> Result<Value, E> {
        let out_of_range = || E::custom("number out of range");
        let Some(spelling) = self.numbers.next().filter(|spelling| !spelling.is_plain()) else {
            return read.map(Value::Number).ok_or_else(out_of_range);
        };
        let number = if spelling.is_out_of_range() { spelling.number() } else { read };
        let number = number.ok_or_else(out_of_range)?;
        self.remark(spelling, &number);
        let respelt = spelling.respelt(&number);
        *self.is_respelt |= respelt.is_some();
        Ok(respelt.filter(|_| self.keeps_spelling).unwrap_or(Value::Number(number)))
    }

    fn remark(&mut self, spelling: Spelling<'_>, number: &Number) {
        let (path, written) = (self.path, spelling.brief());
        let is_rounded = spelling.is_rounded_to(number);
        let shown = if is_rounded { format!("; it is shown as {number}") } else { String::new() };
        let (list, message) = if spelling.is_out_of_range() {
            (&mut self.reading.out_of_range, format!("`{path}` is {written}, too large for a double (RFC 8259 6)"))
        } else if is_big(number) {
            let message = format!("`{path}` is {written}, beyond 2^53: readers that use doubles round it{shown}");
            (&mut self.reading.big_integers, message)
        } else if is_rounded {
            (&mut self.reading.rounded, format!("`{path}` is {written}, which no double holds{shown}"))
        } else {
            return;
        };
        if list.len() < TOLD {
            list.push(message);
        }
    }
}

/// Whether this is an integer beyond 2^53.
fn is_big(number: &Number) -> bool {
    if let Some(integer) = number.as_i64() {
        return integer.unsigned_abs() > EXACT;
    }
    number.is_u64() || number.as_f64().is_some_and(|value| value.abs() > EXACT as f64 && value.fract() == 0.0)
}

impl<'de> DeserializeSeed<'de> for Seed<'_, '_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.number(Some(value.into()))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.number(Some(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.number(Number::from_f64(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        let path = self.path;
        while let Some(value) = elements.next_element_seed(self.inside(&Path::Element(path, list.len())))? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let path = Path::Member(self.path, &name);
            let value = members.next_value_seed(self.inside(&path))?;
            if let Some(first) = object.get(&name)
                && self.reading.duplicates.len() < TOLD
            {
                let both = format!("`{path}` stands twice: first {}, then {}", brief(first), brief(&value));
                self.reading.duplicates.push(both);
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// The JSON type in words.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A value in at most 80 characters.
pub(crate) fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn both_values_of_a_duplicate_are_told_and_the_last_stays() {
        let reading = read(br#"{"a":{"sub":"x","sub":["y"]}}"#);
        assert_eq!(reading.value.unwrap()["a"]["sub"][0], "y");
        assert_eq!(reading.duplicates, [r#"`a.sub` stands twice: first "x", then ["y"]"#]);
        assert!(strict_object(br#"{"a":1,"a":1}"#).unwrap_err().contains("twice"));
    }

    #[test]
    fn integers_beyond_double_precision_are_told() {
        let reading = read(br#"{"a":9007199254740993,"b":[123456789012345678901234567890],"c":9007199254740992}"#);
        assert_eq!(reading.big_integers.len(), 2);
        assert!(reading.big_integers[0].contains("9007199254740993"));
    }

    #[test]
    fn a_number_that_is_shown_otherwise_is_told_as_written() {
        let reading = read(br#"{"a":18446744073709551617,"b":[1e400,1.50,"5"],"c":0.30000000000000000001}"#);
        assert_eq!(reading.value.unwrap()["b"], serde_json::json!([f64::MAX, 1.5, "5"]));
        assert_eq!(reading.spelled.unwrap()["b"], serde_json::json!(["1e400", "1.50", "5"]));
        assert!(reading.big_integers[0].contains("18446744073709551617,"), "{:?}", reading.big_integers);
        assert!(reading.out_of_range[0].starts_with("`b[0]` is 1e400"), "{:?}", reading.out_of_range);
        assert!(reading.rounded[0].contains("0.30000000000000000001"), "{:?}", reading.rounded);
        assert!(strict_object(br#"{"exp":1e400}"#).unwrap_err().contains("too large"));
        assert!(read(br#"{"a":[1,2.5]}"#).spelled.is_none());
    }

    #[test]
    fn a_lone_surrogate_is_called_that() {
        for text in [&br#"{"a":"\ud800"}"#[..], br#"{"a":"\ud800\u0041"}"#, br#"{"a":"\udc00"}"#] {
            let error = read(text).error.unwrap().1;
            assert!(error.contains("lone surrogate"), "{error}");
        }
    }

    #[test]
    fn errors_have_a_byte_and_depth_is_capped() {
        assert_eq!(read(b"{\"a\":\n  }").error.unwrap().0, 8);
        assert_eq!(read(b"{\"a\":\"\xFF\"}").error.unwrap(), (6, "not UTF-8".to_owned()));
        let deep = "[".repeat(100_000);
        assert_eq!(read(deep.as_bytes()).error.unwrap().1, "nested deeper than 128 levels");
        assert!(read(b"\xEF\xBB\xBF{}").byte_order_mark);
        let followed = read(b"{} x");
        assert_eq!((followed.error.unwrap().0, followed.trailing, followed.value), (3, true, None));
        assert!(!read(b"1 x").trailing && !read(b"{}  ").trailing && !read(b"{,} x").trailing);
    }
}
