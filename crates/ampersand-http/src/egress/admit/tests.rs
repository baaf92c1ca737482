//! Requests as agents write them, each with what becomes of it.

use base64::{Engine, engine::general_purpose::STANDARD};
use url::Url;

use super::{Admission, Here, admit};
use crate::{
    Headers, Secret,
    egress::{Api, Entrance, Hosts, ModelRoute, Policy, head::Head},
};

fn policy() -> Policy {
    let apis = vec![Api::Responses, Api::AnthropicMessages];
    Policy {
        model: Some(ModelRoute::new("https://api.example/x/v1/", apis, Headers::new()).unwrap()),
        hosts: Hosts::new(["x.example", "registry.example:8443", "plain.example:8080"]).unwrap(),
        ..Policy::default()
    }
}

fn decide(policy: &Policy, lines: &str) -> String {
    let text = format!("{}\r\n\r\n", lines.replace('\n', "\r\n"));
    let head = match Head::parse(text.as_bytes()) {
        Ok(head) => head,
        Err(why) => return format!("malformed: {why}"),
    };
    let here = Here {
        port: Some(9),
        hosts: &policy.hosts,
        model: policy.model.as_ref(),
    };
    match admit(&head, policy, here) {
        Ok(Admission::Model { url }) => format!("model {url}"),
        Ok(Admission::Forward { to, url }) => format!("forward {to} {url}"),
        Ok(Admission::Tunnel { to }) => format!("tunnel {to}"),
        Err(refusal) => refusal.code().to_owned(),
    }
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (lines, expected) in cases {
        assert_eq!(decide(&policy(), lines), *expected, "{lines}");
    }
}

#[test]
fn the_model_is_reached_by_its_paths_alone() {
    check(&[
        (
            "POST /v1/messages?beta=true&key=mine HTTP/1.1\nHost: 127.0.0.1:9",
            "model https://api.example/x/v1/messages?beta=true",
        ),
        (
            "POST /v1/responses HTTP/1.1\nHost: localhost:9",
            "model https://api.example/x/v1/responses",
        ),
        (
            "POST /v1/chat/completions HTTP/1.1\nHost: 127.0.0.1:9",
            "path_refused",
        ),
        ("POST /v1/files HTTP/1.1\nHost: 127.0.0.1:9", "path_refused"),
        (
            "POST /v1/messages HTTP/1.1\nHost: api.example",
            "host_mismatch",
        ),
        (
            "POST /v1/messages HTTP/1.1\nHost: 127.0.0.1:10",
            "host_mismatch",
        ),
        (
            "POST /v1/messages HTTP/1.1\nHost: 127.0.0.1.evil.test:9",
            "host_mismatch",
        ),
        (
            "GET /v1/models HTTP/1.1\nHost: 127.0.0.1:9\nContent-Length: 3",
            "request_malformed",
        ),
        (
            "POST /v1/messages HTTP/1.1\nHost: 127.0.0.1:9\nContent-Length: 33554433",
            "request_too_large",
        ),
        (
            "GET /v1/responses HTTP/1.1\nHost: 127.0.0.1:9\nUpgrade: websocket\nConnection: upgrade",
            "upgrade_refused",
        ),
    ]);
}

/// Method and target, the host it names (`-`: none), and what becomes of it.
#[track_caller]
fn check_lines(lines: &str) {
    for line in lines.lines() {
        let mut words = line.split_whitespace();
        let mut next = || words.next().unwrap_or_default();
        let (method, target, host) = (next(), next(), next());
        let expected = words.collect::<Vec<_>>().join(" ");
        let host = match host {
            "-" => String::new(),
            host => format!("\nHost: {host}"),
        };
        let version = if host.is_empty() { "1.0" } else { "1.1" };
        let head = format!("{method} {target} HTTP/{version}{host}");
        assert_eq!(decide(&policy(), &head), expected, "{line}");
    }
}

#[test]
fn a_tunnel_leads_to_an_allowed_host_by_exact_name_and_port() {
    check_lines(
        "CONNECT x.example:443             x.example:443         tunnel x.example:443
         CONNECT x.example:443             x.example             tunnel x.example:443
         CONNECT x.example:443             -                     tunnel x.example:443
         CONNECT registry.example:8443     registry.example:8443 tunnel registry.example:8443
         CONNECT registry.example:8443     registry.example      host_mismatch
         CONNECT x.example:443             evil.test:443         host_mismatch
         CONNECT evil.test:443             x.example:443         host_mismatch
         CONNECT evil.test:443             evil.test:443         host_not_allowed
         CONNECT x.example:22              x.example:22          host_not_allowed
         CONNECT api.example:443           api.example:443       host_not_allowed
         CONNECT X.EXAMPLe:443             X.EXAMPLe:443         address_refused
         CONNECT x.example.:443            x.example.:443        address_refused
         CONNECT user@x.example:443        x.example:443         address_refused
         CONNECT x.example@evil.test:443   x.example:443         address_refused
         CONNECT 169.254.169.254:443       169.254.169.254:443   address_refused
         CONNECT 2852039166:443            2852039166:443        address_refused
         CONNECT [::ffff:169.254.169.254]:443 -                  address_refused
         CONNECT https://x.example         x.example             address_refused
         CONNECT /v1/messages              127.0.0.1:9           address_refused",
    );
}

#[test]
fn in_the_open_too_a_host_is_reached_by_exact_name_and_port() {
    check_lines(
        "GET http://plain.example:8080/a?b plain.example:8080 forward plain.example:8080 http://plain.example:8080/a?b
         GET http://x.example              x.example         forward x.example:80 http://x.example/
         GET http://x.example/             evil.test         host_mismatch
         GET http://evil.test/             x.example         host_mismatch
         GET http://evil.test/             evil.test         host_not_allowed
         GET http://x.example:443/         x.example:443     host_not_allowed
         GET http://x.example:80@evil.test/ x.example        address_refused
         GET http://127.0.0.1:9/v1/models  127.0.0.1:9       address_refused
         GET http://x.example?a=b          x.example         address_refused
         GET https://x.example/            x.example         address_refused
         GET ftp://x.example/              x.example         address_refused
         TRACE http://x.example/           x.example         request_malformed
         OPTIONS *                         x.example         address_refused
         GET http://x.example%00.evil.test/ x.example%00.evil.test address_refused",
    );
}

#[test]
fn the_default_policy_allows_nothing() {
    let nothing = Policy::default();
    for (lines, expected) in [
        (
            "POST /v1/messages HTTP/1.1\nHost: 127.0.0.1:9",
            "no_model_endpoint",
        ),
        (
            "CONNECT x.example:443 HTTP/1.1\nHost: x.example:443",
            "host_not_allowed",
        ),
        (
            "GET http://x.example/ HTTP/1.1\nHost: x.example",
            "host_not_allowed",
        ),
    ] {
        assert_eq!(decide(&nothing, lines), expected, "{lines}");
    }
}

#[test]
fn where_others_can_come_too_the_token_is_asked_for() {
    let policy = Policy {
        token: Some(Secret::new("t0ken")),
        ..policy()
    };
    for (lines, expected) in [
        (
            "POST /t0ken/v1/messages HTTP/1.1\nHost: 127.0.0.1:9",
            "model https://api.example/x/v1/messages",
        ),
        ("POST /v1/messages HTTP/1.1\nHost: 127.0.0.1:9", "stranger"),
        (
            "POST /T0ken/v1/messages HTTP/1.1\nHost: 127.0.0.1:9",
            "stranger",
        ),
        (
            "POST /t0kenx/v1/messages HTTP/1.1\nHost: 127.0.0.1:9",
            "stranger",
        ),
        ("GET / HTTP/1.1\nHost: 127.0.0.1:9", "stranger"),
        (
            "CONNECT x.example:443 HTTP/1.1\nHost: x.example:443",
            "stranger",
        ),
        (
            "CONNECT x.example:443 HTTP/1.1\nHost: x.example:443\nProxy-Authorization: Basic YW1wZXJzYW5kOnQwa2Vu",
            "tunnel x.example:443",
        ),
        (
            "CONNECT x.example:443 HTTP/1.1\nHost: x.example:443\nProxy-Authorization: Basic YW1wZXJzYW5kOnQwa2V4",
            "stranger",
        ),
    ] {
        assert_eq!(decide(&policy, lines), expected, "{lines}");
    }
}

#[test]
fn an_entrance_opens_its_own_proxy_and_no_other() {
    let (own, shared, other) = (Entrance::own(9), Entrance::shared(9), Entrance::shared(9));
    let asks = |entrance: &Entrance| {
        let origin = entrance.origin();
        let path = origin.strip_prefix("http://127.0.0.1:9").unwrap();
        format!("POST {path}/v1/messages HTTP/1.1\nHost: 127.0.0.1:9")
    };
    let leaves = |entrance: &Entrance| {
        let variables = entrance.variables();
        let (_, proxy) = variables
            .iter()
            .find(|(name, _)| name == "HTTPS_PROXY")
            .unwrap();
        let proxy = Url::parse(proxy).unwrap();
        assert_eq!(
            (proxy.host_str(), proxy.port()),
            (Some("127.0.0.1"), Some(9))
        );
        let word = proxy.password().map_or_else(String::new, |password| {
            let both = STANDARD.encode(format!("{}:{password}", proxy.username()));
            format!("\nProxy-Authorization: Basic {both}")
        });
        format!("CONNECT x.example:443 HTTP/1.1\nHost: x.example:443{word}")
    };
    for (served, comes, is_let_in) in [
        (&own, &own, true),
        (&shared, &shared, true),
        (&shared, &own, false),
        (&shared, &other, false),
    ] {
        let policy = Policy {
            token: served.token().cloned(),
            ..policy()
        };
        for lines in [asks(comes), leaves(comes)] {
            assert_eq!(decide(&policy, &lines) != "stranger", is_let_in, "{lines}");
        }
    }
}
