//! Pages and searches: what is dialled, what is asked, what comes back.

use std::time::Duration;

use ampersand_http::{
    Client, HttpError, Secret, Url,
    host_policy::HostPolicy,
    web::{FetchError, FetchLimits, Hit, Page, SearchEngine, fetch, search},
};
use ampersand_testkit::model_server::{Canned, WebServer};
use tokio::net::TcpListener;

async fn fetch_from(server: &WebServer, path: &str) -> Result<Page, FetchError> {
    fetch(
        &server.url(path),
        &HostPolicy::new([server.host()]),
        FetchLimits::default(),
    )
    .await
}

#[tokio::test]
async fn a_page_comes_back_as_text() {
    let html = "<title>CVE list</title><p>One &amp; two<script>alert(1)</script>";
    let server = WebServer::start([("/cve", Canned::html(html))])
        .await
        .unwrap();
    let page = fetch_from(&server, "/cve?year=now").await.unwrap();
    assert_eq!(
        page,
        Page {
            url: server.url("/cve?year=now"),
            title: "CVE list".into(),
            text: "One & two".into(),
            content_type: "text/html".into(),
            truncated: false,
        }
    );
}

#[tokio::test]
async fn the_page_s_own_charset_is_read() {
    let latin = Canned::ok("text/html; charset=iso-8859-1", b"caf\xe9".to_vec());
    let meta = Canned::ok(
        "text/html",
        b"<meta charset=\"windows-1251\">\xcf\xf0".to_vec(),
    );
    let server = WebServer::start([("/latin", latin), ("/meta", meta)])
        .await
        .unwrap();
    assert_eq!(fetch_from(&server, "/latin").await.unwrap().text, "café");
    assert_eq!(fetch_from(&server, "/meta").await.unwrap().text, "Пр");
}

#[tokio::test]
async fn a_name_that_leads_home_is_not_dialled() {
    let server = WebServer::start([("/", Canned::html("secret"))])
        .await
        .unwrap();
    let by_number = fetch(
        &server.url("/"),
        &HostPolicy::default(),
        FetchLimits::default(),
    )
    .await;
    assert_eq!(
        by_number,
        Err(FetchError::Refused {
            why: "it names a machine by number"
        })
    );
    let url = format!("http://localhost:{}/", server.port());
    let exact = HostPolicy::new([format!("localhost:{}", server.port())]);
    let elsewhere = HostPolicy::new(["localhost"]);
    assert_eq!(
        fetch(&url, &exact, FetchLimits::default())
            .await
            .unwrap()
            .text,
        "secret"
    );
    let refused = fetch(&url, &elsewhere, FetchLimits::default()).await;
    assert_eq!(
        refused,
        Err(FetchError::Refused {
            why: "it is this machine"
        })
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_redirect_to_where_one_may_go_is_followed() {
    let pages = [
        ("/near", Canned::redirect("/end#part")),
        ("/end", Canned::html("end")),
    ];
    let server = WebServer::start(pages).await.unwrap();
    let page = fetch_from(&server, "/near").await.unwrap();
    assert_eq!((page.text.as_str(), page.url), ("end", server.url("/end")));
}

#[tokio::test]
async fn every_hop_of_a_redirect_is_decided_again() {
    let by_number = FetchError::Refused {
        why: "it names a machine by number",
    };
    let user = FetchError::Refused {
        why: "it carries a user name",
    };
    let ask = FetchError::Ask {
        host: "elsewhere.test".into(),
    };
    redirect_to("https://elsewhere.test/x", ask).await;
    redirect_to("http://127.0.0.1:1/", by_number.clone()).await;
    redirect_to("http://169.254.169.254/latest/meta-data/", by_number).await;
    redirect_to("https://elsewhere.test@evil.test/", user).await;
    let status = |status| FetchError::Status {
        host: "HOST".into(),
        status,
    };
    redirect_to("https://", status(302)).await;
    redirect_to("/gone", status(404)).await;
    let scheme = FetchError::Refused {
        why: "only http and https are served",
    };
    redirect_to("file:///etc/passwd", scheme).await;
    redirect_to(
        "/start",
        FetchError::TooManyRedirects {
            host: "HOST".into(),
        },
    )
    .await;
}

async fn redirect_to(target: &str, expected: FetchError) {
    let server = WebServer::start([("/start", Canned::redirect(target))])
        .await
        .unwrap();
    let error = match fetch_from(&server, "/start").await {
        Err(FetchError::Status { host, status }) if host == server.host() => FetchError::Status {
            host: "HOST".into(),
            status,
        },
        Err(FetchError::TooManyRedirects { host }) if host == server.host() => {
            FetchError::TooManyRedirects {
                host: "HOST".into(),
            }
        }
        other => other.unwrap_err(),
    };
    assert_eq!(error, expected, "{target}");
}

#[tokio::test]
async fn size_time_and_kind_are_bounded() {
    let server = WebServer::start([
        ("/long", Canned::ok("text/plain", "é".repeat(600))),
        ("/zip", Canned::ok("application/zip", "PK")),
    ])
    .await
    .unwrap();
    let policy = HostPolicy::new([server.host()]);
    let limits = FetchLimits {
        body_bytes: 501,
        ..FetchLimits::default()
    };
    let page = fetch(&server.url("/long"), &policy, limits).await.unwrap();
    assert!(page.truncated && page.text.starts_with("éé") && page.text.len() < 510);
    let limits = FetchLimits {
        text_bytes: 11,
        ..FetchLimits::default()
    };
    let page = fetch(&server.url("/long"), &policy, limits).await.unwrap();
    assert_eq!((page.text.as_str(), page.truncated), ("ééééé", true));
    let not_text = fetch_from(&server, "/zip").await;
    assert_eq!(
        not_text,
        Err(FetchError::NotText {
            host: server.host(),
            content_type: "application/zip".into()
        })
    );
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_given_up() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let after = Duration::from_millis(30);
    let limits = FetchLimits {
        deadline: after,
        ..FetchLimits::default()
    };
    let policy = HostPolicy::new([address.as_str()]);
    let page = fetch(&format!("http://{address}/"), &policy, limits).await;
    assert_eq!(page, Err(FetchError::TimedOut { after }));
}

#[tokio::test]
async fn a_search_gives_plain_hits() {
    let hits = Canned::searxng(&[
        (
            "RUSTSEC <b>1</b>",
            "https://rustsec.org/1",
            "a &amp; <b>b</b>",
        ),
        ("bad", "javascript:alert(1)", "x"),
        ("deceit", "https://rustsec.org@other.test/", "x"),
    ]);
    let server = WebServer::start([("/search", hits)]).await.unwrap();
    let engine = SearchEngine::Searxng {
        url: Url::parse(&server.url("/")).unwrap(),
    };
    let found = search(&Client::new().unwrap(), &engine, "cve & rust")
        .await
        .unwrap();
    let hit = Hit {
        title: "RUSTSEC 1".into(),
        url: "https://rustsec.org/1".into(),
        snippet: "a & b".into(),
    };
    assert_eq!(found, [hit]);
    assert_eq!(
        server.requests()[0].path,
        "/search?q=cve+%26+rust&format=json"
    );
}

#[tokio::test]
async fn brave_gets_its_key_in_a_header() {
    let body = r#"{"web":{"results":[{"title":"t","url":"https://a.test/","description":"d"}]}}"#;
    let server = WebServer::start([("/b", Canned::ok("application/json", body))])
        .await
        .unwrap();
    let url = Url::parse(&server.url("/b")).unwrap();
    let engine = SearchEngine::Brave {
        url,
        key: Secret::new("k3y"),
    };
    let found = search(&Client::new().unwrap(), &engine, "q").await.unwrap();
    assert_eq!(found[0].snippet, "d");
    assert_eq!(
        server.requests()[0].header("x-subscription-token"),
        Some("k3y")
    );
}

#[tokio::test]
async fn a_search_endpoint_that_answers_with_a_page_says_so() {
    let server = WebServer::start([("/search", Canned::html("<p>JSON is off"))])
        .await
        .unwrap();
    let engine = SearchEngine::Searxng {
        url: Url::parse(&server.url("")).unwrap(),
    };
    let error = search(&Client::new().unwrap(), &engine, "q")
        .await
        .unwrap_err();
    assert!(
        matches!(error, HttpError::Rejected { status: 200, .. }),
        "{error:?}"
    );
}
