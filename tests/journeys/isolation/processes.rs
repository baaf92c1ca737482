//! Cases 47 to 56, as far as they are tried inside: processes and limits.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use ampersand_core::Gap;

use super::stand::Must::{Say, Stay};
use super::stand::{
    ALWAYS, NEVER, Stand, WRITERS, everywhere, hold, hold_what_works_outside, named_for_all,
};

/// How long the end of processes may take to be seen on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn case_63_a_builder_that_others_put_first_is_never_asked() {
    for (user, tier, role) in everywhere() {
        let stand = Stand::new(user, tier);
        let mark = stand.path("tree/asked");
        for place in ["tree/bwrap", "other/bwrap", "other/ampersand-enter"] {
            let imposter = format!("#!/bin/sh\necho asked > {}\n", mark.display());
            std::fs::write(stand.path(place), imposter).unwrap();
            let executable = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(stand.path(place), executable).unwrap();
        }
        let path = format!(
            "{}:{}:/usr/bin:/bin",
            stand.path("tree").display(),
            stand.path("other").display()
        );
        let output = stand
            .command(role)
            .args(["/bin/sh", "-c", "echo ran"])
            .env("PATH", path)
            .current_dir(stand.path("tree"))
            .output()
            .unwrap();
        stand.confirm_tier(&output);
        assert_eq!(output.stdout, b"ran\n", "{user:?} {tier:?} {role:?}");
        assert!(!mark.exists(), "{user:?} {tier:?} {role:?}");
    }
}

#[test]
fn case_47_nothing_outlives_its_task_or_whoever_started_it() {
    for (user, tier, role) in everywhere() {
        for killed in [false, true] {
            let stand = Stand::new(user, tier);
            let mark = stand.path("mark").display().to_string();
            let script = "(setsid setsid env -i sh -c 'trap \"\" TERM HUP INT; while :; do /bin/sleep 1; done' \"$0\" &) ; \
                 echo up; read end";
            let mut child = stand
                .command(role)
                .args(["/bin/sh", "-c", script, &mark])
                .stdin(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            let mut stdout = BufReader::new(child.stdout.take().unwrap());
            stdout.read_line(&mut line).unwrap();
            assert_eq!(line, "up\n", "{user:?} {tier:?} {role:?}");
            await_that(|| alive(&mark) > 0, "it never ran");
            if killed {
                child.kill().unwrap();
            } else {
                drop(child.stdin.take());
            }
            child.wait().unwrap();
            await_that(|| alive(&mark) == 0, "something outlived it");
        }
    }
}

fn await_that(seen: impl Fn() -> bool, otherwise: &str) {
    let begun = Instant::now();
    while !seen() {
        assert!(begun.elapsed() < PATIENCE, "{otherwise}");
        std::thread::yield_now();
    }
}

/// How many processes carry the mark as an argument.
fn alive(mark: &str) -> usize {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let marked = entries.filter(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        line.windows(mark.len()).any(|part| part == mark.as_bytes())
    });
    marked.count()
}

#[test]
fn case_48_processes_are_capped() {
    hold(&[
        ("forks,3000", [Stay(1100); 4]),
        ("read,{tree}/file", ALWAYS),
    ]);
}

#[test]
fn case_49_memory_is_capped() {
    // The stand's settings have 256 MiB.
    hold_what_works_outside(&[("memory,600000000", NEVER)]);
    hold(&[("memory,50000000", ALWAYS)]);
}

#[test]
fn case_50_no_flood_of_bytes_or_descriptors() {
    hold(&[
        (
            "reserve,$TMPDIR/flood,2000000000",
            named_for_all(Gap::TemporarySpace),
        ),
        // One file has a bound of its own in every tier.
        ("grow,$TMPDIR/huge,1000000000", ALWAYS),
        ("grow,$TMPDIR/huge,50000000000", NEVER),
        ("grow,{tree}/huge,1000000000", WRITERS),
        ("grow,{tree}/huge,50000000000", NEVER),
        ("reserve,/dev/shm/flood,2000000000", NEVER),
        ("reserve,{tree}/some,1000000", WRITERS),
        ("descriptors_had,2000000", [Stay(1 << 16); 4]),
        ("append,$TMPDIR/after", NEVER),
        ("create,$TMPDIR/after", ALWAYS),
    ]);
}

#[test]
fn case_52_no_other_process_is_touched() {
    hold(&[
        ("signal,{pid}", NEVER),
        ("signal_elders", NEVER),
        ("memory_of,{pid}", NEVER),
        ("memory_of,1", NEVER),
        ("read,/proc/{pid}/environ", NEVER),
        ("read,/proc/{pid}/maps", NEVER),
        ("ptrace", NEVER),
        ("process_vm_readv", NEVER),
        ("process_vm_writev", NEVER),
        ("pidfd_getfd", NEVER),
        (
            "shared_memory",
            [
                Say(""),
                Say(""),
                super::stand::Must::Fail,
                super::stand::Must::Fail,
            ],
        ),
    ]);
}

#[test]
fn case_53_nothing_is_typed_into_a_terminal() {
    hold_what_works_outside(&[
        ("tiocsti", NEVER),
        ("tiocsti_wide", NEVER),
        ("tioclinux", NEVER),
    ]);
    hold(&[("append,/dev/tty", NEVER), ("append,/dev/console", NEVER)]);
}

#[test]
fn case_54_no_call_by_another_number_and_programs_only_where_they_may_run() {
    hold(&[
        ("int80", NEVER),
        ("x32", NEVER),
        ("clone3", NEVER),
        ("exec_memory", ALWAYS),
        ("exec,/bin/true", ALWAYS),
        ("bpf", NEVER),
        ("perf", NEVER),
        ("userfaultfd", NEVER),
        ("keyctl", NEVER),
        ("kexec", NEVER),
        ("module", NEVER),
        ("open_by_handle", NEVER),
        ("clock", NEVER),
        ("sethostname", NEVER),
    ]);
}

#[test]
fn case_56_no_limit_of_ones_own_or_of_others_is_changed() {
    hold(&[
        ("create,/sys/fs/cgroup/mine", NEVER),
        ("mkdir,/sys/fs/cgroup/unified/mine", NEVER),
        ("mkdir,/sys/fs/cgroup/pids/mine", NEVER),
        ("append,/proc/sys/kernel/hostname", NEVER),
        ("lower_oom,{pid}", NEVER),
        ("raise_limit", NEVER),
        ("others_limit,{pid}", NEVER),
        ("others_priority,{pid}", NEVER),
    ]);
}
