//! `isolation`: what isolation keeps on this system from task to task, and what would bring more of it.

use ampersand_core::{Failure, Isolation};
use ampersand_sandbox::take_back;

use crate::{
    arguments::{Arguments, IsolationVerb},
    show::Screen,
    verbs,
};

/// Takes back what was changed outside our own folders.
pub(crate) fn isolation(
    arguments: &Arguments,
    verb: &IsolationVerb,
    screen: &Screen,
) -> Result<(), Failure> {
    let IsolationVerb::Remove = verb;
    let home = verbs::options(arguments)?.home;
    let places = take_back(&home.root().join("sandbox")).map_err(|error| {
        Failure::new(
            "isolation_not_removed",
            format!("Not everything could be taken back: {error}."),
            "Close what uses those files and try again; what is left is on the record.",
        )
    })?;
    let words = match places {
        0 => "Nothing was changed outside Ampersand's own folders.".to_owned(),
        1 => "Rights in 1 place were taken back.".to_owned(),
        many => format!("Rights in {many} places were taken back."),
    };
    screen.object(
        "isolation",
        &serde_json::json!({ "places": places }),
        &words,
    );
    Ok(())
}

/// What a person can do for more of it, as `doctor` says it.
pub(crate) fn hint(isolation: &Isolation) -> &'static str {
    match isolation {
        Isolation::Full | Isolation::Unsafe => "",
        Isolation::Reduced { .. } if cfg!(windows) => {
            "Tasks that write ask before they run so. There is no full isolation on Windows yet: agents of others, which need a \
             way to their model, run on Linux."
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
    fn whoever_has_less_than_all_of_it_is_told_what_to_do() {
        let why = String::new();
        let reduced = Isolation::Reduced {
            why: why.clone(),
            gaps: Vec::new(),
        };
        assert!(hint(&reduced).starts_with("Tasks that write ask"));
        assert!(hint(&Isolation::None { why }).ends_with('.'));
        for all in [Isolation::Full, Isolation::Unsafe] {
            assert_eq!(hint(&all), "");
        }
    }
}
