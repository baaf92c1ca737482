//! What Windows is told where an administrator has helped once: users of this machine that exist for attempts alone, one to an
//! attempt at a time, filters on their identity, and a token that is less than such a user. Nothing here asks the system for
//! anything, so that it is tested wherever tests run; `windows/users/` does what is decided here.

pub(crate) mod filters;
pub(crate) mod order;
pub(crate) mod steps;
pub(crate) mod token;

use ampersand_core::{Gap, Isolation, list_gaps};
use serde::{Deserialize, Serialize};

use crate::container::sid::Sid;

/// How many attempts can have a user of their own at one time.
pub(crate) const COUNT: u8 = 24;

/// Why the tier is not there before anybody has set it up.
pub(crate) const NOT_SET_UP: &str = "on Windows agents have no users of their own until an administrator has made them once \
     (`ampersand-cli isolation set-up`)";

/// Why a worktree without a `.git` file is not fully fenced in.
const NO_GIT_FILE: &str = "the worktree has no .git file that could be kept from being written";

/// What an installation calls its users, whoever made them. The system takes twenty letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    short: String,
}

impl Names {
    /// Those of an installation, which is known by sixteen figures.
    pub(crate) fn of(installation: &str) -> Option<Self> {
        let figures = installation.len() == 16
            && installation
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let short = installation.get(..8).filter(|_| figures)?.to_owned();
        Some(Self { short })
    }

    /// The group all of them are in, and nobody else.
    pub(crate) fn group(&self) -> String {
        format!("ampersand-{}", self.short)
    }

    pub(crate) fn user(&self, number: u8) -> String {
        format!("ampersand{}-{number:02}", self.short)
    }

    pub(crate) fn users(&self) -> Vec<String> {
        (1..=COUNT).map(|number| self.user(number)).collect()
    }
}

/// What has to be known to start anything as one of the users. On the disk it is sealed for the person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    pub(crate) group: Sid,
    pub(crate) users: Vec<User>,
}

/// One of the users.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) sid: Sid,
    pub(crate) password: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({} users)", self.users.len())
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "User({}, {})", self.name, self.sid)
    }
}

impl Keys {
    /// Whether this is what a set-up of an installation leaves: all of its users, and nobody else.
    pub(crate) fn fit(&self, names: &Names) -> bool {
        let named = self.users.iter().map(|user| user.name.clone());
        named.eq(names.users())
    }
}

/// How many letters a password has.
const PASSWORD: usize = 40;

/// Sixty-four letters and figures, so that each takes as much from a random byte.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A password nobody types. A machine may ask for letters of every kind: they end it, and add nothing to how hard it is.
pub(crate) fn password(random: &[u8; PASSWORD]) -> String {
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 64)]);
    let letters = random.iter().map(letter);
    letters.chain("aA1-".chars()).collect()
}

/// What came of trying the tier: it is there, or why it is not.
pub(crate) fn tried(sung: Result<Vec<Gap>, String>) -> Result<(), String> {
    match sung {
        Ok(open) if open.is_empty() => Ok(()),
        Ok(open) => Err(format!(
            "agents have users of their own, yet this was not kept from them: {}",
            list_gaps(&open)
        )),
        Err(why) => Err(format!(
            "agents have users of their own, yet these do not hold: {why}"
        )),
    }
}

/// Why neither this tier nor the one below is there.
pub(crate) fn neither(above: &str, below: &str) -> String {
    format!("{above}; {below}")
}

/// The tier of a policy. What is not there yet cannot be given rights, and a worker could make it.
pub(crate) fn isolation(writes: bool, has_git: bool) -> Isolation {
    match writes && !has_git {
        false => Isolation::FULL,
        true => Isolation::Reduced {
            why: NO_GIT_FILE.to_owned(),
            gaps: vec![Gap::GitFile],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ones_the_system_takes_and_belong_to_one_installation() {
        let names = Names::of("0123456789abcdef").unwrap();
        let users = names.users();
        assert_eq!(users.len(), usize::from(COUNT));
        for name in users.iter().chain([&names.group()]) {
            let taken = |c: char| c.is_ascii_alphanumeric() || c == '-';
            assert!(name.len() <= 20 && name.chars().all(taken), "{name}");
        }
        assert_eq!(users[0], "ampersand01234567-01");
        let other = Names::of("fedcba9876543210").unwrap();
        assert!(other.users().iter().all(|name| !users.contains(name)));
        for no in ["", "0123456789abcde", "0123456789ABCDEF", "0123456é89abcde"] {
            assert_eq!(Names::of(no), None, "{no}");
        }
    }

    #[test]
    fn keys_fit_one_installation_as_a_whole_and_tell_nobody_anything() {
        let names = Names::of("0123456789abcdef").unwrap();
        let user = |name: String| User {
            name,
            sid: "S-1-5-21-1-2-3-1001".parse().unwrap(),
            password: "hidden".to_owned(),
        };
        let mut keys = Keys {
            group: "S-1-5-21-1-2-3-1000".parse().unwrap(),
            users: names.users().into_iter().map(user).collect(),
        };
        assert!(keys.fit(&names));
        assert!(!keys.fit(&Names::of("fedcba9876543210").unwrap()));
        let told = format!("{keys:?} {:?}", keys.users[0]);
        assert!(!told.contains("hidden"), "{told}");
        let text = serde_json::to_string(&keys).unwrap();
        assert_eq!(serde_json::from_str::<Keys>(&text).unwrap(), keys);
        keys.users.pop();
        assert!(!keys.fit(&names));
    }

    #[test]
    fn a_password_has_all_that_is_random_in_it_and_letters_of_every_kind() {
        let mut random = [0; PASSWORD];
        let zeroes = password(&random);
        assert_eq!(zeroes, format!("{}aA1-", "A".repeat(PASSWORD)));
        for at in 0..PASSWORD {
            random[at] = 1;
            let other = password(&random);
            assert_eq!(other.as_bytes()[at], b'B');
            random[at] = 0;
        }
        let mut letters = LETTERS.to_vec();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), 64);
    }

    #[test]
    fn the_tier_is_there_only_when_nothing_was_open() {
        assert_eq!(tried(Ok(Vec::new())), Ok(()));
        let open = tried(Ok(vec![Gap::Desktop])).unwrap_err();
        assert!(open.contains("clipboard"), "{open}");
        let failed = tried(Err("canary: it did not sing".to_owned())).unwrap_err();
        assert!(failed.ends_with("canary: it did not sing"), "{failed}");
        let why = neither(NOT_SET_UP, "no containers");
        assert!(why.contains("isolation set-up") && why.ends_with("; no containers"));
    }

    #[test]
    fn a_worker_without_a_git_file_is_not_called_fully_fenced_in() {
        assert_eq!(isolation(true, true), Isolation::FULL);
        assert_eq!(isolation(false, false), Isolation::FULL);
        let reduced = isolation(true, false);
        assert_eq!(reduced.to_accept(), [Gap::GitFile]);
        assert!(reduced.told().contains("no .git file"));
    }
}
