//! The network: cases 34, 36, 37, 38 and 46.

use std::net::{TcpListener, UdpSocket};

use ampersand_core::Role;
use ampersand_sandbox::LaunchError;
use tokio::net::windows::named_pipe::ServerOptions;

use super::Place;

in_both_tiers!(
    case_34_nothing_is_reached_and_nothing_arrives,
    case_38_pipes_of_other_programs_are_not_opened,
);

/// A line that sends something by the means every Windows has.
fn tcp(address: &str, port: u16) -> String {
    format!(
        "powershell -NoProfile -Command \"try {{ $c = New-Object Net.Sockets.TcpClient; $c.Connect('{address}', {port}); \
         exit 0 }} catch {{ exit 1 }}\""
    )
}

fn udp(port: u16) -> String {
    format!(
        "powershell -NoProfile -Command \"try {{ $c = New-Object Net.Sockets.UdpClient; [void]$c.Send([byte[]](1,2), 2, \
         '127.0.0.1', {port}) }} catch {{ }}; exit 0\""
    )
}

async fn case_34_nothing_is_reached_and_nothing_arrives(place: Place) {
    let host = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = host.local_addr().unwrap().port();
    let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
    let udp_port = listener.local_addr().unwrap().port();
    for role in [Role::Worker, Role::Explorer] {
        let policy = place.policy(role);
        for address in ["127.0.0.1", "127.0.0.2", "::1", "10.255.255.1"] {
            let (_, code) = place.told(&policy, &tcp(address, port)).await;
            assert_eq!(code, 1, "{role:?}: {address}");
        }
        place.told(&policy, &udp(udp_port)).await;
    }
    host.set_nonblocking(true).unwrap();
    listener.set_nonblocking(true).unwrap();
    assert!(host.accept().is_err());
    assert!(listener.recv(&mut [0; 8]).is_err());
}

async fn case_38_pipes_of_other_programs_are_not_opened(place: Place) {
    let name = format!(r"\\.\pipe\ampersand-test-{}", std::process::id());
    let _host = ServerOptions::new()
        .first_pipe_instance(true)
        .create(&name)
        .unwrap();
    let line = format!("echo x > {name}");
    place.check(&[(&line, false, false)]).await;
}

#[tokio::test]
async fn case_46_there_is_no_way_out_to_be_had() {
    let place = Place::new().await;
    let mut policy = place.policy(Role::Worker);
    policy.way_port = Some(1);
    let argv = ["cmd.exe", "/D", "/S", "/C", "echo x > ran"];
    let refused = place.launcher.launch(&policy, argv, "it").await;
    assert!(
        matches!(refused, Err(LaunchError::Setup { .. })),
        "{refused:?}"
    );
    assert!(!place.path("tree/ran").exists());
}
