//! Where something stands in a definition of another form. Belongs here: the path of a member, from the version 4 export (the one
//! model that everything is checked on) back to the document that a person wrote. Not here: converting it (`convert`).

use serde_json::Value;

use crate::Form;

/// The path in a document of this form.
pub(crate) fn own(form: Form, document: &Value, path: &str) -> String {
    let parts: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
    match form {
        Form::V4Export => path.to_owned(),
        Form::V4Gateway => match parts.as_slice() {
            ["api", rest @ ..] => rest.join("."),
            _ => path.to_owned(),
        },
        Form::KubernetesV4 => kubernetes(document, &parts),
        Form::V2 => version_2(document, &parts),
        Form::KubernetesV2 => {
            let own = version_2(document.get("spec").unwrap_or(&Value::Null), &parts);
            if own.is_empty() { "spec".into() } else { format!("spec.{own}") }
        }
    }
}

fn kubernetes(document: &Value, parts: &[&str]) -> String {
    match parts {
        ["api", "apiVersion"] => "spec.version".into(),
        ["api", rest @ ..] => joined(&["spec"], rest),
        [plan, rest @ ..] if plan.starts_with("plans[") => {
            let plans = document.pointer("/spec/plans").and_then(Value::as_object);
            let key = plans.zip(index(plan)).and_then(|(plans, at)| plans.keys().nth(at));
            joined(&["spec.plans", key.map_or("?", String::as_str)], rest)
        }
        other => joined(&["spec"], other),
    }
}

fn version_2(document: &Value, parts: &[&str]) -> String {
    match parts {
        ["api"] => String::new(),
        ["api", "apiVersion"] => "version".into(),
        ["api", "flowExecution", ..] => "flow_mode".into(),
        ["api", "responseTemplates", rest @ ..] => joined(&["response_templates"], rest),
        ["api", listener, rest @ ..] if listener.starts_with("listeners") => listener_of(document, rest),
        ["api", group, rest @ ..] if group.starts_with("endpointGroups") => group_member(document, group, rest),
        ["api", "failover", ..] => "proxy.failover".into(),
        ["api", "analytics", "logging", ..] => "proxy.logging".into(),
        ["api", "services", "dynamicProperty", ..] => "services.dynamic-property".into(),
        ["api", flow, rest @ ..] if flow.starts_with("flows[") => joined(&[flow], &[&*flow_member(rest)]),
        ["api", rest @ ..] => rest.join("."),
        [plan, flow, rest @ ..] if flow.starts_with("flows[") => joined(&[plan, flow], &[&*flow_member(rest)]),
        [plan, "security", "configuration", rest @ ..] => joined(&[plan, "securityDefinition"], rest),
        [plan, "security", ..] => joined(&[plan, "security"], &[]),
        [plan, "selectionRule"] => joined(&[plan, "selection_rule"], &[]),
        other => other.join("."),
    }
}

fn listener_of(document: &Value, rest: &[&str]) -> String {
    let hosts = if document.pointer("/proxy/virtualHosts").is_some() { "virtualHosts" } else { "virtual_hosts" };
    match rest {
        [member @ ("cors" | "servers"), rest @ ..] => joined(&["proxy", member], rest),
        [mapping, ..] if mapping.starts_with("pathMappings") => mapping.replace("pathMappings", "path_mappings"),
        _ if document.pointer(&format!("/proxy/{hosts}")).is_none()
            && document.pointer("/proxy/context_path").is_some() =>
        {
            "proxy.context_path".into()
        }
        [path, rest @ ..] if path.starts_with("paths") => {
            joined(&[&path.replace("paths", &format!("proxy.{hosts}"))], rest)
        }
        _ => format!("proxy.{hosts}"),
    }
}

fn group_member(document: &Value, group: &str, rest: &[&str]) -> String {
    let own = group.replace("endpointGroups", "proxy.groups");
    match rest {
        ["services", "healthCheck", ..] => {
            let of_group =
                index(group).and_then(|at| document.pointer(&format!("/proxy/groups/{at}/services/health-check")));
            let of_api = "services.health-check";
            if of_group.is_some() { joined(&[&own], &[of_api]) } else { of_api.into() }
        }
        [endpoint, "services", "healthCheck", ..] => joined(&[&own, endpoint], &["healthcheck"]),
        _ => {
            let kept = rest.iter().filter(|part| !part.starts_with("sharedConfiguration") && **part != "configuration");
            let renamed = kept.map(|part| if *part == "loadBalancer" { "load_balancing" } else { part });
            joined(&[&own], &renamed.collect::<Vec<_>>())
        }
    }
}

fn flow_member(rest: &[&str]) -> String {
    match rest {
        [step, rest @ ..] if step.starts_with("request") => joined(&[&step.replacen("request", "pre", 1)], rest),
        [step, rest @ ..] if step.starts_with("response") => joined(&[&step.replacen("response", "post", 1)], rest),
        [selector, "path"] if selector.starts_with("selectors") => "path-operator.path".into(),
        [selector, "pathOperator"] if selector.starts_with("selectors") => "path-operator.operator".into(),
        [selector, rest @ ..] if selector.starts_with("selectors") => rest.join("."),
        other => other.join("."),
    }
}

/// The path of a member of what stands at `path`.
pub(crate) fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn index(part: &str) -> Option<usize> {
    part.split_once('[')?.1.trim_end_matches(']').parse().ok()
}

fn joined(front: &[&str], rest: &[&str]) -> String {
    front.iter().chain(rest).filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(".")
}
