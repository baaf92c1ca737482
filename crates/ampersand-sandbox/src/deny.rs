//! Giving up for good what the built-in explorer never needs: called by it, first thing.

/// Why the right could not be given up. The caller must end.
#[derive(Debug, thiserror::Error)]
#[error("cannot give up the right to start programs: {why}")]
pub struct DenyError {
    why: String,
}

/// From here on neither this process nor any thread of it can start a program, make a process, open a socket, signal
/// others or change the owner, mode or times of a file. Cannot be taken back.
#[cfg(target_os = "linux")]
pub fn deny_exec() -> Result<(), DenyError> {
    let failed = |why: String| DenyError { why };
    let filters = [
        crate::linux::filter::reading(),
        crate::linux::filter::no_clone3(),
    ];
    for filter in filters {
        let filter = filter.map_err(|error| failed(error.to_string()))?;
        seccompiler::apply_filter_all_threads(&filter)
            .map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}

/// From here on this process cannot start a program: its sandbox profile says so already.
#[cfg(target_os = "macos")]
#[expect(clippy::unnecessary_wraps, reason = "the other systems can refuse")]
pub const fn deny_exec() -> Result<(), DenyError> {
    Ok(())
}

/// The container this process was started in says so already: here it is only looked whether that is true.
#[cfg(windows)]
pub fn deny_exec() -> Result<(), DenyError> {
    match crate::windows::starts_nothing() {
        Ok(true) => Ok(()),
        Ok(false) => Err(DenyError {
            why: "it was started as one that may".to_owned(),
        }),
        Err(error) => Err(DenyError {
            why: error.to_string(),
        }),
    }
}

/// There is nothing on this system by which it could be given up.
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub fn deny_exec() -> Result<(), DenyError> {
    Err(DenyError {
        why: "this system has no sandbox yet".to_owned(),
    })
}
