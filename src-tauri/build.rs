//! Declares the commands the page may be granted, and makes sure the page is embedded as it was built last.

use std::{fs, io, path::Path};

use tauri_build::{AppManifest, Attributes};

fn main() {
    let page = Path::new("../ui/dist");
    println!("cargo::rerun-if-changed={}", page.display());
    if let Err(error) = make_room_for(page) {
        println!("cargo::error={} cannot be made: {error}", page.display());
        return;
    }
    let manifest = AppManifest::new().commands(&["query", "act", "confirm"]);
    if let Err(error) = tauri_build::try_build(Attributes::new().app_manifest(manifest)) {
        println!("cargo::error={error:#}");
    }
}

/// Type-checking needs the folder, not what is in it.
fn make_room_for(page: &Path) -> io::Result<()> {
    if !page.join("index.html").is_file() {
        println!("cargo::warning=the page is not built: `cargo xtask run` does that first");
        fs::create_dir_all(page)?;
    }
    Ok(())
}
