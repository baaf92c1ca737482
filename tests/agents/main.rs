//! Agents of others, as their makers publish them, against a scripted model: each does what is declared of it.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod agents;
mod installed;
mod j2;
mod logins;
mod reads_login;
mod reviews;
mod rewound;
mod sessions;
mod set_up;
mod stage;
mod team;
