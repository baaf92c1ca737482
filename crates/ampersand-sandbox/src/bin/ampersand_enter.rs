//! The last step into a sandbox; see `linux/enter.rs` for what it does. On Windows, where the last step is the system's own,
//! it is the canary alone.

fn main() -> std::process::ExitCode {
    #[cfg(any(target_os = "linux", windows))]
    return ampersand_sandbox::enter::main();
    #[cfg(not(any(target_os = "linux", windows)))]
    std::process::ExitCode::from(125)
}
