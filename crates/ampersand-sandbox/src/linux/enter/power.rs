//! Privileges: given up where nobody has taken them yet, and believed to be gone only when seen.

use rustix::thread::{
    CapabilitySet, CapabilitySets, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
};

/// What is expected of the set from which a program could regain capabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bounding {
    Empty,
    /// Only root may empty it; for anybody else it is of no use once new privileges are barred.
    OutOfReach,
}

/// Gives up every capability, and the way to new ones.
pub(super) fn give_up() -> Result<(), String> {
    let refused = |what: &str| {
        let what = what.to_owned();
        move |error: rustix::io::Errno| format!("cannot {what}: {error}")
    };
    if rustix::process::geteuid().is_root() {
        for number in 0..u64::BITS {
            let one = CapabilitySet::from_bits_retain(1 << number);
            match remove_capability_from_bounding_set(one) {
                // Beyond the last one this kernel knows.
                Err(rustix::io::Errno::INVAL) => break,
                done => done.map_err(refused("empty the bounding set"))?,
            }
        }
    }
    clear_ambient_capability_set().map_err(refused("clear ambient capabilities"))?;
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, none).map_err(refused("give up capabilities"))?;
    set_no_new_privs(true).map_err(refused("bar new privileges"))
}

/// The namespaces' builder, or we, were to drop every capability and to bar new ones.
pub(super) fn confirm_none(bounding: Bounding) -> Result<(), String> {
    let status = std::fs::read_to_string("/proc/self/status")
        .map_err(|error| format!("cannot read its own status: {error}"))?;
    let mut expected = vec![
        ("CapInh", "0000000000000000"),
        ("CapPrm", "0000000000000000"),
        ("CapEff", "0000000000000000"),
        ("CapAmb", "0000000000000000"),
        ("NoNewPrivs", "1"),
        ("Seccomp", "2"),
    ];
    if bounding == Bounding::Empty {
        expected.push(("CapBnd", "0000000000000000"));
    }
    for (field, expected) in expected {
        let value = status.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (name == field).then(|| value.trim())
        });
        if value != Some(expected) {
            return Err(format!(
                "{field} is {} instead of {expected}",
                value.unwrap_or("missing")
            ));
        }
    }
    Ok(())
}
