//! Starting a program on Windows: in its tree's job and its container from before its first instruction on, with three
//! handles of ours and no other. What the system made is looked at before it is let run.

mod attributes;
mod create;
mod logon;
pub(crate) mod succession;

use std::fs::File;
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsHandle, AsRawHandle, OwnedHandle};
use std::process::Stdio;
use std::sync::Arc;

use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::watch;
use windows_sys::Win32::System::Threading::{
    CREATE_BREAKAWAY_FROM_JOB, CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, GetExitCodeProcess,
    INFINITE, TerminateProcess, WaitForSingleObject,
};

use super::{Lane, SpawnError, wide};
use crate::child::{Child, Exit, Pipes};
use crate::spec::{Spec, Stdin};
use crate::tree::platform::{Members, truth};
use create::{Created, Order};

/// Where in the system's accounting a program is started.
#[derive(Debug)]
pub(crate) enum Place {
    /// Where we are.
    Free,
    /// In the job of its tree.
    Job(Arc<Members>),
}

impl Place {
    #[expect(clippy::unused_self, reason = "one thread serves all here")]
    pub(super) fn lane(&self) -> Option<Lane> {
        Lane::main()
    }
}

pub(super) fn start(spec: Spec, place: Place) -> Result<Child, SpawnError> {
    let program = spec.program.clone();
    let refused = |step| {
        let program = program.clone();
        move |source| SpawnError::Start {
            program,
            step,
            source,
        }
    };
    let (pipes, theirs) = streams(spec.stdin).map_err(refused("open its pipes"))?;
    let job = match place {
        Place::Free => None,
        Place::Job(members) => Some(members),
    };
    let order = order(&spec, job, theirs)?;
    let Created {
        pid, process, held, ..
    } = create::create(order).map_err(|(step, source)| refused(step)(source))?;
    let process = Arc::new(process);
    let (told, exit) = watch::channel(None);
    let watching = follow(Arc::clone(&process), told).and_then(|()| held.release());
    if let Err(source) = watching {
        terminate(&process);
        return Err(refused("let it run")(source));
    }
    Ok(Child::new(pid, pipes, exit, Some(process)))
}

/// What is to be made, in the system's terms.
fn order(
    spec: &Spec,
    job: Option<Arc<Members>>,
    streams: [OwnedHandle; 3],
) -> Result<Order, SpawnError> {
    let unusable = |why| SpawnError::Unusable {
        program: spec.program.clone(),
        why,
    };
    if !spec.program.is_absolute() {
        return Err(unusable("its path is not absolute"));
    }
    let units = |text: &std::ffi::OsStr| text.encode_wide().collect::<Vec<u16>>();
    let program = units(spec.program.as_os_str());
    let args: Vec<_> = spec.args.iter().map(|arg| units(arg)).collect();
    let named = spec.env.iter();
    let named = named.map(|(name, value)| (units(name), units(value)));
    Ok(Order {
        line: wide::command_line(&program, &args).map_err(unusable)?,
        program: wide::finished_part(program).map_err(unusable)?,
        variables: wide::variables(named).map_err(unusable)?,
        folder: wide::finished_part(units(spec.cwd.as_os_str())).map_err(unusable)?,
        streams,
        job,
        container: spec.container.clone(),
        logon: spec.logon.clone(),
        token: None,
        executes: spec.container.as_ref().is_none_or(|it| it.executes),
    })
}

/// Our ends and theirs. Nothing here is inherited unless it is named for one program.
fn streams(stdin: Stdin) -> io::Result<(Pipes, [OwnedHandle; 3])> {
    let (theirs, stdin) = match stdin {
        Stdin::Piped => {
            let (reader, writer) = io::pipe()?;
            (OwnedHandle::from(reader), Some(OwnedHandle::from(writer)))
        }
        Stdin::Null => (File::open("NUL")?.into(), None),
    };
    let (stdout, out) = io::pipe()?;
    let (stderr, err) = io::pipe()?;
    // tokio takes the handles out of these at once and reads and writes them as files, on threads of its own.
    let pipes = Pipes {
        stdin: stdin
            .map(|handle| ChildStdin::from_std(handle.into()))
            .transpose()?,
        stdout: Some(ChildStdout::from_std(OwnedHandle::from(stdout).into())?),
        stderr: Some(ChildStderr::from_std(OwnedHandle::from(stderr).into())?),
    };
    Ok((pipes, [theirs, out.into(), err.into()]))
}

/// Tells of its end, from a thread that waits for nothing else.
#[expect(
    unsafe_code,
    reason = "processes known by a handle have no safe interface"
)]
fn follow(process: Arc<OwnedHandle>, told: watch::Sender<Option<Exit>>) -> io::Result<()> {
    let wait = move || {
        let mut code = 0;
        // SAFETY: the handle is open for as long as this thread holds it.
        let asked = unsafe {
            WaitForSingleObject(process.as_raw_handle(), INFINITE);
            GetExitCodeProcess(process.as_raw_handle(), &raw mut code)
        };
        match truth(asked) {
            Ok(()) => drop(told.send_replace(Some(Exit::Code(code.cast_signed())))),
            Err(error) => tracing::error!(%error, "cannot collect a process"),
        }
    };
    let thread = std::thread::Builder::new().name("waiter".to_owned());
    thread.stack_size(64 << 10).spawn(wait).map(drop)
}

/// Ends one process. It may have ended meanwhile, which is what was wanted.
#[expect(
    unsafe_code,
    reason = "processes known by a handle have no safe interface"
)]
pub(crate) fn terminate(process: &impl AsHandle) {
    // SAFETY: the handle is open.
    let _ = unsafe { TerminateProcess(process.as_handle().as_raw_handle(), 1) };
}

#[expect(clippy::disallowed_methods, reason = "this crate owns spawning")]
pub(super) fn start_detached(spec: Spec, log: Option<File>) -> Result<u32, SpawnError> {
    use std::os::windows::process::CommandExt;
    let program = spec.program.clone();
    let refused = |step, source| SpawnError::Start {
        program: program.clone(),
        step,
        source,
    };
    if !spec.program.is_absolute() {
        return Err(SpawnError::Unusable {
            program,
            why: "its path is not absolute",
        });
    }
    let mut command = std::process::Command::new(&spec.program);
    command
        .args(&spec.args)
        .current_dir(&spec.cwd)
        .env_clear()
        .envs(spec.env)
        .creation_flags(CREATE_BREAKAWAY_FROM_JOB | CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(log) = log {
        let errors = log
            .try_clone()
            .map_err(|source| refused("open log", source))?;
        command.stdout(log).stderr(errors);
    }
    // Nobody has to collect it: its last handle is closed here.
    let child = command
        .spawn()
        .map_err(|source| refused("execute it", source))?;
    Ok(child.id())
}
