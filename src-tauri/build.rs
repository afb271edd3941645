//! Embeds configuration, capabilities and the isolation page into the app.
//! Belongs here: what Tauri's build step needs, and the check that there is a UI to embed. Not here: building that UI
//! (`cargo xtask` does, so that a compile never runs npm).

use std::path::Path;
use std::{env, fs, io};
use tauri_build::{AppManifest, Attributes};

/// Where Vite writes the UI, relative to the package root.
const UI: &str = "ui/dist";

/// Shown by a debug build whose UI was never built.
const PLACEHOLDER: &str = "<!doctype html><meta charset=\"utf-8\"><title>Claimcheck</title><p>The UI is not built yet: run `cargo xtask run`.\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    println!("cargo:rerun-if-changed=ui/isolation");
    ensure_ui(Path::new(UI))?;
    let manifest = AppManifest::new().permissions_path_pattern("src-tauri/permissions/*.toml");
    let attributes =
        Attributes::new().capabilities_path_pattern("src-tauri/capabilities/*.json").app_manifest(manifest);
    Ok(tauri_build::try_build(attributes)?)
}

/// A debug build does without a UI, a release build never.
fn ensure_ui(folder: &Path) -> io::Result<()> {
    let page = folder.join("index.html");
    if page.exists() {
        return Ok(());
    }
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        return Err(io::Error::other(
            "ui/dist is missing: run `cargo xtask dist`, or `npm ci && npm run build` in ui/",
        ));
    }
    fs::create_dir_all(folder)?;
    fs::write(page, PLACEHOLDER)
}
