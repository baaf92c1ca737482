//! The one address that leads out of an attempt: opened inside, in the attempt's own network, and handed out to be served
//! from ours. Nothing else leads out of there.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use serde::{Deserialize, Serialize};

/// What the insider is told about it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Door {
    /// Where it listens, on the loopback address.
    pub(super) port: u16,
    /// The socket it hands the listener through.
    pub(super) hand: RawFd,
}

/// Both ends of what a listener is handed through: ours, and the insider's.
pub(super) fn hands() -> io::Result<(OwnedFd, OwnedFd)> {
    let pair = socketpair(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    Ok(pair)
}

/// The insider's part.
#[expect(unsafe_code, reason = "the descriptor is known by its number only")]
pub(super) fn open(door: Door) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, door.port))?;
    let fds = [listener.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut message = SendAncillaryBuffer::new(&mut space);
    message.push(SendAncillaryMessage::ScmRights(&fds));
    // SAFETY: opened for us by the launcher and never closed; a wrong number fails to be written to.
    let hand = unsafe { BorrowedFd::borrow_raw(door.hand) };
    sendmsg(
        hand,
        &[IoSlice::new(b"+")],
        &mut message,
        SendFlags::empty(),
    )?;
    Ok(())
}

/// The listener, once the insider has said that it is ready: it was sent before.
pub(super) fn take(hand: &OwnedFd) -> io::Result<TcpListener> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut message = RecvAncillaryBuffer::new(&mut space);
    let mut word = [0];
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    recvmsg(hand, &mut [IoSliceMut::new(&mut word)], &mut message, flags)?;
    let fd = message.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        _ => None,
    });
    let listener = TcpListener::from(fd.ok_or(io::ErrorKind::UnexpectedEof)?);
    listener.set_nonblocking(true)?;
    Ok(listener)
}
