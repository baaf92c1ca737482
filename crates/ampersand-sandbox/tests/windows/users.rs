//! The full tier: the one way out, what other attempts may not, and who else could be asked to start something.

use std::io::{Read, Write};
use std::net::TcpListener;

use ampersand_core::{Isolation, Role};
use ampersand_sandbox::Gateway;
use tokio::io::AsyncReadExt;

use super::{Place, rights};

/// A line that fetches one page by what every Windows has. It ends with nought only if something answers.
fn fetch(address: &str, port: u16) -> String {
    format!("curl.exe --silent --max-time 5 --noproxy * http://{address}:{port}/")
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
#[ignore = "needs what `isolation set-up` makes: AMPERSAND_SET_UP_HOME names the home"]
async fn case_46_there_is_one_way_out_and_it_leads_to_us() {
    let place = Place::as_a_user().await;
    let gateway = Gateway::open().unwrap();
    assert!(gateway.is_shared());
    let mut policy = place.policy(Role::Worker);
    policy.way_port = Some(gateway.port());
    let argv = [
        "cmd.exe",
        "/D",
        "/S",
        "/C",
        &fetch("127.0.0.1", gateway.port()),
    ];
    let launched = place.launcher.launch(&policy, argv, "it").await;
    let mut launched = launched.unwrap();
    assert_eq!(launched.isolation, Isolation::FULL);
    let answered = answer(gateway.of(&mut launched).unwrap().unwrap());
    let mut told = String::new();
    let mut stdout = launched.child.take_stdout().unwrap();
    stdout.read_to_string(&mut told).await.unwrap();
    assert_eq!((launched.code().await, told.as_str()), (0, "ok"));
    answered.join().unwrap();
    // The same port elsewhere, and other ports here, lead nowhere.
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    for line in [
        fetch("127.0.0.2", gateway.port()),
        fetch("127.0.0.1", port),
        fetch("[::1]", gateway.port()),
        fetch("192.0.2.1", 80),
    ] {
        let (_, code) = place.told(&policy, &line).await;
        assert_ne!(code, 0, "{line}");
    }
    other.set_nonblocking(true).unwrap();
    assert!(other.accept().is_err());
}

#[tokio::test]
#[ignore = "needs what `isolation set-up` makes: AMPERSAND_SET_UP_HOME names the home"]
async fn case_05_what_one_attempt_has_another_has_not() {
    let place = Place::as_a_user().await;
    let first = place
        .shell(&place.policy(Role::Worker), "set /p wait=")
        .await;
    std::fs::write(place.path("other/.git"), "gitdir: elsewhere\n").unwrap();
    // While one has the worktree, another is let into a folder beside it alone.
    let mut policy = place.policy(Role::Worker);
    policy.worktree = place.path("other");
    for line in [
        r#"type "%OUT%\tree\file""#,
        r#"echo x > "%OUT%\tree\file""#,
        r#"echo x > "%OUT%\tree\new""#,
    ] {
        let (_, code) = place.told(&policy, line).await;
        assert_ne!(code, 0, "{line}");
    }
    let (_, code) = place.told(&policy, "type file").await;
    assert_eq!(code, 0);
    drop(first);
}

#[tokio::test]
#[ignore = "needs what `isolation set-up` makes: AMPERSAND_SET_UP_HOME names the home"]
async fn case_47_nobody_else_starts_anything_for_it() {
    let place = Place::as_a_user().await;
    let managed = "powershell -NoProfile -Command \"try { $r = Invoke-CimMethod -ClassName Win32_Process -MethodName Create \
                   -Arguments @{CommandLine='cmd.exe /c rem'}; exit $r.ReturnValue } catch { exit 9 }\"";
    let later = r"schtasks /create /tn ampersand-test /tr cmd.exe /sc once /st 23:59 /f";
    let serviced = r"sc create ampersandtest binPath= cmd.exe";
    place
        .check(&[
            (managed, false, false),
            (later, false, false),
            (serviced, false, false),
        ])
        .await;
}

#[tokio::test]
#[ignore = "needs what `isolation set-up` makes: AMPERSAND_SET_UP_HOME names the home"]
async fn case_01_what_all_users_may_write_is_not_written() {
    let place = Place::as_a_user().await;
    place
        .check(&[
            (r#"echo x > "%ProgramData%\ampersand-test""#, false, false),
            (r#"echo x > "%SystemDrive%\ampersand-test""#, false, false),
            (r#"mkdir "%SystemDrive%\ampersand-test""#, false, false),
            (
                r#"echo x > "%SystemRoot%\Temp\ampersand-test""#,
                false,
                false,
            ),
            (
                r#"echo x > "%SystemDrive%\Users\Public\ampersand-test""#,
                false,
                false,
            ),
        ])
        .await;
}

#[tokio::test]
#[ignore = "needs what `isolation set-up` makes: AMPERSAND_SET_UP_HOME names the home"]
async fn case_64_a_program_that_is_not_there_leaves_nothing_behind() {
    let place = Place::as_a_user().await;
    let before = rights(&place.path("tree/file"));
    for program in ["no-such-program", r"C:\no\such.exe", r"..\up.exe"] {
        let policy = place.policy(Role::Worker);
        let refused = place.launcher.launch(&policy, [program], "it").await;
        assert!(refused.is_err(), "{program}");
    }
    assert_eq!(rights(&place.path("tree/file")), before);
}
