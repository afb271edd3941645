//! The part of Gravitee's expression language that definitions of OAuth2-protected APIs use: properties, comparisons,
//! a few string methods, `#jsonPath`. Belongs here: parsing at load, evaluating per request.
//! What is not understood is refused at load, never evaluated to something else.

use serde_json::Value;

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
    /// `#request.headers['X'][0]` as `request`, `headers`, `X`, `0`.
    Property(Vec<String>),
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
    /// The value at this path; null when there is none.
    fn property(&self, path: &[String]) -> Value;
}

impl Template {
    /// Reads a text; the error names what is not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("{#") {
            let (before, from) = rest.split_at(at);
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let end = closing(from).ok_or_else(|| format!("the expression `{from}` has no end"))?;
            let (inside, after) = (from.get(1..end).unwrap_or_default(), from.get(end + 1..).unwrap_or_default());
            parts.push(Part::Expression(Expression::parse(inside)?));
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
        Self::parse(text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { text, at: 0 };
        let expression = parser.or()?;
        parser.space();
        if parser.rest().is_empty() { Ok(expression) } else { Err(parser.unknown()) }
    }

    /// Its value.
    pub(crate) fn evaluate(&self, scope: &impl Scope) -> Value {
        match self {
            Self::Literal(value) => value.clone(),
            Self::Property(path) => scope.property(path),
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

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, word: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.eat(word) { Ok(()) } else { Err(self.unknown()) }
    }

    fn unknown(&self) -> String {
        format!("the expression `{}` is not supported at `{}`", self.text, self.rest())
    }

    fn or(&mut self) -> Result<Expression, String> {
        self.chain(&[("||", Operator::Or), ("or ", Operator::Or)], Self::and)
    }

    fn and(&mut self) -> Result<Expression, String> {
        self.chain(&[("&&", Operator::And), ("and ", Operator::And)], Self::comparison)
    }

    fn comparison(&mut self) -> Result<Expression, String> {
        self.chain(&[("==", Operator::Equal), ("!=", Operator::Unequal)], Self::sum)
    }

    fn sum(&mut self) -> Result<Expression, String> {
        self.chain(&[("+", Operator::Plus)], Self::unary)
    }

    fn chain(
        &mut self,
        operators: &[(&str, Operator)],
        operand: fn(&mut Self) -> Result<Expression, String>,
    ) -> Result<Expression, String> {
        let mut left = operand(self)?;
        while let Some((_, operator)) = operators.iter().find(|(word, _)| self.eat(word)) {
            left = Expression::Binary(*operator, Box::new(left), Box::new(operand(self)?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, String> {
        self.space();
        if !self.rest().starts_with("!=") && self.eat("!") {
            return Ok(Expression::Not(Box::new(self.unary()?)));
        }
        if self.eat("(") {
            let inner = self.or()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let value = self.operand()?;
        self.methods(value)
    }

    fn operand(&mut self) -> Result<Expression, String> {
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
            if self.eat(word) {
                return Ok(Expression::Literal(value));
            }
        }
        if self.eat("'") {
            return self.quoted().map(|text| Expression::Literal(text.into()));
        }
        if self.eat("#jsonPath(") {
            return self.json_path_call();
        }
        if self.eat("#") {
            return self.property().map(Expression::Property);
        }
        let digits: String = self.rest().chars().take_while(char::is_ascii_digit).collect();
        self.at += digits.len();
        digits.parse::<u64>().map(|number| Expression::Literal(number.into())).map_err(|_| self.unknown())
    }

    fn json_path_call(&mut self) -> Result<Expression, String> {
        let of = self.or()?;
        self.expect(",")?;
        self.expect("'")?;
        let path = self.quoted()?;
        self.expect(")")?;
        let rest = path.strip_prefix('$').ok_or_else(|| self.unknown())?;
        let plain = rest.replace("['", ".").replace("']", "").replace('[', ".").replace(']', "");
        if plain.contains(['*', '?', '@', ':']) || plain.contains("..") {
            return Err(format!("the JSON path `{path}` is not supported"));
        }
        let steps = plain.split('.').filter(|step| !step.is_empty()).map(str::to_owned).collect();
        Ok(Expression::JsonPath(Box::new(of), steps))
    }

    /// The rest of a quoted text; two quotes are one.
    fn quoted(&mut self) -> Result<String, String> {
        let mut text = String::new();
        loop {
            let end = self.rest().find('\'').ok_or_else(|| self.unknown())?;
            text.push_str(self.rest().get(..end).unwrap_or_default());
            self.at += end + 1;
            if !self.rest().starts_with('\'') {
                return Ok(text);
            }
            text.push('\'');
            self.at += 1;
        }
    }

    fn property(&mut self) -> Result<Vec<String>, String> {
        let mut path = vec![self.word()?];
        loop {
            let before = self.at;
            if self.rest().starts_with('.') {
                self.at += 1;
                let word = self.word()?;
                if self.rest().starts_with('(') {
                    // A method: left to the caller.
                    self.at = before;
                    return Ok(path);
                }
                path.push(word);
            } else if self.rest().starts_with("['") {
                self.at += 2;
                path.push(self.quoted()?);
                self.expect("]")?;
            } else if self.rest().starts_with('[') {
                self.at += 1;
                path.push(self.word()?);
                self.expect("]")?;
            } else {
                return Ok(path);
            }
        }
    }

    fn word(&mut self) -> Result<String, String> {
        let word: String = self.rest().chars().take_while(|c| c.is_alphanumeric() || "_-".contains(*c)).collect();
        self.at += word.len();
        if word.is_empty() { Err(self.unknown()) } else { Ok(word) }
    }

    fn methods(&mut self, mut of: Expression) -> Result<Expression, String> {
        while self.rest().starts_with('.') {
            self.at += 1;
            let method = match self.word()?.as_str() {
                "contains" => Method::Contains,
                "startsWith" => Method::StartsWith,
                "endsWith" => Method::EndsWith,
                "equals" => Method::Equals,
                other => return Err(format!("the method `{other}` in `{}` is not supported", self.text)),
            };
            self.expect("(")?;
            let argument = self.or()?;
            self.expect(")")?;
            of = Expression::Method(Box::new(of), method, Box::new(argument));
        }
        Ok(of)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use serde_json::{Value, json};

    use super::{Expression, Scope, Template};

    struct Fixed(Value);

    impl Scope for Fixed {
        fn property(&self, path: &[String]) -> Value {
            super::json_path(&self.0, path)
        }
    }

    fn scope() -> Fixed {
        Fixed(json!({
            "request": {"headers": {"X-A": ["one"]}, "method": "GET"},
            "context": {"attributes": {"oauth.payload": "{\"username\":\"flx\",\"roles\":[\"a\",\"b\"]}"}}
        }))
    }

    #[test]
    fn renders_what_the_documentation_shows() {
        for (text, expected) in [
            ("plain", "plain"),
            ("{#jsonPath(#context.attributes['oauth.payload'], '$.username')}", "flx"),
            ("a{#request.headers['X-A'][0]}b{#request.method}", "aonebGET"),
            ("{#request.headers['X-A']}", "one"),
            ("{#request.missing.deep}", ""),
            ("{#request.method + 'it''s}' + '!'}", "GETit's}!"),
        ] {
            assert_eq!(Template::parse(text).unwrap().render(&scope()), expected, "{text}");
        }
    }

    #[test]
    fn conditions_hold_or_not() {
        for (text, expected) in [
            ("{#request.method == 'GET'}", true),
            ("#request.method != 'GET'", false),
            ("{#request.headers['X-A'] == 'one' && !(#request.method == 'PUT')}", true),
            ("{#jsonPath(#context.attributes['oauth.payload'], '$.roles').contains('b')}", true),
            ("{#request.method.startsWith('P') || true}", true),
            ("{#request.headers['none'][0] == null}", true),
        ] {
            assert_eq!(Expression::condition(text).unwrap().holds(&scope()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in
            ["{#request.method.toUpperCase()}", "{T(java.lang.Runtime).x}", "{#a ? 1 : 2}", "{#a", "{#}", "{#x > 1}"]
        {
            assert!(Template::parse(text).and(Expression::condition(text)).is_err(), "{text}");
        }
    }
}
