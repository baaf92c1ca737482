//! The policy as a table: what is allowed, asked about and refused.

use super::{Decision, HostPolicy, parse_url};

#[track_caller]
fn check(allowed: &[&str], url: &str, expected: &str) {
    let said = match parse_url(url) {
        Err(why) => format!("refused: {why}"),
        Ok(url) => match HostPolicy::new(allowed.iter().copied()).decide(&url) {
            Decision::Allowed => "allowed".to_owned(),
            Decision::Ask { host } => format!("ask {host}"),
            Decision::Refused { why } => format!("refused: {why}"),
        },
    };
    assert_eq!(said, expected, "{url}");
}

#[test]
fn a_host_is_allowed_by_its_exact_name_or_an_explicit_star() {
    let list = ["docs.rs", "*.python.org", "api.test:8443"];
    check(&list, "https://docs.rs/serde", "allowed");
    check(&list, "http://DOCS.rs./x", "allowed");
    check(&list, "https://evil-docs.rs/", "ask evil-docs.rs");
    check(&list, "https://docs.rs.evil.com/", "ask docs.rs.evil.com");
    check(&list, "https://sub.docs.rs/", "ask sub.docs.rs");
    check(&list, "https://docs.python.org/3/", "allowed");
    check(&list, "https://a.b.python.org/3/", "allowed");
    check(&list, "https://python.org/", "ask python.org");
    check(&list, "https://evilpython.org/", "ask evilpython.org");
    check(&list, "https://api.test:8443/", "allowed");
    check(&list, "https://api.test/", "ask api.test");
    check(
        &list,
        "https://docs.rs:8080/",
        "refused: its port is unusual",
    );
    check(&["*"], "https://docs.rs/", "ask docs.rs");
    check(&["*."], "https://docs.rs/", "ask docs.rs");
}

#[test]
fn a_machine_named_by_number_is_refused_in_every_spelling() {
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "169.254.169.254",
        "1.1.1.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "127.0.0.1.",
        "0",
    ] {
        check(
            &["127.0.0.1", "*.0.0.1"],
            &format!("http://{host}/"),
            "refused: it names a machine by number",
        );
    }
}

#[test]
fn this_machine_is_reachable_only_by_host_and_port() {
    let list = [
        "127.0.0.1:8888",
        "localhost:3000",
        "[::1]:9000",
        "localhost",
    ];
    check(&list, "http://127.0.0.1:8888/search", "allowed");
    check(&list, "http://2130706433:8888/", "allowed");
    check(
        &list,
        "http://127.0.0.1:8889/",
        "refused: it names a machine by number",
    );
    check(&list, "http://localhost:3000/", "allowed");
    check(&list, "http://[::1]:9000/", "allowed");
    check(&list, "http://localhost/", "refused: it is this machine");
    check(
        &list,
        "http://app.localhost/",
        "refused: it is this machine",
    );
    check(&["127.0.0.1:80"], "http://127.0.0.1/", "allowed");
}

#[test]
fn what_is_written_to_deceive_is_refused() {
    let list = ["docs.rs"];
    check(
        &list,
        "https://docs.rs@evil.com/",
        "refused: it carries a user name",
    );
    check(
        &list,
        "https://docs.rs:pw@evil.com/",
        "refused: it carries a user name",
    );
    check(
        &list,
        "file:///etc/passwd",
        "refused: only http and https are served",
    );
    check(
        &list,
        "ftp://docs.rs/",
        "refused: only http and https are served",
    );
    check(&list, "docs.rs", "refused: it is not a complete address");
    let characters = "refused: it holds control characters, spaces or backslashes";
    check(&list, "https://docs.rs\\@evil.com/", characters);
    check(&list, "https://docs\t.rs/", characters);
    check(&list, "https://docs.rs\0.evil.com/", characters);
    let ascii = "refused: its host is not written in plain ASCII";
    check(&list, "https://dоcs.rs/", ascii);
    check(&list, "https://ｄｏｃｓ.rs/", ascii);
    check(&list, "https://docs%2ers/", ascii);
    check(&list, "https://docs..rs/", "refused: its host is malformed");
    check(&list, "https://xn--dcs-sdd.rs/", "ask xn--dcs-sdd.rs");
    check(&list, "https://docs.rs/a%20b/ü?q=x:y@z", "allowed");
}
