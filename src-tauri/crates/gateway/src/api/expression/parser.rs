//! Reading expressions. Belongs here: the grammar. Not here: values.

use serde_json::Value;

use super::{Expression, Method, Operator, Property, Reach};

pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    reach: Reach,
}

impl Parser<'_> {
    /// Reads the whole text as one expression; the error names what is not understood.
    pub(super) fn parse(text: &str, reach: Reach) -> Result<Expression, String> {
        let mut parser = Parser { text, at: 0, reach };
        let expression = parser.or()?;
        parser.space();
        if parser.rest().is_empty() { Ok(expression) } else { Err(parser.unknown()) }
    }

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

    fn property(&mut self) -> Result<Property, String> {
        let path = self.path()?;
        Property::of(&path, self.reach).map_err(|message| format!("in the expression `{}`, {message}", self.text))
    }

    fn path(&mut self) -> Result<Vec<String>, String> {
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
