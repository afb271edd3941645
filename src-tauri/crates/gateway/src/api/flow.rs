//! Flows: which policies run on a request. Belongs here: selecting. Not here: the policies.

use gravitee::model::{self, FlowMode, PathOperator};

use super::{
    environment::{Environment, Wrong},
    expression::Expression,
    policy::{Phase, Policy},
};

/// Flows in their order.
#[derive(Default)]
pub(crate) struct Flows {
    pub(crate) flows: Vec<Flow>,
    pub(crate) mode: Option<FlowMode>,
}

/// Policies for some requests.
pub(crate) struct Flow {
    path: Vec<Segment>,
    exact: bool,
    methods: Vec<String>,
    conditions: Vec<Expression>,
    pub(crate) request: Vec<Step>,
    pub(crate) response: Vec<Step>,
}

/// A policy and when it runs.
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) condition: Option<Expression>,
    pub(crate) policy: Policy,
}

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    /// `:name` or `*`.
    Any,
}

impl Flows {
    pub(crate) fn load(
        place: &str,
        flows: &[model::Flow],
        mode: FlowMode,
        environment: &mut Environment<'_>,
    ) -> Result<Self, Wrong> {
        let enabled = flows.iter().enumerate().filter(|(_, flow)| flow.enabled);
        let load = |(at, flow): (usize, &model::Flow)| Flow::load(&format!("{place}[{at}]"), flow, environment);
        Ok(Self { flows: enabled.map(load).collect::<Result<_, _>>()?, mode: Some(mode) })
    }

    /// Indexes of the flows whose path and method match; all of them, or the one that fits best.
    pub(crate) fn matching(&self, method: &str, path: &str) -> Vec<usize> {
        let matching = self.flows.iter().enumerate().filter(|(_, flow)| flow.matches(method, path));
        if self.mode == Some(FlowMode::BestMatch) {
            // Of equal ones the first.
            let best = matching.rev().max_by_key(|(_, flow)| flow.weight());
            return best.map(|(at, _)| at).into_iter().collect();
        }
        matching.map(|(at, _)| at).collect()
    }
}

/// What a selector may name (`HttpMethod` of Gravitee's definition).
const METHODS: [&str; 10] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "OTHER", "PATCH", "POST", "PUT", "TRACE"];

impl Flow {
    fn load(place: &str, flow: &model::Flow, environment: &mut Environment<'_>) -> Result<Self, Wrong> {
        let mut loaded = Self {
            path: Vec::new(),
            exact: false,
            methods: Vec::new(),
            conditions: Vec::new(),
            request: Vec::new(),
            response: Vec::new(),
        };
        for (at, selector) in flow.selectors.iter().enumerate() {
            let wrong = |message: String| (format!("{place}.selectors[{at}]"), message);
            match selector.kind.to_ascii_uppercase().as_str() {
                "HTTP" => {
                    loaded.path = segments(selector.path.as_deref().unwrap_or("/"));
                    loaded.exact = selector.path_operator == PathOperator::Equals;
                    loaded.methods = selector.methods.iter().map(|method| method.to_ascii_uppercase()).collect();
                    if let Some(unknown) = loaded.methods.iter().find(|method| !METHODS.contains(&method.as_str())) {
                        return Err(wrong(format!("the method {unknown} is none of {}", METHODS.join(", "))));
                    }
                }
                "CONDITION" => {
                    let condition = selector.condition.as_deref().unwrap_or_default();
                    loaded.conditions.push(Expression::condition(condition).map_err(wrong)?);
                }
                other => return Err(wrong(format!("the selector type {other} is not supported"))),
            }
        }
        loaded.request = steps(place, Phase::Request, &flow.request, environment)?;
        loaded.response = steps(place, Phase::Response, &flow.response, environment)?;
        Ok(loaded)
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        let mut given = path.split('/').filter(|segment| !segment.is_empty());
        let fits = |segment: &Segment| match (segment, given.next()) {
            (_, None) => false,
            (Segment::Any, Some(_)) => true,
            (Segment::Literal(literal), Some(given)) => literal == given,
        };
        let method_fits = self.methods.is_empty() || self.methods.iter().any(|own| own == method);
        method_fits && self.path.iter().all(fits) && (!self.exact || given.next().is_none())
    }

    /// More segments fit better, literal ones better than others.
    fn weight(&self) -> (usize, usize) {
        (self.path.len(), self.path.iter().filter(|segment| **segment != Segment::Any).count())
    }

    pub(crate) fn conditions(&self) -> &[Expression] {
        &self.conditions
    }
}

fn segments(path: &str) -> Vec<Segment> {
    let segment = |segment: &str| {
        if segment.starts_with(':') || segment == "*" { Segment::Any } else { Segment::Literal(segment.to_owned()) }
    };
    path.split('/').filter(|segment| !segment.is_empty()).map(segment).collect()
}

fn steps(
    flow: &str,
    phase: Phase,
    steps: &[model::Step],
    environment: &mut Environment<'_>,
) -> Result<Vec<Step>, Wrong> {
    let (word, other) = match phase {
        Phase::Request => ("request", "responses"),
        Phase::Response => ("response", "requests"),
    };
    let mut loaded = Vec::new();
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.enabled) {
        let place = format!("{flow}.{word}[{at}]");
        let condition = step.condition.as_deref().filter(|text| !text.trim().is_empty());
        let wrong = |message: String| (format!("{place}.condition"), message);
        let condition = condition.map(Expression::condition).transpose().map_err(wrong)?;
        let policy = Policy::load(&place, &step.policy, &step.configuration, environment)?;
        if !policy.acts_on(phase) {
            environment.warn(&place, format!("never runs: `{}` acts on {other} only", step.policy));
        }
        let name = if step.name.is_empty() { step.policy.clone() } else { step.name.clone() };
        loaded.push(Step { name, condition, policy });
    }
    Ok(loaded)
}

#[cfg(test)]
mod tests {
    use super::{Flow, Flows, segments};
    use gravitee::model::FlowMode;

    fn flow(path: &str, exact: bool, methods: &[&str]) -> Flow {
        Flow {
            path: segments(path),
            exact,
            methods: methods.iter().map(|method| (*method).to_owned()).collect(),
            conditions: Vec::new(),
            request: Vec::new(),
            response: Vec::new(),
        }
    }

    #[test]
    fn selects_by_path_and_method() {
        let flows = vec![
            flow("/", false, &[]),
            flow("/a", true, &["GET"]),
            flow("/a/:id", false, &[]),
            flow("/a/b", false, &["POST"]),
        ];
        let mut flows = Flows { flows, mode: Some(FlowMode::Default) };
        for (method, path, expected) in [
            ("GET", "", vec![0]),
            ("GET", "/a", vec![0, 1]),
            ("PUT", "/a/", vec![0]),
            ("GET", "/a/b/c", vec![0, 2]),
            ("POST", "/a/b", vec![0, 2, 3]),
            ("GET", "/ab", vec![0]),
        ] {
            assert_eq!(flows.matching(method, path), expected, "{method} {path}");
        }
        flows.mode = Some(FlowMode::BestMatch);
        assert_eq!(flows.matching("POST", "/a/b"), [3]);
        assert_eq!(flows.matching("GET", "/a/b"), [2]);
    }
}
