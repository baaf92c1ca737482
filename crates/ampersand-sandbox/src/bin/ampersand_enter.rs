//! The last step into a sandbox; see `linux/enter.rs` for what it does. On Windows it is the canary, the usher of an attempt's
//! user, and for a moment an administrator's program; it has no console there, which another program would serve. On macOS it
//! ends what an orchestrator leaves that was killed.
#![cfg_attr(windows, windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    #[cfg(any(target_os = "linux", target_os = "macos", windows))]
    return ampersand_sandbox::enter::main();
    #[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
    std::process::ExitCode::from(125)
}
