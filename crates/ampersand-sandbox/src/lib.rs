//! What an agent's process may touch: a role becomes an operating-system policy, tried on a real canary before it is
//! relied on. There is no way through here that runs anything unfenced; where no fence can be had, nothing starts.

#[cfg(any(windows, test))]
mod container;
mod deny;
mod gateway;
mod inward;
mod launcher;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(any(target_os = "linux", windows))]
mod nest;
mod policy;
#[cfg(any(target_os = "macos", test))]
mod seatbelt;
mod set_up;
#[cfg(any(target_os = "linux", target_os = "macos", windows))]
mod toolchains;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod unsupported;
#[cfg(any(windows, test))]
mod users;
#[cfg(windows)]
mod windows;

pub use deny::{DenyError, deny_exec};
pub use gateway::Gateway;
pub use inward::{Inside, Inward};
pub use launcher::{
    LEADS_GIT_BY_VARIABLES, LEADS_OUT, LaunchError, Launched, Launcher, leads_out_in,
    needs_own_repository_in, serves_in, take_back,
};
#[cfg(target_os = "linux")]
#[doc(hidden)]
pub use linux::enter;
#[cfg(target_os = "macos")]
#[doc(hidden)]
pub use macos::enter;
pub use policy::{Limits, OwnRepository, Policy};
pub use set_up::{SetUpError, remove_set_up, set_up};
#[cfg(windows)]
#[doc(hidden)]
pub use windows::enter;

/// Our program that goes into sandboxes, or watches over those who are in them.
#[cfg(any(target_os = "linux", target_os = "macos", windows))]
const INSIDER: &str = "ampersand-enter";
