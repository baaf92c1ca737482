//! What is asked of the system here, as far as it may be asked by anybody: no administrator, and no user but ourselves.

use ampersand_process::{Bounds, Exit, program};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::secret::For;
use super::*;
use crate::INSIDER;
use crate::users::{filters, token};
use crate::windows::text::Descriptor;
use crate::windows::{access, system};

fn ourselves() -> Sid {
    let token = system::own_token(TOKEN_QUERY).unwrap();
    system::user_of(&token).unwrap()
}

#[test]
fn what_is_sealed_opens_and_nothing_else_does() {
    for who in [For::Person, For::Machine] {
        let sealed = secret::seal(b"a password", who).unwrap();
        assert!(!sealed.windows(8).any(|part| part == b"password"));
        assert_eq!(secret::open(&sealed).unwrap(), b"a password");
        assert!(secret::open(&sealed[..sealed.len() / 2]).is_err());
    }
    assert!(secret::open(b"").is_err());
    let [one, other]: [[u8; 32]; 2] = [secret::random().unwrap(), secret::random().unwrap()];
    assert_ne!(one, other);
}

#[test]
fn lists_that_are_written_as_text_are_taken_by_the_system() {
    let user = ourselves();
    let texts = [
        token::made(&user, &user),
        token::desktop(&user, &user),
        filters::named(&[user.clone(), user.clone()]),
    ];
    for text in texts {
        let made = Descriptor::of(&text).unwrap();
        made.list().unwrap();
        assert!(made.length() > 20, "{text}");
    }
    assert!(Descriptor::of("D:(A;;GA;;;nobody)").is_err());
}

#[test]
fn we_are_known_by_name_and_by_what_we_are_in() {
    let name = std::env::var("USERNAME").unwrap();
    assert_eq!(account::identity(&name).unwrap(), ourselves());
    assert!(account::identity("ampersand00000000-01").is_err());
    let token = system::own_token(TOKEN_QUERY).unwrap();
    let groups = system::groups(&token).unwrap();
    let everybody: Sid = "S-1-1-0".parse().unwrap();
    assert!(groups.contains(&everybody), "{groups:?}");
    system::is_administrator().unwrap();
}

#[test]
fn a_station_lets_in_one_more_and_has_a_desktop_for_each() {
    let user = ourselves();
    let station = Station::make(&user).unwrap();
    // Again is the same one.
    let again = Station::make(&user).unwrap();
    let desktop = station.desktop("ampersand-test", &user, &user).unwrap();
    let other = again.desktop("ampersand-test-2", &user, &user).unwrap();
    let (at, called) = desktop.name.split_once('\\').unwrap();
    assert_eq!(called, "ampersand-test");
    assert!(
        !at.is_empty() && !at.eq_ignore_ascii_case("WinSta0"),
        "{at}"
    );
    assert_eq!(other.name, format!("{at}\\ampersand-test-2"));
}

/// The usher, started as ourselves, in a job as ever.
async fn ushered(order: &Order) -> (Child, Tree) {
    let enter = program::beside_us(INSIDER).unwrap();
    let windows = system::look().unwrap().windows;
    let usher = Spec::new(plain(&enter))
        .arg(USHER)
        .env("SystemRoot", windows.as_os_str())
        .cwd(windows)
        .piped_stdin();
    let (child, tree) = spawn_tree(usher, "it", Bounds::default()).await.unwrap();
    let order = serde_json::to_vec(order).unwrap();
    let child = hand_over(child, &tree, &order).await;
    (child.unwrap(), tree)
}

fn order(user: Sid, line: &str) -> Order {
    let windows = system::look().unwrap().windows;
    let told = |path: PathBuf| text(path.into_os_string()).unwrap();
    let variable = |name: &str| {
        let value = std::env::var_os(name).unwrap_or_default();
        (name.to_owned(), text(value).unwrap())
    };
    Order {
        program: told(windows.join(r"System32\cmd.exe")),
        args: ["/D", "/S", "/C", line].map(str::to_owned).into(),
        env: ["SystemRoot", "ComSpec", "PATH"].map(variable).into(),
        folder: told(windows),
        executes: true,
        cut: Cut::Everything,
        group: user.clone(),
        person: user.clone(),
        user,
    }
}

#[tokio::test]
async fn an_usher_makes_way_and_the_program_has_its_streams() {
    // Where the deeper cut lets nothing start, the other one has to.
    let mut order = order(ourselves(), "set /p it= & call echo it is %it% & exit 7");
    order.cut = Cut::Writing;
    let (mut child, tree) = ushered(&order).await;
    assert!(tree.pids().await.unwrap().contains(&child.pid()));
    let mut stdin = child.take_stdin().unwrap();
    stdin.write_all(b"here\r\n").await.unwrap();
    drop(stdin);
    let mut text = String::new();
    let mut stdout = child.take_stdout().unwrap();
    stdout.read_to_string(&mut text).await.unwrap();
    assert_eq!(text.trim(), "it is here");
    assert_eq!(child.wait().await.unwrap(), Exit::Code(7));
}

#[tokio::test]
async fn a_program_runs_though_all_it_does_has_to_be_allowed_twice() {
    let (mut child, _tree) = ushered(&order(ourselves(), "exit 7")).await;
    assert_eq!(child.wait().await.unwrap(), Exit::Code(7));
}

#[tokio::test]
async fn what_was_ushered_in_stands_still_when_told_and_ends_as_a_whole() {
    let mut order = order(ourselves(), "echo up & set /p it=");
    order.cut = Cut::Writing;
    let (mut child, tree) = ushered(&order).await;
    let mut some = [0; 2];
    let mut stdout = child.take_stdout().unwrap();
    stdout.read_exact(&mut some).await.unwrap();
    assert!(tree.freeze().await.unwrap().processes >= 1);
    assert!(tree.kill().await.unwrap().processes >= 1);
    assert_eq!(tree.count().await.unwrap(), 0);
}

#[tokio::test]
async fn an_usher_says_why_it_starts_nothing() {
    let other: Sid = "S-1-5-21-1-2-3-1001".parse().unwrap();
    let mut missing = order(ourselves(), "");
    missing.program = r"C:\no\such.exe".to_owned();
    for (order, words) in [(order(other, ""), "another user"), (missing, "execute it")] {
        let enter = program::beside_us(INSIDER).unwrap();
        let usher = Spec::new(plain(&enter)).arg(USHER).piped_stdin();
        let usher = usher.cwd(system::look().unwrap().windows);
        let usher = usher.env("SystemRoot", system::look().unwrap().windows);
        let (child, tree) = spawn_tree(usher, "it", Bounds::default()).await.unwrap();
        let order = serde_json::to_vec(&order).unwrap();
        match hand_over(child, &tree, &order).await {
            Err(LaunchError::Setup { words: said }) => assert!(said.contains(words), "{said}"),
            other => assert!(other.is_err(), "{other:?}"),
        }
    }
}

#[test]
fn a_user_is_had_by_one_and_what_it_was_given_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let folder = dunce::canonicalize(folder.path()).unwrap();
    let (places, tree) = (Places::of(&folder), plain(&folder).join("tree"));
    fs::create_dir_all(&tree).unwrap();
    fs::write(tree.join("file"), "text").unwrap();
    let sids = ["S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002"];
    let users = sids.map(|sid| User {
        name: sid.to_owned(),
        sid: sid.parse().unwrap(),
        password: String::new(),
    });
    let grants = [Grant {
        path: tree.clone(),
        right: Right::Write,
    }];
    let first = furnish(&places, &users, &grants).unwrap();
    let second = furnish(&places, &users, &grants).unwrap();
    assert_eq!((&first.user, &second.user), (&users[0], &users[1]));
    for given in [&first, &second] {
        assert!(access::names(&tree.join("file"), &given.user.sid).unwrap());
        assert!(access::names(&given.private.join("Temp"), &given.user.sid).unwrap());
    }
    let none = furnish(&places, &users, &grants);
    assert!(matches!(none, Err(LaunchError::Setup { .. })));
    let private = first.private.clone();
    places.put_back(first.entry).unwrap();
    assert!(!private.exists());
    assert!(!access::names(&tree.join("file"), &users[0].sid).unwrap());
    assert!(access::names(&tree.join("file"), &users[1].sid).unwrap());
    let third = furnish(&places, &users, &grants).unwrap();
    assert_eq!(third.user, users[0]);
}
