//! What to do next to reach the orchestrator: pure, so that every way of not reaching it can be tried on paper.

use std::time::Duration;

use ampersand_core::Failure;

/// The first and the longest wait between two looks.
const WAIT_FIRST: Duration = Duration::from_millis(10);
const WAIT_LONGEST: Duration = Duration::from_secs(1);

/// The one started found another that is on its way out and does not listen any more.
pub(super) const STILL_THERE: &str = "orchestrator_running";
const WAIT_LEAVING: Duration = Duration::from_millis(100);

/// Looks after a start before it counts as failed: about ten seconds.
const LOOKS_MAX: u32 = 16;

/// How far the search is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Search {
    /// Looks without success since the newest start.
    looks: u32,
    /// Whether one was started and has not been found dead.
    started: bool,
    /// Starts that came to nothing.
    deaths: u32,
    /// What was told last, so that the same trouble is told once.
    told: Option<Failure>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Met {
    /// Begin.
    Begun,
    /// Nobody listens; what the started process said before it died, if it did.
    Nobody(Option<Failure>),
    /// It was started.
    Started,
    /// Starting or connecting is refused.
    Refused(Failure),
    /// One listens that speaks another version.
    Foreign(u32),
    /// The wait is over.
    Due,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Do {
    /// Try to connect.
    Connect,
    /// Start the orchestrator.
    Start,
    /// Ask the one that speaks this version to leave when it can.
    Drain(u32),
    /// Say what is wrong; the search goes on.
    Tell(Failure),
    /// Wait, then [`Met::Due`].
    Wait(Duration),
}

/// The next step of the search. The last thing to do is the one to report on.
pub(crate) fn step(mut search: Search, met: Met) -> (Search, Vec<Do>) {
    let todo = match met {
        Met::Begun | Met::Due => vec![Do::Connect],
        Met::Started => {
            search.looks = 0;
            search.started = true;
            vec![Do::Wait(WAIT_FIRST)]
        }
        // Words that are still there are of a start that is already known to have come to nothing, or of an earlier run.
        Met::Nobody(_) if !search.started => vec![Do::Start],
        Met::Nobody(None) if search.looks < LOOKS_MAX => {
            search.looks += 1;
            vec![Do::Wait(backoff(search.looks))]
        }
        Met::Nobody(None) => failed(&mut search, silent()),
        Met::Nobody(Some(words)) if words.code == STILL_THERE => {
            search.started = false;
            vec![Do::Wait(WAIT_LEAVING)]
        }
        Met::Nobody(Some(words)) | Met::Refused(words) => failed(&mut search, words),
        Met::Foreign(version) => {
            search.started = false;
            vec![Do::Drain(version), Do::Wait(WAIT_LONGEST)]
        }
    };
    (search, todo)
}

fn failed(search: &mut Search, words: Failure) -> Vec<Do> {
    search.started = false;
    search.looks = 0;
    search.deaths = search.deaths.saturating_add(1);
    let wait = Do::Wait(backoff(search.deaths + 4));
    if search.told.as_ref() == Some(&words) {
        return vec![wait];
    }
    search.told = Some(words.clone());
    vec![Do::Tell(words), wait]
}

fn backoff(times: u32) -> Duration {
    WAIT_FIRST
        .saturating_mul(1 << times.min(16))
        .min(WAIT_LONGEST)
}

fn silent() -> Failure {
    Failure::new(
        "orchestrator_cannot_start",
        "The background process was started and does not answer.",
        "See the log in the home folder; it is tried again by itself.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(events: Vec<Met>) -> String {
        let mut search = Search::default();
        let mut lines = Vec::new();
        for met in events {
            let said = match &met {
                Met::Nobody(Some(words)) | Met::Refused(words) => words.code.clone(),
                other => format!("{other:?}"),
            };
            let (next, todo) = step(search, met);
            search = next;
            let todo: Vec<String> = todo
                .iter()
                .map(|one| match one {
                    Do::Tell(words) => format!("Tell {}", words.code),
                    other => format!("{other:?}"),
                })
                .collect();
            lines.push(format!("{said} -> {}", todo.join(", ")));
        }
        lines.join("\n")
    }

    fn words(code: &str) -> Failure {
        Failure::new(code, "m", "h")
    }

    #[test]
    fn it_is_looked_for_then_started_then_looked_for_again() {
        insta::assert_snapshot!(
            run(vec![
                Met::Begun,
                Met::Nobody(None),
                Met::Started,
                Met::Due,
                Met::Nobody(None),
                Met::Due,
                Met::Nobody(None),
                Met::Due,
            ]),
            @r"
        Begun -> Connect
        Nobody(None) -> Start
        Started -> Wait(10ms)
        Due -> Connect
        Nobody(None) -> Wait(20ms)
        Due -> Connect
        Nobody(None) -> Wait(40ms)
        Due -> Connect
        "
        );
    }

    #[test]
    fn while_another_one_is_leaving_it_is_tried_again_without_a_word() {
        insta::assert_snapshot!(
            run(vec![
                Met::Begun,
                Met::Nobody(None),
                Met::Started,
                Met::Due,
                Met::Nobody(Some(words(STILL_THERE))),
                Met::Due,
                // Its words are still in the log.
                Met::Nobody(Some(words(STILL_THERE))),
            ]),
            @r"
        Begun -> Connect
        Nobody(None) -> Start
        Started -> Wait(10ms)
        Due -> Connect
        orchestrator_running -> Wait(100ms)
        Due -> Connect
        orchestrator_running -> Start
        "
        );
    }

    #[test]
    fn one_that_cannot_start_is_told_once_and_tried_on() {
        insta::assert_snapshot!(
            run(vec![
                Met::Begun,
                Met::Nobody(None),
                Met::Started,
                Met::Nobody(Some(words("store_newer"))),
                Met::Due,
                Met::Nobody(None),
                Met::Started,
                Met::Nobody(Some(words("store_newer"))),
                Met::Due,
                Met::Refused(words("link_unreachable")),
                Met::Foreign(7),
            ]),
            @r"
        Begun -> Connect
        Nobody(None) -> Start
        Started -> Wait(10ms)
        store_newer -> Tell store_newer, Wait(320ms)
        Due -> Connect
        Nobody(None) -> Start
        Started -> Wait(10ms)
        store_newer -> Wait(640ms)
        Due -> Connect
        link_unreachable -> Tell link_unreachable, Wait(1s)
        Foreign(7) -> Drain(7), Wait(1s)
        "
        );
    }
}
