//! The two lanes, pure: answers begin at once; explanations wait for quiet, give way at once, and attach without a
//! word when there was no quiet for a minute. Times are milliseconds since any fixed moment.

use ampersand_core::{MessageId, TaskId};
use jiff::Timestamp;

/// How long the person has to be quiet before results are explained.
const QUIET_MS: u64 = 3_000;
/// How long results are waited for that come together.
const TOGETHER_MS: u64 = 1_500;
/// After this long the explanation attaches without a word, however busy the person is.
const SILENT_AFTER_MS: u64 = 60_000;

/// A result that the model has still to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unexplained {
    /// The card it stands on.
    pub(crate) card: MessageId,
    /// Its task.
    pub(crate) task: TaskId,
    /// When it came.
    pub(crate) at: Timestamp,
}

/// What is under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lanes {
    /// Answers under way, by the places of their questions.
    running: Vec<u64>,
    /// When the person was last heard.
    heard: u64,
    waiting: Option<Results>,
    explaining: Option<Explaining>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Results {
    /// When the first came, perhaps before this run.
    since: u64,
    /// When the first was heard of here.
    heard_of: u64,
    /// When the last was heard of here.
    until: u64,
    about: Vec<Unexplained>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Explaining {
    results: Results,
    silently: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Came {
    /// The person sent or typed something.
    Heard,
    /// An answer begins; a correction takes the place of the newest one under way.
    Began { place: u64, corrects: bool },
    /// An answer ended.
    Ended(u64),
    /// The person stops what is being written.
    Stopped,
    /// A task handed something back, so many milliseconds ago.
    Result(Unexplained, u64),
    /// An explanation ended, whatever came of it.
    Explained,
    /// The time for the next thing may have come.
    Due,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Then {
    /// End this answer: a later message took its place.
    Supersede(u64),
    /// End this answer: the person wants it so.
    Stop(u64),
    /// Begin to explain.
    Explain {
        about: Vec<Unexplained>,
        silently: bool,
    },
    /// End the explanation; it begins again later.
    GiveWay,
}

/// What follows from what came.
pub(crate) fn step(mut lanes: Lanes, now: u64, came: Came) -> (Lanes, Vec<Then>) {
    let mut then = Vec::new();
    match came {
        Came::Heard => {
            lanes.heard = now;
            give_way(&mut lanes, &mut then);
        }
        Came::Began { place, corrects } => {
            if corrects && let Some(newest) = lanes.running.last() {
                then.push(Then::Supersede(*newest));
            }
            lanes.running.push(place);
            lanes.heard = now;
            give_way(&mut lanes, &mut then);
        }
        Came::Ended(place) => lanes.running.retain(|running| *running != place),
        Came::Stopped => then.extend(lanes.running.iter().copied().map(Then::Stop)),
        Came::Result(about, age_ms) => {
            let came = now.saturating_sub(age_ms);
            let results = lanes.waiting.get_or_insert_with(|| Results {
                since: came,
                heard_of: now,
                until: now,
                about: Vec::new(),
            });
            results.since = results.since.min(came);
            results.until = now;
            results.about.push(about);
        }
        Came::Explained => lanes.explaining = None,
        Came::Due => {}
    }
    begin_to_explain(&mut lanes, now, &mut then);
    (lanes, then)
}

/// When [`Came::Due`] should come; `None` if there is nothing to wait for.
pub(crate) fn due(lanes: &Lanes) -> Option<u64> {
    let waiting = lanes.waiting.as_ref()?;
    if lanes.explaining.is_some() {
        return None;
    }
    let silent = (waiting.since + SILENT_AFTER_MS).max(waiting.heard_of + TOGETHER_MS);
    if lanes.running.is_empty() {
        Some(quiet_at(lanes, waiting).min(silent))
    } else {
        Some(silent)
    }
}

/// Whether anything is still to come by itself.
pub(crate) fn is_idle(lanes: &Lanes) -> bool {
    lanes.running.is_empty() && lanes.waiting.is_none() && lanes.explaining.is_none()
}

fn quiet_at(lanes: &Lanes, waiting: &Results) -> u64 {
    (lanes.heard + QUIET_MS).max(waiting.until + TOGETHER_MS)
}

fn begin_to_explain(lanes: &mut Lanes, now: u64, then: &mut Vec<Then>) {
    if due(lanes).is_none_or(|due| now < due) {
        return;
    }
    let Some(results) = lanes.waiting.take() else {
        return;
    };
    let is_quiet = lanes.running.is_empty() && now >= lanes.heard + QUIET_MS;
    let is_old = now >= results.since + SILENT_AFTER_MS;
    let silently = !is_quiet || is_old;
    then.push(Then::Explain {
        about: results.about.clone(),
        silently,
    });
    lanes.explaining = Some(Explaining { results, silently });
}

/// One that attaches silently disturbs nobody and goes on.
fn give_way(lanes: &mut Lanes, then: &mut Vec<Then>) {
    let Some(explaining) = lanes.explaining.take_if(|explaining| !explaining.silently) else {
        return;
    };
    then.push(Then::GiveWay);
    let mut results = explaining.results;
    if let Some(later) = lanes.waiting.take() {
        results.until = later.until;
        results.about.extend(later.about);
    }
    lanes.waiting = Some(results);
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn result(n: u128) -> Came {
        result_of(n, 0)
    }

    fn result_of(n: u128, age_ms: u64) -> Came {
        let id = Uuid::from_u128(n);
        let result = Unexplained {
            card: MessageId::new(id),
            task: TaskId::new(id),
            at: Timestamp::UNIX_EPOCH,
        };
        Came::Result(result, age_ms)
    }

    fn run(events: Vec<(u64, Came)>) -> String {
        let mut lanes = Lanes::default();
        let mut lines = Vec::new();
        for (now, came) in events {
            let said = match &came {
                Came::Result(..) => "Result".to_owned(),
                other => format!("{other:?}"),
            };
            let (next, then) = step(lanes, now, came);
            lanes = next;
            let then: Vec<String> = then
                .iter()
                .map(|one| match one {
                    Then::Explain { about, silently } => {
                        let how = if *silently { " silently" } else { "" };
                        format!("Explain {}{how}", about.len())
                    }
                    other => format!("{other:?}"),
                })
                .collect();
            let due = due(&lanes).map_or("-".to_owned(), |due| due.to_string());
            lines.push(format!("{now:>6} {said}: [{}] due {due}", then.join(", ")));
        }
        lines.join("\n")
    }

    #[test]
    fn results_that_come_together_are_explained_once_after_quiet() {
        insta::assert_snapshot!(
            run(vec![
                (10_000, Came::Heard),
                (10_500, result(1)),
                (11_000, result(2)),
                (12_999, Came::Due),
                (13_000, Came::Due),
                (14_000, Came::Explained),
                (20_000, result(3)),
                (21_500, Came::Due),
            ]),
            @r"
         10000 Heard: [] due -
         10500 Result: [] due 13000
         11000 Result: [] due 13000
         12999 Due: [] due 13000
         13000 Due: [Explain 2] due -
         14000 Explained: [] due -
         20000 Result: [] due 21500
         21500 Due: [Explain 1] due -
        "
        );
    }

    #[test]
    fn an_explanation_gives_way_and_attaches_silently_after_a_minute() {
        insta::assert_snapshot!(
            run(vec![
                (10_000, result(1)),
                (11_500, Came::Due),
                (12_000, Came::Heard),
                (12_500, result(2)),
                (13_000, Came::Began { place: 5, corrects: false }),
                (69_999, Came::Due),
                (70_000, Came::Due),
                (70_100, Came::Heard),
                (71_000, Came::Explained),
            ]),
            @r"
         10000 Result: [] due 11500
         11500 Due: [Explain 1] due -
         12000 Heard: [GiveWay] due 15000
         12500 Result: [] due 15000
         13000 Began { place: 5, corrects: false }: [] due 70000
         69999 Due: [] due 70000
         70000 Due: [Explain 2 silently] due -
         70100 Heard: [] due -
         71000 Explained: [] due -
        "
        );
    }

    #[test]
    fn results_of_an_earlier_run_are_explained_together_and_silently_once_they_are_old() {
        insta::assert_snapshot!(
            run(vec![
                (60_000, result_of(1, 20_000)),
                (60_001, result_of(2, 300_000)),
                (61_500, Came::Due),
                (62_000, Came::Explained),
                (70_000, result_of(3, 20_000)),
                (71_500, Came::Due),
            ]),
            @r"
         60000 Result: [] due 61500
         60001 Result: [] due 61500
         61500 Due: [Explain 2 silently] due -
         62000 Explained: [] due -
         70000 Result: [] due 71500
         71500 Due: [Explain 1] due -
        "
        );
    }

    #[test]
    fn answers_run_side_by_side_and_a_correction_takes_the_place_of_the_newest() {
        insta::assert_snapshot!(
            run(vec![
                (1, Came::Began { place: 1, corrects: false }),
                (2, Came::Began { place: 2, corrects: false }),
                (3, Came::Began { place: 3, corrects: true }),
                (4, Came::Ended(2)),
                (5, Came::Stopped),
                (6, Came::Ended(1)),
                (7, Came::Ended(3)),
                (8, Came::Began { place: 4, corrects: true }),
            ]),
            @r"
             1 Began { place: 1, corrects: false }: [] due -
             2 Began { place: 2, corrects: false }: [] due -
             3 Began { place: 3, corrects: true }: [Supersede(2)] due -
             4 Ended(2): [] due -
             5 Stopped: [Stop(1), Stop(3)] due -
             6 Ended(1): [] due -
             7 Ended(3): [] due -
             8 Began { place: 4, corrects: true }: [] due -
        "
        );
    }
}
