//! Live control of the gateway on this machine.

use super::{Answer, Desk};
use desk::wire::GatewayControl;
use desk::{FaultScope, Switchable};

#[tauri::command]
pub(crate) async fn gateway_control(desk: Desk<'_>) -> Answer<Option<GatewayControl>> {
    Ok(desk.gateway_control().await)
}

#[tauri::command]
pub(crate) fn gateway_switches() -> Switchable {
    desk::gateway_switches()
}

#[tauri::command]
pub(crate) async fn set_weaknesses(desk: Desk<'_>, api: &str, names: Vec<String>) -> Answer<GatewayControl> {
    Ok(desk.set_weaknesses(api, names).await?)
}

#[tauri::command]
pub(crate) async fn set_behaviour(desk: Desk<'_>, api: &str, behaviour: String) -> Answer<GatewayControl> {
    Ok(desk.set_behaviour(api, behaviour).await?)
}

#[tauri::command]
pub(crate) async fn set_faults(desk: Desk<'_>, scope: FaultScope, names: Vec<String>) -> Answer<GatewayControl> {
    Ok(desk.set_faults(scope, names).await?)
}

#[tauri::command]
pub(crate) async fn set_next_faults(
    desk: Desk<'_>,
    scope: FaultScope,
    count: u32,
    names: Vec<String>,
) -> Answer<GatewayControl> {
    Ok(desk.set_next_faults(scope, count, names).await?)
}

#[tauri::command]
pub(crate) async fn rotate_key(desk: Desk<'_>, domain: &str) -> Answer<GatewayControl> {
    Ok(desk.rotate_key(domain).await?)
}

#[tauri::command]
pub(crate) async fn withdraw_keys(desk: Desk<'_>, domain: &str) -> Answer<GatewayControl> {
    Ok(desk.withdraw_keys(domain).await?)
}

#[tauri::command]
pub(crate) async fn shift_clock(desk: Desk<'_>, seconds: i64) -> Answer<GatewayControl> {
    Ok(desk.shift_clock(seconds).await?)
}

#[tauri::command]
pub(crate) async fn freeze_clock(desk: Desk<'_>, on: bool) -> Answer<GatewayControl> {
    Ok(desk.freeze_clock(on).await?)
}

#[tauri::command]
pub(crate) async fn reset_clock(desk: Desk<'_>) -> Answer<GatewayControl> {
    Ok(desk.reset_clock().await?)
}
