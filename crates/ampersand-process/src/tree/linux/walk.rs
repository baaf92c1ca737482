//! Trees without a group: descendants of the root, everybody in its pid namespace, and orphans that came to us with
//! the tree's mark. A namespace holds whatever double-forks; without one, a process that drops the mark can hide.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::sync::Once;
use std::sync::OnceLock;

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, getpid, pidfd_open, pidfd_send_signal,
    set_child_subreaper, waitpid,
};

use super::lately;
use super::scan::{self, Process, Table};
use crate::tree::Pauses;

/// The variable that carries a tree's mark.
pub(super) const MARK: &str = "AMPERSAND_TREE";

/// By what a process is known to belong to a tree.
#[derive(Debug)]
pub(super) struct Kin {
    root: u32,
    /// When the root started; unknown if it ended before anybody looked.
    start: Option<u64>,
    mark: String,
    namespace: OnceLock<u64>,
}

/// Makes orphans of all our trees ours, so that they can still be found.
pub(super) fn adopt_orphans() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Err(error) = set_child_subreaper(Some(getpid())) {
            tracing::warn!(%error, "orphans of a process tree may be lost");
        }
    });
}

impl Kin {
    pub(super) fn of(root: u32, mark: String) -> Self {
        let start = File::open("/proc")
            .ok()
            .and_then(|proc| scan::look(&proc, root))
            .map(|p| p.start);
        Self {
            root,
            start,
            mark: format!("{MARK}={mark}"),
            namespace: OnceLock::new(),
        }
    }

    /// The living members, by number.
    fn members(&self, table: &Table) -> BTreeMap<u32, Process> {
        let mut members = BTreeMap::new();
        let mut open: Vec<Process> = table
            .get(self.root)
            .filter(|root| Some(root.start) == self.start)
            .into_iter()
            .collect();
        let ours = std::process::id();
        open.extend(
            table
                .children(ours)
                .filter(|child| child.pid != self.root && self.marked(child.pid)),
        );
        while let Some(process) = open.pop() {
            if members.insert(process.pid, process).is_none() {
                open.extend(table.children(process.pid));
            }
        }
        if self.namespace.get().is_none() {
            let ours = scan::our_namespace();
            let mut seen = members
                .values()
                .filter_map(|process| table.namespace(*process));
            if let Some(strange) = seen.find(|namespace| Some(*namespace) != ours) {
                self.namespace.get_or_init(|| strange);
            }
        }
        // Whoever loses its parent in a namespace falls to the first process there, a descendant of the root; only
        // without the root does everybody have to be asked.
        let rooted = members.get(&self.root).is_some_and(|root| !root.dead());
        if let Some(namespace) = self.namespace.get().filter(|_| !rooted) {
            let within = table
                .all()
                .filter(|p| table.namespace(*p) == Some(*namespace));
            members.extend(within.map(|process| (process.pid, process)));
        }
        members
    }

    fn marked(&self, pid: u32) -> bool {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == self.mark.as_bytes())
    }
}

/// Stops all of `trees`. One answer each: how many stand still, or how many did not.
pub(super) fn freeze(trees: &[&Kin], mut pauses: Pauses) -> Vec<Result<u32, u32>> {
    if trees.is_empty() {
        return Vec::new();
    }
    loop {
        let answers: Vec<_> = Table::read().map_or_else(
            |_| vec![Err(0); trees.len()],
            |table| trees.iter().map(|tree| halt(tree, &table)).collect(),
        );
        if answers.iter().all(Result::is_ok) || !pauses.pause() {
            return answers;
        }
    }
}

/// Stops whoever of a tree runs. All of them stand still only if they do so at a second look too: in the first, a
/// sibling that was still running may have continued one that had been looked at. New ones need no looking for, since
/// nobody was there to make them.
fn halt(tree: &Kin, table: &Table) -> Result<u32, u32> {
    let members = tree.members(table);
    let running: Vec<_> = members
        .values()
        .filter(|process| !table.still(**process))
        .collect();
    for process in &running {
        signal(table, **process, Signal::STOP);
    }
    if !running.is_empty() {
        return Err(count_of(running.len()));
    }
    let living = members.into_values().filter(|process| !process.dead());
    let again: Vec<_> = living.filter_map(|process| table.again(process)).collect();
    let moved = again
        .iter()
        .filter(|process| !table.still(**process))
        .count();
    if moved == 0 {
        Ok(count_of(again.len()))
    } else {
        Err(count_of(moved))
    }
}

pub(super) fn thaw(tree: &Kin) -> io::Result<()> {
    let table = Table::read()?;
    for process in tree.members(&table).into_values() {
        signal(&table, process, Signal::CONT);
    }
    Ok(())
}

/// Kills until none is left: how many were killed, or how many would not go.
pub(super) fn kill(tree: &Kin, pauses: &mut Pauses) -> io::Result<Result<u32, u32>> {
    let mut killed = BTreeMap::new();
    loop {
        let table = Table::read()?;
        let (dead, living): (Vec<_>, Vec<_>) = tree
            .members(&table)
            .into_values()
            .partition(|process| process.dead());
        dead.into_iter().for_each(|process| bury(tree, process));
        if living.is_empty() {
            // Orphans among the dead have lost their mark; their numbers are known from before.
            killed.values().for_each(|process| bury(tree, *process));
            return Ok(Ok(count_of(killed.len())));
        }
        for process in next_to_go(tree, &table, &living) {
            signal(&table, process, Signal::KILL);
            killed.insert(process.pid, process);
        }
        if !pauses.pause() {
            return Ok(Err(count_of(living.len())));
        }
    }
}

/// Whom to kill after one look. In a namespace everybody falls with its first process. Elsewhere all are stopped first,
/// and the root and its children die last: whoever loses its parent before falls to nobody that knows it.
fn next_to_go(tree: &Kin, table: &Table, living: &[Process]) -> Vec<Process> {
    if tree.namespace.get().is_some() {
        return living.to_vec();
    }
    let running: Vec<_> = living
        .iter()
        .filter(|process| !table.still(**process))
        .collect();
    for process in &running {
        signal(table, **process, Signal::STOP);
    }
    if !running.is_empty() {
        return Vec::new();
    }
    let elder = |process: &&Process| process.pid == tree.root || process.parent == tree.root;
    let young: Vec<_> = living
        .iter()
        .filter(|process| !elder(process))
        .copied()
        .collect();
    if young.is_empty() {
        living.to_vec()
    } else {
        young
    }
}

/// Kills everything below this process until nothing is left of it. Meant for a process that orphans below it fall to
/// (a subreaper); collects the ends of its children.
pub(crate) fn end_descendants() -> io::Result<()> {
    let ourselves = Kin::of(std::process::id(), String::new());
    let mut pauses = Pauses::within(std::time::Duration::MAX);
    loop {
        while let Ok(Some(_)) = rustix::process::wait(WaitOptions::NOHANG) {}
        let table = Table::read()?;
        let below: Vec<_> = table.descendants(ourselves.root).collect();
        if below.is_empty() {
            return Ok(());
        }
        let running: Vec<_> = below
            .iter()
            .filter(|process| !table.still(**process))
            .collect();
        let order = if running.is_empty() {
            Signal::KILL
        } else {
            Signal::STOP
        };
        for process in below.iter().filter(|process| !process.dead()) {
            signal(&table, *process, order);
        }
        pauses.pause();
    }
}

pub(super) fn pids(tree: &Kin) -> io::Result<Vec<u32>> {
    Ok(living(tree, &Table::read()?))
}

/// As somebody saw them a moment ago, for who counts and does nothing to them.
pub(super) fn pids_lately(tree: &Kin) -> io::Result<Vec<u32>> {
    Ok(living(tree, &*lately::table()?))
}

fn living(tree: &Kin, table: &Table) -> Vec<u32> {
    let members = tree.members(table);
    let living = members.values().filter(|process| !process.dead());
    living.map(|process| process.pid).collect()
}

/// Collects an orphan that came to us; the root's end is for its own waiter.
fn bury(tree: &Kin, process: Process) {
    if process.pid != tree.root
        && let Some(pid) = Pid::from_raw(process.pid.cast_signed())
    {
        // Not our child in most cases, which the answer says and nobody needs.
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
    }
}

/// Signals exactly the process that was seen, not another that has its number since.
fn signal(table: &Table, process: Process, signal: Signal) {
    let Some(pid) = Pid::from_raw(process.pid.cast_signed()) else {
        return;
    };
    let Ok(fd) = pidfd_open(pid, PidfdFlags::empty()) else {
        return;
    };
    if table.again(process).is_some() {
        // It may have ended since.
        let _ = pidfd_send_signal(fd, signal);
    }
}

fn count_of(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
