//! `isolation`: what isolation keeps on this system from task to task, and what would bring more of it.

use ampersand_core::{Failure, Gap, Isolation};
use ampersand_sandbox::{SetUpError, remove_set_up, set_up, take_back};

use crate::{
    arguments::{Arguments, IsolationVerb},
    show::Screen,
    verbs,
};

/// Sets up what needs an administrator once, or takes back what was changed outside our own folders.
pub(crate) fn isolation(
    arguments: &Arguments,
    verb: &IsolationVerb,
    screen: &Screen,
) -> Result<(), Failure> {
    let folder = verbs::options(arguments)?.home.root().join("sandbox");
    match verb {
        IsolationVerb::SetUp => {
            set_up(&folder).map_err(|error| refused(&error))?;
            let words = "Agents have users of their own on this machine now. `doctor` says whether that holds.";
            screen.object("isolation", &serde_json::json!({ "set_up": true }), words);
        }
        IsolationVerb::Remove => {
            let had_users = remove_set_up(&folder).map_err(|error| refused(&error))?;
            let places = take_back(&folder).map_err(|error| {
                Failure::new(
                    "isolation_not_removed",
                    format!("Not everything could be taken back: {error}."),
                    "Close what uses those files and try again; what is left is on the record.",
                )
            })?;
            screen.object(
                "isolation",
                &serde_json::json!({ "places": places, "users": had_users }),
                &removed(places, had_users),
            );
        }
    }
    Ok(())
}

/// What was taken back, in words.
fn removed(places: usize, had_users: bool) -> String {
    let rights = match places {
        0 => None,
        1 => Some("Rights in 1 place were taken back.".to_owned()),
        many => Some(format!("Rights in {many} places were taken back.")),
    };
    let users =
        had_users.then(|| "The users of agents and their network filters are gone.".to_owned());
    let all: Vec<String> = users.into_iter().chain(rights).collect();
    match all.is_empty() {
        true => "Nothing was changed outside Ampersand's own folders.".to_owned(),
        false => all.join(" "),
    }
}

fn refused(error: &SetUpError) -> Failure {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    let mut hint = error.hint().to_owned();
    if let Some(first) = hint.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Failure::new(
        error.code(),
        format!(
            "Isolation was not changed: {error}{}.",
            cause.unwrap_or_default()
        ),
        format!("{hint}."),
    )
}

/// What a person can do for more of it, as `doctor` says it.
pub(crate) fn hint(isolation: &Isolation) -> &'static str {
    match isolation {
        Isolation::Full { gaps } if gaps.contains(&Gap::Memory) => {
            "To have the system keep the memory limit, start Ampersand in your user's own systemd session: from the desktop, \
             or by `systemd-run --user --scope`."
        }
        Isolation::Full { .. } | Isolation::Unsafe => "",
        Isolation::Reduced { .. } if cfg!(windows) => {
            "Tasks that write ask before they run so. For full isolation, which agents of others need, run `ampersand-cli \
             isolation set-up`: it asks for an administrator once. If that was done, the probe that failed is quoted."
        }
        Isolation::Reduced { .. } => {
            "Tasks that write ask before they run so. For full isolation, install bubblewrap and allow unprivileged user \
             namespaces."
        }
        Isolation::None { .. } if cfg!(windows) => {
            "Keep Ampersand's home folder on an NTFS drive, and ampersand-enter.exe beside its other programs; the probe is \
             quoted."
        }
        Isolation::None { .. } if cfg!(target_os = "macos") => {
            "sandbox-exec must be in /usr/bin and allowed; a managed Mac may forbid it."
        }
        Isolation::None { .. } => {
            "Install bubblewrap and allow unprivileged user namespaces, or use a kernel from 6.12 on with Landlock."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_back_is_said() {
        for (places, had_users, words) in [
            (
                0,
                false,
                "Nothing was changed outside Ampersand's own folders.",
            ),
            (1, false, "Rights in 1 place were taken back."),
            (
                2,
                true,
                "The users of agents and their network filters are gone. Rights in 2 places were taken back.",
            ),
            (
                0,
                true,
                "The users of agents and their network filters are gone.",
            ),
        ] {
            assert_eq!(removed(places, had_users), words);
        }
    }

    #[test]
    fn a_refusal_names_the_step_and_what_to_do() {
        let failure = refused(&SetUpError::Failed {
            step: "a user",
            code: 5,
        });
        assert_eq!(failure.code, "set_up_failed");
        assert!(failure.message.contains("the system refused a user"));
        assert!(failure.hint.starts_with("Nothing of it is left") && failure.hint.ends_with('.'));
    }

    #[test]
    fn whoever_has_less_than_all_of_it_is_told_what_to_do() {
        let why = String::new();
        let reduced = Isolation::Reduced {
            why: why.clone(),
            gaps: Vec::new(),
        };
        assert!(hint(&reduced).starts_with("Tasks that write ask"));
        assert!(hint(&Isolation::None { why }).ends_with('.'));
        let counted = Isolation::Full {
            gaps: vec![Gap::Memory],
        };
        assert!(hint(&counted).starts_with("To have the system"));
        for all in [Isolation::FULL, Isolation::Unsafe] {
            assert_eq!(hint(&all), "");
        }
    }
}
