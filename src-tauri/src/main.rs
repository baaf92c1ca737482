//! Starts the shell.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::{env, ffi::OsString, fs, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    calm_the_renderer();
    match ampersand_shell::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// How WebKit is to draw, unless the person says otherwise. Its renderer over DMA buffers leaves the window blank on some
/// drivers, and takes 80 MB more. Without it nothing in this process draws by OpenGL, but both GTK and WebKit bring a driver
/// up to ask it what it can do, which is another 25 MB, half a second on a machine without a GPU, and never used.
fn calm_the_renderer() {
    if !cfg!(target_os = "linux") || env::var_os("WEBKIT_DISABLE_DMABUF_RENDERER").is_some() {
        return;
    }
    let calm = [
        ("WEBKIT_DISABLE_DMABUF_RENDERER", "1".into()),
        ("GDK_GL", "disable".into()),
        ("WEBKIT_WEB_RENDER_DEVICE_FILE", render_device()),
    ];
    for (name, value) in calm {
        if env::var_os(name).is_none() {
            #[expect(
                unsafe_code,
                reason = "first thing in the process: no other thread reads the environment yet"
            )]
            // SAFETY: there is one thread.
            unsafe {
                env::set_var(name, value);
            }
        }
    }
}

/// The first GPU, or where it would be: naming it keeps WebKit from asking the driver.
fn render_device() -> OsString {
    let devices = fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    let renders = devices.map(|entry| entry.path()).filter(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("renderD"))
    });
    renders
        .min()
        .unwrap_or_else(|| PathBuf::from("/dev/dri/renderD128"))
        .into()
}
