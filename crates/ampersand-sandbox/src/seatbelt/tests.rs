//! The generated profile, read and judged as the system does it: the last rule that fits decides.

use ampersand_core::Role;

use super::*;
use crate::policy::OwnRepository;

/// A rule: what it does, for which operations, and where. No place means everywhere.
struct Rule {
    allows: bool,
    operations: Vec<String>,
    places: Vec<(String, PathBuf)>,
    /// Filters that are about no path.
    others: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Word(String),
    List(Vec<Self>),
}

fn parse(text: &str) -> Vec<Node> {
    let (mut open, mut chars) = (vec![Vec::new()], text.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '(' => open.push(Vec::new()),
            ')' => {
                let list = open.pop().unwrap();
                open.last_mut().unwrap().push(Node::List(list));
            }
            '"' => {
                let word: String = chars.by_ref().take_while(|c| *c != '"').collect();
                open.last_mut().unwrap().push(Node::Word(word));
            }
            c if c.is_whitespace() => {}
            c => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !"()\"".contains(*c)) {
                    word.push(c);
                }
                open.last_mut().unwrap().push(Node::Word(word));
            }
        }
    }
    assert_eq!(open.len(), 1, "every list closes");
    open.pop().unwrap()
}

fn words(list: &[Node]) -> Vec<&str> {
    let word = |node: &Node| match node {
        Node::Word(word) => word.clone().leak() as &str,
        Node::List(_) => "",
    };
    list.iter().map(word).collect()
}

fn rules(arguments: &[OsString]) -> Vec<Rule> {
    assert_eq!(arguments[0], "-p");
    let parameters: Vec<(String, PathBuf)> = arguments[2..]
        .chunks(2)
        .map(|pair| {
            assert_eq!(pair[0], "-D");
            let (name, path) = pair[1].to_str().unwrap().split_once('=').unwrap();
            (name.to_owned(), path.into())
        })
        .collect();
    let text = arguments[1].to_str().unwrap();
    let mut rules = Vec::new();
    for node in parse(text) {
        let Node::List(mut list) = node else {
            panic!("a word outside of rules: {node:?}")
        };
        // What older systems do not know is taken as if they did.
        if words(&list)[0] == "when" {
            let Some(Node::List(rule)) = list.pop() else {
                panic!("nothing follows: {list:?}")
            };
            list = rule;
        }
        let effect = words(&list)[0];
        if effect == "version" {
            continue;
        }
        let mut rule = Rule {
            allows: match effect {
                "allow" => true,
                "deny" => false,
                other => panic!("unknown: {other}"),
            },
            operations: Vec::new(),
            places: Vec::new(),
            others: Vec::new(),
        };
        for node in &list[1..] {
            match node {
                Node::Word(operation) => rule.operations.push(operation.clone()),
                Node::List(filter) => match &filter[..] {
                    [Node::Word(kind), Node::Word(path)]
                        if kind == "literal" || kind == "subpath" =>
                    {
                        rule.places.push((kind.clone(), path.into()));
                    }
                    [Node::Word(kind), Node::List(param)] => {
                        let name = words(param)[1];
                        let known = parameters.iter().find(|(known, _)| known == name);
                        rule.places.push((kind.clone(), known.unwrap().1.clone()));
                    }
                    other => rule.others.push(format!("{:?}", words(other))),
                },
            }
        }
        rules.push(rule);
    }
    rules
}

/// Whether an operation on a path is allowed.
fn allows(rules: &[Rule], operation: &str, path: &str) -> bool {
    let names = |rule: &Rule| {
        rule.operations
            .iter()
            .any(|named| match named.strip_suffix('*') {
                Some(beginning) => operation.starts_with(beginning),
                None => named == operation || named == "default",
            })
    };
    let is_there = |rule: &Rule| {
        let place = |(kind, place): &(String, PathBuf)| match kind.as_str() {
            "literal" => Path::new(path) == place,
            _ => Path::new(path).starts_with(place),
        };
        rule.others.is_empty() && (rule.places.is_empty() || rule.places.iter().any(place))
    };
    let mut last = rules.iter().rev();
    last.find(|rule| names(rule) && is_there(rule))
        .is_some_and(|rule| rule.allows)
}

fn arguments(role: Role, execute: bool, worktree: &str) -> Vec<OsString> {
    let mut policy = Policy::new(role, worktree);
    policy.execute = execute;
    policy.writable = vec!["/state/agents/7".into()];
    policy.git_dir = Some("/Users/me/repo/.git".into());
    told(&policy, worktree)
}

fn told(policy: &Policy, worktree: &str) -> Vec<OsString> {
    let profile = Profile {
        policy,
        program: "/app/ampersand-toolhost".into(),
        worktree: worktree.as_ref(),
        private: "/state/tmp/7".as_ref(),
        readable: vec!["/Users/me/.cargo/bin".into()],
    };
    profile.arguments()
}

#[track_caller]
fn check(role: Role, execute: bool, cases: &[(&str, &str, bool)]) {
    hold(
        &rules(&arguments(role, execute, "/state/trees/7")),
        "",
        cases,
    );
}

/// What is said of paths below a folder.
#[track_caller]
fn hold(rules: &[Rule], folder: &str, cases: &[(&str, &str, bool)]) {
    for (operation, path, expected) in cases {
        let path = Path::new(folder).join(path);
        let path = path.to_str().unwrap();
        let found = allows(rules, operation, path);
        assert_eq!(found, *expected, "{operation} {path}");
    }
}

const NEVER: &[(&str, &str, bool)] = &[
    ("file-read-data", "/Users/me/.ssh/id_ed25519", false),
    (
        "file-read-data",
        "/Users/me/Library/Keychains/login.keychain-db",
        false,
    ),
    ("file-read-data", "/state/trees/8/secret", false),
    ("file-read-data", "/state/journal.db", false),
    ("file-read-data", "/private/etc/passwd", false),
    ("file-read-data", "/Users/me/repo/.git/config", false),
    (
        "file-read-data",
        "/Users/me/repo/.git/hooks/pre-commit",
        false,
    ),
    (
        "file-read-data",
        "/Users/me/repo/.git/worktrees/7/config.worktree",
        false,
    ),
    ("file-read-data", "/dev/tty", false),
    (
        "file-read-data",
        "/System/Volumes/Data/Users/me/.ssh/id_ed25519",
        false,
    ),
    ("file-write-setugid", "/state/trees/7/mine", false),
    ("file-write-setugid", "/state/tmp/7/mine", false),
    ("file-map-executable", "/Users/me/evil.dylib", false),
    ("file-write-create", "/Users/me/x", false),
    ("file-write-data", "/Users/me/repo/src/main.rs", false),
    (
        "file-write-data",
        "/Users/me/repo/.git/refs/heads/main",
        false,
    ),
    ("file-write-data", "/state/trees/7/.git", false),
    ("file-write-unlink", "/state/trees/7/.git", false),
    (
        "file-write-create",
        "/state/trees/7/.git/hooks/pre-commit",
        false,
    ),
    ("file-write-unlink", "/state/trees/7", false),
    ("file-write-unlink", "/state/agents/7", false),
    ("file-write-unlink", "/state/tmp/7", false),
    ("file-write-unlink", "/state/trees", false),
    ("file-write-unlink", "/Users/me/repo", false),
    ("file-write-create", "/usr/local/bin/x", false),
    ("file-write-data", "/Users/me/.cargo/bin/cargo", false),
    ("process-exec", "/Users/me/evil", false),
    ("network-outbound", "localhost", false),
    ("network-bind", "localhost", false),
    (
        "mach-lookup",
        "com.apple.coreservices.launchservicesd",
        false,
    ),
    ("appleevent-send", "com.apple.finder", false),
    ("mach-register", "anything", false),
];

const ALWAYS: &[(&str, &str, bool)] = &[
    ("file-read-data", "/state/trees/7/src/main.rs", true),
    ("file-read-data", "/state/trees/7/.git", true),
    ("file-read-data", "/Users/me/repo/.git/objects/aa/bb", true),
    ("file-read-data", "/usr/lib/libSystem.dylib", true),
    ("file-read-data", "/Users/me/.cargo/bin/cargo", true),
    ("file-write-create", "/state/tmp/7/x", true),
    ("file-write-create", "/state/agents/7/session", true),
    ("file-write-data", "/dev/null", true),
    ("process-fork", "", true),
    ("file-map-executable", "/usr/lib/libSystem.dylib", true),
];

#[test]
fn nobody_reaches_what_is_the_persons_or_the_systems() {
    for role in [Role::Explorer, Role::Worker, Role::Default] {
        for execute in [true, false] {
            check(role, execute, NEVER);
            check(role, execute, ALWAYS);
        }
    }
}

#[test]
fn whoever_looks_writes_nothing_of_the_worktree_and_whoever_works_all_but_its_git() {
    let written = |expected| {
        [
            ("file-write-create", "/state/trees/7/new", expected),
            ("file-write-data", "/state/trees/7/src/main.rs", expected),
            ("file-write-unlink", "/state/trees/7/src/main.rs", expected),
            ("file-write-mode", "/state/trees/7/src/main.rs", expected),
        ]
    };
    check(Role::Explorer, true, &written(false));
    check(Role::Worker, true, &written(true));
    check(Role::Default, true, &written(true));
}

#[test]
fn a_repository_of_its_own_is_written_but_for_its_settings_and_the_persons_lends_objects_alone() {
    let mut policy = Policy::new(Role::Worker, "/state/trees/7");
    policy.git_dir = Some("/Users/me/repo/.git".into());
    let settings = ["config", "hooks", "info", "objects/info"];
    let own = OwnRepository {
        git_dir: "/state/shadows/7/git".into(),
        read_only: settings
            .map(|name| Path::new("/state/shadows/7/git").join(name))
            .into(),
        gitfile: "/state/shadows/7/gitfile".into(),
    };
    for (own, writes) in [(own.clone(), true), (own.kept(), false)] {
        policy.own_repository = Some(own);
        let rules = rules(&told(&policy, "/state/trees/7"));
        let own = [
            ("file-read-data", "config", true),
            ("file-read-data", "objects/info/alternates", true),
            ("file-write-create", "index.lock", writes),
            ("file-write-unlink", "index.lock", writes),
            ("file-write-data", "refs/heads/work", writes),
            ("file-write-create", "objects/aa/bb", writes),
            ("file-write-data", "config", false),
            ("file-write-create", "hooks/pre-commit", false),
            ("file-write-data", "objects/info/alternates", false),
            ("file-write-unlink", "hooks", false),
            ("file-write-unlink", "objects", false),
            ("file-write-unlink", "", false),
        ];
        let persons = [
            ("file-read-data", "objects/aa/bb", true),
            ("file-read-data", "HEAD", false),
            ("file-read-data", "packed-refs", false),
            ("file-read-data", "config", false),
            ("file-read-data", "refs/heads/main", false),
            ("file-write-create", "objects/aa/cc", false),
            ("file-write-data", "refs/heads/main", false),
        ];
        hold(&rules, "/state/shadows/7/git", &own);
        hold(&rules, "/Users/me/repo/.git", &persons);
        assert!(!allows(&rules, "file-write-data", "/state/trees/7/.git"));
        assert!(!allows(
            &rules,
            "file-write-unlink",
            "/state/shadows/7/gitfile"
        ));
    }
}

#[test]
fn who_may_not_execute_has_one_program() {
    let programs = |expected| {
        [
            ("process-exec", "/bin/sh", expected),
            ("process-exec", "/usr/bin/git", expected),
            ("process-exec", "/Users/me/.cargo/bin/cargo", expected),
            ("process-exec", "/state/trees/7/target/debug/it", expected),
            (
                "file-map-executable",
                "/state/trees/7/target/debug/it.dylib",
                expected,
            ),
        ]
    };
    check(Role::Worker, true, &programs(true));
    check(Role::Explorer, false, &programs(false));
    let own = ("process-exec", "/app/ampersand-toolhost", true);
    check(Role::Explorer, false, &[own]);
    check(
        Role::Worker,
        true,
        &[("process-exec", "/app/ampersand-toolhost", false)],
    );
}

#[test]
fn who_may_start_programs_has_terminals_of_its_own_making_and_no_other() {
    for (execute, expected) in [(true, true), (false, false)] {
        let arguments = arguments(Role::Worker, execute, "/state/trees/7");
        let text = arguments[1].to_str().unwrap();
        let rules = rules(&arguments);
        assert_eq!(allows(&rules, "file-ioctl", "/dev/ptmx"), expected);
        // What the system has not marked as its own.
        for terminal in ["/dev/ttys000", "/dev/tty", "/dev/console"] {
            assert!(!allows(&rules, "file-read-data", terminal), "{terminal}");
            assert!(!allows(&rules, "file-write-data", terminal), "{terminal}");
            assert!(!allows(&rules, "file-ioctl", terminal), "{terminal}");
        }
        for rule in ["pseudo-tty", "ipc-posix-sem"] {
            assert_eq!(text.contains(rule), expected, "{rule}");
        }
        assert_eq!(text.matches("ttys").count(), usize::from(expected));
    }
}

#[test]
fn no_path_adds_a_rule() {
    let plain = arguments(Role::Worker, true, "/state/7");
    for path in [
        "/state/w\")) (allow default) (\"",
        "/state/w\n(allow network*)",
        "/state/(param \"P0\")",
        "/state/-D P0=/",
    ] {
        let hostile = arguments(Role::Worker, true, path);
        assert_eq!(hostile[1], plain[1], "the text is the same for {path:?}");
        let rules = rules(&hostile);
        assert!(!allows(&rules, "file-write-data", "/Users/me/x"));
        assert!(allows(&rules, "file-write-data", &format!("{path}/x")));
    }
}

#[test]
fn the_one_way_out_is_one_port_of_the_loopback_address() {
    let mut policy = Policy::new(Role::Worker, "/w");
    let text = |policy: &Policy| {
        let profile = Profile {
            policy,
            program: "/bin/sh".into(),
            worktree: "/w".as_ref(),
            private: "/state/tmp/7".as_ref(),
            readable: Vec::new(),
        };
        profile.arguments()[1].clone().into_string().unwrap()
    };
    let closed = text(&policy);
    policy.way_port = Some(4911);
    let rule = "(allow network-outbound (remote ip \"localhost:4911\"))\n";
    assert_eq!(text(&policy).replace(rule, ""), closed);
    assert_eq!(text(&policy).matches("network").count(), 1);
    policy.way_port = None;
    policy.serves = Some(3000);
    let rule = "(allow network-bind network-inbound (local ip \"localhost:3000\"))\n";
    assert_eq!(text(&policy).replace(rule, ""), closed);
}

#[test]
fn services_that_start_something_elsewhere_or_carry_data_out_are_not_named() {
    let text = arguments(Role::Worker, true, "/w")[1].clone();
    let text = text.to_str().unwrap().to_lowercase();
    for service in [
        "network",
        "launchservices",
        "coreservices",
        "appleevent",
        "pasteboard",
        "securityd",
        "trustd",
        "mdnsresponder",
        "dnssd",
        "windowserver",
        "allow default",
    ] {
        assert!(!text.contains(service), "{service}");
    }
}

#[test]
fn what_others_were_started_with_is_not_told() {
    let text = arguments(Role::Worker, true, "/w")[1].clone();
    let text = text.to_str().unwrap();
    let (allowed, denied) = (
        text.find("(allow sysctl-read)").unwrap(),
        text.find("(deny sysctl-read (sysctl-name-prefix \"kern.procargs\"))")
            .unwrap(),
    );
    assert!(allowed < denied && !text[denied..].contains("allow sysctl"));
}

#[test]
fn a_canary_sings_exactly_what_has_to_work() {
    let judge = |song: &Song, said: &str| song.judge(said).err();
    assert_eq!(judge(&Song::EXPLORER, "read\ntemporary\nend\n"), None);
    assert_eq!(judge(&Song::WORKER, "read\nwrite\nend\n"), None);
    for (song, said, expected) in [
        (Song::EXPLORER, "", "sandbox-exec did not run it to its end"),
        (
            Song::EXPLORER,
            "read\ntemporary\n",
            "sandbox-exec did not run it to its end",
        ),
        (
            Song::EXPLORER,
            "end\n",
            "this must work and did not: read, temporary",
        ),
        (
            Song::EXPLORER,
            "read\nwrite\ntemporary\nconnect\nend\n",
            "this worked and must not: write, connect",
        ),
        (
            Song::WORKER,
            "read\nwrite\nmove-git\nend\n",
            "this worked and must not: move-git",
        ),
    ] {
        assert_eq!(judge(&song, said).as_deref(), Some(expected));
    }
    // Each try is one word of the shell.
    for song in [Song::EXPLORER, Song::WORKER] {
        let line = song.line();
        assert_eq!(line.matches("\ntry ").count(), song.tries.len());
        assert!(line.ends_with("\necho end\n"), "{line}");
        assert!(song.tries.iter().all(|(_, what)| !what.contains('\'')));
        assert!(
            song.works
                .iter()
                .all(|name| song.tries.iter().any(|(tried, _)| tried == name))
        );
    }
}
