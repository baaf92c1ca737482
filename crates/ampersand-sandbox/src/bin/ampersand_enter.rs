//! The last step into a sandbox; see `linux/enter.rs` for what it does.

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return ampersand_sandbox::enter::main();
    #[cfg(not(target_os = "linux"))]
    std::process::ExitCode::from(125)
}
