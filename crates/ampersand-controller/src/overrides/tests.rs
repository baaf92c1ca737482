//! The table of sentences and what each must come to, and that no input upsets the rules.

use ampersand_core::Narrowing;
use proptest::prelude::*;

use super::{
    Override, Reached, Recognised, Reply, Scope, Standing, Verb, recognise, recognise_during,
};

fn task(id: &str, title: &str, role: &str, agent: &str) -> Standing {
    Standing {
        id: id.to_owned(),
        title: title.to_owned(),
        role: role.to_owned(),
        agent: agent.to_owned(),
        last_mentioned: false,
        paused: None,
    }
}

fn mentioned(task: Standing) -> Standing {
    Standing {
        last_mentioned: true,
        ..task
    }
}

fn scan() -> Standing {
    task("t1", "Scan the repository", "explorer", "built-in")
}

fn refactor() -> Standing {
    task("t2", "Refactor the auth module", "worker", "Codex")
}

fn research() -> Standing {
    task("t3", "Research recent CVEs", "explorer", "Claude Code")
}

fn standing(set: &str) -> Vec<Standing> {
    match set {
        "empty" => Vec::new(),
        "one" => vec![scan()],
        "three" => vec![scan(), mentioned(refactor()), research()],
        "many" => vec![
            scan(),
            refactor(),
            research(),
            task("t4", "Fix login and signup", "worker", "Codex"),
            task("t5", "Write tests for the parser", "default", "Claude Code"),
            task("t6", "迁移支付数据库", "worker", "built-in"),
        ],
        "product" => vec![
            task("1", "Add a pause button to the player", "worker", "Codex"),
            task("2", "Fix the login bug", "worker", "Claude Code"),
            mentioned(task("3", "Update dependencies", "worker", "Codex")),
            task("4", "Write docs for the API", "default", "built-in"),
            task("5", "Run the test suite", "worker", "command"),
            task(
                "6",
                "Stop the memory leak in the cache",
                "worker",
                "Claude Code",
            ),
            task("7", "Map the billing service", "explorer", "built-in"),
        ],
        "twins" => vec![
            refactor(),
            mentioned(task("t7", "Test the auth module", "worker", "Codex")),
            task("t8", "Scan", "explorer", "built-in"),
            task("t9", "Scan the website", "explorer", "built-in"),
            mentioned(task("t10", "Fix the resume parser", "worker", "Codex")),
            research(),
        ],
        "chinese" => vec![
            task("a", "扫描仓库", "explorer", "built-in"),
            mentioned(task("b", "重构认证模块", "worker", "Codex")),
            task("c", "调研最新漏洞", "explorer", "Claude Code"),
        ],
        "paused" => vec![
            Standing {
                paused: Some(true),
                ..scan()
            },
            Standing {
                paused: Some(false),
                ..refactor()
            },
        ],
        "running" => standing("three")
            .into_iter()
            .map(|t| Standing {
                paused: Some(false),
                ..t
            })
            .collect(),
        unknown => panic!("no standing tasks called {unknown}"),
    }
}

#[test]
fn every_sentence_of_the_table_comes_to_what_it_says() {
    let mut set = Vec::new();
    let mut checked = 0;
    let mut wrong = Vec::new();
    let tables = [
        include_str!("cases.tsv"),
        include_str!("paraphrases.tsv"),
        include_str!("narrow.tsv"),
    ];
    for line in tables.into_iter().flat_map(str::lines) {
        if let Some(name) = line.strip_prefix("@ ") {
            set = standing(name);
        }
        let Some((sentence, expected)) = line.split_once('\t') else {
            continue;
        };
        let (verb, scope) = expected.split_once('\t').unwrap_or((expected, "none"));
        let expected = serde_json::json!({ "verb": verb, "scope": scope });
        let found = serde_json::to_value(recognise(sentence, &set).as_override()).unwrap();
        if found != expected {
            wrong.push(format!(
                "{sentence}\n    expected {expected}\n    found    {found}"
            ));
        }
        checked += 1;
    }
    assert!(checked > 1700, "only {checked} sentences were read");
    assert!(
        wrong.is_empty(),
        "{} of {checked} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn an_override_is_two_keys_on_the_wire() {
    let line =
        |text: &str| serde_json::to_string(&recognise(text, &standing("three")).as_override());
    let expected = r#"{"verb":"pause","scope":"named:Refactor the auth module"}"#;
    assert_eq!(line("pause the refactor").unwrap(), expected);
    assert_eq!(line("hello").unwrap(), r#"{"verb":"none","scope":"none"}"#);
}

#[test]
fn an_override_says_how_it_was_understood() {
    let said = |text: &str, set: &str| match recognise(text, &standing(set)) {
        Recognised::Override(found) => found.understood(),
        other => panic!("{text}: {other:?}"),
    };
    for (text, set, expected) in [
        ("pause that", "three", "pause Refactor the auth module"),
        ("cancel everything", "three", "cancel everything (3 tasks)"),
        ("cancel everything", "empty", "cancel everything (no tasks)"),
        (
            "pause the explorers",
            "three",
            "pause every explorer task (2 tasks)",
        ),
        (
            "pause the ask-first ones",
            "many",
            "pause every ask-first task (1 task)",
        ),
        (
            "stop all but the scan",
            "three",
            "cancel everything except Scan the repository (2 tasks)",
        ),
        (
            "no internet for that one",
            "three",
            "no network for Refactor the auth module",
        ),
        (
            "don't let it search the web",
            "three",
            "no web for Refactor the auth module",
        ),
        (
            "别让它执行命令",
            "three",
            "no commands for Refactor the auth module",
        ),
        (
            "no network for all but the scan",
            "three",
            "no network for everything except Scan the repository (2 tasks)",
        ),
        (
            "stop the scan and codex",
            "three",
            "cancel 2 tasks: Scan the repository and Refactor the auth module",
        ),
    ] {
        assert_eq!(said(text, set), format!("Understood as: {expected}"));
    }
}

#[test]
fn an_unclear_referent_offers_every_candidate_and_only_destruction_may_freeze() {
    let check = |text: &str, verb: Verb, ids: &[&str], frozen: &[&str]| {
        let Recognised::Ambiguous {
            verb: found,
            candidates,
            freeze,
        } = recognise(text, &standing("twins"))
        else {
            panic!("{text} is not ambiguous");
        };
        let candidates: Vec<_> = candidates.iter().map(|task| task.id.as_str()).collect();
        assert_eq!((found, candidates.as_slice()), (verb, ids), "{text}");
        assert_eq!(freeze, frozen, "{text}");
    };
    check(
        "cancel the auth task",
        Verb::Cancel,
        &["t2", "t7"],
        &["t2", "t7"],
    );
    check("pause the auth task", Verb::Pause, &["t2", "t7"], &[]);
    check("pause that", Verb::Pause, &["t7", "t10"], &[]);
    let every = ["t2", "t7", "t8", "t9", "t10", "t3"];
    check(
        "stop everything except the deploy",
        Verb::Cancel,
        &every,
        &every,
    );
}

#[test]
fn what_a_chip_for_taking_says_is_understood_again() {
    let Recognised::Ambiguous {
        verb, candidates, ..
    } = recognise("no network for the auth task", &standing("twins"))
    else {
        panic!("one of two was meant");
    };
    for what in Narrowing::ALL {
        let verb_of_chip = Verb::Narrow(what);
        for task in &candidates {
            let says = format!("{} \"{}\"", verb_of_chip.said(), task.title);
            let found = recognise(&says, &standing("twins")).as_override();
            assert_eq!((found.verb, found.tasks.len()), (verb_of_chip, 1), "{says}");
            assert_eq!(found.tasks[0], *task);
        }
        let says = format!("{} everything", verb_of_chip.said());
        let found = recognise(&says, &standing("twins")).as_override();
        assert_eq!((found.verb, found.scope), (verb_of_chip, Scope::All));
    }
    assert_eq!(verb, Verb::Narrow(Narrowing::Network));
}

#[test]
fn a_plain_stop_is_for_the_reply_while_one_is_written() {
    let while_streaming = |text: &str| recognise_during(text, &standing("one"), Reply::Streaming);
    let offer = vec![Reached {
        id: "t1".to_owned(),
        title: "Scan the repository".to_owned(),
    }];
    for text in [
        "stop",
        "Stop!",
        "please stop",
        "stop it",
        "stop talking",
        "that's enough",
        "停",
        "别说了",
    ] {
        let expected = Recognised::StopReply {
            offer: offer.clone(),
        };
        assert_eq!(while_streaming(text), expected, "{text}");
    }
    for text in ["stop everything", "stop the scan", "cancel all tasks"] {
        let found = while_streaming(text);
        assert!(
            matches!(
                &found,
                Recognised::Override(Override {
                    verb: Verb::Cancel,
                    ..
                })
            ),
            "{text}"
        );
    }
    assert_eq!(
        recognise("stop talking", &standing("one")),
        Recognised::None
    );
}

#[test]
fn a_code_block_or_a_long_message_is_nobodys_override() {
    let long = format!("stop everything {}", "please ".repeat(200));
    for text in [
        "```\nstop everything\n```",
        "fn stop() { everything }",
        long.as_str(),
    ] {
        assert_eq!(
            recognise(text, &standing("three")),
            Recognised::None,
            "{text}"
        );
    }
}

/// Words of the grammar in any order, which reaches deeper than arbitrary text does.
fn jumble() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "no network for",
        "don't let",
        "use the network",
        "stop",
        "pause",
        "cancel",
        "resume",
        "everything",
        "except",
        "but",
        "keep",
        "the",
        "scan",
        "refactor",
        "and",
        ",",
        ".",
        "?",
        "please",
        "you can",
        "that",
        "others",
        "all",
        "codex",
        "Fix login and signup",
        "\"",
        "'",
        "`",
        "because",
        "it is",
        "for now",
        "除了",
        "都",
        "停掉",
        "任务",
        "的",
        "以外",
        "你能",
        "你",
        "能",
        "把",
        "扫描",
        "，",
        "。",
        "吗",
        "一下",
        "别",
        "two",
        "not",
    ]);
    prop::collection::vec(words, 0..16).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_text_upsets_the_rules(text in "\\PC{0,120}", title in "\\PC{0,40}") {
        let mut tasks = standing("many");
        tasks.push(task(&title, &title, &title, &title));
        check_sound(&recognise(&text, &tasks), &tasks)?;
    }

    #[test]
    fn no_jumble_of_known_words_upsets_the_rules(text in jumble()) {
        let tasks = standing("many");
        check_sound(&recognise(&text, &tasks), &tasks)?;
    }

    #[test]
    fn a_negated_request_is_never_carried_out(
        verb in prop::sample::select(vec!["pause", "stop", "cancel", "kill", "resume", "hold"]),
        object in prop::sample::select(vec!["everything", "that", "the scan", "all tasks", "it"]),
        not in prop::sample::select(vec!["don't", "do not", "never", "please don't", "you must not"]),
    ) {
        let found = recognise(&format!("{not} {verb} {object}"), &standing("three"));
        prop_assert_eq!(found, Recognised::None);
    }
}

/// What is reached stands, and is what the scope says.
fn check_sound(found: &Recognised, tasks: &[Standing]) -> Result<(), TestCaseError> {
    let Recognised::Override(found) = found else {
        return Ok(());
    };
    prop_assert!(found.verb != Verb::None);
    for reached in &found.tasks {
        prop_assert!(tasks.iter().any(|task| task.id == reached.id));
    }
    match &found.scope {
        Scope::All => prop_assert_eq!(found.tasks.len(), tasks.len()),
        Scope::That => prop_assert_eq!(found.tasks.len(), 1),
        Scope::Named(titles) => prop_assert_eq!(found.tasks.len(), titles.len()),
        Scope::Except(titles) => prop_assert_eq!(found.tasks.len() + titles.len(), tasks.len()),
        Scope::Role(_) => prop_assert!(!found.tasks.is_empty()),
        Scope::None => prop_assert!(false, "an override without a scope"),
    }
    Ok(())
}
