//! Why the authorization server does not know the client: ways tried, and a working curl line beside ours.

use super::{Answer, Desk};
use desk::wire::{ConnectionView, CurlComparison, DoctorPlan, TriedWay, WayRef};

#[tauri::command]
pub(crate) async fn plan_doctor(desk: Desk<'_>, id: i64) -> Answer<DoctorPlan> {
    Ok(desk.plan_doctor(id).await?)
}

#[tauri::command]
pub(crate) async fn try_way(desk: Desk<'_>, id: i64, way: WayRef, send: u64) -> Answer<Vec<TriedWay>> {
    Ok(desk.try_way(id, way, send).await?)
}

#[tauri::command]
pub(crate) async fn use_way(desk: Desk<'_>, id: i64, way: WayRef) -> Answer<ConnectionView> {
    Ok(desk.use_way(id, way).await?)
}

#[tauri::command]
pub(crate) async fn compare_curl(desk: Desk<'_>, id: i64, text: &str) -> Answer<CurlComparison> {
    Ok(desk.compare_curl(id, text).await?)
}
