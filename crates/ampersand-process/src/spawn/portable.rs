//! Starting a program where there is no `clone3`: the standard library's way, in a session of its own.

use std::fs::File;
use std::io;
use std::process::Stdio;
use std::sync::Arc;

use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::{oneshot, watch};

use super::{Lane, SpawnError, between};
use crate::child::{Child, Exit, Pipes};
use crate::spec::{Spec, Stdin};
use crate::tree::watcher::{Told, Watcher};

/// Where in the system's accounting a program is started.
#[derive(Debug)]
pub(crate) enum Place {
    /// Where we are.
    Free,
    /// Where we are, with all it starts ended by this one if we cannot.
    Watched(Arc<Watcher>),
}

impl Place {
    #[expect(clippy::unused_self, reason = "one thread serves all here")]
    pub(super) fn lane(&self) -> Option<Lane> {
        Lane::main()
    }
}

pub(super) fn start(spec: Spec, place: Place) -> Result<Child, SpawnError> {
    let program = spec.program.clone();
    let refused = |step, source| SpawnError::Start {
        program: program.clone(),
        step,
        source,
    };
    let stdin = match spec.stdin {
        Stdin::Piped => Stdio::piped(),
        Stdin::Null => Stdio::null(),
    };
    let (place, alone) = watched(place);
    let mut command = command(spec, &place)?;
    command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|source| refused("execute it", source))?;
    let pid = child.id();
    let pipes = (|| -> io::Result<Pipes> {
        Ok(Pipes {
            stdin: child.stdin.take().map(ChildStdin::from_std).transpose()?,
            stdout: child.stdout.take().map(ChildStdout::from_std).transpose()?,
            stderr: child.stderr.take().map(ChildStderr::from_std).transpose()?,
        })
    })();
    let pipes = match pipes {
        Ok(pipes) => pipes,
        Err(source) => {
            drop(child.kill());
            drop(child.wait());
            return Err(refused("listen to it", source));
        }
    };
    let (told, exit) = watch::channel(None);
    let (kill, mut killed) = oneshot::channel::<()>();
    tokio::spawn(async move {
        loop {
            match child.try_wait() {
                Ok(Some(status)) => {
                    // Whoever has a tree says by itself when that is over.
                    Told::of(pid, alone).over();
                    told.send_replace(Some(ended(status)));
                    return;
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot collect a process");
                    return;
                }
            }
            let pause = tokio::time::sleep(std::time::Duration::from_millis(10));
            if killed.is_terminated() {
                pause.await;
            } else {
                tokio::select! {
                    () = pause => {}
                    asked = &mut killed => if asked.is_ok() {
                        drop(child.kill());
                    },
                }
            }
        }
    });
    Ok(Child::new(pid, pipes, exit, Some(kill)))
}

/// A program that is in no tree ends with us too. One that cannot be watched runs all the same: it is none of an agent's.
fn watched(place: Place) -> (Place, Option<Arc<Watcher>>) {
    let Place::Free = place else {
        return (place, None);
    };
    match Watcher::ours() {
        Ok(Some(watcher)) => (Place::Watched(Arc::clone(&watcher)), Some(watcher)),
        Ok(None) => (Place::Free, None),
        Err(error) => {
            tracing::warn!(%error, "what is started now may outlive us");
            (Place::Free, None)
        }
    }
}

pub(super) fn start_detached(spec: Spec, log: Option<File>) -> Result<u32, SpawnError> {
    let program = spec.program.clone();
    let refused = |step, source| SpawnError::Start {
        program: program.clone(),
        step,
        source,
    };
    let mut command = command(spec, &Place::Free)?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(log) = log {
        let errors = log
            .try_clone()
            .map_err(|source| refused("open log", source))?;
        command.stdout(log).stderr(errors);
    }
    let mut child = command
        .spawn()
        .map_err(|source| refused("execute it", source))?;
    let pid = child.id();
    // Should it end before us, its exit must be collected.
    let reaper = std::thread::Builder::new().name("reaper".to_owned());
    if let Err(error) = reaper.spawn(move || drop(child.wait())) {
        tracing::warn!(pid, %error, "nobody collects the exit of a detached process");
    }
    Ok(pid)
}

#[expect(clippy::disallowed_methods, reason = "this crate owns spawning")]
fn command(spec: Spec, place: &Place) -> Result<std::process::Command, SpawnError> {
    let unusable = |why| SpawnError::Unusable {
        program: spec.program.clone(),
        why,
    };
    if !spec.program.is_absolute() {
        return Err(unusable("its path is not absolute"));
    }
    let mut command = std::process::Command::new(&spec.program);
    command
        .args(&spec.args)
        .current_dir(&spec.cwd)
        .env_clear()
        .envs(spec.env);
    // First, as a descriptor handed over may take the number of the one it is said through.
    if let Place::Watched(watcher) = place {
        watcher.expect(&mut command);
    }
    between::prepare(&mut command, spec.inherit, spec.limits);
    Ok(command)
}

fn ended(status: std::process::ExitStatus) -> Exit {
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Exit::Signal(signal);
    }
    Exit::Code(status.code().unwrap_or(-1))
}
