//! What the window may call: one command per user action.
//! Belongs here: handing arguments to the desk and its result back. Not here: any decision; a command that needs one is a
//! method missing on the desk.

mod apis;
mod connections;
mod control;
mod doctor;
mod gateway;
mod overview;
mod requests;
mod tokens;

use desk::wire::Problem;
use std::sync::Arc;
use tauri::State;

/// The engine, as commands receive it.
type Desk<'a> = State<'a, Arc<desk::Desk>>;

/// What a command answers.
type Answer<T> = Result<T, Problem>;

/// Lists every command once: for the handler, and for the test that compares the list with the permissions.
macro_rules! commands {
    ($($module:ident: $($name:ident)*;)*) => {
        /// Everything that the window may call.
        pub(crate) fn handler() -> impl Fn(tauri::ipc::Invoke) -> bool {
            tauri::generate_handler![$($($module::$name),*),*]
        }

        #[cfg(test)]
        const NAMES: &[&str] = &[$($(stringify!($name)),*),*];
    };
}

commands! {
    connections: connection_endpoints save_connection delete_connection undo_delete select_connection test_connection
        discover read_paste reveal_secret;
    tokens: get_token sign_in open_sign_in cancel_sign_in current_token kept_tokens forget_token reveal_token
        reveal_companion introspect_token ask_userinfo revoke_token judge_token save_rules issuer_jwks diff_tokens inspect;
    doctor: plan_doctor try_way use_way compare_curl;
    requests: send cancel body_window history clear_history copy_as copy_token_request_as;
    control: gateway_control gateway_switches set_weaknesses set_behaviour set_faults set_next_faults rotate_key withdraw_keys
        shift_clock freeze_clock reset_clock;
    gateway: start_gateway stop_gateway gateway_events try_it;
    apis: apis preview_definition import_definition remove_definition undo_remove_definition export_definition
        save_definition subscribe;
    overview: overview storage unlock_keyring retry_keyring use_memory_only;
}

#[cfg(test)]
mod tests;
