//! The part of Gravitee's expression language that definitions of OAuth2-protected APIs use: properties, comparisons,
//! a few string methods, `#jsonPath`. Belongs here: parsing at load, evaluating per request.
//! What is not understood is refused at load, never evaluated to something else.

mod parser;
mod property;
#[cfg(test)]
mod tests;

use serde_json::Value;

use parser::Parser;

pub(crate) use property::{ErrorMember, Property, Reach, RequestMember};

/// Text with `{#…}` in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Expression(Expression),
}

/// One expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    Literal(Value),
    /// `#request.headers['X'][0]` and the like.
    Property(Property),
    JsonPath(Box<Expression>, Vec<String>),
    Method(Box<Expression>, Method, Box<Expression>),
    Not(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Contains,
    StartsWith,
    EndsWith,
    Equals,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    Unequal,
    And,
    Or,
    Plus,
}

/// Where properties come from.
pub(crate) trait Scope {
    /// Its value; null when there is none.
    fn property(&self, property: &Property) -> Value;
}

impl Template {
    /// Reads a text; the error names what is not understood, or cannot be named there.
    pub(crate) fn parse(text: &str, reach: Reach) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("{#") {
            let (before, from) = rest.split_at(at);
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let end = closing(from).ok_or_else(|| format!("the expression `{from}` has no end"))?;
            let (inside, after) = (from.get(1..end).unwrap_or_default(), from.get(end + 1..).unwrap_or_default());
            parts.push(Part::Expression(Parser::parse(inside, reach)?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The text with every expression replaced by its value.
    pub(crate) fn render(&self, scope: &impl Scope) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Expression(expression) => text_of(&expression.evaluate(scope)),
        };
        self.0.iter().map(part).collect()
    }
}

/// Index of the `}` that ends the expression which begins the text; braces in quotes do not count.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quoted) = (0_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

impl Expression {
    /// Reads a condition: `{#…}`, or `#…` as older definitions have it.
    pub(crate) fn condition(text: &str) -> Result<Self, String> {
        let text = text.trim();
        Parser::parse(text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text), Reach::Request)
    }

    /// Its value.
    pub(crate) fn evaluate(&self, scope: &impl Scope) -> Value {
        match self {
            Self::Literal(value) => value.clone(),
            Self::Property(property) => scope.property(property),
            Self::JsonPath(of, path) => json_path(&of.evaluate(scope), path),
            Self::Not(of) => Value::Bool(!is_true(&of.evaluate(scope))),
            Self::Method(of, method, argument) => {
                Value::Bool(method.apply(&of.evaluate(scope), &argument.evaluate(scope)))
            }
            Self::Binary(operator, left, right) => operator.apply(left.evaluate(scope), || right.evaluate(scope)),
        }
    }

    /// Whether it holds.
    pub(crate) fn holds(&self, scope: &impl Scope) -> bool {
        is_true(&self.evaluate(scope))
    }
}

impl Method {
    fn apply(self, of: &Value, argument: &Value) -> bool {
        if let (Self::Contains, Value::Array(items)) = (self, of) {
            return items.contains(argument);
        }
        let (of, argument) = (text_of(of), text_of(argument));
        match self {
            Self::Contains => of.contains(&argument),
            Self::StartsWith => of.starts_with(&argument),
            Self::EndsWith => of.ends_with(&argument),
            Self::Equals => of == argument,
        }
    }
}

impl Operator {
    fn apply(self, left: Value, right: impl FnOnce() -> Value) -> Value {
        match self {
            Self::And => (is_true(&left) && is_true(&right())).into(),
            Self::Or => (is_true(&left) || is_true(&right())).into(),
            Self::Equal => same(&left, &right()).into(),
            Self::Unequal => (!same(&left, &right())).into(),
            Self::Plus => (text_of(&left) + &text_of(&right())).into(),
        }
    }
}

/// A one-element list compares as its element: `headers['X']` beside `headers['X'][0]`.
fn same(left: &Value, right: &Value) -> bool {
    let single = |value: &Value| match value {
        Value::Array(items) if items.len() == 1 => items.first().cloned().unwrap_or_default(),
        other => other.clone(),
    };
    single(left) == single(right)
}

fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_str() == Some("true"))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.len() == 1 => items.first().map(text_of).unwrap_or_default(),
        other => other.to_string(),
    }
}

fn json_path(of: &Value, path: &[String]) -> Value {
    let parsed = of.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| of.clone());
    let step = |value: Value, name: &String| match (&value, name.parse::<usize>()) {
        (Value::Array(items), Ok(at)) => items.get(at).cloned().unwrap_or_default(),
        _ => value.get(name).cloned().unwrap_or_default(),
    };
    path.iter().fold(parsed, step)
}
