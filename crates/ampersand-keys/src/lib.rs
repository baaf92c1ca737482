//! Keys: kept by the system's keychain, found again by name, and blotted out of whatever is logged; and so the log itself.
//!
//! A keychain may ask its owner, or hang: everything here has an end, and nobody waits on a thread of theirs. Nothing is
//! ever written to a file of ours, and no key is taken from a command line.

mod error;
mod keychain;
mod log;
mod mask;
mod resolve;
mod secret;
mod store;

pub use error::KeyError;
pub use keychain::Keychain;
pub use log::{Log, start_log};
pub use mask::{Masked, mask};
pub use resolve::{Resolved, from_environment, resolve};
pub use secret::Secret;
