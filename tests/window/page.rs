//! What the page may not do, whatever came to be in it.

use std::time::Duration;

use serde_json::Value;

use crate::person::Person;

const DIALOG: &str = "Trust payments-api";
const WISH: &str = "{ wish: { kind: 'trust' } }";
/// A little more than agreeing takes.
const READING: Duration = Duration::from_millis(1200);

/// Asks the shell for something and returns what it says to that.
async fn asked(person: &Person, command: &str, parameters: &str) -> String {
    let script = format!(
        "__TAURI_INTERNALS__.invoke({}, {parameters}).then(
            (answer) => done('allowed: ' + JSON.stringify(answer)),
            (why) => done(why.code ?? String(why)));",
        Value::from(command)
    );
    let answer = person.driver.run_until_done(&script).await;
    answer.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_three_commands_and_decides_nothing_for_the_person() {
    let person = Person::new().await;
    for command in [
        "plugin:window|close",
        "plugin:event|emit",
        "plugin:dialog|message",
        "plugin:opener|open_url",
        "plugin:shell|execute",
    ] {
        let answer = asked(&person, command, "{}").await;
        assert!(answer.contains("not allowed"), "{command}: {answer}");
    }
    let trust =
        "{ verb: { kind: 'command', command: { verb: 'trust', repository: '/', digest: '0' } } }";
    assert_eq!(asked(&person, "act", trust).await, "not_for_the_page");
    let lower = "{ verb: { kind: 'command', command: { verb: 'answer',
        approval: '01890a5d-ac96-774b-bcce-b302099a8057', answer: 'allow_for_project' } } }";
    assert_eq!(asked(&person, "act", lower).await, "not_for_the_page");
    let wish =
        "{ wish: { kind: 'accept_reduced', approval: '01890a5d-ac96-774b-bcce-b302099a8057' } }";
    assert_eq!(
        asked(&person, "confirm", wish).await,
        "not_for_the_page",
        "nobody asks that"
    );
    let drain = "{ verb: { kind: 'command', command: { verb: 'drain' } } }";
    assert_eq!(asked(&person, "act", drain).await, "not_for_the_page");
    let file = "{ verb: { kind: 'open_link', url: 'file:///etc/passwd' } }";
    assert_eq!(asked(&person, "act", file).await, "link_refused");
    let long = "{ verb: { kind: 'set_draft', text: 'x'.repeat(300_000) } }";
    assert_eq!(asked(&person, "act", long).await, "message_too_long");
    let unknown = asked(&person, "query", "{ question: { kind: 'keys' } }").await;
    assert!(unknown.contains("unknown variant"), "{unknown}");
    assert_eq!(
        person.driver.run("return typeof window.__TAURI__").await,
        "undefined"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_trusted_in_a_dialog_that_was_read() {
    let person = Person::new().await;
    let declared = "[checks]\ntest = \"exit 0\"\n";
    std::fs::write(
        person.desk.repository.root().join(".ampersand.toml"),
        declared,
    )
    .unwrap();
    let desktop = &person.desktop;
    let asking = || asked(&person, "confirm", WISH);
    let refuses = desktop.presses("Escape", DIALOG);
    let (answered, ()) = tokio::join!(asking(), refuses);
    assert_eq!(answered, "allowed: false");

    // Somebody who was typing when the dialog came.
    let answered = desktop.while_pressing("Return", asking()).await;
    assert_eq!(answered, "answered_unread");

    let reads = async {
        desktop.has(DIALOG, true).await;
        desktop.picture("trust").await;
        // Time is what is tested here.
        tokio::time::sleep(READING).await;
        desktop.presses("Return", DIALOG).await;
    };
    let (answered, ()) = tokio::join!(asking(), reads);
    assert_eq!(answered, "allowed: true");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_runs_nothing_of_others_and_goes_nowhere() {
    let person = Person::new().await;
    let home = person.driver.address().await;
    let ran = person
        .driver
        .run_until_done(
            "const broken = new Set();
             document.addEventListener('securitypolicyviolation', (event) => {
                 broken.add(event.effectiveDirective);
                 if (broken.size === 4) done([...broken].sort().join());
             });
             const put = (tag, fill) => {
                 const element = document.createElement(tag);
                 fill(element);
                 document.body.append(element);
             };
             put('script', (it) => { it.textContent = 'window.taken = true'; });
             put('img', (it) => { it.src = 'https://example.com/x.png'; });
             put('iframe', (it) => { it.src = 'https://example.com/'; });
             fetch('https://example.com/').catch(() => {});",
        )
        .await;
    assert_eq!(ran, "connect-src,frame-src,img-src,script-src-elem");
    assert_eq!(
        person.driver.run("return window.taken ?? null").await,
        Value::Null
    );
    let opened = "return window.open('https://example.com/') === null";
    assert_eq!(person.driver.run(opened).await, Value::Bool(true));
    person
        .driver
        .run("location.href = 'data:text/html,taken'")
        .await;
    person.says("scan").await;
    person.reads("Open report").await;
    assert_eq!(person.driver.address().await, home);
}
