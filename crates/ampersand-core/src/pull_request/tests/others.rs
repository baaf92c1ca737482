//! What others do meanwhile: they merge what is there, and commit on its branch.

use super::*;

const ALL: &str = "ended Merged { commit: Some(\"m\") } merged m";

/// It is seen to be merged.
fn merged(pushed: &str, holds: Holds) -> PullRequestEvent {
    let commit = Some("m".into());
    let seen = PullRequestSeen {
        state: SeenState::Merged { commit },
        ..seen(&[], &[])
    };
    beside(pushed, holds, seen)
}

fn red() -> PullRequestEvent {
    sees(seen(&[check("c")], &[]))
}

/// A fix waits to be allowed.
fn fixed() -> Vec<PullRequestEvent> {
    vec![red(), PullRequestEvent::HandedBack, prepared("b")]
}

/// It was pushed.
fn pushes() -> Vec<PullRequestEvent> {
    let pushed = PullRequestEvent::Pushed { opened: opened() };
    [fixed(), vec![answer(true, false), pushed]].concat()
}

#[track_caller]
fn check_each(
    table: impl IntoIterator<Item = (Vec<PullRequestEvent>, PullRequestEvent, &'static str)>,
) {
    for (before, seen, expected) in table {
        let events = [before, vec![seen]].concat();
        assert_eq!(after(watched(), events.clone()), expected, "{events:?}");
    }
}

#[test]
fn what_was_made_and_did_not_go_out_is_not_called_merged() {
    use PullRequestEvent as Event;
    let (less, asked) = ("ended MergedWithout", "ended MergedWithout withdraw");
    check_each([
        (vec![], merged("a", Holds::Pushed), ALL),
        (vec![], merged("a", Holds::More), ALL),
        (vec![], merged("a", Holds::Earlier), less),
        (vec![], merged("a", Holds::Others), less),
        // A fix waits to be allowed, is being pushed, or was not wanted.
        (fixed(), merged("a", Holds::Pushed), asked),
        (fixed(), merged("a", Holds::More), asked),
        (
            [fixed(), vec![answer(true, false)]].concat(),
            merged("a", Holds::Pushed),
            less,
        ),
        (
            [fixed(), vec![answer(false, false)]].concat(),
            merged("a", Holds::Pushed),
            less,
        ),
        // It is being made, or was handed back and not yet worked out.
        (vec![red()], merged("a", Holds::Pushed), ALL),
        (vec![red(), Event::WentOn], merged("a", Holds::Pushed), less),
        (vec![Event::HandedBack], merged("a", Holds::Pushed), less),
        (
            vec![Event::UnwatchAsked, Event::WentOn, watch_again()],
            merged("a", Holds::Pushed),
            less,
        ),
        // It came to nothing.
        (
            vec![Event::WentOn, Event::HandedBack, prepared("a")],
            merged("a", Holds::Pushed),
            ALL,
        ),
        (
            [fixed(), vec![answer(false, false), prepared("a")]].concat(),
            merged("a", Holds::Pushed),
            ALL,
        ),
    ]);
}

#[test]
fn what_was_pushed_is_merged_with_it_and_what_was_seen_before_says_nothing() {
    use PullRequestEvent as Event;
    let less = "ended MergedWithout";
    check_each([
        (pushes(), merged("b", Holds::Pushed), ALL),
        (pushes(), merged("b", Holds::Earlier), less),
        // It is there, whatever was said of the push.
        (
            [
                fixed(),
                vec![
                    answer(true, false),
                    Event::NotPushed {
                        failure: failure(),
                        is_there: false,
                    },
                ],
            ]
            .concat(),
            at_b(merged("a", Holds::Pushed)),
            ALL,
        ),
        // Looked at before it was pushed.
        (pushes(), merged("a", Holds::Pushed), "watching"),
    ]);
}

/// The same, with the branch on another commit.
fn at_b(event: PullRequestEvent) -> PullRequestEvent {
    let PullRequestEvent::Seen {
        mut seen,
        lineage,
        can_fix,
    } = event
    else {
        return event;
    };
    seen.head = "b".into();
    PullRequestEvent::Seen {
        seen,
        lineage,
        can_fix,
    }
}

fn watch_again() -> PullRequestEvent {
    PullRequestEvent::WatchAsked {
        rounds: 1,
        tokens: None,
    }
}

#[test]
fn commits_of_others_on_its_branch_end_the_loop_until_they_are_gone() {
    use PullRequestEvent as Event;
    let others = |holds| {
        let more = PullRequestSeen {
            head: "x".into(),
            ..seen(&[check("c")], &[comment("r", true)])
        };
        beside("a", holds, more)
    };
    let more = || others(Holds::More);
    let quiet = || sees(seen(&[], &[]));
    let said = "held pull_request_has_others";
    for (events, expected) in [
        (vec![more()], said),
        (vec![others(Holds::Others)], said),
        (vec![red(), more()], said),
        (
            vec![red(), prepared("b"), more()],
            "held pull_request_has_others withdraw",
        ),
        // Whatever its task makes then is not asked about: it could not be pushed.
        (vec![more(), prepared("b")], said),
        (vec![more(), Event::WentOn, prepared("b")], said),
        (vec![more(), watch_again()], "watching"),
        (vec![more(), watch_again(), prepared("b")], said),
        (vec![more(), watch_again(), more()], said),
        (vec![more(), watch_again(), quiet()], "watching prepare"),
        (vec![more(), watch_again(), quiet(), red()], "fixing tell"),
        (vec![more(), watch_again(), red()], "fixing tell"),
        // The push that is under way says so itself.
        (
            vec![red(), prepared("b"), answer(true, false), more()],
            "pushing",
        ),
        // Its forge does not show the push yet.
        (
            vec![beside("a", Holds::Earlier, seen(&[], &[]))],
            "watching",
        ),
    ] {
        assert_eq!(after(watched(), events.clone()), expected, "{events:?}");
    }
    let pull = step_pull_request(watched(), more()).pull;
    assert!(pull.can_be_opened() && pull.can_be_watched());
}
