//! What a person is shown of strangers' words, and what a person's own words are taken for.

use ampersand_controller::overrides::{Recognised, Reply, Standing, recognise_during};
use ampersand_git::strangers;
use ampersand_toolhost::{Kept, visible};

use super::{Target, pieces};

pub(super) const NAMES: Target = Target {
    name: "names",
    read: |input| assert_eq!(strangers::shown(input), Ok(())),
    seeds: &[b"src/a\n\x1b[31mb.rs", b"con.txt", b"\xe2\x80\xae.\xff"],
    words: &[
        "con", "com1", ".git", "\u{202e}", "\u{200b}", "\\", ":", " ",
    ],
    is_json: false,
};

pub(super) const OUTPUT: Target = Target {
    name: "output",
    read: |input| {
        const MOST: usize = 64;
        let pieces = pieces(input);
        let mut kept = Kept::new(MOST);
        for piece in &pieces {
            kept.push(piece);
        }
        let mut whole = Kept::new(MOST);
        whole.push(&pieces.concat());
        let (kept, whole) = (kept.into_text(), whole.into_text());
        assert_eq!(kept, whole);
        // A byte that is no text becomes three, and what is missing is said.
        assert!(kept.len() <= MOST * 3 + 64, "{}", kept.len());
        let shown = visible(&kept);
        let hides = |ch: char| ch.is_control() && !matches!(ch, '\n' | '\t');
        assert!(!shown.contains(hides), "{shown:?}");
        assert_eq!(visible(&shown), shown);
    },
    seeds: &[
        b"plain\n",
        b"a \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x1b[2K\rgone\x08",
        b"\xc3\xff\xa9 \xf0\x9f\xa6\x80 and a line that is long enough to be cut in the middle, where nobody looks at it",
    ],
    words: &["\u{1b}]52;c;", "\u{9d}", "\u{1b}P", "\u{7}", "\u{200d}", "\u{e0020}", "\r", "\u{8}"],
    is_json: false,
};

fn standing() -> Vec<Standing> {
    let task = |id: &str, title: &str, role: &str, agent: &str| Standing {
        id: id.to_owned(),
        title: title.to_owned(),
        role: role.to_owned(),
        agent: agent.to_owned(),
        last_mentioned: id == "2",
        paused: None,
    };
    vec![
        task("1", "Scan the repository", "explorer", "built-in"),
        task("2", "Refactor the auth module", "worker", "Codex"),
        task(
            "3",
            "Stop the memory leak in the cache",
            "default",
            "Claude Code",
        ),
        task(
            "4",
            "\u{8fc1}\u{79fb}\u{652f}\u{4ed8}\u{6570}\u{636e}\u{5e93}",
            "worker",
            "built-in",
        ),
    ]
}

pub(super) const OVERRIDES: Target = Target {
    name: "overrides",
    read: |input| {
        let text = String::from_utf8_lossy(input);
        let tasks = standing();
        for reply in [Reply::Quiet, Reply::Streaming] {
            let found = recognise_during(&text, &tasks, reply);
            let Recognised::Override(found) = found else {
                continue;
            };
            let stands = |id: &str| tasks.iter().any(|task| task.id == id);
            assert!(
                found.tasks.iter().all(|reached| stands(&reached.id)),
                "{found:?}"
            );
            assert_ne!(found.understood(), "");
        }
    },
    seeds: &[
        b"pause that task",
        b"stop everything except the scan",
        b"cancel all background work, please",
        "\u{505c}\u{6b62}\u{6240}\u{6709}\u{4efb}\u{52a1}".as_bytes(),
        b"don't cancel the \"auth\" refactoring",
        b"resume codex and the memory leak one",
    ],
    words: &[
        "pause ",
        "stop ",
        "cancel ",
        "resume ",
        "kill ",
        "all ",
        "everything ",
        "except ",
        "but ",
        "that ",
        "the ",
        "task",
        "don't ",
        "not ",
        "and ",
        "scan",
        "auth",
        "Codex",
        ", ",
        "?",
        "please ",
        "\u{6682}\u{505c}",
        "\u{53d6}\u{6d88}",
        "\u{9664}\u{4e86}",
        "\u{4ee5}\u{5916}",
        "\u{6240}\u{6709}",
        "#2",
        "other",
    ],
    is_json: false,
};
