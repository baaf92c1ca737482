//! The loop of the tool process: a thread per call, bounded in number, every answer written whole.

use std::collections::HashMap;
use std::io::{self, BufRead, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::perform::perform;
use crate::tool_error::ToolError;
use crate::wire::{Call, Inbound, MAX_LINE_BYTES, Outbound};
use crate::worktree::Worktree;

/// Calls under way at the same time; one more is refused.
const MAX_CALLS: usize = 8;

/// Why the process cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The requests cannot be read.
    #[error("cannot read requests")]
    Read(#[source] io::Error),
    /// A request is longer than is accepted.
    #[error("a request has more than {MAX_LINE_BYTES} bytes")]
    TooLong,
    /// A line is no request.
    #[error("a line is not a request")]
    NotARequest(#[source] serde_json::Error),
}

/// Answers the requests of `input` on `output` until the input ends, then stops what is still under way.
pub fn serve(
    worktree: Worktree,
    mut input: impl BufRead,
    output: impl Write + Send + 'static,
) -> Result<(), ServeError> {
    let shared = Arc::new(Shared {
        worktree,
        output: Mutex::new(Box::new(output)),
        calls: Mutex::default(),
    });
    let mut threads = Vec::new();
    let ended = loop {
        match next(&mut input) {
            Err(error) => break Err(error),
            Ok(None) => break Ok(()),
            Ok(Some(Inbound::Cancel { id })) => shared.cancel(id),
            Ok(Some(Inbound::Call { id, call })) => threads.extend(shared.begin(id, call)),
        }
        threads.retain(|thread: &std::thread::JoinHandle<()>| !thread.is_finished());
    };
    shared.cancel_all();
    for thread in threads {
        // A call that panicked has nothing more to say than its missing answer.
        drop(thread.join());
    }
    ended
}

fn next(input: &mut impl BufRead) -> Result<Option<Inbound>, ServeError> {
    let mut line = Vec::new();
    let most = MAX_LINE_BYTES as u64 + 1;
    input
        .take(most)
        .read_until(b'\n', &mut line)
        .map_err(ServeError::Read)?;
    if line.len() > MAX_LINE_BYTES {
        return Err(ServeError::TooLong);
    }
    if line.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&line)
        .map(Some)
        .map_err(ServeError::NotARequest)
}

struct Shared {
    worktree: Worktree,
    output: Mutex<Box<dyn Write + Send>>,
    calls: Mutex<HashMap<u64, Arc<AtomicBool>>>,
}

impl Shared {
    fn begin(self: &Arc<Self>, id: u64, call: Call) -> Option<std::thread::JoinHandle<()>> {
        let cancelled = Arc::new(AtomicBool::new(false));
        {
            let mut calls = unpoisoned(&self.calls);
            if calls.len() >= MAX_CALLS || calls.contains_key(&id) {
                let failure = ToolError::Busy { most: MAX_CALLS }.failure();
                drop(calls);
                self.say(&Outbound::Refused { id, failure });
                return None;
            }
            calls.insert(id, Arc::clone(&cancelled));
        }
        let shared = Arc::clone(self);
        Some(std::thread::spawn(move || {
            let told = |message| shared.say(&message);
            let answer = match perform(&shared.worktree, id, &call, &cancelled, &told) {
                Ok(reply) => Outbound::Done { id, reply },
                Err(error) => Outbound::Refused {
                    id,
                    failure: error.failure(),
                },
            };
            unpoisoned(&shared.calls).remove(&id);
            shared.say(&answer);
        }))
    }

    fn cancel(&self, id: u64) {
        if let Some(cancelled) = unpoisoned(&self.calls).get(&id) {
            cancelled.store(true, Ordering::Relaxed);
        }
    }

    fn cancel_all(&self) {
        for cancelled in unpoisoned(&self.calls).values() {
            cancelled.store(true, Ordering::Relaxed);
        }
    }

    fn say(&self, message: &Outbound) {
        let Ok(mut line) = serde_json::to_vec(message) else {
            return;
        };
        line.push(b'\n');
        let mut output = unpoisoned(&self.output);
        // With nobody listening the input ends too, and that ends the process.
        drop(output.write_all(&line).and_then(|()| output.flush()));
    }
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
