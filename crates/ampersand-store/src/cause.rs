//! Why SQLite refused, in the few ways that make a difference to a person.

use std::{error::Error, io};

/// What stands behind an error of SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    NoSpace,
    Denied,
    Corrupt,
    NotADatabase,
    Busy,
    Other,
}

impl Cause {
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) => Self::of_io(error),
            sqlx::Error::Database(error) => error
                .code()
                .and_then(|code| code.parse().ok())
                .map_or(Self::Other, Self::of_code),
            _ => Self::Other,
        }
    }

    pub(crate) fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::Denied,
            _ => Self::Other,
        }
    }

    /// The low byte of a result code is its class, the rest says more about it.
    const fn of_code(code: u32) -> Self {
        match code & 0xff {
            // The shared index beside the database could not grow, which takes nothing but space.
            10 if code == 4874 => Self::NoSpace,
            3 | 8 | 23 => Self::Denied,
            5 | 6 => Self::Busy,
            11 => Self::Corrupt,
            13 => Self::NoSpace,
            26 => Self::NotADatabase,
            _ => Self::Other,
        }
    }
}

/// An error as a person reads it, with what stands right behind it.
pub(crate) fn sentence(error: &dyn Error) -> String {
    let mut words = error.to_string();
    if let Some(source) = error.source() {
        words.push_str(&format!(": {source}"));
    }
    let mut letters = words.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_code_is_read_by_its_class() {
        let cases = [
            (8, Cause::Denied),
            (1032, Cause::Denied),
            (517, Cause::Busy),
            (267, Cause::Corrupt),
            (13, Cause::NoSpace),
            (4874, Cause::NoSpace),
            (26, Cause::NotADatabase),
            (10, Cause::Other),
        ];
        for (code, cause) in cases {
            assert_eq!(Cause::of_code(code), cause, "{code}");
        }
    }

    #[test]
    fn a_file_that_may_not_be_written_is_denied() {
        let error = sqlx::Error::Io(io::ErrorKind::PermissionDenied.into());
        assert_eq!(Cause::of(&error), Cause::Denied);
    }
}
