//! The sandbox tier an attempt really ran in, what that tier leaves open, and the words for both.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Failure;

/// How far an attempt is kept apart from the rest of the machine. Never lowered silently or midway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "tier", rename_all = "snake_case")]
pub enum Isolation {
    /// Everything the platform's design asks for is in force, but for limits that are kept in another way.
    Full {
        /// Which of its limits the system itself does not keep. A limit is no wall: nothing more is within reach where one
        /// of these is open, so that they are told and need nobody's consent.
        #[serde(default)]
        gaps: Vec<Gap>,
    },
    /// Writing outside the worktree, the network and new privileges are barred; what is named is not.
    Reduced {
        /// Why the full tier could not be had: the probe that failed, and its own words.
        why: String,
        /// What is not enforced.
        gaps: Vec<Gap>,
    },
    /// Nothing could be had; only reading and searching by our own code goes on.
    None {
        /// The probe that failed, and its own words.
        why: String,
    },
    /// Switched off by typed consent for one task.
    Unsafe,
}

/// One thing a tier does not enforce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// Permissions, owner group and timestamps of the person's other files can be changed.
    Attributes,
    /// That a file exists, its name, size and times can be seen anywhere.
    Names,
    /// The worktree's own `.git` file can be changed; the orchestrator never reads it.
    GitFile,
    /// A process may outlive its task if the sandbox's own watcher is killed from outside.
    CleanUp,
    /// The system limits memory for each process alone. All of them together are added up several times a second, and
    /// stopped when that is too much; what grows faster than that is missed.
    Memory,
    /// The temporary folder has no size of its own.
    TemporarySpace,
    /// What programs keep in the system's registry for everybody to read can be read.
    Registry,
    /// The clipboard and the windows of the person's desktop are within reach.
    Desktop,
    /// Names may be looked up in the network, by the system's own service.
    NameLookups,
}

/// What the whole tier comes to.
const FULL: &str = if cfg!(target_os = "macos") {
    FULL_ON_MACOS
} else if cfg!(windows) {
    FULL_ON_WINDOWS
} else {
    "Isolated: an agent can change files only in its worktree, and reach only the hosts it was granted."
};

/// What it comes to where there are no namespaces.
const FULL_ON_MACOS: &str = "Isolated: an agent can change files only in its worktree, and reaches no network. Ending \
    all it started is best effort on this system: a process that leaves its group may be missed. Names and sizes of \
    other files can be seen.";

/// What it comes to where attempts are users of the machine.
const FULL_ON_WINDOWS: &str = "Isolated: an agent can change files only in its worktree, and reach only the hosts it was \
    granted. On this system names may still be looked up, which can carry data out, its temporary files have no size limit \
    of their own, what all users of this machine may read can be read, and what everybody may write can be written.";

impl Gap {
    /// What is not enforced, as part of a sentence.
    pub const fn shown(self) -> &'static str {
        match self {
            Self::Attributes => "changing permissions and timestamps of your other files",
            Self::Names => "seeing names and sizes of your other files",
            Self::GitFile => "changing the .git file of its own worktree",
            Self::CleanUp => "guaranteed clean-up of background processes",
            Self::Memory => {
                "the system's own memory limit for all its processes together (they are added up several times a second)"
            }
            Self::TemporarySpace => "a size limit for its temporary files",
            Self::Registry => "reading settings that other programs keep in the registry",
            Self::Desktop => "reaching the clipboard and other windows of your desktop",
            Self::NameLookups => "looking up names, which can carry data out",
        }
    }

    /// The same in few words, for a card that says only this of a tier.
    const fn briefly(self) -> &'static str {
        match self {
            Self::Memory => "memory of all its processes only counted",
            Self::Attributes
            | Self::Names
            | Self::GitFile
            | Self::CleanUp
            | Self::TemporarySpace
            | Self::Registry
            | Self::Desktop
            | Self::NameLookups => self.shown(),
        }
    }
}

impl Isolation {
    /// The full tier with every limit kept by the system.
    pub const FULL: Self = Self::Full { gaps: Vec::new() };

    /// Whether it is the full tier, whoever keeps its limits.
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }

    /// The tier in one word, as in `isolation: full`.
    pub const fn tier(&self) -> &'static str {
        match self {
            Self::Full { .. } => "full",
            Self::Reduced { .. } => "reduced",
            Self::None { .. } => "none",
            Self::Unsafe => "unsafe",
        }
    }

    /// The words on a card.
    pub fn shown(&self) -> String {
        let words = match self {
            Self::Full { gaps } if !gaps.is_empty() => {
                let open: Vec<&str> = gaps.iter().map(|gap| gap.briefly()).collect();
                return format!("sandboxed, {}", open.join(", "));
            }
            Self::Full { .. } => "sandboxed",
            Self::Reduced { .. } => "partly sandboxed",
            Self::None { .. } => "not sandboxed",
            Self::Unsafe => "unsafe: not sandboxed",
        };
        words.to_owned()
    }

    /// The whole truth about the tier, for whoever is about to rely on it.
    pub fn told(&self) -> String {
        match self {
            Self::Full { gaps } => and_open(FULL, gaps),
            Self::Reduced { why, gaps } => {
                let words = format!(
                    "Reduced isolation: {}. Still enforced: no writes outside the worktree, no network, \
                     no new privileges.",
                    why.trim_end_matches('.')
                );
                and_open(&words, gaps)
            }
            Self::None { why } => format!(
                "No isolation is available ({}). Agents that run commands are off. You can still browse and search.",
                why.trim_end_matches('.')
            ),
            Self::Unsafe => {
                "Not isolated, as you typed for this one task: it can do whatever you can."
                    .to_owned()
            }
        }
    }

    /// Whether all that is enforced where `told` is true is enforced here.
    pub fn holds(&self, told: &Self) -> bool {
        match (self, told) {
            (_, Self::Unsafe) => true,
            (Self::Full { gaps: open }, Self::Full { gaps } | Self::Reduced { gaps, .. })
            | (Self::Reduced { gaps: open, .. }, Self::Reduced { gaps, .. }) => {
                open.iter().all(|gap| gaps.contains(gap))
            }
            // Where nothing could be had, nothing of others' runs, and what there is now is more.
            (Self::Full { .. } | Self::Reduced { .. } | Self::None { .. }, Self::None { .. }) => {
                true
            }
            (Self::Reduced { .. }, Self::Full { .. })
            | (Self::None { .. }, Self::Full { .. } | Self::Reduced { .. })
            | (Self::Unsafe, Self::Full { .. } | Self::Reduced { .. } | Self::None { .. }) => false,
        }
    }

    /// What is not enforced and has to be accepted before a worker may rely on the tier: walls that are missing. A limit that
    /// the full tier keeps in another way is told alone.
    pub fn to_accept(&self) -> &[Gap] {
        match self {
            Self::Reduced { gaps, .. } => gaps,
            Self::Full { .. } | Self::None { .. } | Self::Unsafe => &[],
        }
    }
}

/// What a tier comes to, and what it leaves open.
fn and_open(words: &str, gaps: &[Gap]) -> String {
    match gaps {
        [] => words.to_owned(),
        gaps => format!("{words} NOT enforced: {}.", list(gaps)),
    }
}

/// Gaps as part of a sentence.
pub fn list(gaps: &[Gap]) -> String {
    let shown: Vec<&str> = gaps.iter().map(|gap| gap.shown()).collect();
    shown.join(", ")
}

/// A person's consent to run one task without any isolation. It exists only once the words were typed, and is used up
/// by the attempt it was given for.
#[derive(Debug, PartialEq, Eq)]
pub struct UnsafeConsent(());

impl UnsafeConsent {
    /// What has to be typed, letter for letter.
    pub const WORDS: &'static str = "run this task without isolation";

    /// Takes what was typed. Anything but [`Self::WORDS`] is refused.
    pub fn typed(words: &str) -> Result<Self, Failure> {
        if words.trim() == Self::WORDS {
            return Ok(Self(()));
        }
        Err(Failure::new(
            "unsafe_not_typed",
            "That is not the sentence by which isolation is switched off.",
            format!("Type exactly: {}", Self::WORDS),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reduced_tier_names_what_holds_and_what_does_not() {
        let reduced = Isolation::Reduced {
            why: "user namespaces are blocked on this system (no permissions).".to_owned(),
            gaps: vec![Gap::Attributes, Gap::Names, Gap::CleanUp],
        };
        assert_eq!(
            reduced.told(),
            "Reduced isolation: user namespaces are blocked on this system (no permissions). Still enforced: no \
             writes outside the worktree, no network, no new privileges. NOT enforced: changing permissions and \
             timestamps of your other files, seeing names and sizes of your other files, guaranteed clean-up of \
             background processes."
        );
        assert_eq!(reduced.tier(), "reduced");
    }

    #[test]
    fn what_was_told_is_kept_by_as_much_or_more() {
        let reduced = |gaps: &[Gap]| Isolation::Reduced {
            why: "it differs".to_owned(),
            gaps: gaps.to_vec(),
        };
        let none = Isolation::None { why: String::new() };
        let more = reduced(&[Gap::Names]);
        let less = reduced(&[Gap::Names, Gap::Attributes]);
        let order = [Isolation::FULL, more, less, none, Isolation::Unsafe];
        for (at, held) in order.iter().enumerate() {
            for (than, told) in order.iter().enumerate() {
                assert_eq!(held.holds(told), at <= than, "{held:?}, {told:?}");
            }
        }
    }

    #[test]
    fn no_isolation_quotes_the_probe() {
        let none = Isolation::None {
            why: "Landlock: not supported by this kernel".to_owned(),
        };
        assert!(
            none.told()
                .contains("(Landlock: not supported by this kernel)")
        );
        assert!(none.to_accept().is_empty());
    }

    #[test]
    fn a_limit_the_full_tier_keeps_in_another_way_is_told_and_needs_no_consent() {
        let counted = Isolation::Full {
            gaps: vec![Gap::Memory],
        };
        assert!(counted.told().starts_with("Isolated: "));
        assert!(counted.told().ends_with(
            " NOT enforced: the system's own memory limit for all its processes together (they are added up several \
             times a second)."
        ));
        assert_eq!(
            counted.shown(),
            "sandboxed, memory of all its processes only counted"
        );
        assert!(counted.to_accept().is_empty() && counted.is_full());
        let reduced = |gaps: &[Gap]| Isolation::Reduced {
            why: String::new(),
            gaps: gaps.to_vec(),
        };
        assert!(counted.holds(&counted) && Isolation::FULL.holds(&counted));
        assert!(counted.holds(&reduced(&[Gap::Names, Gap::Memory])));
        for told in [Isolation::FULL, reduced(&[Gap::Names])] {
            assert!(!counted.holds(&told), "{told:?}");
        }
    }

    #[test]
    fn a_record_without_gaps_is_of_the_whole_full_tier() {
        let read = |text| serde_json::from_str::<Isolation>(text).unwrap();
        assert_eq!(read(r#"{"tier":"full"}"#), Isolation::FULL);
        let counted = read(r#"{"tier":"full","gaps":["memory"]}"#);
        assert_ne!(counted, Isolation::FULL);
        let again = serde_json::to_string(&counted).unwrap();
        assert_eq!(read(&again), counted);
    }

    #[test]
    fn isolation_is_switched_off_by_exactly_one_sentence() {
        assert!(UnsafeConsent::typed(" run this task without isolation\n").is_ok());
        for words in [
            "",
            "yes",
            "y",
            "Run this task without isolation",
            "run this task without isolation!",
        ] {
            assert_eq!(
                UnsafeConsent::typed(words).unwrap_err().code,
                "unsafe_not_typed"
            );
        }
    }
}
