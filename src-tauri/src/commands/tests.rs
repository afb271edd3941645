//! The list of commands stands in four places (handler, permissions, isolation page, capability): they must agree, and the
//! configuration must not be loosened by accident.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::NAMES;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PERMISSIONS: &str = include_str!("../../permissions/main.toml");
const CAPABILITY: &str = include_str!("../../capabilities/main.json");
const ISOLATION: &str = include_str!("../../../ui/isolation/index.js");
const CONFIGURATION: &str = include_str!("../../../tauri.conf.json");

fn permissions() -> Vec<toml::Table> {
    let file: toml::Table = PERMISSIONS.parse().unwrap();
    file["permission"].as_array().unwrap().iter().map(|one| one.as_table().unwrap().clone()).collect()
}

fn allowed(permission: &toml::Table) -> Vec<&str> {
    permission["commands"]["allow"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn permissions_list_every_command_once() {
    let permissions = permissions();
    let mut listed: Vec<&str> = permissions.iter().flat_map(allowed).collect();
    listed.sort_unstable();
    let mut registered = NAMES.to_vec();
    registered.sort_unstable();
    assert_eq!(listed, registered);
}

#[test]
fn the_isolation_page_knows_the_same_commands() {
    let table = ISOLATION.split_once("Object.entries({").unwrap().1.split_once("}),").unwrap().0;
    let known: BTreeSet<&str> = table.lines().filter_map(|line| Some(line.trim().split_once(": {")?.0)).collect();
    assert_eq!(known, NAMES.iter().copied().collect());
}

#[test]
fn the_one_capability_grants_our_own_commands_and_nothing_else() {
    let capability: Value = serde_json::from_str(CAPABILITY).unwrap();
    let identifiers: Vec<Value> = permissions().iter().map(|one| json!(one["identifier"].as_str().unwrap())).collect();
    assert_eq!(capability["permissions"], Value::Array(identifiers));
    assert_eq!(capability["windows"], json!(["main"]));
    assert_eq!(capability.get("remote"), None);
}

#[test]
fn secrets_leave_through_three_commands_only() {
    let permissions = permissions();
    let reveal = permissions.iter().find(|one| one["identifier"].as_str() == Some("reveal")).unwrap();
    assert_eq!(allowed(reveal), ["reveal_companion", "reveal_secret", "reveal_token"]);
}

#[test]
fn the_configuration_is_as_strict_as_ever() {
    let configuration: Value = serde_json::from_str(CONFIGURATION).unwrap();
    let app = &configuration["app"];
    assert_eq!(app["withGlobalTauri"], false);
    assert_eq!(app["security"]["freezePrototype"], true);
    assert_eq!(app["security"]["dangerousDisableAssetCspModification"], false);
    assert_eq!(app["security"]["assetProtocol"]["enable"], false);
    assert_eq!(app["security"]["capabilities"], json!(["main"]));
    assert_eq!(app["security"]["pattern"]["use"], "isolation");
    assert_eq!(configuration.get("plugins"), None);
}

#[test]
fn the_content_security_policy_has_no_way_out() {
    let configuration: Value = serde_json::from_str(CONFIGURATION).unwrap();
    let policy = configuration["app"]["security"]["csp"].as_object().unwrap();
    for directive in ["object-src", "base-uri", "form-action", "frame-ancestors"] {
        assert_eq!(policy[directive], "'none'", "{directive}");
    }
    assert_eq!(policy["default-src"], "'self'");
    assert_eq!(policy["script-src"], "'self'");
    assert_eq!(policy["style-src"], "'self'");
    assert_eq!(policy["connect-src"], "ipc: http://ipc.localhost");
    // Tauri opens default-src for its isolation frame; a frame-src of ours would shut it out or open too much.
    assert_eq!(policy.get("frame-src"), None);
    let all = serde_json::to_string(policy).unwrap();
    assert!(!all.contains("unsafe") && !all.contains('*') && !all.contains("https:"), "{all}");
}
