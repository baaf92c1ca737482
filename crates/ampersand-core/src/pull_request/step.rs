//! What may happen to a pull request and what follows: total, pure, replayable. An event that means nothing in a stage
//! leaves it as it is.

use super::{
    Found, Holds, Lineage, Opened, PullRequest, PullRequestEnd, PullRequestSeen, PullRequestStage,
    SeenState, Standing, why, words,
};
use crate::{ApprovalId, Failure};

/// Something that happened to a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullRequestEvent {
    /// It was worked out what would be pushed.
    Prepared {
        /// The commit.
        tip: String,
        /// Names the question that is asked of it, if one is.
        approval: ApprovalId,
    },
    /// It could not be worked out.
    NotPrepared {
        /// Why, and what to do.
        failure: Failure,
    },
    /// The person answered.
    Answered {
        /// Whether to push.
        allows: bool,
        /// Whether fixes are pushed without asking from now on.
        freely: bool,
    },
    /// It was pushed and is open.
    Pushed {
        /// Its number and page.
        opened: Opened,
    },
    /// It was not pushed, or not opened.
    NotPushed {
        /// Why, and what to do.
        failure: Failure,
        /// Whether its branch is on the remote all the same.
        is_there: bool,
    },
    /// It was looked at.
    Seen {
        /// What was seen.
        seen: PullRequestSeen,
        /// What its branch holds beside what was pushed.
        lineage: Lineage,
        /// Whether its task can be sent back now.
        can_fix: bool,
    },
    /// It could not be looked at.
    NotSeen {
        /// Why, and what to do.
        failure: Failure,
    },
    /// Its task went on with its work.
    WentOn,
    /// Its task's work is ready, once more.
    HandedBack,
    /// What its task did took this many tokens.
    Spent {
        /// The tokens.
        tokens: u64,
    },
    /// Its task did not come to a good end.
    Failed,
    /// Its task's work was put aside.
    PutAside,
    /// A person wants it watched, with this much more.
    WatchAsked {
        /// Rounds that may follow.
        rounds: u32,
        /// Tokens they may take; absent for no limit.
        tokens: Option<u64>,
    },
    /// A person does not want it watched.
    UnwatchAsked,
}

/// Something to be carried out because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullRequestEffect {
    /// Work out what would be pushed.
    Prepare,
    /// Ask the person whether to push that.
    Ask {
        /// Names the question.
        approval: ApprovalId,
    },
    /// Take the question back.
    Withdraw {
        /// Which.
        approval: ApprovalId,
    },
    /// Push, and open it if it is not.
    Push,
    /// Send its task back with these words.
    Tell {
        /// The words.
        text: String,
    },
    /// Its task's work is where it was to go.
    Merged {
        /// The commit that merged it, or that was.
        commit: String,
    },
}

/// A pull request now, and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequestStep {
    /// After the event.
    pub pull: PullRequest,
    /// In order.
    pub effects: Vec<PullRequestEffect>,
}

impl PullRequestStep {
    const fn to(pull: PullRequest) -> Self {
        let effects = Vec::new();
        Self { pull, effects }
    }

    fn at(
        mut pull: PullRequest,
        stage: PullRequestStage,
        effects: impl IntoIterator<Item = PullRequestEffect>,
    ) -> Self {
        pull.stage = stage;
        Self {
            pull,
            effects: effects.into_iter().collect(),
        }
    }
}

/// Where a pull request goes when `event` happens.
pub fn step_pull_request(mut pull: PullRequest, event: PullRequestEvent) -> PullRequestStep {
    use PullRequestEvent as Event;
    use PullRequestStage as Stage;
    pull.ahead |= matches!(event, Event::WentOn | Event::HandedBack) && !pull.is_over();
    match (pull.stage.clone(), event) {
        (Stage::Ended { .. }, _) => PullRequestStep::to(pull),
        (_, Event::Prepared { tip, approval }) => prepared(pull, tip, approval),
        (Stage::Watching | Stage::Fixing, Event::NotPrepared { failure }) => held(pull, failure),
        (Stage::Asking { .. }, Event::Answered { allows, freely }) => {
            answered(pull, allows, freely)
        }
        (Stage::Pushing, Event::Pushed { opened }) => pushed(pull, opened),
        (Stage::Pushing, Event::NotPushed { failure, is_there }) => {
            if is_there {
                pull.pushed = Some(pull.tip.clone());
            }
            held(pull, failure)
        }
        (
            _,
            Event::Seen {
                seen,
                lineage,
                can_fix,
            },
        ) => look(pull, &seen, &lineage, can_fix),
        (_, Event::NotSeen { failure }) => {
            pull.unseen = Some(failure);
            PullRequestStep::to(pull)
        }
        (Stage::Asking { approval }, Event::WentOn) => overtaken(pull, approval, Stage::Fixing),
        (Stage::Watching | Stage::Held { .. }, Event::WentOn) if pull.opened.is_some() => {
            PullRequestStep::at(pull, Stage::Fixing, None)
        }
        (Stage::Asking { approval }, Event::PutAside | Event::UnwatchAsked) => {
            overtaken(pull, approval, Stage::Unwatched)
        }
        (Stage::Asking { approval }, Event::Failed) => {
            let stage = Stage::Held { why: why::no_fix() };
            overtaken(pull, approval, stage)
        }
        (Stage::Watching | Stage::Fixing | Stage::Held { .. }, Event::HandedBack)
            if pull.opened.is_some() =>
        {
            let effects = vec![PullRequestEffect::Prepare];
            PullRequestStep { pull, effects }
        }
        (Stage::Fixing, Event::Failed) => held(pull, why::no_fix()),
        (Stage::Fixing, Event::Spent { tokens }) => {
            pull.rounds.tokens = pull.rounds.tokens.saturating_add(tokens);
            PullRequestStep::to(pull)
        }
        (
            Stage::Watching | Stage::Fixing | Stage::Held { .. },
            Event::PutAside | Event::UnwatchAsked,
        ) if pull.opened.is_some() => PullRequestStep::at(pull, Stage::Unwatched, None),
        (Stage::Held { .. }, Event::PutAside | Event::UnwatchAsked) => given_up(pull, None),
        (Stage::Unwatched | Stage::Held { .. }, Event::WatchAsked { rounds, tokens })
            if pull.opened.is_some() =>
        {
            watch(pull, rounds, tokens)
        }
        (_, _) => PullRequestStep::to(pull),
    }
}

fn pushed(mut pull: PullRequest, opened: Opened) -> PullRequestStep {
    pull.pushed = Some(pull.tip.clone());
    pull.opened = Some(opened);
    pull.standing = Standing::default();
    pull.holds = Holds::Pushed;
    pull.unseen = None;
    PullRequestStep::at(pull, PullRequestStage::Watching, None)
}

fn watch(mut pull: PullRequest, rounds: u32, tokens: Option<u64>) -> PullRequestStep {
    let spent = pull.rounds;
    pull.rounds.most = spent.done.saturating_add(rounds);
    pull.rounds.tokens_most = tokens.map(|tokens| spent.tokens.saturating_add(tokens));
    // Where commits of others stood in the way, the next look says whether they still do.
    let effect = (!pull.holds.blocks()).then_some(PullRequestEffect::Prepare);
    PullRequestStep::at(pull, PullRequestStage::Watching, effect)
}

fn held(pull: PullRequest, why: Failure) -> PullRequestStep {
    PullRequestStep::at(pull, PullRequestStage::Held { why }, None)
}

fn given_up(pull: PullRequest, effect: Option<PullRequestEffect>) -> PullRequestStep {
    let how = PullRequestEnd::GivenUp;
    PullRequestStep::at(pull, PullRequestStage::Ended { how }, effect)
}

/// What was asked about is no longer so.
fn overtaken(pull: PullRequest, approval: ApprovalId, stage: PullRequestStage) -> PullRequestStep {
    let withdraw = PullRequestEffect::Withdraw { approval };
    match pull.opened {
        Some(_) => PullRequestStep::at(pull, stage, [withdraw]),
        None => given_up(pull, Some(withdraw)),
    }
}

fn prepared(mut pull: PullRequest, tip: String, approval: ApprovalId) -> PullRequestStep {
    use PullRequestStage as Stage;
    if !matches!(
        pull.stage,
        Stage::Watching | Stage::Fixing | Stage::Held { .. }
    ) {
        return PullRequestStep::to(pull);
    }
    pull.ahead = false;
    pull.tip = tip;
    let is_there = pull.pushed.as_ref() == Some(&pull.tip);
    match pull.stage {
        _ if pull.holds.blocks() => {
            let why = why::others_there(&pull);
            held(pull, why)
        }
        Stage::Fixing if is_there => held(pull, why::nothing_changed()),
        _ if is_there => PullRequestStep::to(pull),
        _ if pull.freely => PullRequestStep::at(pull, Stage::Pushing, [PullRequestEffect::Push]),
        _ => {
            let ask = PullRequestEffect::Ask { approval };
            PullRequestStep::at(pull, Stage::Asking { approval }, [ask])
        }
    }
}

fn answered(mut pull: PullRequest, allows: bool, freely: bool) -> PullRequestStep {
    match (allows, &pull.opened) {
        (true, _) => {
            pull.freely |= freely;
            PullRequestStep::at(pull, PullRequestStage::Pushing, [PullRequestEffect::Push])
        }
        (false, Some(_)) => held(pull, why::not_pushed()),
        (false, None) => given_up(pull, None),
    }
}

fn look(
    mut pull: PullRequest,
    seen: &PullRequestSeen,
    lineage: &Lineage,
    can_fix: bool,
) -> PullRequestStep {
    use PullRequestStage as Stage;
    // Something was pushed while it was looked at: that is looked at next.
    if !pull.is_watched() || lineage.pushed != pull.pushed {
        return PullRequestStep::to(pull);
    }
    pull.unseen = None;
    let was_blocked = pull.holds.blocks();
    pull.holds = lineage.holds;
    if seen.head == pull.tip {
        // However its push was said to end, or whoever pushed it.
        pull.pushed = Some(pull.tip.clone());
    }
    match &seen.state {
        SeenState::Open => {}
        SeenState::Merged { commit } => return merged(pull, commit.clone()),
        SeenState::Closed => return end(pull, PullRequestEnd::Closed, None),
    }
    if pull.pushed.as_deref() == Some(seen.head.as_str()) {
        pull.standing = seen.standing;
    }
    if pull.holds.blocks() {
        return blocked(pull);
    }
    // What comes while it is asked, pushed or mended is dealt with after that.
    if pull.stage != Stage::Watching {
        return PullRequestStep::to(pull);
    }
    let mut step = find(pull, seen, can_fix);
    if was_blocked && step.pull.stage == Stage::Watching {
        // What its task made while nothing could be pushed.
        step.effects.push(PullRequestEffect::Prepare);
    }
    step
}

/// What follows from what was found while it is watched.
fn find(mut pull: PullRequest, seen: &PullRequestSeen, can_fix: bool) -> PullRequestStep {
    let news = pull.news(seen);
    if news.is_empty() {
        return PullRequestStep::to(pull);
    }
    pull.found = news;
    if !pull.found.asks_for_a_fix() {
        let ids: Vec<String> = pull.found.ids().collect();
        pull.remember(ids);
        return PullRequestStep::to(pull);
    }
    if !pull.rounds.has_one_left() {
        return held(pull, why::out_of_rounds());
    }
    if !can_fix {
        return held(pull, why::nobody_there());
    }
    send_back(pull)
}

/// Commits of others are on the branch: nothing is forced, and its agent does not have them.
fn blocked(pull: PullRequest) -> PullRequestStep {
    use PullRequestStage as Stage;
    let why = why::others_there(&pull);
    match pull.stage {
        Stage::Asking { approval } => overtaken(pull, approval, Stage::Held { why }),
        Stage::Watching | Stage::Fixing | Stage::Held { .. } => held(pull, why),
        // The push is refused there, and what is seen next says why.
        Stage::Pushing | Stage::Unwatched | Stage::Ended { .. } => PullRequestStep::to(pull),
    }
}

fn send_back(mut pull: PullRequest) -> PullRequestStep {
    let found: Found = pull.found.clone();
    pull.remember(found.ids());
    pull.rounds.done += 1;
    let text = words::told(&pull, &found);
    let tell = PullRequestEffect::Tell { text };
    PullRequestStep::at(pull, PullRequestStage::Fixing, [tell])
}

/// Its task's work is where it was to go if all of it was merged; else the rest stays here.
fn merged(pull: PullRequest, commit: Option<String>) -> PullRequestStep {
    if !pull.has_all() {
        let why = why::left_out(&pull);
        return end(pull, PullRequestEnd::MergedWithout { commit, why }, None);
    }
    let by = commit.clone().unwrap_or_else(|| pull.tip.clone());
    let merged = PullRequestEffect::Merged { commit: by };
    end(pull, PullRequestEnd::Merged { commit }, Some(merged))
}

fn end(
    pull: PullRequest,
    how: PullRequestEnd,
    effect: Option<PullRequestEffect>,
) -> PullRequestStep {
    let withdraw = match pull.stage {
        PullRequestStage::Asking { approval } => Some(PullRequestEffect::Withdraw { approval }),
        _ => None,
    };
    let effects = withdraw.into_iter().chain(effect);
    PullRequestStep::at(pull, PullRequestStage::Ended { how }, effects)
}
