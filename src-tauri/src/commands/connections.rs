//! Connections: saved, changed, tried out.

use super::{Answer, Desk};
use desk::wire::{ConnectionForm, ConnectionTest, ConnectionView, Discovery, Pasted, ResultingEndpoints, ServerForm};
use secrecy::ExposeSecret;

#[tauri::command]
pub(crate) fn connection_endpoints(server: ServerForm) -> ResultingEndpoints {
    desk::connection_endpoints(&server)
}

#[tauri::command]
pub(crate) async fn save_connection(desk: Desk<'_>, form: ConnectionForm) -> Answer<ConnectionView> {
    Ok(desk.save_connection(form).await?)
}

#[tauri::command]
pub(crate) async fn delete_connection(desk: Desk<'_>, id: i64) -> Answer<()> {
    Ok(desk.delete_connection(id).await?)
}

#[tauri::command]
pub(crate) async fn undo_delete(desk: Desk<'_>, id: i64) -> Answer<Option<ConnectionView>> {
    Ok(desk.undo_delete(id).await?)
}

#[tauri::command]
pub(crate) async fn select_connection(desk: Desk<'_>, id: i64) -> Answer<()> {
    Ok(desk.select_connection(id).await?)
}

#[tauri::command]
pub(crate) async fn test_connection(desk: Desk<'_>, form: ConnectionForm) -> Answer<ConnectionTest> {
    Ok(desk.test_connection(form).await?)
}

#[tauri::command]
pub(crate) async fn discover(desk: Desk<'_>, form: ConnectionForm) -> Answer<Discovery> {
    Ok(desk.discover(form).await?)
}

#[tauri::command]
pub(crate) fn read_paste(desk: Desk<'_>, text: String) -> Pasted {
    desk.read_paste(&text)
}

/// One of the two ways out for a secret; it has a permission of its own.
#[tauri::command]
pub(crate) async fn reveal_secret(desk: Desk<'_>, id: i64) -> Answer<String> {
    Ok(desk.reveal_secret(id).await?.expose_secret().to_owned())
}
