//! Requests to APIs, and their history.

use super::{Answer, Desk};
use desk::wire::{BodyWindow, CallView, HistoryEntry, Language, SendRequest};

#[tauri::command]
pub(crate) async fn send(desk: Desk<'_>, request: SendRequest) -> Answer<CallView> {
    Ok(desk.send(request).await?)
}

#[tauri::command]
pub(crate) fn cancel(desk: Desk<'_>, send: u64) {
    desk.cancel(send);
}

#[tauri::command]
pub(crate) async fn body_window(desk: Desk<'_>, handle: &str, first: u64, count: u64) -> Answer<BodyWindow> {
    Ok(desk.body_window(handle, first, count).await?)
}

#[tauri::command]
pub(crate) async fn history(desk: Desk<'_>, query: &str, limit: u32) -> Answer<Vec<HistoryEntry>> {
    Ok(desk.history(query, limit).await?)
}

#[tauri::command]
pub(crate) async fn clear_history(desk: Desk<'_>) -> Answer<()> {
    Ok(desk.clear_history().await?)
}

#[tauri::command]
pub(crate) async fn copy_as(desk: Desk<'_>, request: SendRequest, language: Language) -> Answer<String> {
    Ok(desk.copy_as(&request, language).await?)
}

#[tauri::command]
pub(crate) async fn copy_token_request_as(desk: Desk<'_>, id: i64, language: Language) -> Answer<String> {
    Ok(desk.copy_token_request_as(id, language).await?)
}
