//! The keychain of each system: Secret Service on Linux, the login keychain on macOS, the Credential Manager on Windows.
//! Whoever asks bounds the time.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(target_os = "macos", windows))]
mod native;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod none;

#[cfg(target_os = "linux")]
pub(crate) use linux::Store;
#[cfg(any(target_os = "macos", windows))]
pub(crate) use native::Store;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub(crate) use none::Store;

/// Under which all our keys stand.
const SERVICE: &str = "ampersand";
