//! Models over real sockets: what arrives, what is tried again, and what each fault is called.

#![expect(clippy::unwrap_used, reason = "in a test an error is a failure")]

mod faults;
mod stream;
mod wires;
