//! System calls nobody inside needs. Everything else is allowed: the namespaces decide what there is to act on.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, sock_filter,
};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// How many filters hold a process that has given up executing: three of every sandbox, and its own two.
pub(super) const OF_READERS: u32 = 5;

// Newer than the C library's list on some systems; the numbers are the same everywhere.
const FCHMODAT2: i64 = 452;
const SETXATTRAT: i64 = 463;
const REMOVEXATTRAT: i64 = 466;
const OPEN_TREE_ATTR: i64 = 467;

/// What every process in a sandbox is held to, its first one included.
pub(super) fn base() -> Result<BpfProgram, BackendError> {
    denying(everywhere()?)
}

/// What holds a process that no namespace keeps apart: no sockets but pairs, nothing shared with the person's other
/// processes, and for one that may not write, no changing of anybody's files by name.
pub(super) fn alone(writes: bool) -> Result<BpfProgram, BackendError> {
    let mut rules = everywhere()?;
    let mut closed = vec![
        libc::SYS_socket,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_shmget,
        libc::SYS_shmat,
        libc::SYS_shmctl,
        libc::SYS_semget,
        libc::SYS_semop,
        libc::SYS_semtimedop,
        libc::SYS_semctl,
        libc::SYS_msgget,
        libc::SYS_msgsnd,
        libc::SYS_msgrcv,
        libc::SYS_msgctl,
        libc::SYS_mq_open,
        libc::SYS_mq_unlink,
        libc::SYS_kcmp,
        libc::SYS_process_madvise,
        libc::SYS_process_mrelease,
        libc::SYS_move_pages,
        libc::SYS_migrate_pages,
    ];
    if !writes {
        closed.extend(ATTRIBUTES);
        #[cfg(target_arch = "x86_64")]
        closed.extend(OLD_ATTRIBUTES);
    }
    rules.extend(closed.into_iter().map(|call| (call, Vec::new())));
    // A pair that carries datagrams can be pointed at somebody else's socket afterwards.
    let local = u64::from(libc::AF_UNIX.cast_unsigned());
    let mut pairs = vec![rule([differs(0, local)])?];
    for kind in [libc::SOCK_DGRAM, libc::SOCK_RAW, libc::SOCK_RDM] {
        pairs.push(rule([masked(1, 0xf, u64::from(kind.cast_unsigned()))])?);
    }
    rules.insert(libc::SYS_socketpair, pairs);
    // Limits and priorities of others; one's own go by the number nought.
    for (call, other) in [
        (libc::SYS_prlimit64, 0),
        (libc::SYS_sched_setscheduler, 0),
        (libc::SYS_sched_setparam, 0),
        (libc::SYS_sched_setattr, 0),
        (libc::SYS_sched_setaffinity, 0),
    ] {
        rules.insert(call, vec![rule([differs(other, 0)])?]);
    }
    rules.insert(
        libc::SYS_setpriority,
        vec![rule([differs(0, 0)])?, rule([differs(1, 0)])?],
    );
    rules.insert(
        libc::SYS_ioprio_set,
        vec![rule([differs(0, 1)])?, rule([differs(1, 0)])?],
    );
    denying(rules)
}

/// Calls that change a file's owner, mode or times.
const ATTRIBUTES: [i64; 6] = [
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
];

#[cfg(target_arch = "x86_64")]
const OLD_ATTRIBUTES: [i64; 6] = [
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];

fn everywhere() -> Result<Rules, BackendError> {
    let mut rules: Rules = [
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_pidfd_getfd,
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        OPEN_TREE_ATTR,
        libc::SYS_fsopen,
        libc::SYS_fspick,
        libc::SYS_fsmount,
        libc::SYS_fsconfig,
        libc::SYS_mount_setattr,
        libc::SYS_setns,
        libc::SYS_unshare,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_keyctl,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_kexec_load,
        libc::SYS_kexec_file_load,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_reboot,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_acct,
        libc::SYS_quotactl,
        libc::SYS_syslog,
        libc::SYS_settimeofday,
        libc::SYS_clock_settime,
        libc::SYS_open_by_handle_at,
        libc::SYS_name_to_handle_at,
        libc::SYS_fanotify_init,
        libc::SYS_setxattr,
        libc::SYS_lsetxattr,
        libc::SYS_fsetxattr,
        libc::SYS_removexattr,
        libc::SYS_lremovexattr,
        libc::SYS_fremovexattr,
        SETXATTRAT,
        REMOVEXATTRAT,
    ]
    .map(|call| (call, Vec::new()))
    .into();
    sockets(&mut rules)?;
    namespaces(&mut rules)?;
    modes(&mut rules)?;
    terminals(&mut rules)?;
    Ok(rules)
}

/// What the built-in explorer gives up besides: all that neither reads nor computes.
pub(crate) fn reading() -> Result<BpfProgram, BackendError> {
    let mut rules: Rules = [
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_setxattr,
        libc::SYS_lsetxattr,
        libc::SYS_fsetxattr,
        SETXATTRAT,
        libc::SYS_ptrace,
        libc::SYS_process_vm_writev,
        libc::SYS_io_uring_setup,
        libc::SYS_unshare,
        libc::SYS_mount,
        libc::SYS_kill,
        libc::SYS_tkill,
        libc::SYS_pidfd_send_signal,
        libc::SYS_memfd_create,
    ]
    .map(|call| (call, Vec::new()))
    .into();
    rules.extend(ATTRIBUTES.map(|call| (call, Vec::new())));
    #[cfg(target_arch = "x86_64")]
    {
        rules.extend([libc::SYS_fork, libc::SYS_vfork].map(|call| (call, Vec::new())));
        rules.extend(OLD_ATTRIBUTES.map(|call| (call, Vec::new())));
    }
    // Threads stay possible, processes do not.
    let thread = libc::CLONE_THREAD.cast_unsigned().into();
    rules.insert(libc::SYS_clone, vec![rule([masked(0, thread, 0)])?]);
    denying(rules)
}

/// Hides `clone3`, whose flags no filter can see, and `openat2`, whose mode none can: both as if the kernel were older,
/// so that libraries fall back to the calls that can be judged.
pub(crate) fn no_clone3() -> Result<BpfProgram, BackendError> {
    let rules = [libc::SYS_clone3, libc::SYS_openat2]
        .map(|call| (call, Vec::new()))
        .into();
    program(rules, libc::ENOSYS)
}

/// Refuses the second set of numbers some x86 kernels have for the same calls, which the others do not name.
pub(super) fn one_numbering() -> BpfProgram {
    const LOAD: u16 = 0x20;
    const JUMP_AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    let instruction = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    let refuse = u32::from(SeccompAction::Errno(libc::ENOSYS.cast_unsigned()));
    vec![
        instruction(LOAD, 0, 0, 0),
        instruction(JUMP_AT_LEAST, 0, 1, 0x4000_0000),
        instruction(RETURN, 0, 0, refuse),
        instruction(RETURN, 0, 0, u32::from(SeccompAction::Allow)),
    ]
}

/// A program as the kernel reads it from memory.
pub(super) fn bytes(program: &BpfProgram) -> Vec<u8> {
    let encode = |one: &sock_filter| {
        let [code, k] = [
            one.code.to_ne_bytes().to_vec(),
            one.k.to_ne_bytes().to_vec(),
        ];
        [code, vec![one.jt, one.jf], k].concat()
    };
    program.iter().flat_map(encode).collect()
}

/// Stream sockets of the internet families speaking plain TCP, and local sockets; the network has no way out, and no
/// folder with a socket of the host in it is shown.
fn sockets(rules: &mut Rules) -> Result<(), BackendError> {
    let number = |value: i32| u64::from(value.cast_unsigned());
    let [local, v4, v6] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6].map(number);
    let mut denied = vec![
        rule([differs(0, local), differs(0, v4), differs(0, v6)])?,
        rule([
            differs(0, local),
            differs(2, 0),
            differs(2, number(libc::IPPROTO_TCP)),
        ])?,
    ];
    for kind in [
        libc::SOCK_DGRAM,
        libc::SOCK_RAW,
        libc::SOCK_RDM,
        libc::SOCK_SEQPACKET,
        6,
        10,
    ] {
        denied.push(rule([differs(0, local), masked(1, 0xf, number(kind))])?);
    }
    rules.insert(libc::SYS_socket, denied);
    // Data sent while connecting slips past rules about connecting.
    let fast_open = number(libc::MSG_FASTOPEN);
    for (call, flags) in [
        (libc::SYS_sendto, 3),
        (libc::SYS_sendmsg, 2),
        (libc::SYS_sendmmsg, 3),
    ] {
        rules.insert(call, vec![rule([masked(flags, fast_open, fast_open)])?]);
    }
    Ok(())
}

fn namespaces(rules: &mut Rules) -> Result<(), BackendError> {
    let flags = [
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWCGROUP,
    ];
    let denied = flags.map(|flag| {
        let flag = u64::from(flag.cast_unsigned());
        rule([masked(0, flag, flag)])
    });
    rules.insert(
        libc::SYS_clone,
        denied.into_iter().collect::<Result<_, _>>()?,
    );
    Ok(())
}

/// No set-uid or set-gid bits and no devices: a file left in the worktree is a file on the host.
fn modes(rules: &mut Rules) -> Result<(), BackendError> {
    let mut bits = vec![
        (libc::SYS_fchmod, 1),
        (libc::SYS_fchmodat, 2),
        (FCHMODAT2, 2),
        (libc::SYS_openat, 3),
        (libc::SYS_mknodat, 2),
    ];
    #[cfg(target_arch = "x86_64")]
    bits.extend([
        (libc::SYS_chmod, 1),
        (libc::SYS_creat, 1),
        (libc::SYS_open, 2),
        (libc::SYS_mknod, 1),
    ]);
    for (call, mode) in bits {
        let mut denied = Vec::new();
        for bit in [libc::S_ISUID, libc::S_ISGID].map(u64::from) {
            // Without a file to create, the mode is whatever happens to lie there.
            #[cfg(target_arch = "x86_64")]
            let opens = call == libc::SYS_openat || call == libc::SYS_open;
            #[cfg(not(target_arch = "x86_64"))]
            let opens = call == libc::SYS_openat;
            if !opens {
                denied.push(rule([masked(mode, bit, bit)])?);
                continue;
            }
            // The second makes a file without a name, which can be given one later.
            for makes in [libc::O_CREAT, libc::O_TMPFILE & !libc::O_DIRECTORY] {
                let makes = u64::from(makes.cast_unsigned());
                let conditions = [masked(mode, bit, bit), masked(mode - 1, makes, makes)];
                denied.push(rule(conditions)?);
            }
        }
        rules.insert(call, denied);
    }
    let mut nodes = vec![(libc::SYS_mknodat, 2)];
    #[cfg(target_arch = "x86_64")]
    nodes.push((libc::SYS_mknod, 1));
    for (call, mode) in nodes {
        let denied = rules.entry(call).or_default();
        for kind in [libc::S_IFCHR, libc::S_IFBLK] {
            denied.push(rule([masked(
                mode,
                u64::from(libc::S_IFMT),
                u64::from(kind),
            )])?);
        }
    }
    Ok(())
}

/// Typing into a terminal on the reader's behalf.
fn terminals(rules: &mut Rules) -> Result<(), BackendError> {
    const TIOCLINUX: u64 = 0x541C;
    let request = |value| {
        rule([SeccompCondition::new(
            1,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::Eq,
            value,
        )])
    };
    rules.insert(
        libc::SYS_ioctl,
        vec![request(libc::TIOCSTI)?, request(TIOCLINUX)?],
    );
    Ok(())
}

type Condition = Result<SeccompCondition, BackendError>;

fn masked(argument: u8, mask: u64, value: u64) -> Condition {
    let operator = SeccompCmpOp::MaskedEq(mask);
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}

fn differs(argument: u8, value: u64) -> Condition {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, value)
}

fn rule(conditions: impl IntoIterator<Item = Condition>) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions.into_iter().collect::<Result<_, _>>()?)
}

fn denying(rules: Rules) -> Result<BpfProgram, BackendError> {
    program(rules, libc::EPERM)
}

/// Another architecture's calls end the process: their numbers mean other things.
fn program(rules: Rules, errno: i32) -> Result<BpfProgram, BackendError> {
    let refuse = SeccompAction::Errno(errno.cast_unsigned());
    SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        refuse,
        std::env::consts::ARCH.try_into()?,
    )?
    .try_into()
}
