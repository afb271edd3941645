//! The shell: the only code that knows Tauri.
//! Belongs here: one command per user action over the desk, the window and its limits. Not here: anything that the command
//! line could need too, which is the desk's.

mod commands;
mod environment;
mod window;

use environment::Environment;
use std::process::ExitCode;
use std::sync::Arc;
use tauri::{Manager, RunEvent};

/// Opens the window, and returns when it is closed and the local gateway has stopped.
pub fn run() -> ExitCode {
    let environment = Environment::read();
    environment.log();
    match open(&environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("claimcheck-desktop: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the context macro ends a half-set-up macOS bundle by itself")]
fn open(environment: &Environment) -> Result<(), Box<dyn std::error::Error>> {
    let data = environment.window_data()?;
    let app = tauri::Builder::default()
        .manage(Arc::new(environment.desk()?))
        .invoke_handler(commands::handler())
        .setup(move |app| Ok(window::open(app, data)?))
        .build(tauri::generate_context!())?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            let desk = Arc::clone(&app.state::<Arc<desk::Desk>>());
            tauri::async_runtime::block_on(async move { desk.stop_gateway().await });
        }
    });
    Ok(())
}
