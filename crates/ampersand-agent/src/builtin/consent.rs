//! Asking first: which calls a person is asked about, and with what before their eyes.

use std::path::Path;

use ampersand_core::Question;
use ampersand_toolhost::Call;

use crate::leads::leads_to;
use crate::shown;

/// A command is asked about whole or not at all: what a person does not see they cannot allow. Far below the limit of a
/// detail, because hidden characters grow when they are shown.
pub(super) const MAX_LINE_BYTES: usize = 800;

/// The question about a call, or none for calls that only look.
pub(super) async fn question(call: &Call, worktree: &Path) -> Option<Question> {
    let (tool, detail, path) = match call {
        Call::Read(_) | Call::List(_) | Call::Search(_) | Call::Scan | Call::Find(_) => {
            return None;
        }
        Call::Execute(asked) => ("execute", asked.line.clone(), None),
        Call::Edit(asked) => {
            let detail = prefixed("- ", &asked.old) + &prefixed("+ ", &asked.new);
            ("edit", detail, Some(&asked.path))
        }
        Call::Write(asked) => ("write", prefixed("+ ", &asked.content), Some(&asked.path)),
        Call::Delete(asked) => ("delete", asked.path.clone(), Some(&asked.path)),
        Call::Rename(asked) => {
            let (from, to) = (&asked.from, leads_to(worktree, &asked.to).await);
            let detail = format!("{} to {to}", leads_to(worktree, from).await);
            ("rename", detail, Some(from))
        }
    };
    let path = match path {
        Some(path) => Some(leads_to(worktree, path).await),
        None => None,
    };
    Some(Question::Act {
        tool: tool.to_owned(),
        detail: shown::detail(&detail),
        path,
    })
}

fn prefixed(mark: &str, text: &str) -> String {
    text.lines().map(|line| format!("{mark}{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use ampersand_toolhost::{Edit, Execute, List, Rename, Write};

    use super::*;

    #[tokio::test]
    async fn a_person_is_shown_the_whole_act_with_nothing_hidden() {
        let folder = tempfile::tempdir().unwrap();
        let root = dunce::canonicalize(folder.path()).unwrap();
        std::fs::create_dir(root.join("src")).unwrap();
        let at = |path: &str| Some(root.join(path).display().to_string());
        let asked = |call| {
            let root = root.clone();
            async move {
                match question(&call, &root).await {
                    Some(Question::Act { tool, detail, path }) => Some((tool, detail, path)),
                    _ => None,
                }
            }
        };
        let execute = Call::Execute(Execute {
            line: "rm -rf \u{202e}x".to_owned(),
            timeout_s: None,
        });
        let expected = ("execute".to_owned(), "rm -rf \\u{202e}x".to_owned(), None);
        assert_eq!(asked(execute).await, Some(expected));
        let edit = Edit {
            path: "src/a".to_owned(),
            old: "1\n2".to_owned(),
            new: "3".to_owned(),
        };
        let expected = ("edit".to_owned(), "- 1\n- 2\n+ 3\n".to_owned(), at("src/a"));
        assert_eq!(asked(Call::Edit(edit)).await, Some(expected));
        #[cfg(unix)]
        for (link, target) in [("alias", "src"), ("out", "/")] {
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
            let write = Write {
                path: format!("{link}/no\u{200b}such"),
                content: "x".to_owned(),
            };
            let real = root.join(target).join("no\\u{200b}such");
            let expected = Some(real.display().to_string());
            assert_eq!(asked(Call::Write(write)).await.unwrap().2, expected);
        }
        let folder = if cfg!(unix) { "alias" } else { "src" };
        let rename = Rename {
            from: "a".to_owned(),
            to: format!("{folder}/b"),
        };
        let (_, detail, path) = asked(Call::Rename(rename)).await.unwrap();
        let ends = [at("a"), at("src/b")].map(Option::unwrap);
        assert_eq!((detail, path), (ends.join(" to "), at("a")));
        let write = Write {
            path: "new/b".to_owned(),
            content: "x".repeat(9_000),
        };
        let (_, detail, path) = asked(Call::Write(write)).await.unwrap();
        assert!(
            detail.ends_with("[… 811 bytes more …]"),
            "{}",
            &detail[4_000..]
        );
        assert_eq!(path, at("new/b"));
        assert_eq!(asked(Call::List(List::default())).await, None);
    }
}
