//! The APIs of the window's gateway and their definitions.

use super::{Answer, Desk};
use desk::wire::{DefinitionPreview, Imported, ServedApi};
use desk::{ExportForm, Exported, ImportWish};

#[tauri::command]
pub(crate) async fn apis(desk: Desk<'_>) -> Answer<Vec<ServedApi>> {
    Ok(desk.apis().await?)
}

#[tauri::command]
pub(crate) async fn preview_definition(desk: Desk<'_>, text: String) -> Answer<DefinitionPreview> {
    Ok(desk.preview_definition(&text).await?)
}

#[tauri::command]
pub(crate) async fn import_definition(desk: Desk<'_>, text: String, name: String) -> Answer<Imported> {
    Ok(desk.import_definition(&text, ImportWish { name: Some(name), replace: false }).await?)
}

#[tauri::command]
pub(crate) async fn remove_definition(desk: Desk<'_>, id: i64) -> Answer<()> {
    Ok(desk.remove_definition(id).await?)
}

#[tauri::command]
pub(crate) async fn undo_remove_definition(desk: Desk<'_>, id: i64) -> Answer<bool> {
    Ok(desk.undo_remove_definition(id).await?)
}

/// Without secrets. No number means the built-in echo.
#[tauri::command]
pub(crate) async fn export_definition(desk: Desk<'_>, id: Option<i64>, form: ExportForm) -> Answer<Exported> {
    Ok(desk.export_api(id, form).await?)
}

/// The same into the folder for downloads; answers with the file.
#[tauri::command]
pub(crate) async fn save_definition(desk: Desk<'_>, id: Option<i64>, form: ExportForm) -> Answer<String> {
    Ok(desk.save_export(id, form).await?)
}

#[tauri::command]
pub(crate) async fn subscribe(desk: Desk<'_>, id: i64, plan: &str, client_id: &str, on: bool) -> Answer<()> {
    Ok(desk.subscribe(id, plan, client_id, on).await?)
}
