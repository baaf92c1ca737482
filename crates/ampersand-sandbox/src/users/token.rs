//! What is left of a user in the token an attempt gets, and who may do what with what an attempt makes.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::container::sid::Sid;

/// What has to be allowed by a token's second list too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cut {
    /// Everything: what lies beside a person's home for all users to read is not read.
    Everything,
    /// Writing alone.
    Writing,
}

impl Cut {
    /// The deeper one is tried first.
    pub(crate) const ALL: [Self; 2] = [Self::Everything, Self::Writing];
}

/// Everybody on this machine and everywhere: what any program may open. Without it not even the null device opens.
const EVERYONE: &str = "S-1-1-0";
/// What is meant for containers may be read by attempts too: the system itself, and programs installed for everybody. The
/// broader group of all users is on neither list: it may write in many places, and read whatever lies beside a person's home.
const ALL_PACKAGES: &str = "S-1-15-2-1";
/// What the system gives to tokens like this one.
const RESTRICTED: &str = "S-1-5-12";

/// The system itself.
const SYSTEM: &str = "S-1-5-18";

/// Of the person's own session; through it the person's desktop would be reached.
pub(crate) const SESSION: &str = "S-1-5-5-";

/// The second list of a token: what an attempt does has to be allowed to one of these as well as to its user.
pub(crate) fn second_list(cut: Cut, user: &Sid, group: &Sid) -> Vec<Sid> {
    let known = match cut {
        Cut::Everything => &[EVERYONE, RESTRICTED, ALL_PACKAGES][..],
        // Nobody needs to write by leave of all apps.
        Cut::Writing => &[EVERYONE, RESTRICTED],
    };
    let known = known.iter().filter_map(|sid| sid.parse().ok());
    [user.clone(), group.clone()]
        .into_iter()
        .chain(known)
        .collect()
}

/// Which groups of a user's lose their power to allow anything.
pub(crate) fn loses_power(group: &Sid) -> bool {
    group.to_string().starts_with(SESSION)
}

/// Who may do what with the processes and nameless things an attempt makes: itself, the system, and the person who has to
/// be able to stop and to look at them.
pub(crate) fn made(user: &Sid, person: &Sid) -> String {
    let system = SYSTEM.parse().ok();
    let listed = [Some(user.clone()), system, Some(person.clone())];
    let listed = listed.iter().flatten().map(|sid| Listed::allow("GA", sid));
    format!("D:{}", Listed::text(listed))
}

/// On a window station: to look at it, and to know of itself. Neither its clipboard nor its table of words.
pub(crate) const STATION: u32 = 0x0002_0002;

/// On a desktop: to have windows and menus there, and to read what it has. Neither to record what is typed nor to switch.
const DESKTOP: &str = "0x200cf";

/// Who may do what on the desktop of an attempt.
pub(crate) fn desktop(user: &Sid, person: &Sid) -> String {
    let system = SYSTEM.parse().ok();
    let masters = [system, Some(person.clone())];
    let masters = masters.iter().flatten().map(|sid| Listed::allow("GA", sid));
    let listed = std::iter::once(Listed::allow(DESKTOP, user)).chain(masters);
    format!("D:{}", Listed::text(listed))
}

/// An entry of a list as the system writes it.
pub(crate) struct Listed(String);

impl Listed {
    pub(crate) fn allow(rights: &str, sid: &Sid) -> Self {
        Self(format!("(A;;{rights};;;{sid})"))
    }

    pub(crate) fn text(listed: impl Iterator<Item = Self>) -> String {
        listed.fold(String::new(), |mut text, Self(entry)| {
            // Writing to a string cannot fail.
            let _ = text.write_str(&entry);
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sid(text: &str) -> Sid {
        text.parse().unwrap()
    }

    #[test]
    fn the_second_list_names_the_user_and_nobody_who_owns_anything() {
        let (user, group) = (sid("S-1-5-21-1-2-3-1001"), sid("S-1-5-21-1-2-3-1000"));
        let lists = Cut::ALL.map(|cut| second_list(cut, &user, &group));
        assert_eq!(lists.each_ref().map(Vec::len), [5, 4]);
        for list in &lists {
            assert!(list.contains(&user) && list.contains(&group));
        }
        // All users, whoever has shown a password, whoever sits at the machine, its administrators and the system.
        for never in [
            "S-1-5-32-545",
            "S-1-5-11",
            "S-1-5-4",
            "S-1-5-32-544",
            "S-1-5-18",
        ] {
            assert!(!lists.concat().contains(&sid(never)), "{never}");
        }
    }

    #[test]
    fn what_belongs_to_the_persons_session_loses_its_power() {
        assert!(loses_power(&sid("S-1-5-5-0-123456")));
        for kept in ["S-1-1-0", "S-1-5-32-545", "S-1-5-4", "S-1-5-58-1"] {
            assert!(!loses_power(&sid(kept)), "{kept}");
        }
    }

    #[test]
    fn lists_say_who_may_do_what() {
        let (user, person) = (sid("S-1-5-21-1-2-3-1001"), sid("S-1-5-21-9-9-9-500"));
        assert_eq!(
            made(&user, &person),
            "D:(A;;GA;;;S-1-5-21-1-2-3-1001)(A;;GA;;;S-1-5-18)(A;;GA;;;S-1-5-21-9-9-9-500)"
        );
        assert_eq!(
            desktop(&user, &person),
            "D:(A;;0x200cf;;;S-1-5-21-1-2-3-1001)(A;;GA;;;S-1-5-18)(A;;GA;;;S-1-5-21-9-9-9-500)"
        );
    }

    #[test]
    fn a_desktop_is_used_and_not_ruled() {
        let rights = u32::from_str_radix(DESKTOP.trim_start_matches("0x"), 16).unwrap();
        let (record, play_back, switch) = (0x10, 0x20, 0x100);
        let (delete, change_rights, own) = (0x1_0000, 0x4_0000, 0x8_0000);
        let never = record | play_back | switch | delete | change_rights | own;
        assert_eq!(rights & never, 0);
        let (clipboard, create, words, screen) = (0x4, 0x8, 0x20, 0x200);
        let never = clipboard | create | words | screen | delete | change_rights | own;
        assert_eq!(STATION & never, 0);
    }
}
