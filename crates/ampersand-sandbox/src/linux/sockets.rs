//! Sockets that belong to an attempt's network and are ours to connect: made inside before the program took over, handed out,
//! and used again and again. A socket stays in the network it was made in, whoever holds it.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream as Plain};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, connect_unspec, recvmsg, sendmsg,
    socket_with,
};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections at one time of each family. A browser holds six to one address.
const EACH: usize = 48;

/// Both families in one message.
const ALL: usize = 2 * EACH;

/// The insider's part: makes them and hands them out.
#[expect(unsafe_code, reason = "the descriptor is known by its number only")]
pub(super) fn offer(hand: RawFd) -> io::Result<()> {
    let mut sockets = Vec::with_capacity(ALL);
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        for _ in 0..EACH {
            match socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None) {
                Ok(socket) => sockets.push(socket),
                // A kernel without the newer family still has the older one.
                Err(_) if family == AddressFamily::INET6 => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
    let fds: Vec<BorrowedFd<'_>> = sockets.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(ALL))];
    let mut message = SendAncillaryBuffer::new(&mut space);
    message.push(SendAncillaryMessage::ScmRights(&fds));
    // SAFETY: opened for us by the launcher and never closed; a wrong number fails to be written to.
    let hand = unsafe { BorrowedFd::borrow_raw(hand) };
    let flags = SendFlags::empty();
    sendmsg(hand, &[IoSlice::new(b"+")], &mut message, flags)?;
    Ok(())
}

/// Those that were handed out, once the insider has said that it is ready.
#[derive(Debug)]
pub(crate) struct Sockets {
    four: Family,
    six: Family,
}

#[derive(Debug)]
struct Family {
    count: usize,
    free: Arc<Mutex<Vec<OwnedFd>>>,
    permits: Arc<Semaphore>,
}

/// One that is in use; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Borrowed {
    socket: Option<OwnedFd>,
    free: Arc<Mutex<Vec<OwnedFd>>>,
    _permit: OwnedSemaphorePermit,
}

impl Sockets {
    pub(super) fn take(hand: &OwnedFd) -> io::Result<Self> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(ALL))];
        let mut message = RecvAncillaryBuffer::new(&mut space);
        let mut word = [0];
        let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
        recvmsg(hand, &mut [IoSliceMut::new(&mut word)], &mut message, flags)?;
        let mut all = message.drain().filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(fds) => Some(fds.collect::<Vec<_>>()),
            _ => None,
        });
        let mut all = all.next().ok_or(io::ErrorKind::UnexpectedEof)?;
        let six = all.split_off(all.len().min(EACH));
        let (four, six) = (Family::of(all), Family::of(six));
        Ok(Self { four, six })
    }

    /// Connects one of them within its own network.
    pub(crate) async fn connect(&self, address: SocketAddr) -> io::Result<(TcpStream, Borrowed)> {
        let family = if address.is_ipv4() {
            &self.four
        } else {
            &self.six
        };
        let borrowed = family.borrow().await?;
        let socket = borrowed.socket.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let plain = Plain::from(socket.try_clone()?);
        plain.set_nonblocking(true)?;
        let stream = TcpSocket::from_std_stream(plain).connect(address).await?;
        Ok((stream, borrowed))
    }
}

impl Family {
    fn of(sockets: Vec<OwnedFd>) -> Self {
        let count = sockets.len();
        let permits = Arc::new(Semaphore::new(count));
        let free = Arc::new(Mutex::new(sockets));
        Self {
            count,
            free,
            permits,
        }
    }

    async fn borrow(&self) -> io::Result<Borrowed> {
        let none = || io::Error::from(io::ErrorKind::ConnectionRefused);
        // A family this kernel does not have is never free.
        if self.count == 0 {
            return Err(none());
        }
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| none())?;
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let socket = free.pop();
        drop(free);
        Ok(Borrowed {
            socket,
            free: Arc::clone(&self.free),
            _permit: permit,
        })
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        let Some(socket) = self.socket.take() else {
            return;
        };
        // Whatever it was connected to; one that was not says so, and is free all the same.
        let _ = connect_unspec(&socket);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(socket);
    }
}
