//! The radar as tables: which works are held against which, and when again.

use uuid::Uuid;

use super::*;

fn id(n: u128) -> TaskId {
    TaskId::new(Uuid::from_u128(n))
}

fn work(start: &str, tree: &str) -> RadarWork {
    RadarWork {
        start: start.to_owned(),
        below: None,
        tree: tree.to_owned(),
    }
}

fn wrote(n: u128, start: &str, tree: &str) -> RadarEvent {
    RadarEvent::Work {
        task: id(n),
        title: format!("t{n}"),
        work: Some(work(start, tree)),
    }
}

fn branch(commit: &str) -> RadarEvent {
    RadarEvent::Branch {
        name: "main".to_owned(),
        commit: commit.to_owned(),
    }
}

fn collides(paths: &[&str]) -> RadarVerdict {
    RadarVerdict::Collides {
        tree: Some("both".to_owned()),
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        uncommitted: false,
    }
}

fn joins(tree: &str) -> RadarVerdict {
    RadarVerdict::Joins {
        tree: Some(tree.to_owned()),
    }
}

fn radar(events: impl IntoIterator<Item = RadarEvent>) -> Radar {
    let mut radar = Radar::default();
    events.into_iter().for_each(|event| radar.take(event));
    radar
}

/// A question in short: `1>c` holds task 1 against the branch at `c`, `1,2>t` task 2 against the tree `t`.
fn asked(radar: &Radar) -> Vec<String> {
    let number = |task: &TaskId| task.as_uuid().as_u128();
    let short = |question: &RadarQuestion| match question {
        RadarQuestion::WithBranch { task, onto, work } => {
            format!("{}:{}>{onto}", number(task), work.tree)
        }
        RadarQuestion::InTurn {
            first,
            second,
            onto,
            work,
        } => format!("{},{}:{}>{onto}", number(first), number(second), work.tree),
    };
    radar.questions().iter().map(short).collect()
}

/// Answers every question until none is left, and says how many there were.
fn answer(radar: &mut Radar, verdict: impl Fn(&RadarQuestion) -> RadarVerdict) -> usize {
    let mut answered = 0;
    loop {
        let questions = radar.questions();
        if questions.is_empty() {
            return answered;
        }
        answered += questions.len();
        for question in questions {
            let verdict = verdict(&question);
            radar.take(RadarEvent::Judged { question, verdict });
        }
    }
}

fn shown(radar: &Radar, n: u128) -> Vec<String> {
    radar.clashes()[&id(n)].iter().map(Clash::shown).collect()
}

#[test]
fn works_from_where_the_branch_stands_are_held_against_each_other_at_once() {
    let mut radar = radar([
        branch("c"),
        wrote(1, "c", "a"),
        wrote(2, "c", "b"),
        wrote(3, "c", "d"),
    ]);
    assert_eq!(asked(&radar), ["1,2:b>a", "1,3:d>a", "2,3:d>b"]);
    let first = |question: &RadarQuestion| match question {
        RadarQuestion::InTurn { first, second, .. } if (*first, *second) == (id(1), id(2)) => {
            collides(&["src/auth.rs"])
        }
        _ => joins("j"),
    };
    assert_eq!(answer(&mut radar, first), 3);
    assert_eq!(shown(&radar, 1), ["collides with t2 in src/auth.rs"]);
    assert_eq!(shown(&radar, 2), ["collides with t1 in src/auth.rs"]);
    assert!(shown(&radar, 3).is_empty());
}

#[test]
fn only_what_has_changed_is_asked_about_again() {
    let mut radar = radar([
        branch("c"),
        wrote(1, "c", "a"),
        wrote(2, "c", "b"),
        wrote(3, "c", "d"),
    ]);
    answer(&mut radar, |_| collides(&["f"]));
    radar.take(wrote(3, "c", "e"));
    assert_eq!(asked(&radar), ["1,3:e>a", "2,3:e>b"]);
    // Until it is known better, what was said stands.
    assert_eq!(shown(&radar, 3).len(), 2);
    answer(&mut radar, |_| joins("j"));
    assert!(shown(&radar, 3).is_empty());
    assert_eq!(shown(&radar, 1), ["collides with t2 in f"]);
}

#[test]
fn a_work_the_branch_has_left_behind_joins_it_first() {
    let mut radar = radar([branch("d"), wrote(1, "c", "a"), wrote(2, "c", "b")]);
    assert_eq!(asked(&radar), ["1:a>d", "2:b>d"]);
    let verdict = |question: &RadarQuestion| match question {
        RadarQuestion::WithBranch { task, .. } if *task == id(1) => collides(&["f"]),
        RadarQuestion::WithBranch { .. } | RadarQuestion::InTurn { .. } => joins("j"),
    };
    assert_eq!(answer(&mut radar, verdict), 3);
    assert_eq!(shown(&radar, 1), ["collides with main in f"]);
    assert!(shown(&radar, 2).is_empty());
    radar.take(branch("c"));
    assert!(shown(&radar, 1).is_empty(), "it stands where it began");
}

#[test]
fn an_answer_that_came_too_late_counts_for_nothing() {
    let mut radar = radar([branch("c"), wrote(1, "c", "a"), wrote(2, "c", "b")]);
    let question = radar.questions().remove(0);
    radar.take(wrote(2, "c", "e"));
    let verdict = collides(&["f"]);
    radar.take(RadarEvent::Judged { question, verdict });
    assert!(shown(&radar, 1).is_empty());
    assert_eq!(asked(&radar), ["1,2:e>a"]);
}

#[test]
fn who_changes_nothing_or_leaves_collides_with_nobody() {
    let mut radar = radar([branch("c"), wrote(1, "c", "a"), wrote(2, "c", "b")]);
    answer(&mut radar, |_| collides(&["f"]));
    radar.take(RadarEvent::Work {
        task: id(2),
        title: "t2".to_owned(),
        work: None,
    });
    assert!(shown(&radar, 1).is_empty() && shown(&radar, 2).is_empty());
    radar.take(wrote(2, "c", "b"));
    assert_eq!(shown(&radar, 1).len(), 1);
    radar.take(RadarEvent::Left { task: id(2) });
    assert!(shown(&radar, 1).is_empty());
    assert_eq!(radar.tasks().collect::<Vec<_>>(), [id(1)]);
    assert!(asked(&radar).is_empty());
}

#[test]
fn what_cannot_be_found_out_is_not_asked_again_and_says_nothing() {
    let mut radar = radar([branch("d"), wrote(1, "c", "a"), wrote(2, "c", "b")]);
    assert_eq!(answer(&mut radar, |_| RadarVerdict::Unknown), 2);
    assert!(shown(&radar, 1).is_empty() && shown(&radar, 2).is_empty());
    radar.take(wrote(1, "c", "e"));
    assert_eq!(asked(&radar), ["1:e>d"]);
}

#[test]
fn what_was_not_committed_is_said_so() {
    let mut radar = radar([branch("c"), wrote(1, "s", "a")]);
    answer(&mut radar, |_| RadarVerdict::Collides {
        tree: Some("both".to_owned()),
        paths: vec!["f".to_owned()],
        uncommitted: true,
    });
    assert_eq!(
        shown(&radar, 1),
        ["collides with what is not committed in f"]
    );
}
