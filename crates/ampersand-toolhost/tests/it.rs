//! The tool process as its host sees it: requests in, answers out, over real pipes and real files.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

#[path = "it/hostile.rs"]
mod hostile;
#[path = "it/tools.rs"]
mod tools;

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Write};
use std::path::Path;
use std::thread::JoinHandle;

use ampersand_toolhost::{Call, Inbound, Outbound, Reply, ServeError, Worktree, serve};
use serde_json::{Value, json};

/// A worktree in a temporary folder, and the loop that serves it.
struct Served {
    folder: tempfile::TempDir,
    input: Option<PipeWriter>,
    output: BufReader<PipeReader>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
    calls: u64,
}

/// The last answer to a call, and what came before it.
#[derive(Debug)]
struct Answer {
    before: Vec<Outbound>,
    last: Outbound,
}

impl Served {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let worktree = Worktree::open(folder.path()).unwrap();
        let (input_reader, input) = std::io::pipe().unwrap();
        let (output, output_writer) = std::io::pipe().unwrap();
        let thread = std::thread::spawn(move || {
            serve(worktree, BufReader::new(input_reader), output_writer)
        });
        Self {
            folder,
            input: Some(input),
            output: BufReader::new(output),
            thread: Some(thread),
            calls: 0,
        }
    }

    fn path(&self, relative: &str) -> std::path::PathBuf {
        self.folder.path().join(relative)
    }

    fn file(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn content(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    fn send(&mut self, line: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input
            .write_all(line)
            .and_then(|()| input.write_all(b"\n"))
            .unwrap();
    }

    fn begin(&mut self, tool: &str, arguments: Value) -> u64 {
        self.calls += 1;
        let call: Call = match arguments {
            Value::Null => serde_json::from_value(json!({ "tool": tool })).unwrap(),
            arguments => {
                serde_json::from_value(json!({ "tool": tool, "arguments": arguments })).unwrap()
            }
        };
        let id = self.calls;
        self.send(&serde_json::to_vec(&Inbound::Call { id, call }).unwrap());
        id
    }

    fn cancel(&mut self, id: u64) {
        self.send(&serde_json::to_vec(&Inbound::Cancel { id }).unwrap());
    }

    fn next(&mut self) -> Outbound {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    fn answer(&mut self) -> Answer {
        let mut before = Vec::new();
        loop {
            match self.next() {
                last @ (Outbound::Done { .. } | Outbound::Refused { .. }) => {
                    return Answer { before, last };
                }
                other => before.push(other),
            }
        }
    }

    fn call(&mut self, tool: &str, arguments: Value) -> Answer {
        self.begin(tool, arguments);
        self.answer()
    }

    /// The words of an answer, or the code of a refusal.
    fn told(&mut self, tool: &str, arguments: Value) -> String {
        match self.call(tool, arguments).last {
            Outbound::Done {
                reply: Reply::Text { text } | Reply::Changed { text, .. },
                ..
            } => text,
            Outbound::Refused { failure, .. } => failure.code,
            other => panic!("{other:?}"),
        }
    }

    fn end(mut self) -> Result<(), ServeError> {
        drop(self.input.take());
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Answer {
    fn reply(self) -> Reply {
        match self.last {
            Outbound::Done { reply, .. } => reply,
            other => panic!("{other:?}"),
        }
    }
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
