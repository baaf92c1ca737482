//! Starts a program to which the kernel refuses something: `without namespaces PROGRAM ARGUMENT…`.
//!
//! What can be named, separated by commas: `namespaces`, `landlock`, `bubblewrap`.

#[cfg(target_os = "linux")]
fn main() {
    use std::os::unix::process::CommandExt;
    let mut args = std::env::args_os().skip(1);
    let what = args.next().unwrap_or_default();
    let program = args.next().unwrap_or_default();
    if let Err(error) = refusing::refuse(&what.to_string_lossy()) {
        eprintln!("without: {error}");
        std::process::exit(2);
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "replaces this process, starts none"
    )]
    let failed = std::process::Command::new(program).args(args).exec();
    eprintln!("without: {failed}");
    std::process::exit(2);
}

#[cfg(target_os = "linux")]
mod refusing {
    use std::collections::BTreeMap;

    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };

    type Refused = Result<(), Box<dyn std::error::Error>>;

    /// Makes the kernel refuse what is named to this process and all it starts.
    pub(super) fn refuse(what: &str) -> Refused {
        let mut refused = BTreeMap::new();
        let mut hidden = BTreeMap::new();
        for what in what.split(',') {
            match what {
                "namespaces" => {
                    let user = u64::from(libc::CLONE_NEWUSER.cast_unsigned());
                    let operator = SeccompCmpOp::MaskedEq(user);
                    let width = SeccompCmpArgLen::Dword;
                    let condition = SeccompCondition::new(0, width, operator, user)?;
                    let rule = SeccompRule::new(vec![condition])?;
                    refused.insert(libc::SYS_clone, vec![rule.clone()]);
                    refused.insert(libc::SYS_unshare, vec![rule]);
                    hidden.insert(libc::SYS_clone3, Vec::new());
                }
                "bubblewrap" => drop(refused.insert(libc::SYS_pivot_root, Vec::new())),
                "landlock" => drop(hidden.insert(libc::SYS_landlock_create_ruleset, Vec::new())),
                other => return Err(format!("{other} cannot be refused").into()),
            }
        }
        for (rules, errno) in [(refused, libc::EPERM), (hidden, libc::ENOSYS)] {
            if rules.is_empty() {
                continue;
            }
            let refuse = SeccompAction::Errno(errno.cast_unsigned());
            let arch = std::env::consts::ARCH.try_into()?;
            let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch)?;
            seccompiler::apply_filter(&BpfProgram::try_from(filter)?)?;
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("only Linux can be made to refuse");
    std::process::exit(2);
}
