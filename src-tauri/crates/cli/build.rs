//! Links the unwinder of GCC into the command line on Linux, so that a start loads one library less, and a system without
//! `libgcc_s` runs it. Nothing else belongs here.
//!
//! rustc links `gcc_s`; a folder of ours stands before the system's, in which that name is GCC's static `libgcc_eh.a` (GCC
//! Runtime Library Exception). Where the compiler has none, everything is linked as rustc has it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CC");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|target| target == value);
    if !is("CARGO_CFG_TARGET_OS", "linux")
        || !is("CARGO_CFG_TARGET_ENV", "gnu")
        || env::var("HOST") != env::var("TARGET")
    {
        return Ok(());
    }
    if let (Some(archive), Some(folder)) = (unwinder(), env::var_os("OUT_DIR")) {
        fs::copy(archive, Path::new(&folder).join("libgcc_s.a"))?;
        println!("cargo:rustc-link-search=native={}", Path::new(&folder).display());
    }
    Ok(())
}

/// Where the C compiler keeps `libgcc_eh.a`; it prints the bare name if it has none.
fn unwinder() -> Option<PathBuf> {
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let printed = Command::new(compiler).arg("-print-file-name=libgcc_eh.a").output().ok()?;
    let archive = PathBuf::from(String::from_utf8(printed.stdout).ok()?.trim());
    archive.is_absolute().then_some(archive)
}
