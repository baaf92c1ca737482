//! What an attempt may use, and when it has used that up. Pure: whoever measures hands in what was found, and whoever
//! pauses is told why. Nothing here ends anything.

mod meter;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::counted::counted;

pub use meter::{Meter, is_to_blame};

/// What one attempt may use before it is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptLimits {
    /// Memory of all its processes together, without files the system only keeps at hand; in bytes.
    pub memory_bytes: u64,
    /// Processes and threads at one time.
    pub processes: u64,
    /// What it adds to its worktree and to its agent's folder, in bytes.
    pub disk_bytes: u64,
    /// What it prints, both streams together, in bytes.
    pub output_bytes: u64,
    /// How long it runs; standing still and waiting for a person do not count.
    pub time: Duration,
    /// What whoever adds to the disk leaves free there, in bytes.
    pub room_bytes: u64,
    /// Descriptors that watch folders: the system has a fixed number of them for all of a person's programs.
    pub watchers: u64,
}

impl Default for AttemptLimits {
    fn default() -> Self {
        Self {
            memory_bytes: 4 << 30,
            processes: 1024,
            disk_bytes: 10 << 30,
            output_bytes: 64 << 20,
            time: Duration::from_secs(120 * 60),
            room_bytes: 1 << 30,
            watchers: 64,
        }
    }
}

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Memory, in bytes.
    Memory,
    /// Processes and threads, counted.
    Processes,
    /// Room on the disk, in bytes.
    Disk,
    /// What is printed, in bytes.
    Output,
    /// Time, in seconds.
    Time,
    /// What is left on the disk, in bytes: less is too little.
    Room,
    /// Descriptors that watch folders, counted.
    Watchers,
}

/// A limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Limit {
    /// What was used up.
    pub which: Resource,
    /// How much of it there was, in the resource's unit.
    pub most: u64,
}

/// What an attempt was found to use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Memory now, in bytes.
    pub memory_bytes: u64,
    /// Processes the system has killed for want of memory, so far.
    pub killed: u64,
    /// Processes and threads now.
    pub processes: u64,
    /// Processes the system has refused to start, so far.
    pub refused: u64,
    /// What was added to its folders so far, and what files without a name take that it holds open; in bytes.
    pub disk_bytes: u64,
    /// Whether another attempt has added to the disk, as far as anybody knows yet.
    pub others_added: bool,
    /// What was printed so far, in bytes.
    pub output_bytes: u64,
    /// How long it ran so far.
    pub time: Duration,
    /// What is left on the disk, in bytes; absent where the system does not say, and for who cannot write there. Where files
    /// run out before bytes do, so much as the files that are left could share.
    pub room_bytes: Option<u64>,
    /// Descriptors that watch folders now.
    pub watchers: u64,
}

impl Resource {
    /// The setting that gives more of it.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Memory => "memory_gib",
            Self::Processes => "processes",
            Self::Disk => "disk_gib",
            Self::Output => "output_mib",
            Self::Time => "minutes",
            Self::Room => "free_gib",
            Self::Watchers => "watchers",
        }
    }
}

impl AttemptLimits {
    /// How much of a resource, in its unit.
    pub const fn of(&self, which: Resource) -> u64 {
        match which {
            Resource::Memory => self.memory_bytes,
            Resource::Processes => self.processes,
            Resource::Disk => self.disk_bytes,
            Resource::Output => self.output_bytes,
            Resource::Time => self.time.as_secs(),
            Resource::Room => self.room_bytes,
            Resource::Watchers => self.watchers,
        }
    }
}

impl Limit {
    /// The limit as part of a sentence: `memory limit of 4 GiB`.
    pub fn shown(&self) -> String {
        let most = self.most;
        match self.which {
            Resource::Memory => format!("memory limit of {}", bytes(most)),
            Resource::Processes => format!("limit of {}", counted(most, "process")),
            Resource::Disk => format!("disk limit of {}", bytes(most)),
            Resource::Output => format!("output limit of {}", bytes(most)),
            Resource::Time => format!("time limit of {}", seconds(most)),
            Resource::Room => format!("limit of {} to be left on the disk", bytes(most)),
            Resource::Watchers => format!("limit of {}", counted(most, "folder watcher")),
        }
    }

    /// What happened, and what to do.
    pub fn told(&self) -> String {
        if self.which == Resource::Room {
            return format!(
                "less than {} of room or of files is left on the disk, which it was writing to; free some, then say resume: \
                 it may then take half of that too",
                bytes(self.most)
            );
        }
        format!(
            "it reached its {}; say resume to go on with as much again, or give it more: {} under [limits] in the \
             settings",
            self.shown(),
            self.which.setting()
        )
    }
}

/// In the largest unit in which it is not less than one, to a tenth.
fn bytes(count: u64) -> String {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.into_iter().find(|(size, _)| count >= *size);
    let Some((size, name)) = unit else {
        return counted(count, "byte");
    };
    let (whole, tenths) = (count / size, (count % size) * 10 / size);
    match tenths {
        0 => format!("{whole} {name}"),
        _ => format!("{whole}.{tenths} {name}"),
    }
}

fn seconds(count: u64) -> String {
    let (count, unit) = match (count, count % 60) {
        (60.., 0) => (count / 60, "minute"),
        _ => (count, "second"),
    };
    counted(count, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_says_what_was_reached_and_what_to_do() {
        let limit = |which, most| Limit { which, most };
        let cases = [
            (limit(Resource::Memory, 4 << 30), "memory limit of 4 GiB"),
            (limit(Resource::Memory, 3 << 29), "memory limit of 1.5 GiB"),
            (limit(Resource::Processes, 1024), "limit of 1,024 processes"),
            (limit(Resource::Processes, 1), "limit of 1 process"),
            (limit(Resource::Disk, 512 << 20), "disk limit of 512 MiB"),
            (limit(Resource::Output, 1000), "output limit of 1,000 bytes"),
            (limit(Resource::Time, 7200), "time limit of 120 minutes"),
            (limit(Resource::Time, 60), "time limit of 1 minute"),
            (limit(Resource::Time, 90), "time limit of 90 seconds"),
            (
                limit(Resource::Room, 1 << 30),
                "limit of 1 GiB to be left on the disk",
            ),
            (limit(Resource::Watchers, 64), "limit of 64 folder watchers"),
        ];
        for (limit, shown) in cases {
            assert_eq!(limit.shown(), shown);
        }
        assert_eq!(
            limit(Resource::Memory, 4 << 30).told(),
            "it reached its memory limit of 4 GiB; say resume to go on with as much again, or give it more: \
             memory_gib under [limits] in the settings"
        );
    }
}
