//! The two lanes at work: begins turns, ends them early, and lets results be explained when it is quiet. What
//! follows from what is decided in [`crate::turn::step`].

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Duration, Instant, sleep_until},
};

use crate::{
    connected::Connected,
    desk::Desk,
    load::UnderWay,
    turn::{
        Begin, Halt, answer,
        explain::explain,
        step::{Came, Lanes, Then, Unexplained, due, is_idle, step},
    },
};

/// What happens to the lanes and is not taken yet. They only decide, so they never are far behind.
pub(crate) const OCCURRENCES_MAX: usize = 1024;

/// What happens to the lanes.
#[derive(Debug)]
pub(crate) enum Occurrence {
    /// The person sent or typed something.
    Heard,
    /// A message is to be answered by the model.
    Turn(Box<Begin>),
    /// The person stops what is being written.
    Stop,
    /// A task handed something back that the model has to look at.
    Result {
        /// The result.
        result: Unexplained,
        /// Counted until the lanes know of it.
        under_way: UnderWay,
    },
    /// The controller closes: everything ends.
    Close,
}

enum Ended {
    Answer(u64),
    Explanation(u64),
}

struct Running {
    desk: Arc<Desk>,
    lanes: Lanes,
    began: Instant,
    tasks: JoinSet<Ended>,
    halts: HashMap<u64, watch::Sender<Option<Halt>>>,
    explaining: Option<tokio::task::AbortHandle>,
    /// Tells an explanation that was given up from the one after it.
    explanations: u64,
    /// Held while something is still to come by itself.
    under_way: Option<UnderWay>,
}

/// Runs both lanes until the controller closes; returns once every turn has ended.
pub(crate) async fn run(desk: Arc<Desk>, mut occurrences: mpsc::Receiver<Occurrence>) {
    let mut running = Running {
        desk,
        lanes: Lanes::default(),
        began: Instant::now(),
        tasks: JoinSet::new(),
        halts: HashMap::new(),
        explaining: None,
        explanations: 0,
        under_way: None,
    };
    loop {
        let at = running.due();
        tokio::select! {
            occurrence = occurrences.recv() => match occurrence {
                Some(Occurrence::Close) | None => break,
                Some(occurrence) => running.take(occurrence),
            },
            Some(ended) = running.tasks.join_next() => running.take_end(ended.ok()),
            () = sleep_until(at.unwrap_or_else(Instant::now)), if at.is_some() => {
                running.come(Came::Due);
            }
        }
    }
    running.close().await;
}

impl Running {
    fn take(&mut self, occurrence: Occurrence) {
        match occurrence {
            Occurrence::Heard => self.come(Came::Heard),
            Occurrence::Stop => self.come(Came::Stopped),
            Occurrence::Result { result, under_way } => {
                // Without a model nobody explains, and nothing is waited for.
                if matches!(
                    self.desk.connected(),
                    Connected::Model(..) | Connected::Asking(_)
                ) {
                    let age = Timestamp::now().duration_since(result.at).as_millis();
                    // A clock that was set back makes no result younger than new.
                    self.come(Came::Result(result, u64::try_from(age).unwrap_or(0)));
                }
                drop(under_way);
            }
            Occurrence::Turn(begin) => {
                let (place, corrects) = (begin.turn.place, begin.corrects);
                self.come(Came::Began { place, corrects });
                let (halt, halted) = watch::channel(None);
                self.halts.insert(place, halt);
                let desk = Arc::clone(&self.desk);
                self.tasks.spawn(async move {
                    answer(desk, *begin, halted).await;
                    Ended::Answer(place)
                });
            }
            Occurrence::Close => {}
        }
    }

    fn take_end(&mut self, ended: Option<Ended>) {
        match ended {
            Some(Ended::Answer(place)) => {
                self.halts.remove(&place);
                self.come(Came::Ended(place));
            }
            Some(Ended::Explanation(number)) if number == self.explanations => {
                self.explaining = None;
                self.come(Came::Explained);
            }
            // Given up before.
            Some(Ended::Explanation(_)) | None => {}
        }
    }

    fn come(&mut self, came: Came) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        // A clock that stands at nothing must not look like a person heard just now.
        let now = now.saturating_add(START_MS);
        let (lanes, then) = step(std::mem::take(&mut self.lanes), now, came);
        self.lanes = lanes;
        for one in then {
            self.perform(one);
        }
        if is_idle(&self.lanes) {
            self.under_way = None;
        } else if self.under_way.is_none() {
            self.under_way = Some(self.desk.load.begin());
        }
    }

    fn perform(&mut self, then: Then) {
        match then {
            Then::Supersede(place) => self.halt(place, Halt::Superseded),
            Then::Stop(place) => self.halt(place, Halt::Stopped),
            Then::Explain { about, silently } => {
                self.explanations += 1;
                let (desk, number) = (Arc::clone(&self.desk), self.explanations);
                let task = self.tasks.spawn(async move {
                    explain(desk, about, silently).await;
                    Ended::Explanation(number)
                });
                self.explaining = Some(task);
            }
            Then::GiveWay => {
                self.explanations += 1;
                if let Some(explaining) = self.explaining.take() {
                    explaining.abort();
                }
            }
        }
    }

    fn halt(&self, place: u64, halt: Halt) {
        if let Some(sender) = self.halts.get(&place) {
            sender.send_replace(Some(halt));
        }
    }

    fn due(&self) -> Option<Instant> {
        let due = due(&self.lanes)?.saturating_sub(START_MS);
        Some(self.began + Duration::from_millis(due))
    }

    async fn close(mut self) {
        for halt in self.halts.values() {
            halt.send_replace(Some(Halt::Closing));
        }
        if let Some(explaining) = self.explaining.take() {
            explaining.abort();
        }
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Before anything was heard the person counts as quiet.
const START_MS: u64 = 60_000;
