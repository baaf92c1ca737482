//! What an agent of others is asked about: the files of a question as they really are, and questions that reach nobody.

use std::path::Path;

use ampersand_core::Question;

use crate::event::AgentEvent;
use crate::leads::leads_to;
use crate::shown;

/// The most that the paths of one question take, as the agent names them. All of them are shown whole.
const PATHS_BYTES_MAX: usize = 4 * 1024;

/// Why a question is answered with no and put to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unasked {
    /// More than a question shows.
    Long,
    /// It does not say about what.
    Unsaid,
    /// More are open than anybody answers.
    Many,
}

impl Unasked {
    /// In words, for the agent and the person.
    pub(crate) const fn why(self) -> &'static str {
        match self {
            Self::Long => "it is longer than a question can show",
            Self::Unsaid => "it does not say what it is about",
            Self::Many => "too many questions are open",
        }
    }

    /// What the person is told, who was not asked.
    pub(crate) fn note(self, wanted: &str) -> AgentEvent {
        let wanted = match shown::line(wanted) {
            line if line.trim().is_empty() => "something".to_owned(),
            line => line,
        };
        let why = self.why();
        AgentEvent::Output {
            text: format!(
                "[The agent asked to do this and was told no without you: {why}. {wanted}]\n"
            ),
        }
    }
}

/// Whether all of these paths can be shown.
pub(crate) fn are_shown(paths: &[String]) -> bool {
    paths.iter().map(String::len).sum::<usize>() <= PATHS_BYTES_MAX
}

/// A question with the paths it is about as they really lead from the worktree: an agent names them as it likes.
pub(super) async fn placed(about: Question, paths: Vec<String>, worktree: &Path) -> Question {
    let Question::Act { tool, detail, .. } = about else {
        return about;
    };
    let mut real: Vec<String> = Vec::new();
    for path in paths {
        let path = leads_to(worktree, &path).await;
        if !real.contains(&path) {
            real.push(path);
        }
    }
    let (detail, path) = match real.len() {
        0 | 1 => (detail, real.pop()),
        _ => (format!("{}\n\n{detail}", real.join("\n")), None),
    };
    Question::Act { tool, detail, path }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_shows_where_all_of_its_files_lead() {
        let folder = tempfile::tempdir().unwrap();
        let root = dunce::canonicalize(folder.path()).unwrap();
        std::fs::create_dir(root.join("docs")).unwrap();
        std::os::unix::fs::symlink("../.github/workflows/a", root.join("docs/a")).unwrap();
        let at = |path: &str| root.join(path).display().to_string();
        let long = format!("{}/end", "x/".repeat(99) + "x");
        for (paths, detail, path) in [
            (
                &["docs/a"][..],
                "+ x\n".to_owned(),
                Some(at(".github/workflows/a")),
            ),
            (&[long.as_str()], "+ x\n".to_owned(), Some(at(&long))),
            (
                &["b", "docs/a", "./b"],
                format!("{}\n{}\n\n+ x\n", at("b"), at(".github/workflows/a")),
                None,
            ),
            (&[], "+ x\n".to_owned(), None),
        ] {
            let act = |detail, path| Question::Act {
                tool: "edit".to_owned(),
                detail,
                path,
            };
            let paths = paths.iter().map(|path| (*path).to_owned()).collect();
            let shown = placed(act("+ x\n".to_owned(), None), paths, &root).await;
            assert_eq!(shown, act(detail, path));
        }
    }
}
