//! The locks an insider puts on itself: Landlock beside namespaces or alone, and alone also the filter on system calls.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::Order;
use crate::linux::filter;

/// The rules we know how to give. Beside namespaces an older kernel takes those it knows; alone it must take all.
const RULES: ABI = ABI::V6;

/// Facts about the machine that programs read on their way up.
const FACTS: [&str; 11] = [
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/kernel/osrelease",
    "/proc/sys/kernel/pid_max",
    "/proc/sys/vm/overcommit_memory",
    "/proc/uptime",
    "/proc/version",
    "/sys/devices/system/cpu",
];

/// Devices that anybody may use.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// Terminals of a device folder that is the sandbox's own.
const TERMINALS: [&str; 3] = ["tty", "ptmx", "pts"];

fn words(error: &RulesetError) -> String {
    format!("cannot apply Landlock: {error}")
}

/// The second lock on the file system: holds even if a mount shows more than it should. It also keeps others' memory
/// shut, the first process's included, and local sockets and signals within the sandbox. A kernel without it has the
/// first lock alone.
pub(super) fn second(order: &Order) -> Result<(), String> {
    let lock = || -> Result<(), RulesetError> {
        let look = AccessFs::ReadFile | AccessFs::ReadDir;
        let rules = Ruleset::default()
            .handle_access(AccessFs::from_all(RULES))?
            .scope(Scope::from_all(RULES))?
            .create()?;
        let mut rules = usual(rules, order, &[&DEVICES[..], &TERMINALS[..]].concat())?;
        // Names only: whatever is mounted may be listed, as programs do on their way up.
        rules = allow(rules, "/".as_ref(), AccessFs::ReadDir.into())?;
        for path in ["/dev", "/proc"] {
            rules = allow(rules, path.as_ref(), look)?;
        }
        rules.restrict_self()?;
        Ok(())
    };
    lock().map_err(|error| words(&error))
}

/// The only lock on the file system there is: every rule must be in force, or nothing starts. No port may be bound or
/// reached, and of the process table only one's own first entry may be read.
pub(super) fn only(order: &Order) -> Result<(), String> {
    let lock = || -> Result<RulesetStatus, RulesetError> {
        let rules = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_all(RULES))?
            .handle_access(AccessNet::from_all(RULES))?
            .scope(Scope::from_all(RULES))?
            .create()?;
        let mut rules = usual(rules, order, &DEVICES)?;
        for fact in FACTS.iter().chain(&["/proc/self"]) {
            rules = allow(rules, fact.as_ref(), AccessFs::ReadFile | AccessFs::ReadDir)?;
        }
        Ok(rules.restrict_self()?.ruleset)
    };
    match lock().map_err(|error| words(&error))? {
        RulesetStatus::FullyEnforced => Ok(()),
        partly => Err(format!("Landlock is not enough on this kernel: {partly:?}")),
    }
}

/// The filters of a sandbox without namespaces.
pub(super) fn calls(writes: bool) -> Result<(), String> {
    let filters = [
        filter::alone(writes),
        filter::no_clone3(),
        Ok(filter::one_numbering()),
    ];
    for filter in filters {
        let filter =
            filter.map_err(|error| format!("cannot make the system call filter: {error}"))?;
        seccompiler::apply_filter(&filter)
            .map_err(|error| format!("cannot apply the system call filter: {error}"))?;
    }
    Ok(())
}

fn usual(
    mut rules: RulesetCreated,
    order: &Order,
    devices: &[&str],
) -> Result<RulesetCreated, RulesetError> {
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
    for path in &order.writable {
        rules = allow(rules, path, AccessFs::from_all(RULES))?;
    }
    for path in &order.readable {
        rules = allow(rules, path, AccessFs::from_read(RULES))?;
    }
    for name in devices {
        rules = allow(rules, &Path::new("/dev").join(name), device)?;
    }
    Ok(rules)
}

fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    // What is not there needs no permission.
    let Ok(fd) = PathFd::new(path) else {
        return Ok(rules);
    };
    let access = if path.is_dir() {
        access
    } else {
        access & AccessFs::from_file(RULES)
    };
    rules.add_rule(PathBeneath::new(fd, access))
}
