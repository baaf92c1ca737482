//! The real window on a private screen and bus, driven as a person drives it.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says where"
)]

#[expect(clippy::panic, reason = "as in the tests of agents")]
#[path = "../agents/installed.rs"]
mod installed;
mod j1;
mod j13;
mod j15;
mod j2;
mod j21;
mod j24;
mod j3;
mod j5;
mod j6;
mod j7;
mod logins;
mod page;
mod person;
