//! The one call that makes a process: everything about it said beforehand, held before its first instruction, looked at,
//! and ended again if it is not what was ordered.

use std::io;
use std::mem::{size_of, size_of_val, zeroed};
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::ptr;
use std::sync::Arc;

use windows_sys::Win32::Foundation::{HANDLE, HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::Security::{
    EqualSid, GetTokenInformation, IsTokenRestricted, TOKEN_APPCONTAINER_INFORMATION, TOKEN_QUERY,
    TokenAppContainerSid,
};
use windows_sys::Win32::System::Threading::{
    CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, CREATE_SUSPENDED, CREATE_UNICODE_ENVIRONMENT,
    CreateProcessAsUserW, CreateProcessW, DETACHED_PROCESS, EXTENDED_STARTUPINFO_PRESENT,
    OpenProcessToken, PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY,
    PROC_THREAD_ATTRIBUTE_HANDLE_LIST, PROC_THREAD_ATTRIBUTE_JOB_LIST,
    PROC_THREAD_ATTRIBUTE_SECURITY_CAPABILITIES, PROCESS_INFORMATION, ResumeThread,
    STARTF_USESTDHANDLES, STARTUPINFOEXW,
};

use super::attributes::{Attributes, Sids, aligned};
use super::logon;
use crate::spec::{Container, Logon};
use crate::tree::platform::{Members, owned, truth};

/// Children are refused by the system, whatever the program tries (`PROCESS_CREATION_CHILD_PROCESS_RESTRICTED`).
const NO_CHILDREN: u32 = 1;

/// A process to be made. Every text has its end.
pub(super) struct Order {
    pub(super) program: Vec<u16>,
    pub(super) line: Vec<u16>,
    pub(super) variables: Vec<u16>,
    pub(super) folder: Vec<u16>,
    /// Its standard input, output and error.
    pub(super) streams: [OwnedHandle; 3],
    pub(super) job: Option<Arc<Members>>,
    pub(super) container: Option<Container>,
    /// Whom it is made for by the system's own service; then it is in no container.
    pub(super) logon: Option<Logon>,
    /// What it is to be in place of us: a lesser one of our own.
    pub(super) token: Option<OwnedHandle>,
    /// Whether it may start programs.
    pub(super) executes: bool,
}

/// A step that failed.
pub(super) type Failed = (&'static str, io::Error);

/// A process that is as it was ordered and has not run yet.
pub(super) struct Created {
    pub(super) pid: u32,
    /// The number of its first thread.
    pub(super) thread: u32,
    pub(super) process: OwnedHandle,
    pub(super) held: Held,
}

/// The first thread of a process, standing still.
pub(super) struct Held(OwnedHandle);

impl Held {
    pub(super) const fn of(thread: OwnedHandle) -> Self {
        Self(thread)
    }

    #[expect(unsafe_code, reason = "threads have no safe interface")]
    pub(super) fn release(self) -> io::Result<()> {
        // SAFETY: the handle is open.
        match unsafe { ResumeThread(self.0.as_raw_handle()) } {
            u32::MAX => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}

/// Makes it. The error names the step.
pub(super) fn create(mut order: Order) -> Result<Created, Failed> {
    let said = |step| move |error| (step, error);
    for stream in &order.streams {
        inheritable(stream).map_err(said("hand over its pipes"))?;
    }
    if order.logon.is_some() {
        return logon::create(order);
    }
    let streams = order
        .streams
        .each_ref()
        .map(|stream| stream.as_raw_handle());
    let job = order.job.as_ref().map(|members| [members.job()]);
    let container = order.container.as_ref().map(Sids::of);
    let mut container = container.transpose().map_err(said("name its container"))?;
    let capabilities = container.as_mut().map(Sids::capabilities);
    let given = || -> io::Result<Attributes<'_>> {
        let mut given = Attributes::with_room()?;
        given.set(PROC_THREAD_ATTRIBUTE_HANDLE_LIST, &streams)?;
        if let Some(job) = &job {
            given.set(PROC_THREAD_ATTRIBUTE_JOB_LIST, job)?;
        }
        if let Some(capabilities) = &capabilities {
            given.set(PROC_THREAD_ATTRIBUTE_SECURITY_CAPABILITIES, capabilities)?;
        }
        if !order.executes {
            given.set(PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, &NO_CHILDREN)?;
        }
        Ok(given)
    };
    let mut given = given().map_err(said("say what it is started in"))?;
    let console = match order.executes {
        // A console of its own would be served by a program the system starts for it.
        false => DETACHED_PROCESS,
        true => CREATE_NO_WINDOW,
    };
    let created = call(&mut order, console, streams, &mut given);
    let created = created.map_err(said("execute it"))?;
    let fenced = || -> io::Result<()> {
        if let Some(members) = &order.job {
            members.confirm(&created.process)?;
        }
        if order.token.is_some() {
            confirm_less(&created.process)?;
        }
        match &order.container {
            Some(container) => confirm(&created.process, container),
            None => Ok(()),
        }
    };
    if let Err(error) = fenced() {
        super::terminate(&created.process);
        return Err(("see it fenced in", error));
    }
    Ok(created)
}

#[expect(unsafe_code, reason = "the standard library knows no containers")]
fn call(
    order: &mut Order,
    console: u32,
    [stdin, stdout, stderr]: [HANDLE; 3],
    given: &mut Attributes<'_>,
) -> io::Result<Created> {
    // SAFETY: all-zero is a valid value; it holds integers and null pointers only.
    let mut startup: STARTUPINFOEXW = unsafe { zeroed() };
    startup.StartupInfo.cb = size_of::<STARTUPINFOEXW>() as u32;
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    startup.StartupInfo.hStdInput = stdin;
    startup.StartupInfo.hStdOutput = stdout;
    startup.StartupInfo.hStdError = stderr;
    startup.lpAttributeList = given.list();
    // SAFETY: as above.
    let mut made: PROCESS_INFORMATION = unsafe { zeroed() };
    let flags = CREATE_SUSPENDED
        | CREATE_NEW_PROCESS_GROUP
        | console
        | CREATE_UNICODE_ENVIRONMENT
        | EXTENDED_STARTUPINFO_PRESENT;
    let (program, variables) = (order.program.as_ptr(), order.variables.as_ptr().cast());
    let (line, folder) = (order.line.as_mut_ptr(), order.folder.as_ptr());
    let startup = (&raw const startup).cast();
    let nobody = ptr::null();
    // SAFETY: all texts end in a NUL, the block of variables in two; the line is ours to be written to; the attributes and
    // what they point to outlive the call; the startup information tells that it is the extended one; a token is open.
    truth(unsafe {
        match &order.token {
            None => CreateProcessW(
                program,
                line,
                nobody,
                nobody,
                1,
                flags,
                variables,
                folder,
                startup,
                &raw mut made,
            ),
            Some(token) => CreateProcessAsUserW(
                token.as_raw_handle(),
                program,
                line,
                nobody,
                nobody,
                1,
                flags,
                variables,
                folder,
                startup,
                &raw mut made,
            ),
        }
    })?;
    Ok(Created {
        pid: made.dwProcessId,
        thread: made.dwThreadId,
        process: owned(made.hProcess)?,
        held: Held(owned(made.hThread)?),
    })
}

/// Lets a handle go over to a program that is told of it. No other program of ours is: each is given a list.
#[expect(unsafe_code, reason = "handles have no safe interface for this")]
fn inheritable(handle: &OwnedHandle) -> io::Result<()> {
    // SAFETY: the handle is open.
    truth(unsafe {
        SetHandleInformation(
            handle.as_raw_handle(),
            HANDLE_FLAG_INHERIT,
            HANDLE_FLAG_INHERIT,
        )
    })
}

/// That a process is less than whoever made it, by the system's own word.
#[expect(unsafe_code, reason = "tokens have no safe interface")]
fn confirm_less(process: &OwnedHandle) -> io::Result<()> {
    let mut token = ptr::null_mut();
    // SAFETY: the handle is open, and the answer is checked before it is used.
    truth(unsafe { OpenProcessToken(process.as_raw_handle(), TOKEN_QUERY, &raw mut token) })?;
    let token = owned(token)?;
    // SAFETY: the handle is open.
    match unsafe { IsTokenRestricted(token.as_raw_handle()) } {
        0 => Err(io::Error::other("it is as able as its maker")),
        _ => Ok(()),
    }
}

/// That a process is in the container it was to be in, by the system's own word.
#[expect(unsafe_code, reason = "tokens have no safe interface")]
fn confirm(process: &OwnedHandle, container: &Container) -> io::Result<()> {
    let mut token = ptr::null_mut();
    // SAFETY: the handle is open, and the answer is checked before it is used.
    truth(unsafe { OpenProcessToken(process.as_raw_handle(), TOKEN_QUERY, &raw mut token) })?;
    let token = owned(token)?;
    let mut expected = aligned(&container.package)?;
    // The longest identifier is far shorter.
    let mut answer = [0_usize; 64];
    let mut length = 0;
    // SAFETY: the pointer and its size describe `answer`.
    truth(unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenAppContainerSid,
            answer.as_mut_ptr().cast(),
            size_of_val(&answer) as u32,
            &raw mut length,
        )
    })?;
    // SAFETY: the system filled it in, and it is aligned for it.
    let found = unsafe { &*answer.as_ptr().cast::<TOKEN_APPCONTAINER_INFORMATION>() };
    // SAFETY: where it is not null it points to an identifier in `answer`; the other was looked at.
    let same = !found.TokenAppContainer.is_null()
        && unsafe { EqualSid(found.TokenAppContainer, expected.as_mut_ptr().cast()) } != 0;
    match same {
        true => Ok(()),
        false => Err(io::Error::other("it is not in its container")),
    }
}
