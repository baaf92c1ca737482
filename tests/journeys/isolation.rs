//! The hostile cases that are tried inside a sandbox, each as root and as an ordinary user, in every tier of Linux and
//! as both kinds of role. The table of all cases, with those tried elsewhere, is `isolation.toml` beside this file.
#![cfg(target_os = "linux")]

mod files;
mod network;
mod out;
mod processes;
mod repository;
mod secrets;
mod stand;
