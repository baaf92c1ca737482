//! Attempts to reach anything that is not inside.

use std::io;
use std::mem::size_of;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::time::Duration;

use crate::calls::answered;

const PATIENCE: Duration = Duration::from_secs(2);

/// Nothing where the words are no attempt of these.
pub(crate) fn attempt(words: &[&str]) -> Option<io::Result<String>> {
    let nothing = |done: io::Result<()>| done.map(|()| String::new());
    Some(nothing(match *words {
        ["tcp", address] => tcp(address),
        ["udp", port] => udp(port),
        ["ask", port] => ask(port),
        ["socket", family, kind, protocol] => socket(family, kind, protocol).map(drop),
        ["fastopen", how, port] => fastopen(how, port),
        ["mptcp", port] => mptcp(port),
        ["abstract", name] => std::os::unix::net::SocketAddr::from_abstract_name(name)
            .and_then(|address| UnixStream::connect_addr(&address).map(drop)),
        ["local", path] => UnixStream::connect(path).map(drop),
        ["local_datagram", path] => {
            UnixDatagram::unbound().and_then(|socket| socket.send_to(b"x", path).map(drop))
        }
        ["pair_to", path] => pair_to(path),
        ["resolve", name] => (name, 80).to_socket_addrs().map(drop),
        _ => return None,
    }))
}

fn tcp(address: &str) -> io::Result<()> {
    let address: SocketAddr = address.parse().map_err(|_| io::ErrorKind::InvalidInput)?;
    TcpStream::connect_timeout(&address, PATIENCE).map(drop)
}

fn udp(port: &str) -> io::Result<()> {
    let socket = socket("2", "2", "0")?;
    send(&socket, port, 0, "sendto")
}

/// Asks a server of names, and waits for what it says.
fn ask(port: &str) -> io::Result<()> {
    let port: u16 = port.parse().unwrap_or_default();
    let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.send_to(b"leak.example", (Ipv4Addr::LOCALHOST, port))?;
    socket.recv(&mut [0; 64]).map(drop)
}

fn number(word: &str) -> i32 {
    word.parse().unwrap_or(-1)
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn socket(family: &str, kind: &str, protocol: &str) -> io::Result<OwnedFd> {
    // SAFETY: takes numbers only; the new descriptor is nobody else's.
    let fd = unsafe { libc::socket(number(family), number(kind), number(protocol)) };
    answered(fd.into())?;
    // SAFETY: just opened.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Sends data while connecting, which rules about connecting do not see.
fn fastopen(how: &str, port: &str) -> io::Result<()> {
    send(&socket("2", "1", "0")?, port, libc::MSG_FASTOPEN, how)
}

fn address(port: &str) -> libc::sockaddr_in {
    let port: u16 = port.parse().unwrap_or_default();
    libc::sockaddr_in {
        sin_family: 2,
        sin_port: port.to_be(),
        sin_addr: libc::in_addr {
            s_addr: u32::from(Ipv4Addr::LOCALHOST).to_be(),
        },
        sin_zero: [0; 8],
    }
}

#[expect(unsafe_code, reason = "the calls themselves are what is tried")]
fn send(socket: &OwnedFd, port: &str, flags: i32, how: &str) -> io::Result<()> {
    let mut to = address(port);
    let mut data = *b"x";
    let length = libc::socklen_t::try_from(size_of::<libc::sockaddr_in>()).unwrap_or_default();
    let mut part = libc::iovec {
        iov_base: data.as_mut_ptr().cast(),
        iov_len: data.len(),
    };
    // SAFETY: every pointer is to a live local of the length that is said.
    let sent = unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_name = (&raw mut to).cast();
        message.msg_namelen = length;
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        let fd = socket.as_raw_fd();
        match how {
            "sendmsg" => libc::sendmsg(fd, &raw const message, flags),
            "sendmmsg" => {
                let mut all = libc::mmsghdr {
                    msg_hdr: message,
                    msg_len: 0,
                };
                let sent = libc::syscall(libc::SYS_sendmmsg, fd, &raw mut all, 1, flags);
                isize::try_from(sent).unwrap_or(-1)
            }
            _ => libc::sendto(
                fd,
                data.as_ptr().cast(),
                1,
                flags,
                (&raw const to).cast(),
                length,
            ),
        }
    };
    answered(i64::try_from(sent).unwrap_or(-1))
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn mptcp(port: &str) -> io::Result<()> {
    let socket = socket("2", "1", "262")?;
    let to = address(port);
    let length = libc::socklen_t::try_from(size_of::<libc::sockaddr_in>()).unwrap_or_default();
    // SAFETY: the address is a live local of the length that is said.
    answered(unsafe { libc::connect(socket.as_raw_fd(), (&raw const to).cast(), length) }.into())
}

/// One end of a pair of datagram sockets, pointed at somebody else's.
fn pair_to(path: &str) -> io::Result<()> {
    let (one, _other) = UnixDatagram::pair()?;
    one.connect(path)
}
