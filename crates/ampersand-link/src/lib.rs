//! The wire between controller and orchestrator: where they meet, how frames are cut, which reply belongs
//! to which request, and how a reader that was away catches up by number.
//!
//! Works over any stream of bytes, so the same code serves the local socket and a remote shell. Not here:
//! what the frames mean (`ampersand-protocol`), who starts whom (controller), what is done (orchestrator).

mod client;
mod frames;
mod meeting;
mod server;
#[doc(hidden)]
pub mod strangers;

pub use client::{CallError, Client, Incoming, dial};
pub use frames::{FRAME_BYTES_MAX, FrameError};
pub use meeting::{Listener, MeetingError, Stream, connect, listen};
pub use server::{Responder, serve};
