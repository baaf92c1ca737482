//! The one thread that ends trees which have a group: it gives the order and hears from the kernel when nobody is left. With
//! a thread for each, many trees that end at once would wait for those who only look on.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use tokio::sync::oneshot;

use super::emptied::Events;
use super::hierarchies::Hierarchies;
use super::{KILL_LIMIT, Members};
use crate::tree::{Gone, TreeError};

/// However it is told, one looks this often.
const LOOK_EVERY: Duration = Duration::from_millis(50);

type Outcome = Result<Gone, TreeError>;

/// Where trees are handed in.
#[derive(Debug)]
pub(super) struct Undertaker {
    orders: Mutex<Vec<Order>>,
    /// Rung for the first of several orders.
    bell: OwnedFd,
}

#[derive(Debug)]
struct Order {
    tree: Arc<Members>,
    reply: oneshot::Sender<Outcome>,
}

/// A tree that was told to end.
#[derive(Debug)]
struct Dying {
    order: Order,
    events: Events,
    processes: u32,
    since: Instant,
}

impl Undertaker {
    /// The one of this process, begun when it is first asked for. Fails where no thread can be had, or no descriptor.
    pub(super) fn at_work() -> io::Result<Arc<Self>> {
        static AT_WORK: Mutex<Option<Arc<Undertaker>>> = Mutex::new(None);
        let mut at_work = AT_WORK.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(undertaker) = &*at_work {
            return Ok(Arc::clone(undertaker));
        }
        let undertaker = Arc::new(Self {
            orders: Mutex::default(),
            bell: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        });
        let working = Arc::clone(&undertaker);
        std::thread::Builder::new()
            .name("undertaker".to_owned())
            .spawn(move || working.work())?;
        Ok(Arc::clone(at_work.insert(undertaker)))
    }

    /// Ends a tree. The answer comes when nobody is left of it, or when that took too long.
    pub(super) fn end(&self, tree: Arc<Members>) -> oneshot::Receiver<Outcome> {
        let (reply, answer) = oneshot::channel();
        let mut orders = self.orders();
        orders.push(Order { tree, reply });
        if orders.len() == 1 {
            // Refused only where it was rung so often that it is heard anyway.
            let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
        }
        answer
    }

    fn orders(&self) -> std::sync::MutexGuard<'_, Vec<Order>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut dying = Vec::new();
        loop {
            let stirred = self.wait(&dying);
            let looked = dying.into_iter().zip(stirred);
            dying = looked
                .filter_map(|(tree, stirred): (Dying, bool)| match stirred {
                    true => tree.look(),
                    false => Some(tree),
                })
                .collect();
            let orders = std::mem::take(&mut *self.orders());
            // All of them first, and nothing else: whoever was told wakes up and competes with us, and those who were not yet
            // go on working.
            let behind = (orders.len() > 1).then(Behind::everybody);
            let told: Vec<_> = orders.iter().map(Order::tell).collect();
            drop(behind);
            let told = orders.into_iter().zip(told);
            dying.extend(told.filter_map(|(order, told)| Dying::begin(order, told)));
        }
    }

    /// Waits for an order or a change. Whose group changed: all of them, if nothing was told for long.
    fn wait(&self, dying: &[Dying]) -> Vec<bool> {
        let patience = Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(LOOK_EVERY.subsec_nanos()),
        };
        let patience = (!dying.is_empty()).then_some(&patience);
        let mut told = vec![PollFd::new(&self.bell, PollFlags::IN)];
        let groups = dying.iter().map(|tree| tree.events.as_fd());
        told.extend(groups.map(|group| PollFd::from_borrowed_fd(group, PollFlags::PRI)));
        let woken = poll(&mut told, patience);
        let rung = told
            .first()
            .is_some_and(|bell| bell.revents().contains(PollFlags::IN));
        let stirred = told.iter().skip(1).zip(dying).map(|(group, tree)| {
            // An error is what is told of a group that is gone.
            let is_told = !group.revents().is_empty();
            is_told || matches!(woken, Ok(0) | Err(_)) || tree.is_overdue()
        });
        let stirred = stirred.collect();
        if rung {
            let _ = rustix::io::read(&self.bell, &mut [0; 8]);
        } else if woken.is_err() {
            // Interrupted, most likely; whatever it is, looking goes on, and not without end.
            std::thread::sleep(Duration::from_millis(1));
        }
        stirred
    }
}

/// While it stands, all our groups get what others leave of the processors: many who die at once would keep those from being
/// told who come after them. Only for so long as the orders take, since whoever dies needs a processor too.
struct Behind(Option<&'static Path>);

impl Behind {
    fn everybody() -> Self {
        let behind = Self(Hierarchies::found().behind.as_deref());
        behind.write("1");
        behind
    }

    fn write(&self, value: &str) {
        if let Some(Err(error)) = self.0.map(|file| fs::write(file, value)) {
            tracing::warn!(%error, "agents' share of the processors was not changed");
        }
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        self.write("0");
    }
}

impl Dying {
    /// Looks after a tree of so many that was told to end. `None` if that was all there was to do.
    fn begin(order: Order, told: Result<u32, TreeError>) -> Option<Self> {
        let tree = &order.tree;
        let looked = told.and_then(|processes| {
            let events = tree.group.events().map_err(tree.refused("look at it"))?;
            Ok((processes, events))
        });
        match looked {
            Ok((processes, Some(events))) => {
                let since = Instant::now();
                let dying = Self {
                    order,
                    events,
                    processes,
                    since,
                };
                dying.look()
            }
            Ok((processes, None)) => order.over(processes),
            Err(error) => order.answer(Err(error)),
        }
    }

    fn is_overdue(&self) -> bool {
        self.since.elapsed() >= KILL_LIMIT
    }

    /// `None` if it is over. Looking is what the kernel counts from: what changes behind it is told.
    fn look(self) -> Option<Self> {
        if self.events.is_empty() {
            return self.order.over(self.processes);
        }
        if !self.is_overdue() {
            return Some(self);
        }
        let tree = &self.order.tree;
        let left = tree.group.processes().unwrap_or(0);
        let unfinished = tree.unfinished("end", left, KILL_LIMIT);
        self.order.answer(Err(unfinished))
    }
}

impl Order {
    /// Tells a tree to end. Answers how many it was.
    fn tell(&self) -> Result<u32, TreeError> {
        let group = &self.tree.group;
        let processes = group.processes();
        // Whether or not they could be counted.
        group.kill().map_err(self.tree.refused("kill its group"))?;
        processes.map_err(self.tree.refused("count it"))
    }

    fn over(self, processes: u32) -> Option<Dying> {
        self.tree.bury();
        self.answer(Ok(Gone { processes }))
    }

    fn answer(self, outcome: Outcome) -> Option<Dying> {
        let id = self.tree.id.clone();
        // Whoever asked may not be there any more.
        if let Err(Err(error)) = self.reply.send(outcome) {
            tracing::error!(%error, tree = id, "a process tree is not gone");
        }
        None
    }
}
