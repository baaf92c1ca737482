//! Users and their group, as an administrator makes and removes them. What is there already, or gone already, is what was
//! wanted. Errors are the system's numbers.

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_ALIAS_EXISTS, ERROR_MEMBER_IN_ALIAS, ERROR_NO_SUCH_ALIAS,
};
use windows_sys::Win32::NetworkManagement::NetManagement::{
    LOCALGROUP_INFO_1, LOCALGROUP_MEMBERS_INFO_0, NERR_GroupExists, NERR_GroupNotFound,
    NERR_UserExists, NERR_UserNotFound, NetLocalGroupAdd, NetLocalGroupAddMembers,
    NetLocalGroupDel, NetUserAdd, NetUserDel, NetUserSetInfo, UF_DONT_EXPIRE_PASSWD,
    UF_PASSWD_CANT_CHANGE, UF_SCRIPT, USER_INFO_1, USER_INFO_1003, USER_INFO_1008, USER_PRIV_USER,
};
use windows_sys::Win32::Security::{LookupAccountNameW, SID_NAME_USE};

use crate::container::sid::Sid;
use crate::windows::text::{aligned, truth, wide};

/// What people see of the group among this machine's.
const GROUP_SHOWN: &str = "Ampersand: attempts at tasks, kept from everything else";

/// And of a user.
const USER_SHOWN: &str = "Ampersand: one attempt at a task at a time";

/// No home, no script of its own, a password that neither expires nor is changed by whoever knows it.
const FLAGS: u32 = UF_SCRIPT | UF_DONT_EXPIRE_PASSWD | UF_PASSWD_CANT_CHANGE;

#[expect(unsafe_code, reason = "users have no safe interface")]
pub(super) fn make_group(name: &str) -> Result<(), u32> {
    let (mut name, mut shown) = (wide(name), wide(GROUP_SHOWN));
    let group = LOCALGROUP_INFO_1 {
        lgrpi1_name: name.as_mut_ptr(),
        lgrpi1_comment: shown.as_mut_ptr(),
    };
    // SAFETY: the buffer is what level 1 says, and its texts end in a NUL.
    let code =
        unsafe { NetLocalGroupAdd(ptr::null(), 1, (&raw const group).cast(), ptr::null_mut()) };
    unless(code, &[NERR_GroupExists, ERROR_ALIAS_EXISTS])
}

#[expect(unsafe_code, reason = "users have no safe interface")]
pub(super) fn remove_group(name: &str) -> Result<(), u32> {
    let name = wide(name);
    // SAFETY: the text ends in a NUL.
    let code = unsafe { NetLocalGroupDel(ptr::null(), name.as_ptr()) };
    unless(code, &[NERR_GroupNotFound, ERROR_NO_SUCH_ALIAS])
}

/// A user with this password, whatever it was before.
#[expect(unsafe_code, reason = "users have no safe interface")]
pub(super) fn make_user(name: &str, password: &str) -> Result<(), u32> {
    let (mut name, mut password) = (wide(name), wide(password));
    let mut shown = wide(USER_SHOWN);
    let user = USER_INFO_1 {
        usri1_name: name.as_mut_ptr(),
        usri1_password: password.as_mut_ptr(),
        usri1_priv: USER_PRIV_USER,
        usri1_comment: shown.as_mut_ptr(),
        usri1_flags: FLAGS,
        ..USER_INFO_1::default()
    };
    // SAFETY: the buffer is what level 1 says, and its texts end in a NUL.
    let code = unsafe { NetUserAdd(ptr::null(), 1, (&raw const user).cast(), ptr::null_mut()) };
    let made = match code == NERR_UserExists {
        true => {
            let new = USER_INFO_1003 {
                usri1003_password: password.as_mut_ptr(),
            };
            let flags = USER_INFO_1008 {
                usri1008_flags: FLAGS,
            };
            set(&name, 1003, &new).and_then(|()| set(&name, 1008, &flags))
        }
        false => unless(code, &[]),
    };
    password.fill(0);
    made
}

/// `value` has to be what the system takes at `level`.
#[expect(unsafe_code, reason = "users have no safe interface")]
fn set<T>(name: &[u16], level: u32, value: &T) -> Result<(), u32> {
    let value = ptr::from_ref(value).cast();
    // SAFETY: the text ends in a NUL; the value is what the level says.
    let code = unsafe { NetUserSetInfo(ptr::null(), name.as_ptr(), level, value, ptr::null_mut()) };
    unless(code, &[])
}

#[expect(unsafe_code, reason = "users have no safe interface")]
pub(super) fn remove_user(name: &str) -> Result<(), u32> {
    let name = wide(name);
    // SAFETY: the text ends in a NUL.
    let code = unsafe { NetUserDel(ptr::null(), name.as_ptr()) };
    unless(code, &[NERR_UserNotFound])
}

#[expect(unsafe_code, reason = "users have no safe interface")]
pub(super) fn join(group: &str, user: &Sid) -> Result<(), u32> {
    let group = wide(group);
    let mut user = aligned(user);
    let member = LOCALGROUP_MEMBERS_INFO_0 {
        lgrmi0_sid: user.as_mut_ptr().cast(),
    };
    // SAFETY: the buffer is one member as level 0 says, and its identifier is whole.
    let code = unsafe {
        NetLocalGroupAddMembers(
            ptr::null(),
            group.as_ptr(),
            0,
            (&raw const member).cast(),
            1,
        )
    };
    unless(code, &[ERROR_MEMBER_IN_ALIAS])
}

/// The identity of a user or a group of this machine.
#[expect(unsafe_code, reason = "users have no safe interface")]
pub(super) fn identity(name: &str) -> io::Result<Sid> {
    let name = wide(name);
    // The longest identifier, in words so that it is aligned; and the name of a machine.
    let (mut sid, mut machine) = ([0_u32; 17], [0_u16; 256]);
    let (mut size, mut length) = (size_of_val(&sid) as u32, machine.len() as u32);
    let mut kind: SID_NAME_USE = 0;
    // SAFETY: the text ends in a NUL; each pointer and its size describe what is given.
    truth(unsafe {
        LookupAccountNameW(
            ptr::null(),
            name.as_ptr(),
            sid.as_mut_ptr().cast(),
            &raw mut size,
            machine.as_mut_ptr(),
            &raw mut length,
            &raw mut kind,
        )
    })?;
    let bytes: Vec<u8> = sid.into_iter().flat_map(u32::to_ne_bytes).collect();
    Sid::at(&bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// A code of the system's, with those that mean it is as it should be.
pub(super) fn unless(code: u32, fine: &[u32]) -> Result<(), u32> {
    match code == 0 || fine.contains(&code) {
        true => Ok(()),
        false => Err(code),
    }
}
