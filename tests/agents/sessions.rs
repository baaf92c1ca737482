//! Conversations that agents' own programs keep: held there first, as a person does, then gone on with as tasks, on copies.

use std::path::Path;

use ampersand_testkit::Desk;
use ampersand_testkit::model_server::{ModelServer, Reply, Script, When};

use crate::agents::{Actor, CLAUDE, CODEX};
use crate::{installed, team};

const FIRST: &str = "Fix the login, and remember the word marzipan";
const NEXT: &str = "Now write the word into a file";

/// Holds a conversation in the agent's own program, in the repository.
#[expect(clippy::disallowed_methods, reason = "what a person would type")]
async fn talks(actor: Actor, desk: &Desk, kept: &Path, base_url: &str) {
    let mut command = match actor.name {
        "codex" => {
            let config = format!(
                "model = \"scripted\"\nmodel_provider = \"own\"\n[model_providers.own]\nname = \"own\"\n\
                 base_url = \"{base_url}\"\nwire_api = \"responses\"\nenv_key = \"OWN_KEY\"\n"
            );
            std::fs::write(kept.join("config.toml"), config).unwrap();
            let mut command = tokio::process::Command::new(&installed::program("codex").0[0]);
            command.args(["exec", "--sandbox", "read-only", FIRST]);
            command.env("CODEX_HOME", kept).env("OWN_KEY", "none");
            command
        }
        _ => {
            let mut command =
                tokio::process::Command::new(&installed::program("claude itself").0[0]);
            command.args(["-p", FIRST, "--model", "scripted"]);
            command
                .env("CLAUDE_CONFIG_DIR", kept)
                .env("ANTHROPIC_BASE_URL", base_url.trim_end_matches("/v1"))
                .env("ANTHROPIC_API_KEY", "none")
                .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1");
            command
        }
    };
    let command = command.current_dir(desk.repository.root());
    let ran = command
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

/// Every file below a folder with what it holds, but for what the program notes by the way.
fn everything(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(everything(&path)),
            false => found.push((path.display().to_string(), std::fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

async fn goes_on(actor: Actor) {
    let script = Script::new()
        .rule(actor.told(FIRST), Reply::says("Marzipan it is."))
        .rule(
            actor.told(NEXT).after_results(0),
            actor.runs("echo marzipan > word.txt"),
        )
        .rule(actor.told(NEXT), Reply::says("Wrote it"))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let mut desk = Desk::new();
    let kept = desk.home().join("kept");
    std::fs::create_dir(&kept).unwrap();
    talks(actor, &desk, &kept, &model.base_url()).await;
    let before = everything(&kept);
    let (variable, kept_as) = match actor.name {
        "codex" => ("CODEX_HOME", "sessions"),
        _ => ("CLAUDE_CONFIG_DIR", "projects"),
    };
    desk.set(variable, kept.to_str().unwrap());
    desk.set("AGENT_KEY", team::KEY);
    desk.settings(&team::settings(actor, &model.base_url()));
    let listed = desk.run(&["sessions"]).await;
    let [session] = &listed.lines[..] else {
        panic!("{listed:?}");
    };
    assert_eq!(session["agent"], actor.name);
    assert_eq!(session["title"], FIRST);
    let mut chat = desk.chat().await;
    let ran = desk
        .run(&["continue", session["id"].as_str().unwrap(), NEXT])
        .await;
    assert_eq!(ran.code, 0, "{ran:?}");
    chat.wait_for_state(FIRST, "ready").await;
    let requests = model.requests();
    let of_the_work = requests.iter().filter(|request| {
        let tools = request.body["tools"].to_string();
        tools.contains(actor.shell) && request.body.to_string().contains(NEXT)
    });
    let asked: Vec<_> = of_the_work
        .map(|request| request.body.to_string())
        .collect();
    assert!(asked.len() >= 2, "{requests:#?}");
    for body in asked {
        assert!(
            body.contains(FIRST) && body.contains("Marzipan it is."),
            "{body}"
        );
    }
    let word = std::fs::read_to_string(desk.made("word.txt").await).unwrap();
    assert_eq!(word, "marzipan\n");
    // The original is as it was; the copy, which went on, is the task's own.
    assert_eq!(everything(&kept), before);
    let copies = everything(&desk.home().join("agents"));
    let went_on = |(path, bytes): &&(String, Vec<u8>)| {
        path.contains(kept_as) && String::from_utf8_lossy(bytes).contains(NEXT)
    };
    assert_eq!(copies.iter().filter(went_on).count(), 1);
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_codex_goes_on_as_a_task() {
    goes_on(CODEX).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_claude_goes_on_as_a_task() {
    goes_on(CLAUDE).await;
}
