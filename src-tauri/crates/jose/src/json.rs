//! JSON as an inspector reads it: duplicate members and big integers are told, not swallowed. Not here: what members mean.

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
    /// Integers beyond 2^53.
    pub(crate) big_integers: Vec<String>,
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
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let seed = Seed { reading: &mut reading, path: &Path::Root };
    match seed.deserialize(&mut deserializer).map(|value| (value, deserializer.end())) {
        Ok((value, Ok(()))) => reading.value = Some(value),
        Ok((value, Err(error))) => {
            reading.trailing = value.is_object() || value.is_array();
            reading.error = Some((offset(text, &error), plain(&error)));
        }
        Err(error) => reading.error = Some((offset(text, &error), plain(&error))),
    }
    reading
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

struct Seed<'a> {
    reading: &'a mut Reading,
    path: &'a Path<'a>,
}

impl Seed<'_> {
    fn big(&mut self, number: impl fmt::Display) {
        if self.reading.big_integers.len() < TOLD {
            self.reading
                .big_integers
                .push(format!("`{}` is {number}, beyond 2^53: readers that use doubles round it", self.path));
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(mut self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > EXACT {
            self.big(value);
        }
        Ok(value.into())
    }

    fn visit_u64<E>(mut self, value: u64) -> Result<Value, E> {
        if value > EXACT {
            self.big(value);
        }
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(mut self, value: f64) -> Result<Value, E> {
        if value.abs() > EXACT as f64 && value.fract() == 0.0 {
            self.big(value);
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = elements
            .next_element_seed(Seed { reading: &mut *self.reading, path: &Path::Element(self.path, list.len()) })?
        {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let path = Path::Member(self.path, &name);
            let value = members.next_value_seed(Seed { reading: &mut *self.reading, path: &path })?;
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
