//! The client and the web over real sockets, fault by fault.

#![expect(clippy::unwrap_used, reason = "in a test an error is a failure")]

mod client;
mod egress;
mod web;
