//! The gateway on this machine.

use super::{Answer, Desk};
use desk::wire::{ConnectionView, GatewayEvents, GatewayView};

/// `free_ports` is the way out of `port_taken`.
#[tauri::command]
pub(crate) async fn start_gateway(desk: Desk<'_>, free_ports: bool) -> Answer<GatewayView> {
    Ok(desk.start_gateway(free_ports).await?)
}

#[tauri::command]
pub(crate) async fn stop_gateway(desk: Desk<'_>) -> Answer<GatewayView> {
    Ok(desk.stop_gateway().await)
}

#[tauri::command]
pub(crate) async fn gateway_events(desk: Desk<'_>, after: u64) -> Answer<GatewayEvents> {
    Ok(desk.gateway_events(after).await)
}

/// `free_ports` as in [`start_gateway`].
#[tauri::command]
pub(crate) async fn try_it(desk: Desk<'_>, free_ports: bool) -> Answer<ConnectionView> {
    Ok(desk.try_it(free_ports).await?)
}
