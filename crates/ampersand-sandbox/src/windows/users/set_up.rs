//! Setting the full tier up and taking it away: one question of the system's whether our program may be an administrator for a
//! moment, what that program then does, and the keys that are kept when it has.

use std::fs;
use std::io;
use std::mem::size_of;
use std::os::windows::io::AsRawHandle;
use std::path::{Path, PathBuf};
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_CANCELLED, ERROR_NONE_MAPPED};
use windows_sys::Win32::System::Com::{COINIT_APARTMENTTHREADED, CoInitializeEx};
use windows_sys::Win32::System::Threading::{GetExitCodeProcess, INFINITE, WaitForSingleObject};
use windows_sys::Win32::UI::Shell::{
    SEE_MASK_NOASYNC, SEE_MASK_NOCLOSEPROCESS, SHELLEXECUTEINFOW, ShellExecuteExW,
};

use super::secret::{self, For};
use super::{account, logons, network, sealed};
use crate::container::installation;
use crate::container::journal::Entry;
use crate::set_up::SetUpError;
use crate::users::steps::{Ask, Failed, Step, steps, take, take_back};
use crate::users::{COUNT, Keys, Names, User, password};
use crate::windows::places::Places;
use crate::windows::system::{is_administrator, owned};
use crate::windows::text::{truth, wide};

/// The argument that makes our program an administrator's, followed by the file that says what for.
pub(in crate::windows) const AS_ADMINISTRATOR: &str = "--as-administrator";

/// Makes users and filters, or makes them anew.
pub(in crate::windows) fn set_up(state_dir: &Path, enter: &Path) -> Result<(), SetUpError> {
    let prepared = |step| move |source| SetUpError::Prepare { step, source };
    let places = Places::of(state_dir);
    fs::create_dir_all(&places.folder).map_err(prepared("make its own folder"))?;
    unused(&places)?;
    let installation = installation(state_dir);
    let names = Names::of(&installation).ok_or(SetUpError::Unnamed)?;
    let passwords = (0..COUNT).map(|_| secret::random().map(|random| password(&random)));
    let passwords: io::Result<Vec<String>> = passwords.collect();
    let passwords = passwords.map_err(prepared("make passwords"))?;
    let ask = Ask::SetUp {
        installation,
        passwords: passwords.clone(),
    };
    // Until the new ones are kept there are none, whatever happens on the way.
    forget(&places).map_err(prepared("forget the keys there were"))?;
    administer(&places, enter, &ask)?;
    let keys = keys(&names, passwords).map_err(prepared("find the users that were made"))?;
    keep(&places, &keys).map_err(prepared("keep the keys"))
}

/// Whether there is anything to be taken away, or an earlier attempt at this got as far as the group.
pub(in crate::windows) fn is_there(state_dir: &Path) -> bool {
    let is_made = |names: Names| account::identity(&names.group()).is_ok();
    let names = Names::of(&installation(state_dir));
    sealed(&Places::of(state_dir)).exists() || names.is_some_and(is_made)
}

/// Takes users and filters away.
pub(in crate::windows) fn remove(state_dir: &Path, enter: &Path) -> Result<(), SetUpError> {
    let places = Places::of(state_dir);
    unused(&places)?;
    let installation = installation(state_dir);
    administer(&places, enter, &Ask::Remove { installation })?;
    let forgotten = |step| move |source| SetUpError::Prepare { step, source };
    // An entry that names nobody any more lets nobody in.
    let left = Entry::left(&places.attempts()).into_iter();
    let mut of_users = left.filter(|entry| entry.record.folder.is_some());
    let forgetting = of_users.try_for_each(Entry::forget);
    forgetting.map_err(forgotten("forget what users were given"))?;
    forget(&places).map_err(forgotten("forget the keys there were"))
}

/// That no attempt is under way. What an earlier one has left and could not be put back is nobody's, and no hindrance.
fn unused(places: &Places) -> Result<(), SetUpError> {
    places.put_back_all();
    let left = Entry::left(&places.attempts()).len();
    match Entry::count(&places.attempts()) == left {
        true => Ok(()),
        false => Err(SetUpError::Busy),
    }
}

fn keys(names: &Names, passwords: Vec<String>) -> io::Result<Keys> {
    let user = |(name, password): (String, String)| {
        Ok(User {
            sid: account::identity(&name)?,
            name,
            password,
        })
    };
    let users = names.users().into_iter().zip(passwords).map(user);
    Ok(Keys {
        group: account::identity(&names.group())?,
        users: users.collect::<io::Result<_>>()?,
    })
}

/// Whole or not at all.
fn keep(places: &Places, keys: &Keys) -> io::Result<()> {
    let bytes = secret::seal(&serde_json::to_vec(keys)?, For::Person)?;
    let path = sealed(places);
    let beside = path.with_extension("new");
    fs::write(&beside, bytes)?;
    fs::rename(beside, path)
}

fn forget(places: &Places) -> io::Result<()> {
    match fs::remove_file(sealed(places)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Has it done: by ourselves where we may, else by our program as an administrator, once the person has said yes.
fn administer(places: &Places, enter: &Path, ask: &Ask) -> Result<(), SetUpError> {
    let prepared = |step| move |source| SetUpError::Prepare { step, source };
    if is_administrator().map_err(prepared("see who we are"))? {
        return carry_out(ask).map_err(SetUpError::from);
    }
    let asked = Asked::write(places, ask).map_err(prepared("write down what is asked"))?;
    let exit = elevate(enter, &asked.0).map_err(|error| {
        match error.raw_os_error() == Some(ERROR_CANCELLED.cast_signed()) {
            true => SetUpError::Refused,
            false => prepared("ask for an administrator")(error),
        }
    })?;
    match (exit, Failed::of_exit(exit)) {
        (0, _) => Ok(()),
        (_, Some(failed)) => Err(failed.into()),
        (code, None) => Err(SetUpError::Ended { code }),
    }
}

/// What is asked, on the disk for as long as the question takes, sealed for this machine in a folder that is the person's.
struct Asked(PathBuf);

impl Asked {
    fn write(places: &Places, ask: &Ask) -> io::Result<Self> {
        let asked = Self(places.folder.join("asked.sealed"));
        let bytes = secret::seal(&serde_json::to_vec(ask)?, For::Machine)?;
        fs::write(&asked.0, bytes)?;
        Ok(asked)
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::warn!(%error, "what an administrator was asked is left behind");
        }
    }
}

/// The code our program ends with as an administrator.
#[expect(unsafe_code, reason = "the question has no safe interface")]
fn elevate(enter: &Path, asked: &Path) -> io::Result<u32> {
    let text = |path: &Path| path.to_str().map(str::to_owned);
    let unusual = || io::Error::from(io::ErrorKind::InvalidInput);
    let program = wide(&text(&crate::container::plain(enter)).ok_or_else(unusual)?);
    let asked = text(asked).filter(|path| !path.contains('"'));
    let line = format!("{AS_ADMINISTRATOR} \"{}\"", asked.ok_or_else(unusual)?);
    let (line, verb) = (wide(&line), wide("runas"));
    let mut question = SHELLEXECUTEINFOW {
        cbSize: size_of::<SHELLEXECUTEINFOW>() as u32,
        fMask: SEE_MASK_NOCLOSEPROCESS | SEE_MASK_NOASYNC,
        lpVerb: verb.as_ptr(),
        lpFile: program.as_ptr(),
        lpParameters: line.as_ptr(),
        ..SHELLEXECUTEINFOW::default()
    };
    // SAFETY: it may have been called before, which it says and which is no harm; all texts end in a NUL and outlive the call.
    truth(unsafe {
        CoInitializeEx(ptr::null(), COINIT_APARTMENTTHREADED.cast_unsigned());
        ShellExecuteExW(&raw mut question)
    })?;
    let process = owned(question.hProcess)?;
    let mut code = 0;
    // SAFETY: the handle is open.
    truth(unsafe {
        WaitForSingleObject(process.as_raw_handle(), INFINITE);
        GetExitCodeProcess(process.as_raw_handle(), &raw mut code)
    })?;
    Ok(code)
}

/// What our program does as an administrator: what the file says, if it makes sense as a whole. The code it ends with.
pub(in crate::windows) fn as_administrator(asked: &Path) -> u32 {
    let ask = fs::read(asked).and_then(|sealed| secret::open(&sealed));
    let ask = ask.and_then(|ask| Ok(serde_json::from_slice(&ask)?));
    let done = ask
        .map_err(|_| Failed::ASKED)
        .and_then(|ask: Ask| carry_out(&ask));
    match done {
        Ok(()) => 0,
        Err(failed) => failed.as_exit(),
    }
}

fn carry_out(ask: &Ask) -> Result<(), Failed> {
    let names = ask.names().ok_or(Failed::ASKED)?;
    let installation = ask.installation();
    let unmake = |step| unmake(step, &names, installation);
    match ask {
        Ask::Remove { .. } => take_back(&steps(), unmake),
        Ask::SetUp { passwords, .. } => {
            let make = |step| make(step, &names, installation, passwords);
            take(&steps(), make, unmake)
        }
    }
}

fn make(step: Step, names: &Names, installation: &str, passwords: &[String]) -> Result<(), u32> {
    let identity = |name: &str| account::identity(name).map_err(|error| code_of(&error));
    match step {
        Step::Group => account::make_group(&names.group()),
        Step::Rights => logons::set(&identity(&names.group())?),
        Step::User(number) => {
            let name = names.user(number);
            let password = passwords.get(usize::from(number).wrapping_sub(1));
            account::make_user(&name, password.ok_or(u32::MAX)?)?;
            account::join(&names.group(), &identity(&name)?)
        }
        Step::Hidden(number) => logons::hide(&names.user(number)),
        Step::Filters => {
            let users = names.users();
            let users = users.iter().map(|name| identity(name));
            network::set(installation, &users.collect::<Result<Vec<_>, _>>()?)
        }
    }
}

/// What is not there is gone.
fn unmake(step: Step, names: &Names, installation: &str) -> Result<(), u32> {
    match step {
        Step::Group => account::remove_group(&names.group()),
        Step::Rights => match account::identity(&names.group()) {
            Ok(group) => logons::unset(&group),
            Err(error) if code_of(&error) == ERROR_NONE_MAPPED => Ok(()),
            Err(error) => Err(code_of(&error)),
        },
        Step::User(number) => account::remove_user(&names.user(number)),
        Step::Hidden(number) => logons::unhide(&names.user(number)),
        Step::Filters => network::unset(installation),
    }
}

fn code_of(error: &io::Error) -> u32 {
    error.raw_os_error().map_or(u32::MAX, i32::cast_unsigned)
}
