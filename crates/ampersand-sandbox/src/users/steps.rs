//! Setting up and taking away, step by step: all of it or nothing, as often as one likes. What an administrator's program is
//! asked to do is named here; it does nothing to anybody who does not bear an installation's names.

use serde::{Deserialize, Serialize};

use super::{COUNT, Names};

/// What is asked of the program that runs as an administrator.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Ask {
    /// Users with these passwords, in the order of their numbers.
    SetUp {
        installation: String,
        passwords: Vec<String>,
    },
    Remove {
        installation: String,
    },
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SetUp { installation, .. } => write!(f, "SetUp({installation})"),
            Self::Remove { installation } => write!(f, "Remove({installation})"),
        }
    }
}

impl Ask {
    pub(crate) fn installation(&self) -> &str {
        match self {
            Self::SetUp { installation, .. } | Self::Remove { installation } => installation,
        }
    }

    /// The names it is about, if it makes sense as a whole.
    pub(crate) fn names(&self) -> Option<Names> {
        if let Self::SetUp { passwords, .. } = self {
            let long = |password: &String| password.len() >= 32 && password.is_ascii();
            if passwords.len() != usize::from(COUNT) || !passwords.iter().all(long) {
                return None;
            }
        }
        Names::of(self.installation())
    }
}

/// One thing that is made, and can be taken away whether or not it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The group of all users.
    Group,
    /// How its members may log on, and how not.
    Rights,
    /// A user, new or with a new password, in the group.
    User(u8),
    /// That it is not shown where people log on.
    Hidden(u8),
    /// The network filters.
    Filters,
}

/// All steps. Users stand before filters, which name them; nobody can start anything as one of them before their passwords
/// are kept, which comes after all this.
pub(crate) fn steps() -> Vec<Step> {
    let users = (1..=COUNT).flat_map(|number| [Step::User(number), Step::Hidden(number)]);
    [Step::Group, Step::Rights]
        .into_iter()
        .chain(users)
        .chain([Step::Filters])
        .collect()
}

/// By these the group's members are let in: the system's service for starting programs as others asks for it.
pub(crate) const LET_IN: [&str; 1] = ["SeInteractiveLogonRight"];

/// And not in any other way.
pub(crate) const KEPT_OUT: [&str; 4] = [
    "SeDenyNetworkLogonRight",
    "SeDenyRemoteInteractiveLogonRight",
    "SeDenyBatchLogonRight",
    "SeDenyServiceLogonRight",
];

/// A step that failed, with the system's number for why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) step: &'static str,
    pub(crate) code: u32,
}

/// Takes every step, or none: what was done before a failure is taken back, the failed step, which may be half done,
/// included.
pub(crate) fn take(
    steps: &[Step],
    mut make: impl FnMut(Step) -> Result<(), u32>,
    unmake: impl FnMut(Step) -> Result<(), u32>,
) -> Result<(), Failed> {
    for (at, step) in steps.iter().enumerate() {
        if let Err(code) = make(*step) {
            // What cannot be taken back either is for `remove`, which may be asked for at any time.
            let _ = take_back(&steps[..=at], unmake);
            return Err(Failed {
                step: step.said(),
                code,
            });
        }
    }
    Ok(())
}

/// Takes all of it away, the last first. Whatever fails, all else is tried; the first failure is told.
pub(crate) fn take_back(
    steps: &[Step],
    mut unmake: impl FnMut(Step) -> Result<(), u32>,
) -> Result<(), Failed> {
    let mut failed = Ok(());
    for step in steps.iter().rev() {
        let step_failed = unmake(*step).map_err(|code| Failed {
            step: step.said(),
            code,
        });
        failed = failed.and(step_failed);
    }
    failed
}

/// What a step is in a sentence.
const SAID: [&str; 6] = [
    "read what it was asked",
    "the group of users",
    "how its users log on",
    "a user",
    "hiding a user",
    "the network filters",
];

impl Step {
    const fn said(self) -> &'static str {
        match self {
            Self::Group => SAID[1],
            Self::Rights => SAID[2],
            Self::User(_) => SAID[3],
            Self::Hidden(_) => SAID[4],
            Self::Filters => SAID[5],
        }
    }
}

impl Failed {
    /// What it was asked cannot be read.
    pub(crate) const ASKED: Self = Self {
        step: SAID[0],
        code: 0,
    };

    /// As the code a program ends with: it is all that comes back from an administrator's program.
    pub(crate) fn as_exit(self) -> u32 {
        let step = SAID.iter().position(|said| *said == self.step);
        let step = step.and_then(|step| u32::try_from(step).ok()).unwrap_or(0);
        MARK | step << 16 | self.code & 0xffff
    }

    /// Reads such a code. Any other code is a program that was ended, or never began.
    pub(crate) fn of_exit(exit: u32) -> Option<Self> {
        let step = usize::try_from(exit >> 16 & 0xff).ok()?;
        let step = SAID.get(step).filter(|_| exit & 0xff00_0000 == MARK)?;
        Some(Self {
            step,
            code: exit & 0xffff,
        })
    }
}

/// Codes of ours begin with this, and no code of the system's does.
const MARK: u32 = 0x4100_0000;

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const INSTALLATION: &str = "0123456789abcdef";

    #[test]
    fn all_of_it_is_made_or_nothing_is_left() {
        let steps = steps();
        assert_eq!(steps.len(), 3 + 2 * usize::from(COUNT));
        let last = steps.len() - 1;
        assert_eq!((steps[0], steps[last]), (Step::Group, Step::Filters));
        for fails_at in 0..steps.len() {
            let there = RefCell::new(Vec::new());
            let make = |step| {
                // Half done is done, as far as taking it back goes.
                there.borrow_mut().push(step);
                match step == steps[fails_at] {
                    true => Err(5),
                    false => Ok(()),
                }
            };
            let unmake = |step| {
                assert_eq!(there.borrow_mut().pop(), Some(step));
                Ok(())
            };
            let failed = take(&steps, make, unmake).unwrap_err();
            assert_eq!((failed.step, failed.code), (steps[fails_at].said(), 5));
            assert_eq!(*there.borrow(), []);
        }
        assert_eq!(
            take(&steps, |_| Ok(()), |_| panic!("nothing failed")),
            Ok(())
        );
    }

    #[test]
    fn there_is_one_way_to_log_on_and_it_is_not_barred() {
        let barred = KEPT_OUT.map(|right| right.replace("Deny", ""));
        for way in LET_IN {
            assert!(!barred.contains(&way.to_owned()), "{way}");
        }
        for way in ["Network", "RemoteInteractive", "Batch", "Service"] {
            assert!(barred.contains(&format!("Se{way}LogonRight")), "{way}");
        }
    }

    #[test]
    fn taking_away_goes_on_whatever_fails() {
        let seen = RefCell::new(0);
        let unmake = |step| {
            *seen.borrow_mut() += 1;
            match step {
                Step::User(3) => Err(2),
                Step::Group => Err(1),
                _ => Ok(()),
            }
        };
        let failed = take_back(&steps(), unmake).unwrap_err();
        assert_eq!((failed.step, failed.code), ("a user", 2));
        assert_eq!(*seen.borrow(), steps().len());
        assert_eq!(take_back(&steps(), |_| Ok(())), Ok(()));
    }

    #[test]
    fn what_is_asked_is_about_one_installations_names_and_complete() {
        let passwords = vec!["x".repeat(44); usize::from(COUNT)];
        let ask = |installation: &str, passwords: &[String]| Ask::SetUp {
            installation: installation.to_owned(),
            passwords: passwords.to_owned(),
        };
        assert_eq!(
            ask(INSTALLATION, &passwords).names(),
            Names::of(INSTALLATION)
        );
        let few = &passwords[1..];
        let short: Vec<String> = vec!["x".to_owned(); usize::from(COUNT)];
        for ask in [
            ask("Administrator", &passwords),
            ask("", &passwords),
            ask(INSTALLATION, few),
            ask(INSTALLATION, &short),
            Ask::Remove {
                installation: "..".to_owned(),
            },
        ] {
            assert_eq!(ask.names(), None, "{ask:?}");
        }
        let told = format!("{:?}", ask(INSTALLATION, &passwords));
        assert!(!told.contains("xx"), "{told}");
        let text = serde_json::to_string(&ask(INSTALLATION, &passwords)).unwrap();
        let read: Ask = serde_json::from_str(&text).unwrap();
        assert_eq!(read, ask(INSTALLATION, &passwords));
    }

    #[test]
    fn a_failure_comes_back_as_a_code_and_no_other_code_is_one() {
        for step in steps() {
            for code in [0, 5, 2224, 0xffff] {
                let failed = Failed {
                    step: step.said(),
                    code,
                };
                assert_eq!(Failed::of_exit(failed.as_exit()), Some(failed));
            }
        }
        assert_eq!(
            Failed::of_exit(Failed::ASKED.as_exit()),
            Some(Failed::ASKED)
        );
        for other in [0, 1, 125, 1223, 0xc000_0005, 0xffff_ffff, 0x41ff_0000] {
            assert_eq!(Failed::of_exit(other), None, "{other:#x}");
        }
    }
}
