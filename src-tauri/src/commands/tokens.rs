//! Tokens: obtained, shown, inspected, given back.

use super::{Answer, Desk};
use desk::Introspected;
use desk::wire::{InspectForm, TokenView};
use secrecy::ExposeSecret;

#[tauri::command]
pub(crate) async fn get_token(desk: Desk<'_>, id: i64, fresh: bool) -> Answer<TokenView> {
    Ok(desk.get_token(id, fresh).await?)
}

#[tauri::command]
pub(crate) fn current_token(desk: Desk<'_>, id: i64) -> Option<TokenView> {
    desk.current_token(id)
}

#[tauri::command]
pub(crate) fn forget_token(desk: Desk<'_>, id: i64) {
    desk.forget_token(id);
}

/// One of the two ways out for a secret; it has a permission of its own.
#[tauri::command]
pub(crate) fn reveal_token(desk: Desk<'_>, id: i64) -> Answer<String> {
    Ok(desk.reveal_token(id)?.expose_secret().to_owned())
}

#[tauri::command]
pub(crate) async fn introspect_token(desk: Desk<'_>, id: i64) -> Answer<Introspected> {
    Ok(desk.introspect_token(id).await?)
}

#[tauri::command]
pub(crate) async fn revoke_token(desk: Desk<'_>, id: i64) -> Answer<()> {
    Ok(desk.revoke_token(id).await?)
}

#[tauri::command]
pub(crate) async fn inspect(desk: Desk<'_>, form: InspectForm) -> Answer<desk::wire::Inspection> {
    Ok(desk.inspect(form).await?)
}
