//! The network: cases 34, 36 to 38, 44 and 46.

use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener};

use ampersand_core::Role;
use ampersand_sandbox::Gateway;
use tokio::io::AsyncReadExt;

use super::{Attempt, Place, Scene, hold, hold_in};

/// A line that connects to a socket with a path.
fn local(path: &str) -> String {
    format!("perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Peer => shift) or exit 1' {path}")
}

/// Says where something of the person's listens, for as long as the listener is.
fn at(name: &str, port: u16) -> (String, String) {
    (name.to_owned(), port.to_string())
}

#[tokio::test]
async fn case_34_and_37_nothing_is_reached_and_nothing_arrives() {
    let four = TcpListener::bind("127.0.0.1:0").unwrap();
    let six = TcpListener::bind("[::1]:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let [tcp_port, six_port] = [&four, &six].map(|host| host.local_addr().unwrap().port());
    let udp_port = udp.local_addr().unwrap().port();
    let set = move |_: &Scene| {
        let ports = [("TCP", tcp_port), ("SIX", six_port), ("UDP", udp_port)];
        ports.map(|(name, port)| at(name, port)).into()
    };
    hold_in(
        &[
            Attempt::never("exec 3<>/dev/tcp/127.0.0.1/$TCP"),
            Attempt::never("exec 3<>/dev/tcp/localhost/$TCP"),
            Attempt::refused("exec 3<>/dev/tcp/::1/$SIX"),
            Attempt::never("nc -z -w 5 127.0.0.1 $TCP"),
            Attempt::never("nc -z -w 5 ::1 $SIX"),
            Attempt::never("echo x > /dev/udp/127.0.0.1/$UDP"),
            Attempt::refused("exec 3<>/dev/tcp/1.1.1.1/443"),
            Attempt::refused("exec 3<>/dev/tcp/169.254.169.254/80"),
            Attempt::refused("echo x > /dev/udp/1.1.1.1/53"),
            Attempt::refused("ping -c 1 -t 2 127.0.0.1"),
            Attempt::refused("traceroute -m 1 -w 1 127.0.0.1"),
            // Nor is anything let in.
            Attempt::never("perl -MIO::Socket::INET -e 'IO::Socket::INET->new(Listen => 1, LocalAddr => \"127.0.0.1\") or exit 1'"),
        ],
        set,
    )
    .await;
    // What was sent outside has come; nothing was sent inside.
    for host in [four, six] {
        host.set_nonblocking(true).unwrap();
        while host.accept().is_ok() {}
    }
    udp.set_nonblocking(true).unwrap();
    while udp.recv(&mut [0; 8]).is_ok() {}
    let host = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = host.local_addr().unwrap().port();
    let (place, scene) = (Place::new().await, Scene::new());
    for role in [Role::Worker, Role::Explorer] {
        let line =
            format!("exec 3<>/dev/tcp/127.0.0.1/{port}; echo x > /dev/udp/127.0.0.1/{udp_port}");
        place.told(&scene.policy(role), &line).await;
    }
    host.set_nonblocking(true).unwrap();
    assert!(host.accept().is_err() && udp.recv(&mut [0; 8]).is_err());
}

#[tokio::test]
async fn case_38_no_local_socket_of_the_persons_is_reached() {
    // Kept until each scene is over.
    let listening = std::sync::Mutex::new(Vec::new());
    let set = |scene: &Scene| {
        let stream = UnixListener::bind(scene.path("socket")).unwrap();
        let datagram = UnixDatagram::bind(scene.path("datagram")).unwrap();
        // A worktree may hold one, too: nothing of the person's is reached by where it is.
        let within = UnixListener::bind(scene.path("tree/socket")).unwrap();
        listening.lock().unwrap().push((stream, datagram, within));
        Vec::new()
    };
    let send = "perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => shift) or exit 1' $OUT/datagram";
    hold_in(
        &[
            Attempt::never(local("$OUT/socket")),
            Attempt::never(local("socket")),
            Attempt::never(send),
            Attempt::refused(local("/var/run/mDNSResponder")),
            Attempt::refused(local("/var/run/docker.sock")),
            Attempt::refused(local("/var/run/syslog")),
            Attempt::refused(local("/var/run/usbmuxd")),
        ],
        set,
    )
    .await;
}

#[tokio::test]
async fn case_44_no_name_is_looked_up() {
    hold(&[
        Attempt::never("dscacheutil -q host -a name localhost | grep -q 127.0.0.1"),
        Attempt::refused("perl -e 'gethostbyname(\"example.com\") or exit 1'"),
        Attempt::refused("dns-sd -t 1 -G v4 example.com | grep -q 'Add'"),
        Attempt::refused("host -W 2 example.com"),
        Attempt::refused("curl --silent --max-time 5 http://example.com/"),
    ])
    .await;
}

/// A line that fetches one page.
fn fetch(address: &str, port: u16) -> String {
    format!("curl --silent --max-time 5 --noproxy '*' http://{address}:{port}/")
}

/// Answers one request, from a thread of its own.
fn answer(listener: TcpListener) -> std::thread::JoinHandle<()> {
    listener.set_nonblocking(false).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut some = [0; 256];
        let _ = stream.read(&mut some).unwrap();
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
        stream.write_all(text.as_bytes()).unwrap();
    })
}

#[tokio::test]
async fn case_36_and_46_there_is_one_way_out_and_it_leads_to_us() {
    let (place, scene) = (Place::new().await, Scene::new());
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    for role in [Role::Worker, Role::Explorer] {
        let gateway = Gateway::open().unwrap();
        assert!(gateway.is_shared());
        let mut policy = scene.policy(role);
        policy.way_port = Some(gateway.port());
        let mut launched = place
            .shell(&policy, &fetch("127.0.0.1", gateway.port()))
            .await;
        let answered = answer(gateway.of(&mut launched).unwrap().unwrap());
        let mut told = String::new();
        let mut stdout = launched.child.take_stdout().unwrap();
        stdout.read_to_string(&mut told).await.unwrap();
        assert_eq!(told, "ok", "{role:?}");
        answered.join().unwrap();
        for line in [
            fetch("127.0.0.1", port),
            fetch("1.1.1.1", gateway.port()),
            fetch("192.0.2.1", 80),
        ] {
            let told = place
                .told(&policy, &format!("{line} || echo refused"))
                .await;
            assert_eq!(told, "refused\n", "{role:?}: {line}");
        }
    }
    other.set_nonblocking(true).unwrap();
    assert!(other.accept().is_err());
}
