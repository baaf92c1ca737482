//! A process of another user, made by the system's own service for that: it takes a name and a password where everything else
//! takes a token nobody but an administrator may use. It takes no list of handles and no job, so that the process stands still
//! until it is in its job.

use std::io;
use std::mem::{size_of, zeroed};
use std::os::windows::io::AsRawHandle;

use windows_sys::Win32::System::Threading::{
    CREATE_NO_WINDOW, CREATE_SUSPENDED, CREATE_UNICODE_ENVIRONMENT, CreateProcessWithLogonW,
    PROCESS_INFORMATION, STARTF_USESTDHANDLES, STARTUPINFOW,
};

use super::create::{Created, Failed, Held, Order};
use crate::spec::Logon;
use crate::tree::platform::{owned, truth};

/// Users of this machine, and of no domain.
const THIS_MACHINE: &str = ".";

/// What the service takes of a line, its end included.
const LINE_MAX: usize = 1024;

/// Makes it. Its streams are inheritable; the service hands over these three and nothing else.
pub(super) fn create(mut order: Order) -> Result<Created, Failed> {
    let said = |step| move |error| (step, error);
    let missing = || io::Error::from(io::ErrorKind::InvalidInput);
    let logon = order.logon.take().ok_or_else(missing);
    let logon = logon.map_err(said("name its user"))?;
    let job = order.job.clone().ok_or_else(missing);
    let job = job.map_err(said("find its job"))?;
    if order.line.len() > LINE_MAX || order.container.is_some() || order.token.is_some() {
        return Err(("say what it is started in", missing()));
    }
    let created = call(&mut order, &logon).map_err(said("execute it as its user"))?;
    let caught = job.take(&created.process);
    if let Err(error) = caught.and_then(|()| job.confirm(&created.process)) {
        super::terminate(&created.process);
        return Err(("see it fenced in", error));
    }
    Ok(created)
}

#[expect(unsafe_code, reason = "the standard library starts nothing as others")]
fn call(order: &mut Order, logon: &Logon) -> io::Result<Created> {
    let wide = |text: &str| text.encode_utf16().chain([0]).collect::<Vec<u16>>();
    let (user, machine) = (wide(&logon.user), wide(THIS_MACHINE));
    let (mut password, mut desktop) = (wide(&logon.password), wide(&logon.desktop));
    let [stdin, stdout, stderr] = order
        .streams
        .each_ref()
        .map(|stream| stream.as_raw_handle());
    // SAFETY: all-zero is a valid value; it holds integers and null pointers only.
    let mut startup: STARTUPINFOW = unsafe { zeroed() };
    startup.cb = size_of::<STARTUPINFOW>() as u32;
    startup.lpDesktop = desktop.as_mut_ptr();
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = stdin;
    startup.hStdOutput = stdout;
    startup.hStdError = stderr;
    // SAFETY: as above.
    let mut made: PROCESS_INFORMATION = unsafe { zeroed() };
    let no_profile = 0;
    // SAFETY: all texts end in a NUL, the block of variables in two; the line is ours to be written to; everything pointed
    // to outlives the call.
    let answer = truth(unsafe {
        CreateProcessWithLogonW(
            user.as_ptr(),
            machine.as_ptr(),
            password.as_ptr(),
            no_profile,
            order.program.as_ptr(),
            order.line.as_mut_ptr(),
            CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT,
            order.variables.as_ptr().cast(),
            order.folder.as_ptr(),
            &raw const startup,
            &raw mut made,
        )
    });
    password.fill(0);
    answer?;
    Ok(Created {
        pid: made.dwProcessId,
        thread: made.dwThreadId,
        process: owned(made.hProcess)?,
        held: Held::of(owned(made.hThread)?),
    })
}
