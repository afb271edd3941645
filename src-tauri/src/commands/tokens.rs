//! Tokens: obtained, shown, inspected, given back.

use super::{Answer, Desk};
use desk::wire::{
    AcceptanceRules, Companion, DiffSide, GrantInputs, InspectForm, InspectedPaste, Inspection, Judging, JwksView,
    KeptTokenView, SignIn, TokenDiff, TokenRef, TokenView,
};
use desk::{Introspected, Revoked, UserClaims};
use secrecy::ExposeSecret;

#[tauri::command]
pub(crate) async fn get_token(desk: Desk<'_>, id: i64, fresh: bool, inputs: Option<GrantInputs>) -> Answer<TokenView> {
    Ok(desk.get_token_with(id, fresh, inputs.unwrap_or_default()).await?)
}

#[tauri::command]
pub(crate) async fn sign_in(desk: Desk<'_>, id: i64) -> Answer<Option<SignIn>> {
    Ok(desk.sign_in(id).await)
}

#[tauri::command]
pub(crate) fn open_sign_in(desk: Desk<'_>, id: i64) -> Answer<()> {
    Ok(desk.open_sign_in(id)?)
}

#[tauri::command]
pub(crate) fn cancel_sign_in(desk: Desk<'_>, id: i64) {
    desk.cancel_sign_in(id);
}

#[tauri::command]
pub(crate) fn current_token(desk: Desk<'_>, id: i64) -> Option<TokenView> {
    desk.current_token(id)
}

#[tauri::command]
pub(crate) async fn kept_tokens(desk: Desk<'_>) -> Answer<Vec<KeptTokenView>> {
    Ok(desk.kept_tokens().await?)
}

#[tauri::command]
pub(crate) fn forget_token(desk: Desk<'_>, token: TokenRef) {
    desk.forget_token(token);
}

/// One of the ways out for a secret; they have a permission of their own.
#[tauri::command]
pub(crate) fn reveal_token(desk: Desk<'_>, id: i64) -> Answer<String> {
    Ok(desk.reveal_token(id)?.expose_secret().to_owned())
}

#[tauri::command]
pub(crate) fn reveal_companion(desk: Desk<'_>, id: i64, companion: Companion) -> Answer<String> {
    Ok(desk.reveal_companion(id, companion)?.expose_secret().to_owned())
}

#[tauri::command]
pub(crate) async fn introspect_token(desk: Desk<'_>, token: TokenRef) -> Answer<Introspected> {
    Ok(desk.introspect_token(token).await?)
}

#[tauri::command]
pub(crate) async fn ask_userinfo(desk: Desk<'_>, token: TokenRef) -> Answer<UserClaims> {
    Ok(desk.ask_userinfo(token).await?)
}

#[tauri::command]
pub(crate) async fn revoke_token(desk: Desk<'_>, token: TokenRef) -> Answer<Revoked> {
    Ok(desk.revoke_token(token).await?)
}

#[tauri::command]
pub(crate) fn judge_token(desk: Desk<'_>, id: i64, judging: Judging) -> Answer<Inspection> {
    Ok(desk.judge_token(id, &judging)?)
}

#[tauri::command]
pub(crate) async fn save_rules(desk: Desk<'_>, id: i64, rules: Option<AcceptanceRules>) -> Answer<()> {
    Ok(desk.save_rules(id, rules).await?)
}

#[tauri::command]
pub(crate) async fn issuer_jwks(desk: Desk<'_>, id: i64, anew: bool) -> Answer<JwksView> {
    Ok(desk.issuer_jwks(id, anew).await?)
}

#[tauri::command]
pub(crate) async fn diff_tokens(desk: Desk<'_>, left: DiffSide, right: DiffSide) -> Answer<TokenDiff> {
    Ok(desk.diff_tokens(left, right).await?)
}

#[tauri::command]
pub(crate) async fn inspect(desk: Desk<'_>, form: InspectForm) -> Answer<InspectedPaste> {
    Ok(desk.inspect(form).await?)
}
