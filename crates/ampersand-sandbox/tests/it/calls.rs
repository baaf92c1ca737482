//! System calls that lead out, and those that programs need.

use ampersand_core::Role;
use tokio::io::AsyncReadExt;

use crate::Place;

/// What Python says of each of some calls: `ok`, or the number of the error.
const PYTHON: &str = r#"
import ctypes, os, socket, struct, sys, tempfile
def say(name, act):
    try: act(); print(name, "ok")
    except OSError as e: print(name, e.errno)
def sock(*kind): return lambda: socket.socket(*kind).close()
def libc(number, *rest):
    def act():
        l = ctypes.CDLL(None, use_errno=True)
        if l.syscall(number, *rest) < 0: raise OSError(ctypes.get_errno(), "")
    return act
port = int(sys.argv[1])
say("tcp", lambda: socket.create_connection(("127.0.0.1", port), 1))
say("far", lambda: socket.create_connection(("1.1.1.1", 443), 1))
say("udp", sock(socket.AF_INET, socket.SOCK_DGRAM))
say("raw", sock(socket.AF_INET, socket.SOCK_RAW, 1))
say("mptcp", sock(socket.AF_INET, socket.SOCK_STREAM, 262))
say("sctp", sock(socket.AF_INET, socket.SOCK_STREAM, 132))
say("netlink", sock(16, socket.SOCK_RAW, 0))
say("vsock", sock(40, socket.SOCK_STREAM, 0))
say("packet", sock(17, socket.SOCK_RAW, 0))
say("alg", sock(38, socket.SOCK_SEQPACKET, 0))
say("fastopen", lambda: socket.socket().sendto(b"x", 0x20000000, ("127.0.0.1", port)))
def abstract():
    s = socket.socket(socket.AF_UNIX); s.connect("\0" + sys.argv[2])
say("abstract", abstract)
def own():
    l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen(); socket.create_connection(l.getsockname(), 1)
say("own", own)
def local():
    p = tempfile.mktemp(); l = socket.socket(socket.AF_UNIX); l.bind(p); l.listen(); socket.socket(socket.AF_UNIX).connect(p)
say("local", local)
say("pair", lambda: socket.socketpair())
say("io_uring", libc(425, 1, 0))
say("ptrace", libc(101, 0, 0, 0, 0))
say("bpf", libc(321, 0, 0, 0))
say("keyctl", libc(250, 0, 0))
say("userfaultfd", libc(323, 0))
say("perf", libc(298, 0, 0, -1, -1, 0))
say("clone3", libc(435, 0, 0))
say("x32", libc(0x40000000 + 39))
say("setxattr", lambda: os.setxattr(".", "user.x", b"y"))
import fcntl
say("tiocsti", lambda: fcntl.ioctl(0, 0x5412, b"x"))
say("tiocsti64", lambda: libc(16, 0, ctypes.c_ulong(0x100005412), b"x")())
say("tty", lambda: open("/dev/tty"))
"#;

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn system_calls_that_lead_out_are_refused() {
    // The system's own: another's would have to be shown first.
    let python = std::path::Path::new("/usr/bin/python3");
    assert!(python.exists(), "the calls are tried by Python");
    let place = Place::new().await;
    let host = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let name = format!("ampersand-it-{}", std::process::id());
    let local = abstract_listener(&name);
    let port = host.local_addr().unwrap().port().to_string();
    let argv = [python.to_str().unwrap(), "-c", PYTHON, &port, &name];
    let mut launched = place
        .launcher
        .launch(&place.policy(Role::Worker), argv, "it")
        .await
        .unwrap();
    let mut told = String::new();
    launched
        .child
        .take_stdout()
        .unwrap()
        .read_to_string(&mut told)
        .await
        .unwrap();
    let mut expected = String::new();
    for (name, outcome) in [
        ("tcp", "111"),
        ("far", "101"),
        ("udp", "1"),
        ("raw", "1"),
        ("mptcp", "1"),
        ("sctp", "1"),
        ("netlink", "1"),
        ("vsock", "1"),
        ("packet", "1"),
        ("alg", "1"),
        ("fastopen", "1"),
        ("abstract", "111"),
        ("own", "ok"),
        ("local", "ok"),
        ("pair", "ok"),
        ("io_uring", "1"),
        ("ptrace", "1"),
        ("bpf", "1"),
        ("keyctl", "1"),
        ("userfaultfd", "1"),
        ("perf", "1"),
        ("clone3", "38"),
        ("x32", "38"),
        ("setxattr", "1"),
        ("tiocsti", "1"),
        ("tiocsti64", "1"),
        ("tty", "6"),
    ] {
        let foreign = cfg!(not(target_arch = "x86_64"))
            && [
                "io_uring",
                "ptrace",
                "bpf",
                "keyctl",
                "userfaultfd",
                "perf",
                "x32",
                "tiocsti64",
            ]
            .contains(&name);
        if !foreign {
            expected += &format!("{name} {outcome}\n");
        }
    }
    assert_eq!(told, expected);
    host.set_nonblocking(true).unwrap();
    local.set_nonblocking(true).unwrap();
    assert!(host.accept().is_err() && local.accept().is_err());
}

fn abstract_listener(name: &str) -> std::os::unix::net::UnixListener {
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name).unwrap();
    std::os::unix::net::UnixListener::bind_addr(&address).unwrap()
}
