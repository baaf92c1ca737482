//! The one call that makes a process: everything about it said beforehand, held before its first instruction, looked at,
//! and ended again if it is not what was ordered.

use std::io;
use std::marker::PhantomData;
use std::mem::{size_of, size_of_val, zeroed};
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::ptr;
use std::sync::Arc;

use windows_sys::Win32::Foundation::{HANDLE, HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::Security::{
    EqualSid, GetLengthSid, GetTokenInformation, IsValidSid, PSID, SECURITY_CAPABILITIES,
    SID_AND_ATTRIBUTES, TOKEN_APPCONTAINER_INFORMATION, TOKEN_QUERY, TokenAppContainerSid,
};
use windows_sys::Win32::System::SystemServices::SE_GROUP_ENABLED;
use windows_sys::Win32::System::Threading::{
    CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, CREATE_SUSPENDED, CREATE_UNICODE_ENVIRONMENT,
    CreateProcessW, DETACHED_PROCESS, DeleteProcThreadAttributeList, EXTENDED_STARTUPINFO_PRESENT,
    InitializeProcThreadAttributeList, OpenProcessToken,
    PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
    PROC_THREAD_ATTRIBUTE_JOB_LIST, PROC_THREAD_ATTRIBUTE_SECURITY_CAPABILITIES,
    PROCESS_INFORMATION, ResumeThread, STARTF_USESTDHANDLES, STARTUPINFOEXW,
    UpdateProcThreadAttribute,
};

use crate::spec::Container;
use crate::tree::platform::{Members, owned, truth};

/// Children are refused by the system, whatever the program tries (`PROCESS_CREATION_CHILD_PROCESS_RESTRICTED`).
const NO_CHILDREN: u32 = 1;

/// Handles, job, container, children.
const ATTRIBUTES: u32 = 4;

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
}

/// A process that is as it was ordered and has not run yet.
pub(super) struct Created {
    pub(super) pid: u32,
    pub(super) process: OwnedHandle,
    pub(super) held: Held,
}

/// The first thread of a process, standing still.
pub(super) struct Held(OwnedHandle);

impl Held {
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
pub(super) fn create(mut order: Order) -> Result<Created, (&'static str, io::Error)> {
    let said = |step| move |error| (step, error);
    for stream in &order.streams {
        inheritable(stream).map_err(said("hand over its pipes"))?;
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
        if order.container.as_ref().is_some_and(|it| !it.executes) {
            given.set(PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, &NO_CHILDREN)?;
        }
        Ok(given)
    };
    let mut given = given().map_err(said("say what it is started in"))?;
    let console = match &order.container {
        // A console of its own would be served by a program the system starts for it.
        Some(container) if !container.executes => DETACHED_PROCESS,
        _ => CREATE_NO_WINDOW,
    };
    let created = call(&mut order, console, streams, &mut given);
    let created = created.map_err(said("execute it"))?;
    let fenced = || -> io::Result<()> {
        if let Some(members) = &order.job {
            members.confirm(&created.process)?;
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
    // SAFETY: all texts end in a NUL, the block of variables in two; the line is ours to be written to; the attributes and
    // what they point to outlive the call; the startup information tells that it is the extended one.
    truth(unsafe {
        CreateProcessW(
            order.program.as_ptr(),
            order.line.as_mut_ptr(),
            ptr::null(),
            ptr::null(),
            1,
            flags,
            order.variables.as_ptr().cast(),
            order.folder.as_ptr(),
            (&raw const startup).cast(),
            &raw mut made,
        )
    })?;
    Ok(Created {
        pid: made.dwProcessId,
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

/// What a process is given when it is made; it borrows what it points to.
struct Attributes<'a> {
    /// Words keep it aligned.
    space: Vec<usize>,
    given: PhantomData<&'a ()>,
}

impl<'a> Attributes<'a> {
    #[expect(unsafe_code, reason = "attribute lists have no safe interface")]
    fn with_room() -> io::Result<Self> {
        let mut size = 0;
        // SAFETY: without a list it only tells the size, by way of failing.
        let _ = unsafe {
            InitializeProcThreadAttributeList(ptr::null_mut(), ATTRIBUTES, 0, &raw mut size)
        };
        let mut space = vec![0_usize; size.div_ceil(size_of::<usize>())];
        // SAFETY: the space has the size that was asked for.
        truth(unsafe {
            InitializeProcThreadAttributeList(
                space.as_mut_ptr().cast(),
                ATTRIBUTES,
                0,
                &raw mut size,
            )
        })?;
        Ok(Self {
            space,
            given: PhantomData,
        })
    }

    /// `value` has to be what the system takes for `attribute`.
    #[expect(unsafe_code, reason = "attribute lists have no safe interface")]
    fn set<T>(&mut self, attribute: u32, value: &'a T) -> io::Result<()> {
        // SAFETY: the list is initialised, and the value lives as long as the list does.
        truth(unsafe {
            UpdateProcThreadAttribute(
                self.list(),
                0,
                attribute as usize,
                ptr::from_ref(value).cast(),
                size_of_val(value),
                ptr::null_mut(),
                ptr::null(),
            )
        })
    }

    fn list(&mut self) -> *mut core::ffi::c_void {
        self.space.as_mut_ptr().cast()
    }
}

impl Drop for Attributes<'_> {
    #[expect(unsafe_code, reason = "attribute lists have no safe interface")]
    fn drop(&mut self) {
        // SAFETY: it was initialised, or there would be no value of this type.
        unsafe { DeleteProcThreadAttributeList(self.list()) };
    }
}

/// Identifiers as the system wants them: in words, so that they are aligned.
struct Sids {
    package: Vec<u32>,
    others: Vec<Vec<u32>>,
    listed: Vec<SID_AND_ATTRIBUTES>,
}

impl Sids {
    fn of(container: &Container) -> io::Result<Self> {
        let others = container.capabilities.iter();
        Ok(Self {
            package: aligned(&container.package)?,
            others: others.map(|sid| aligned(sid)).collect::<Result<_, _>>()?,
            listed: Vec::new(),
        })
    }

    /// Points into this value, which must stay.
    fn capabilities(&mut self) -> SECURITY_CAPABILITIES {
        let listed = self.others.iter_mut().map(|sid| SID_AND_ATTRIBUTES {
            Sid: sid.as_mut_ptr().cast(),
            Attributes: SE_GROUP_ENABLED as u32,
        });
        self.listed = listed.collect();
        SECURITY_CAPABILITIES {
            AppContainerSid: self.package.as_mut_ptr().cast(),
            Capabilities: match self.listed.is_empty() {
                true => ptr::null_mut(),
                false => self.listed.as_mut_ptr(),
            },
            CapabilityCount: u32::try_from(self.listed.len()).unwrap_or(u32::MAX),
            Reserved: 0,
        }
    }
}

/// A copy of an identifier in words, if it is one.
#[expect(unsafe_code, reason = "identifiers have no safe interface")]
fn aligned(sid: &[u8]) -> io::Result<Vec<u32>> {
    let words = sid.chunks_exact(4).map(|word| {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(word);
        u32::from_ne_bytes(bytes)
    });
    let mut words: Vec<u32> = words.collect();
    let malformed = || io::Error::new(io::ErrorKind::InvalidInput, "not a security identifier");
    // Its second byte counts the words after the first two, and nothing may be read beyond them.
    let counted = sid.get(1).map(|count| 8 + 4 * usize::from(*count));
    if counted != Some(sid.len()) {
        return Err(malformed());
    }
    let start: PSID = words.as_mut_ptr().cast();
    // SAFETY: it is aligned and as long as it says, which was looked at above.
    let valid = unsafe { IsValidSid(start) != 0 && GetLengthSid(start) as usize == sid.len() };
    match valid {
        true => Ok(words),
        false => Err(malformed()),
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
