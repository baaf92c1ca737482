//! Starts the shell.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::{env, process::ExitCode};

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

/// WebKit's renderer over DMA buffers leaves the window blank on some drivers, and takes 80 MB more.
fn calm_the_renderer() {
    const RENDERER: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if cfg!(target_os = "linux") && env::var_os(RENDERER).is_none() {
        #[expect(
            unsafe_code,
            reason = "first thing in the process: no other thread reads the environment yet"
        )]
        // SAFETY: there is one thread.
        unsafe {
            env::set_var(RENDERER, "1");
        }
    }
}
