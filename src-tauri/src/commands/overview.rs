//! The frame of the window: what it shows everywhere, the keyring, and where things are stored.

use super::{Answer, Desk};
use desk::wire::{Overview, StoragePlace, VaultView};

#[tauri::command]
pub(crate) async fn overview(desk: Desk<'_>) -> Answer<Overview> {
    Ok(desk.overview().await?)
}

#[tauri::command]
pub(crate) fn storage(desk: Desk<'_>) -> Vec<StoragePlace> {
    desk.storage()
}

#[tauri::command]
pub(crate) async fn unlock_keyring(desk: Desk<'_>) -> Answer<VaultView> {
    Ok(desk.unlock_keyring().await?)
}

#[tauri::command]
pub(crate) async fn retry_keyring(desk: Desk<'_>) -> Answer<VaultView> {
    Ok(desk.retry_keyring().await?)
}

#[tauri::command]
pub(crate) async fn use_memory_only(desk: Desk<'_>, on: bool) -> Answer<VaultView> {
    Ok(desk.use_memory_only(on).await?)
}
