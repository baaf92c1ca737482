//! Who belongs to a tree where the system keeps no list: whoever descends from its root, is in a group one of them leads or
//! led, or was seen in it before. Looked at through `ps`: a process that leaves its group and loses its parent between two
//! looks can hide.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use rustix::process::{Pid, Signal, kill_process};

/// One process as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    parent: u32,
    group: u32,
    state: u8,
    /// What of it is in memory, in bytes.
    pub(crate) memory: u64,
    start: String,
}

/// What tells one process from all that ever had its number: that, and when it started. No time is a process that ended
/// before anybody looked.
pub(crate) type Name = (u32, String);

impl Process {
    fn name(&self) -> Name {
        (self.pid, self.start.clone())
    }

    pub(crate) const fn stopped(&self) -> bool {
        self.state == b'T'
    }
}

/// The members of one tree.
#[derive(Debug)]
pub(crate) struct Roster {
    root: u32,
    looked: bool,
    /// Whoever is in it, and whoever is gone and whose group is not: an orphan is still one of us.
    seen: BTreeSet<Name>,
}

impl Roster {
    pub(crate) const fn of(root: u32) -> Self {
        Self {
            root,
            looked: false,
            seen: BTreeSet::new(),
        }
    }

    /// Takes in whom somebody else saw.
    pub(crate) fn admit(&mut self, name: Name) {
        self.seen.insert(name);
    }

    /// Takes out whom somebody else found gone.
    pub(crate) fn dismiss(&mut self, name: &Name) {
        self.seen.remove(name);
    }

    pub(crate) const fn seen(&self) -> &BTreeSet<Name> {
        &self.seen
    }

    /// Whoever of it lives, and from now on is known.
    pub(crate) fn living(&mut self, table: &[Process]) -> Vec<Process> {
        let now: BTreeMap<u32, &Process> = table.iter().map(|seen| (seen.pid, seen)).collect();
        if !self.looked {
            self.looked = true;
            let root = now.get(&self.root);
            self.seen
                .insert(root.map_or((self.root, String::new()), |root| root.name()));
        }
        let ours = |process: &&Process| {
            self.seen.contains(&process.name()) || self.has_led(process.group, &now)
        };
        let mut members = BTreeMap::new();
        let mut open: Vec<&Process> = table.iter().filter(ours).collect();
        while let Some(process) = open.pop() {
            if members.insert(process.pid, process.clone()).is_none() {
                open.extend(table.iter().filter(|child| child.parent == process.pid));
            }
        }
        let groups: BTreeSet<u32> = members.values().map(|member| member.group).collect();
        self.seen.retain(|(pid, start)| match now.get(pid) {
            Some(process) => process.start == *start,
            None => groups.contains(pid),
        });
        self.seen.extend(members.values().map(Process::name));
        members
            .into_values()
            .filter(|member| member.state != b'Z')
            .collect()
    }

    /// Whether one of us leads a group, or did: its number is nobody else's as long as somebody is in it.
    fn has_led(&self, group: u32, now: &BTreeMap<u32, &Process>) -> bool {
        if let Some(leader) = now.get(&group) {
            return self.seen.contains(&leader.name());
        }
        let mut from = self.seen.range((group, String::new())..);
        from.next().is_some_and(|(pid, _)| *pid == group)
    }
}

/// The end of a tree, look by look. Whoever is new to it is stopped first, and only when nobody is are all killed: one that
/// is killed before its children are known leaves them to nobody.
#[derive(Debug, Default)]
pub(crate) struct Ending(BTreeSet<Name>);

impl Ending {
    /// Says to those that live what they are to do next.
    pub(crate) fn step(&mut self, living: &[Process]) {
        let new: Vec<&Process> = living
            .iter()
            .filter(|process| self.0.insert(process.name()))
            .collect();
        if new.is_empty() {
            living
                .iter()
                .for_each(|process| signal(process, Signal::KILL));
        } else {
            new.into_iter()
                .for_each(|process| signal(process, Signal::STOP));
        }
    }

    /// How many it was about.
    pub(crate) fn processes(&self) -> u32 {
        count_of(self.0.len())
    }
}

pub(crate) fn signal(process: &Process, signal: Signal) {
    if let Some(pid) = Pid::from_raw(process.pid.cast_signed()) {
        // It may have ended since it was seen.
        let _ = kill_process(pid, signal);
    }
}

/// Every process there is.
#[expect(clippy::disallowed_methods, reason = "this crate owns spawning")]
pub(crate) fn look() -> io::Result<Vec<Process>> {
    let listed = std::process::Command::new("/bin/ps")
        .args(["-A", "-o", "pid=,ppid=,pgid=,rss=,stat=,lstart="])
        .env_clear()
        .env("LC_ALL", "C")
        // A start is compared with what was read before, perhaps in another season.
        .env("TZ", "UTC")
        .output()?;
    // An empty table would read as "everybody is gone".
    if !listed.status.success() {
        return Err(io::Error::other(format!("ps failed ({})", listed.status)));
    }
    Ok(String::from_utf8_lossy(&listed.stdout)
        .lines()
        .filter_map(parse)
        .collect())
}

fn parse(line: &str) -> Option<Process> {
    let mut fields = line.split_whitespace();
    let mut number = || fields.next()?.parse().ok();
    let (pid, parent, group, kib) = (number()?, number()?, number()?, number()?);
    let state = *fields.next()?.as_bytes().first()?;
    Some(Process {
        pid,
        parent,
        group,
        state,
        memory: u64::from(kib).saturating_mul(1024),
        start: fields.collect::<Vec<_>>().join(" "),
    })
}

pub(crate) fn count_of(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line a number, its parent, its group, its state and when it started.
    fn table(lines: &[(u32, u32, u32, char, &str)]) -> Vec<Process> {
        let line = |(pid, parent, group, state, start): &(u32, u32, u32, char, &str)| {
            parse(&format!("{pid} {parent} {group} 4 {state}s {start}")).unwrap()
        };
        lines.iter().map(line).collect()
    }

    #[track_caller]
    fn check(roster: &mut Roster, lines: &[(u32, u32, u32, char, &str)], expected: &[u32]) {
        let living = roster.living(&table(lines));
        let pids: Vec<u32> = living.iter().map(|process| process.pid).collect();
        assert_eq!(pids, expected);
    }

    const US: (u32, u32, u32, char, &str) = (5, 1, 5, 'S', "a");

    #[test]
    fn descent_and_groups_make_a_member_and_once_seen_it_stays_one() {
        let mut roster = Roster::of(10);
        let others = [US, (7, 1, 7, 'S', "a"), (8, 5, 5, 'S', "a")];
        let with =
            |more: &[(u32, u32, u32, char, &'static str)]| [others.as_slice(), more].concat();
        let root = (10, 5, 10, 'S', "b");
        check(
            &mut roster,
            &with(&[root, (11, 10, 10, 'R', "c"), (12, 11, 12, 'S', "c")]),
            &[10, 11, 12],
        );
        // Orphans: one in a group of its own, one in the root's.
        let orphans = [(11, 1, 10, 'R', "c"), (12, 1, 12, 'S', "c")];
        check(&mut roster, &with(&orphans), &[11, 12]);
        // A child of one that led a group and is gone.
        check(&mut roster, &with(&[(13, 1, 12, 'S', "d")]), &[13]);
        check(&mut roster, &others, &[]);
        assert!(roster.seen().is_empty(), "nobody is kept in mind for good");
    }

    #[test]
    fn whoever_gets_the_number_of_one_of_us_is_none_of_us() {
        let mut roster = Roster::of(10);
        check(&mut roster, &[US, (10, 5, 10, 'S', "b")], &[10]);
        let stranger = [(10, 1, 10, 'S', "z"), (20, 10, 10, 'S', "z")];
        check(&mut roster, &stranger, &[]);
        check(&mut roster, &[(20, 1, 10, 'S', "z")], &[]);
        // A root that ended before anybody looked is known by its group alone.
        let mut roster = Roster::of(10);
        check(&mut roster, &[US, (11, 1, 10, 'S', "b")], &[11]);
        check(&mut roster, &[US], &[]);
        check(&mut roster, &stranger, &[]);
    }

    #[test]
    fn the_dead_are_not_living_and_their_children_are() {
        let mut roster = Roster::of(10);
        let dead = [US, (10, 5, 10, 'Z', "b"), (11, 10, 11, 'T', "b")];
        check(&mut roster, &dead, &[11]);
        assert!(roster.living(&table(&dead))[0].stopped());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "this crate owns spawning")]
    fn an_end_comes_to_all_of_a_real_tree() {
        let script = "sleep 1000 & sleep 1000 & wait";
        let mut root = std::process::Command::new("/bin/sh")
            .args(["-c", script])
            .spawn()
            .unwrap();
        let mut roster = Roster::of(root.id());
        while roster.living(&look().unwrap()).len() < 3 {}
        let mut ending = Ending::default();
        loop {
            let living = roster.living(&look().unwrap());
            if living.is_empty() {
                break;
            }
            ending.step(&living);
        }
        assert_eq!(ending.processes(), count_of(3));
        assert!(!root.wait().unwrap().success());
    }

    #[test]
    fn the_real_table_has_us() {
        let ours = std::process::id();
        let found = look().unwrap();
        let us = found.iter().find(|process| process.pid == ours).unwrap();
        assert!(!us.start.is_empty() && us.memory > 0);
    }
}
