//! Setting up, once, what isolation needs an administrator for, and taking it away again. Only Windows needs any of it.

use std::io;
use std::path::Path;

#[cfg(windows)]
use crate::windows as platform;

/// Why it was not set up, or not taken away.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// This system needs no such thing.
    #[error("isolation needs no administrator on this system")]
    NotHere,
    /// The program that asks is not there.
    #[error("ampersand-enter is not beside this program")]
    NoInsider,
    /// The folder of ours gives no name.
    #[error("the users of this installation cannot be named")]
    Unnamed,
    /// The person, or an administrator, said no.
    #[error("the question for an administrator was answered with no")]
    Refused,
    /// Users may not change under attempts.
    #[error("tasks are under way")]
    Busy,
    /// One step failed, and all of them were taken back.
    #[error("the system refused {step} (its number for why is {code})")]
    Failed {
        /// The step.
        step: &'static str,
        /// The system's number, as far as it came back.
        code: u32,
    },
    /// The administrator's program did not come to its end.
    #[error("the administrator's program ended with {code}")]
    Ended {
        /// What the system says of its end.
        code: u32,
    },
    /// Something of our own is missing.
    #[error("cannot {step}")]
    Prepare {
        /// The step.
        step: &'static str,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
}

impl SetUpError {
    /// A stable name for the failure.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotHere => "set_up_not_here",
            Self::NoInsider => "set_up_no_insider",
            Self::Unnamed => "set_up_unnamed",
            Self::Refused => "set_up_refused",
            Self::Busy => "set_up_busy",
            Self::Failed { .. } => "set_up_failed",
            Self::Ended { .. } => "set_up_ended",
            Self::Prepare { .. } => "set_up_prepare",
        }
    }

    /// What a person can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotHere => {
                "`doctor` says what isolation there is, and what would bring more of it"
            }
            Self::NoInsider => "keep Ampersand's programs in one folder",
            Self::Unnamed => "use another home folder",
            Self::Refused => "without it tasks run in AppContainers; ask for it again at any time",
            Self::Busy => "end all tasks and try again",
            Self::Failed { .. } => {
                "nothing of it is left; whoever manages this machine may forbid local users or network filters"
            }
            Self::Ended { .. } => {
                "run `ampersand-cli isolation remove`, which takes away what may be left, and try again"
            }
            Self::Prepare { .. } => "check that Ampersand's own folder is writable and not full",
        }
    }
}

#[cfg(windows)]
impl From<crate::users::steps::Failed> for SetUpError {
    fn from(failed: crate::users::steps::Failed) -> Self {
        let crate::users::steps::Failed { step, code } = failed;
        Self::Failed { step, code }
    }
}

/// Makes, once, what the full tier needs: asks for an administrator unless we are one. `state_dir` is that of
/// [`crate::Launcher::probe`]. May be repeated; either all of it is there afterwards, or nothing.
#[cfg(windows)]
pub fn set_up(state_dir: &Path) -> Result<(), SetUpError> {
    platform::set_up(state_dir)
}

/// There is nothing to be made on this system.
#[cfg(not(windows))]
pub const fn set_up(_state_dir: &Path) -> Result<(), SetUpError> {
    Err(SetUpError::NotHere)
}

/// Takes away what [`set_up`] made, which asks for an administrator too. Whether there was anything.
#[cfg(windows)]
pub fn remove_set_up(state_dir: &Path) -> Result<bool, SetUpError> {
    platform::remove_set_up(state_dir)
}

/// There is nothing of the kind on this system.
#[cfg(not(windows))]
pub const fn remove_set_up(_state_dir: &Path) -> Result<bool, SetUpError> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_a_name_of_its_own_and_something_to_do_about_it() {
        let all = [
            SetUpError::NotHere,
            SetUpError::NoInsider,
            SetUpError::Unnamed,
            SetUpError::Refused,
            SetUpError::Busy,
            SetUpError::Failed {
                step: "a user",
                code: 5,
            },
            SetUpError::Ended { code: 1 },
            SetUpError::Prepare {
                step: "keep the keys",
                source: io::ErrorKind::StorageFull.into(),
            },
        ];
        let mut codes: Vec<_> = all.iter().map(SetUpError::code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all.len());
        assert!(all.iter().all(|error| !error.hint().is_empty()));
        assert_eq!(
            all[5].to_string(),
            "the system refused a user (its number for why is 5)"
        );
    }

    #[cfg(not(windows))]
    #[test]
    fn systems_that_need_none_say_so() {
        let folder = Path::new("/nowhere");
        assert!(matches!(set_up(folder), Err(SetUpError::NotHere)));
        assert!(matches!(remove_set_up(folder), Ok(false)));
    }
}
