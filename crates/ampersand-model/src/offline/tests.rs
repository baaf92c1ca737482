//! Lines and what they mean.

use super::{Offline, understand};

fn line(offline: &Offline) -> String {
    match offline {
        Offline::Scan => "scan".into(),
        Offline::Find { pattern } => format!("find <{pattern}>"),
        Offline::Run { command } => format!("run <{command}>"),
        Offline::Help => "help".into(),
        Offline::Unknown {
            text,
            closest: None,
        } => format!("needs a model <{text}>"),
        Offline::Unknown {
            text,
            closest: Some(closest),
        } => format!("unknown <{text}> ({closest})"),
    }
}

#[track_caller]
fn check(typed: &str, expected: &[&str]) {
    let understood: Vec<_> = understand(typed).iter().map(line).collect();
    assert_eq!(understood, expected, "{typed}");
}

#[test]
fn scan_is_understood_however_it_is_asked() {
    for typed in [
        "scan",
        "Scan.",
        "scan this repo",
        "please scan the repository",
        "Could you scan my codebase, please?",
        "scan everything again",
        "run a scan",
        "do a full scan of this repo",
        "scan for TODOs",
        "scan for secrets",
        "scan this repo for me",
        "SCAN THE WHOLE PROJECT!",
        "hey, can you scan it",
        "rescan",
        "let's scan the repo",
    ] {
        check(typed, &["scan"]);
    }
    check("scan the network", &["unknown <scan the network> (scan)"]);
    check("scan for login", &["find <login>"]);
}

#[test]
fn find_takes_the_pattern_as_it_is_spelled() {
    check("find TODO", &["find <TODO>"]);
    check("find \"login\"", &["find <login>"]);
    check("find “log in”", &["find <log in>"]);
    check("find `a and b; c`", &["find <a and b; c>"]);
    check("search for x", &["find <x>"]);
    check("search the repo for parse_url", &["find <parse_url>"]);
    check(
        "look for sessionToken in this repo",
        &["find <sessionToken>"],
    );
    check("find all uses of HostPolicy", &["find <HostPolicy>"]);
    check(
        "Find every reference to 'Task::new' please",
        &["find <Task::new>"],
    );
    check("grep fn main", &["find <fn main>"]);
    check("please find me TODO.", &["find <TODO>"]);
    check("find salt and pepper", &["find <salt and pepper>"]);
    check("find \"why\"", &["find <why>"]);
    check("find don't panic", &["find <don't panic>"]);
}

#[test]
fn a_command_is_run_exactly_as_it_was_typed() {
    check("run cargo test", &["run <cargo test>"]);
    check("run `npm test`", &["run <npm test>"]);
    check("run `npm test` please", &["run <npm test>"]);
    check("Please run  make -j2   check", &["run <make -j2   check>"]);
    check("run echo \"a  'b' && c\"", &["run <echo \"a  'b' && c\">"]);
    check(
        "run make && make test; echo done",
        &["run <make && make test; echo done>"],
    );
    check(
        "run cargo test; find target -name x",
        &["run <cargo test; find target -name x>"],
    );
    check("run ls, pwd", &["run <ls, pwd>"]);
    check("run cp a.txt b. txt", &["run <cp a.txt b. txt>"]);
    check("run echo salt and pepper", &["run <echo salt and pepper>"]);
    check("$ git status", &["run <git status>"]);
    check("!ls -la", &["run <ls -la>"]);
    check("run echo what?", &["run <echo what?>"]);
}

#[test]
fn several_wishes_of_one_line_are_told_apart() {
    check("scan and run cargo test", &["scan", "run <cargo test>"]);
    check(
        "scan; find TODO; run make",
        &["scan", "find <TODO>", "run <make>"],
    );
    check("run cargo test and scan", &["run <cargo test>", "scan"]);
    check(
        "run `a and find b` and then find TODO",
        &["run <a and find b>", "find <TODO>"],
    );
    check(
        "find TODO and fix them",
        &["find <TODO>", "needs a model <fix them>"],
    );
    check("scan this repo. find x", &["scan", "find <x>"]);
    check(
        "fix the parser, then run make",
        &["needs a model <fix the parser, then run make>"],
    );
    check("scan\nrun make\n", &["scan", "run <make>"]);
    check(
        "Scan this repo, also refactor the auth module, and research the latest CVEs.",
        &[
            "scan",
            "needs a model <refactor the auth module>",
            "needs a model <research the latest CVEs.>",
        ],
    );
}

#[test]
fn help_is_help() {
    for typed in ["help", "?", "Help!", "what can you do?", "commands"] {
        check(typed, &["help"]);
    }
    check("", &[]);
    check(" \n ", &[]);
}

#[test]
fn what_is_no_command_gets_the_closest_one() {
    check(
        "why is the login slow?",
        &["unknown <why is the login slow?> (find \"login\")"],
    );
    check(
        "where is parse_url used?",
        &["unknown <where is parse_url used?> (find \"parse_url\")"],
    );
    check(
        "find the login function",
        &["unknown <find the login function> (find \"login\")"],
    );
    check(
        "find out why it fails",
        &["unknown <find out why it fails> (find \"fails\")"],
    );
    check("sacn this repo", &["unknown <sacn this repo> (scan)"]);
    check("scann", &["unknown <scann> (scan)"]);
    check("fnid login", &["unknown <fnid login> (find \"login\")"]);
    check(
        "cargo test --all",
        &["unknown <cargo test --all> (run cargo test --all)"],
    );
    check("run the tests", &["unknown <run the tests> (help)"]);
    check("run", &["unknown <run> (help)"]);
    check("hello", &["unknown <hello> (help)"]);
    check(
        "HostPolicy",
        &["unknown <HostPolicy> (find \"HostPolicy\")"],
    );
    check(
        "ウェブを検索して",
        &["unknown <ウェブを検索して> (find \"ウェブを検索して\")"],
    );
}

#[test]
fn what_needs_a_model_is_offered_nothing_else() {
    check(
        "refactor the auth module",
        &["needs a model <refactor the auth module>"],
    );
    check(
        "please explain the scheduler to me",
        &["needs a model <please explain the scheduler to me>"],
    );
    check(
        "can you fix the tests and run them",
        &["needs a model <can you fix the tests and run them>"],
    );
}

#[test]
fn no_line_is_too_strange() {
    for typed in [
        "`",
        "\"",
        "find",
        "find \"",
        "run `",
        "; ; ;",
        "and",
        "and and and",
        "!",
        "$ ",
        "“”",
        "find ``",
        "'''",
    ] {
        for offline in understand(typed) {
            assert!(
                matches!(offline, Offline::Unknown { .. } | Offline::Find { .. }),
                "{typed}: {offline:?}"
            );
        }
    }
}

#[test]
fn no_mixture_is_too_strange() {
    let pieces = [
        "run ",
        "find ",
        "scan",
        "`",
        "\"",
        "“",
        "and ",
        "; ",
        ", ",
        "é",
        "\n",
        "fix ",
        " in this repo",
        "'",
    ];
    let count = pieces.len();
    for number in 0..count.pow(4) {
        let digits = (0..4).map(|place| pieces[number / count.pow(place) % count]);
        let typed: String = digits.collect();
        for offline in understand(&typed) {
            if let Offline::Run { command } = offline {
                assert!(typed.contains(&command) && !command.is_empty(), "{typed}");
            }
        }
    }
}
