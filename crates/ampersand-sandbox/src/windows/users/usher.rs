//! Our usher, run as a user of an attempt's own: makes a token that is less than that user, starts the program with it, and
//! ends before that runs. It does what one order says, and trusts nothing else.

use std::fs::File;
use std::io;
use std::mem::size_of;
use std::os::windows::io::{AsHandle, AsRawHandle, OwnedHandle};
use std::process::ExitCode;
use std::ptr;

use ampersand_process::{Spec, Standing, leave_standing};
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::Security::{
    CreateRestrictedToken, DISABLE_MAX_PRIVILEGE, SID_AND_ATTRIBUTES, SetTokenInformation,
    TOKEN_ADJUST_DEFAULT, TOKEN_ASSIGN_PRIMARY, TOKEN_DEFAULT_DACL, TOKEN_DUPLICATE, TOKEN_QUERY,
    TokenDefaultDacl, WRITE_RESTRICTED,
};

use crate::container::sid::Sid;
use crate::users::order::{Answer, Order, read, write};
use crate::users::token::{Cut, loses_power, made, second_list};
use crate::windows::system::{groups, own_token, owned, user_of};
use crate::windows::text::{Descriptor, aligned, truth};

/// The argument that makes our program the usher.
pub(in crate::windows) const USHER: &str = "--usher";

/// Entry of the usher.
pub(in crate::windows) fn main() -> ExitCode {
    let answer = match carry_out() {
        Ok(Standing { pid, thread }) => Answer::Standing { pid, thread },
        Err(words) => Answer::Failed { words },
    };
    let told = serde_json::to_vec(&answer).map_err(io::Error::from);
    let told = told.and_then(|told| write(&mut File::from(stream(io::stdout())?), &told));
    match (told, answer) {
        (Ok(()), Answer::Standing { .. }) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn carry_out() -> Result<Standing, String> {
    let said = |step: &'static str| move |error: io::Error| format!("{step}: {error}");
    let input = stream(io::stdin()).map_err(said("find its input"))?;
    let frame = input.try_clone().map(File::from);
    let frame = frame.and_then(|mut input| read(&mut input));
    let frame = frame.map_err(said("hear what to start"))?;
    let order: Order =
        serde_json::from_slice(&frame).map_err(|error| format!("hear what to start: {error}"))?;
    let token = less(&order).map_err(said("make its token"))?;
    let streams = || Ok([input, stream(io::stdout())?, stream(io::stderr())?]);
    let streams = streams().map_err(said("find its streams"))?;
    let executes = order.executes;
    leave_standing(&spec(order), token, streams, executes).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        format!("{error}{}", cause.unwrap_or_default())
    })
}

fn spec(order: Order) -> Spec {
    let mut spec = Spec::new(order.program).args(order.args).cwd(order.folder);
    let env = order.env.into_iter();
    spec.env = env
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    spec
}

/// One of our streams, for us alone until it is handed over.
fn stream(stream: impl AsHandle) -> io::Result<OwnedHandle> {
    stream.as_handle().try_clone_to_owned()
}

/// A token that is less than ours: no privileges, nothing of the person's session, and a second list that has to allow what
/// the first one does, or what of it is writing.
fn less(order: &Order) -> io::Result<OwnedHandle> {
    let access = TOKEN_DUPLICATE | TOKEN_QUERY | TOKEN_ASSIGN_PRIMARY | TOKEN_ADJUST_DEFAULT;
    let own = own_token(access)?;
    if user_of(&own)? != order.user {
        return Err(io::Error::other("it is another user than it has to be"));
    }
    by_default(&own, &made(&order.user, &order.person))?;
    let powerless: Vec<Sid> = groups(&own)?.into_iter().filter(loses_power).collect();
    let second = second_list(order.cut, &order.user, &order.group);
    restricted(&own, order.cut, &powerless, &second)
}

/// Who may do what with anything made under the token; those made from it say the same.
#[expect(unsafe_code, reason = "tokens have no safe interface")]
fn by_default(token: &OwnedHandle, list: &str) -> io::Result<()> {
    let list = Descriptor::of(list)?;
    let told = TOKEN_DEFAULT_DACL {
        DefaultDacl: list.list()?,
    };
    // SAFETY: the handle is open; the pointer and its size describe `told`, and its list outlives the call.
    truth(unsafe {
        SetTokenInformation(
            token.as_raw_handle(),
            TokenDefaultDacl,
            (&raw const told).cast(),
            size_of::<TOKEN_DEFAULT_DACL>() as u32,
        )
    })
}

#[expect(unsafe_code, reason = "tokens have no safe interface")]
fn restricted(
    own: &OwnedHandle,
    cut: Cut,
    powerless: &[Sid],
    second: &[Sid],
) -> io::Result<OwnedHandle> {
    let flags = match cut {
        Cut::Everything => DISABLE_MAX_PRIVILEGE,
        Cut::Writing => DISABLE_MAX_PRIVILEGE | WRITE_RESTRICTED,
    };
    let (mut powerless, mut second) = (Listed::of(powerless), Listed::of(second));
    let (powerless, second) = (powerless.list(), second.list());
    let count = |list: &[SID_AND_ATTRIBUTES]| u32::try_from(list.len()).unwrap_or(u32::MAX);
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the handle is open; each list has the length that is told, and its identifiers outlive the call.
    truth(unsafe {
        CreateRestrictedToken(
            own.as_raw_handle(),
            flags,
            count(&powerless),
            powerless.as_ptr(),
            0,
            ptr::null(),
            count(&second),
            second.as_ptr(),
            &raw mut token,
        )
    })?;
    owned(token)
}

/// Identifiers as the system wants a list of them.
struct Listed(Vec<Vec<u32>>);

impl Listed {
    fn of(sids: &[Sid]) -> Self {
        Self(sids.iter().map(aligned).collect())
    }

    /// Points into this value, which must stay.
    fn list(&mut self) -> Vec<SID_AND_ATTRIBUTES> {
        let listed = self.0.iter_mut().map(|sid| SID_AND_ATTRIBUTES {
            Sid: sid.as_mut_ptr().cast(),
            Attributes: 0,
        });
        listed.collect()
    }
}
