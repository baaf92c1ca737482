//! The way out a command is given by `--host`, through the real program: exactly the hosts that were named, and nothing
//! else. What becomes of every spelling is the proxy's own tests' to show; here a few go the whole way.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use super::stand::Must::{Fail, Say};
use super::stand::{Outcomes, Role, Stand, Tier, everywhere};

/// A server of the person's own network, and the first line of each of its callers.
struct Server {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers a request in the open with `page`, and anything else with `pong`.
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heard);
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut bytes = [0; 1024];
                let read = stream.read(&mut bytes).unwrap_or(0);
                if read == 0 {
                    // Dialled, and hung up on before a word came through.
                    continue;
                }
                let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
                let first = text.lines().next().unwrap_or_default().to_owned();
                let answer = match first.starts_with("GET ") {
                    true => "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\npage",
                    false => "pong",
                };
                all.lock().unwrap().push(first);
                // Whoever hung up does not want it.
                drop(stream.write_all(answer.as_bytes()));
            }
        });
        Self { address, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    fn port(&self) -> u16 {
        self.address.port()
    }
}

const NAME: &str = "allowed.test";

/// Only a worker in the full tier tries.
fn says(answer: &'static str) -> Outcomes {
    [Say(answer), Fail, Fail, Fail]
}

const NEVER: Outcomes = super::stand::NEVER;

#[test]
fn a_command_reaches_the_host_it_was_allowed_and_nothing_else() {
    for user in users() {
        let server = Server::start();
        let port = server.port();
        let stand =
            Stand::new(user, Tier::Full).allowing(&format!("{NAME}:{port}={}", server.address));
        let attempts: Vec<(String, Outcomes)> = [
            (format!("fetch,{NAME}:{port}"), says("page")),
            (format!("tunnel,{NAME}:{port},{NAME}"), says("pong")),
            ("beside".to_owned(), says("beside")),
            (format!("tunnel,{NAME}:{port},evil.test"), NEVER),
            (format!("tunnel,{NAME}:443,{NAME}"), NEVER),
            (format!("tunnel,{NAME}.:{port},{NAME}"), NEVER),
            (format!("tunnel,ALLOWED.test:{port},{NAME}"), NEVER),
            (format!("tunnel,evil.test:{port},{NAME}"), NEVER),
            (format!("tunnel,sub.{NAME}:{port},{NAME}"), NEVER),
            (format!("tunnel,x@{NAME}:{port},{NAME}"), NEVER),
            (format!("tunnel,127.0.0.1:{port},{NAME}"), NEVER),
            (format!("tunnel,2130706433:{port},{NAME}"), NEVER),
            (format!("tunnel,[::ffff:127.0.0.1]:{port},{NAME}"), NEVER),
            (format!("fetch,127.0.0.1:{port}"), NEVER),
            (format!("fetch,evil.test:{port}"), NEVER),
            ("fetch,169.254.169.254".to_owned(), NEVER),
            // Around the proxy there is no road.
            (format!("tcp,127.0.0.1:{port}"), NEVER),
            ("tcp,127.0.0.1:{tcp}".to_owned(), NEVER),
            ("tcp,1.1.1.1:443".to_owned(), NEVER),
            (format!("resolve,{NAME}"), NEVER),
            ("udp,{udp}".to_owned(), NEVER),
            ("abstract,{name}".to_owned(), NEVER),
            ("descriptors".to_owned(), says("0 1 2")),
        ]
        .into();
        stand.hold_and_look(Role::Worker, &attempts);
        let heard = server.heard();
        assert_eq!(heard.len(), 2, "{heard:?}");
        assert_eq!(heard[0], "GET / HTTP/1.1");
        assert!(heard[1].starts_with('\u{16}'), "{heard:?}");
    }
}

#[test]
fn an_allowed_name_that_leads_inside_is_refused_and_says_so() {
    for user in users() {
        let stand = Stand::new(user, Tier::Full).allowing("localhost");
        // What it means without a port, and with the port of a service of the host.
        let with_port = format!("localhost:{}", stand.port());
        let stand = stand.allowing(&with_port);
        let output = stand.probe(
            Role::Worker,
            &["fetch,localhost", &format!("fetch,{with_port}")],
        );
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "0 denied address_private\n1 denied address_private\n"
        );
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("refused: GET http://localhost/"), "{said}");
        stand.look(&[], Role::Worker);
    }
}

#[test]
fn without_a_host_there_is_no_proxy_and_an_empty_name_allows_nothing() {
    for user in users() {
        let stand = Stand::new(user, Tier::Full);
        for role in [Role::Worker, Role::Explorer] {
            let attempts = ["fetch,example.com", "tcp,127.0.0.1:4911"];
            let output = stand.probe(role, &attempts);
            let told = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(told.matches(" denied ").count(), 2, "{told}");
        }
        for bad in [
            "",
            "*",
            "10.0.0.1:80",
            "https://a.test",
            "a.test=10.0.0.1:80",
        ] {
            let stand = Stand::new(user, Tier::Full).allowing(bad);
            let output = stand.probe(Role::Worker, &[]);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(
                !output.status.success() && said.contains("cannot be allowed"),
                "{bad:?}: {said}"
            );
        }
    }
}

#[test]
fn an_explorer_and_a_reduced_sandbox_are_refused_every_host() {
    for (user, tier, role) in everywhere() {
        if (tier, role) == (Tier::Full, Role::Worker) {
            continue;
        }
        let stand = Stand::new(user, tier).allowing("example.com");
        let output = stand.probe(role, &["create,$TMPDIR/ran"]);
        stand.confirm_tier(&output);
        assert!(
            !output.status.success() && output.stdout.is_empty(),
            "{output:?}"
        );
        let said = String::from_utf8_lossy(&output.stderr);
        let why = match role {
            Role::Explorer => "An explorer reaches no host",
            Role::Worker => "no host can be let through",
        };
        assert!(said.contains(why), "{user:?} {tier:?} {role:?}: {said}");
    }
}

/// Everybody who tries, once each.
fn users() -> Vec<super::stand::User> {
    let mut users: Vec<_> = everywhere().map(|(user, ..)| user).collect();
    users.dedup();
    users
}
