//! Control groups: one per tree. Version 2 freezes and kills without any controller; limits come from its controllers or
//! from the older hierarchies, whichever are writable.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::berth::{Berth, PERIOD, hard};
use super::counters;
use super::emptied::Events;
use super::hierarchies::Hierarchies;
use super::unified::{self, Unified};
use crate::spawn::Lane;
use crate::spec::{Bounds, Usage};

/// The groups of one tree; none of them where none can be made.
#[derive(Debug, Default)]
pub(super) struct Group {
    unified: Option<Unified>,
    berth: Option<Berth>,
    asked: Mutex<Bounds>,
    bounded: Mutex<Bounds>,
}

impl Group {
    pub(super) fn create(name: &str, bounds: Bounds) -> io::Result<Self> {
        Self::create_in(Hierarchies::found(), name, bounds)
    }

    /// Makes it where groups were found.
    pub(super) fn create_in(found: &Hierarchies, name: &str, bounds: Bounds) -> io::Result<Self> {
        let mut group = Self::default();
        if let Some(parent) = &found.unified {
            group.unified = Some(Unified::create(parent.join(name))?);
        }
        let kept = group.bound_unified(bounds);
        if without(bounds, kept) != Bounds::default() {
            group.berth = Berth::claim(&found.older);
        }
        group.bound(bounds);
        Ok(group)
    }

    /// Sets the bounds, and tells those that are in force.
    pub(super) fn bound(&self, bounds: Bounds) -> Bounds {
        let mut kept = self.bound_unified(bounds);
        if let Some(berth) = &self.berth {
            let older = berth.bound(without(bounds, kept));
            kept = Bounds {
                processes: kept.processes.or(older.processes),
                memory_bytes: kept.memory_bytes.or(older.memory_bytes),
                cpu_weight: kept.cpu_weight.or(older.cpu_weight),
                cpu_percent: kept.cpu_percent.or(older.cpu_percent),
            };
        }
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = bounds;
        *self.bounded.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        kept
    }

    /// The bounds that were last asked for.
    pub(super) fn asked(&self) -> Bounds {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bound_unified(&self, bounds: Bounds) -> Bounds {
        // Where controllers are absent, so are these files.
        let set = |file: &str, value: String| {
            let group = self.unified.as_ref()?.path();
            fs::write(group.join(file), value).ok()
        };
        let memory_bytes = bounds
            .memory_bytes
            .filter(|most| set("memory.max", hard(*most).to_string()).is_some());
        if let Some(most) = memory_bytes {
            // Without swap accounting there is nothing to set. Whoever comes near the hard bound is slowed down.
            let _ = (
                set("memory.high", most.to_string()),
                set("memory.swap.max", "0".to_owned()),
            );
        }
        Bounds {
            processes: bounds
                .processes
                .filter(|most| set("pids.max", most.to_string()).is_some()),
            memory_bytes,
            cpu_weight: bounds
                .cpu_weight
                .filter(|weight| set("cpu.weight", weight.to_string()).is_some()),
            cpu_percent: bounds.cpu_percent.filter(|percent| {
                let share = format!("{} {PERIOD}", i64::from(*percent) * PERIOD / 100);
                set("cpu.max", share).is_some()
            }),
        }
    }

    /// What its members use; what no group counts is added up.
    pub(super) fn usage(&self, pids: impl FnOnce() -> io::Result<Vec<u32>>) -> io::Result<Usage> {
        let memory = self.told(counters::memory, Berth::memory);
        let crowd = self.told(counters::crowd, Berth::crowd);
        let mut usage = Usage {
            memory_bytes: memory.map_or(0, |memory| memory.bytes),
            killed: memory.map_or(0, |memory| memory.killed),
            processes: crowd.map_or(0, |crowd| crowd.now),
            refused: crowd.map_or(0, |crowd| crowd.refused),
            printed_bytes: 0,
        };
        if memory.is_none() || crowd.is_none() {
            let (bytes, threads) = counters::added_up(&pids()?);
            if memory.is_none() {
                usage.memory_bytes = bytes;
            }
            if crowd.is_none() {
                usage.processes = threads;
            }
        }
        Ok(usage)
    }

    /// What was counted over time, with nobody left in it.
    pub(super) fn counted(&self) -> Usage {
        let killed = self.told(counters::killed, Berth::killed);
        let refused = self.told(counters::refused, Berth::refused);
        Usage {
            killed: killed.unwrap_or(0),
            refused: refused.unwrap_or(0),
            ..Usage::default()
        }
    }

    /// What the group of version 2 counts, or else the older ones.
    fn told<T>(
        &self,
        unified: impl FnOnce(&Path) -> Option<T>,
        older: impl FnOnce(&Berth) -> Option<T>,
    ) -> Option<T> {
        let told = self
            .unified
            .as_ref()
            .and_then(|group| unified(group.path()));
        told.or_else(|| self.berth.as_ref().and_then(older))
    }

    /// Whether the tree can be frozen and killed through its group.
    pub(super) const fn unified(&self) -> bool {
        self.unified.is_some()
    }

    pub(super) fn bounded(&self) -> Bounds {
        *self.bounded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The directory to be born in.
    pub(super) fn open(&self) -> io::Result<Option<OwnedFd>> {
        self.unified.as_ref().map(Unified::folder).transpose()
    }

    /// The thread to be born from, where limits come from the older hierarchies.
    pub(super) fn lane(&self) -> Option<Lane> {
        self.berth.as_ref().and_then(Berth::lane)
    }

    pub(super) fn freeze(&self) -> io::Result<()> {
        self.tell("cgroup.freeze", "1")
    }

    pub(super) fn thaw(&self) -> io::Result<()> {
        self.tell("cgroup.freeze", "0")
    }

    pub(super) fn kill(&self) -> io::Result<()> {
        self.tell("cgroup.kill", "1")
    }

    /// Nothing to tell where there is no group, or none any more.
    fn tell(&self, file: &str, value: &str) -> io::Result<()> {
        let unified = self.unified.as_ref();
        unified.map_or(Ok(()), |group| group.tell(file, value))
    }

    /// Whether the kernel reports it frozen; `None` without a group.
    pub(super) fn frozen(&self) -> Option<bool> {
        self.unified.as_ref()?.says("frozen 1")
    }

    /// What the kernel says of it; `None` without a group, or when it was removed.
    pub(super) fn events(&self) -> io::Result<Option<Events>> {
        let events = self.unified.as_ref().map(Unified::events);
        events.transpose().map(Option::flatten)
    }

    pub(super) fn processes(&self) -> io::Result<u32> {
        self.pids()
            .map(|pids| u32::try_from(pids.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn pids(&self) -> io::Result<Vec<u32>> {
        let unified = self.unified.as_ref();
        unified.map_or_else(|| Ok(Vec::new()), Unified::pids)
    }

    /// Removes the empty group. One that is still busy is removed when a later process sweeps.
    pub(super) fn remove(&self) {
        if let Some(group) = &self.unified {
            unified::remove(group.path());
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.remove();
    }
}

/// What of `bounds` is not among those kept.
fn without(bounds: Bounds, kept: Bounds) -> Bounds {
    Bounds {
        processes: bounds.processes.filter(|_| kept.processes.is_none()),
        memory_bytes: bounds.memory_bytes.filter(|_| kept.memory_bytes.is_none()),
        cpu_weight: bounds.cpu_weight.filter(|_| kept.cpu_weight.is_none()),
        cpu_percent: bounds.cpu_percent.filter(|_| kept.cpu_percent.is_none()),
    }
}
