//! From a text to a document. Belongs here: JSON and YAML, and what is said where they are malformed. Not here: which form of
//! definition it is (`form`).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::{MessageFormatter, UserMessageFormatter};

use crate::{GraviteeError, number, place::below};

const ONE_PER_FILE: &str = "another document begins here; one definition per file is expected";

/// Reads JSON, or else YAML. A member that stands twice is an error in both.
pub(crate) fn document(text: &str) -> Result<Value, GraviteeError> {
    let text = text.trim_start_matches('\u{feff}');
    if !text.trim_start().starts_with('{') {
        return yaml(text);
    }
    // An error's place is that in the text as it is.
    number::marked(text).and_then(|marked| json(&marked).ok()).map_or_else(|| json(text), Ok)
}

fn json(text: &str) -> Result<Value, GraviteeError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Strict(String::new()).deserialize(&mut deserializer);
    let read = read.and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let said = error.to_string();
        let said = said.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&said);
        let message = if said == "trailing characters" { ONE_PER_FILE } else { said }.to_owned();
        GraviteeError::Syntax { line, column, message }
    })
}

fn yaml(text: &str) -> Result<Value, GraviteeError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |at| (at.line() as usize, at.column() as usize));
        let message = match error.without_snippet() {
            serde_saphyr::Error::MultipleDocuments { .. } => ONE_PER_FILE.to_owned(),
            // The rendered error would say the position again, and show the lines around it, which may hold secrets.
            plain => UserMessageFormatter.format_message(plain).replace(char::is_control, " "),
        };
        GraviteeError::Syntax { line, column, message }
    })
}

/// Reads a value at this path. Of a member that stands twice, readers differ in which one they take (RFC 8259 section 4).
struct Strict(String);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Self(format!("{}[{}]", self.0, list.len())))? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let path = below(&self.0, &name);
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("`{path}` stands twice; keep one of them")));
            }
            object.insert(name, members.next_value_seed(Self(path))?);
        }
        Ok(object.into())
    }
}
