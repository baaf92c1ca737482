//! Typed ids: UUIDs of version 7, written as strings everywhere. Minted by whoever sends a thing first.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// A string that should have been an id and is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not the id of a {kind}")]
pub struct ParseIdError {
    /// What the id was to name.
    pub kind: &'static str,
    /// What was given instead.
    pub text: String,
}

macro_rules! id_type {
    ($($(#[doc = $doc:literal])+ $name:ident = $kind:literal;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[ts(type = "string")]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an id minted elsewhere.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare UUID, for storage.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($kind, " {}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| ParseIdError { kind: $kind, text: text.to_owned() })
            }
        }
    )+};
}

id_type! {
    /// A question an agent may not answer by itself.
    ApprovalId = "approval";
    /// One supervised run of a task.
    AttemptId = "attempt";
    /// One command on the wire; repeating it does nothing twice.
    CommandId = "command";
    /// One entry in the conversation, a card included.
    MessageId = "message";
    /// Tasks and their dependencies, made by one turn.
    PlanId = "plan";
    /// A task's work on its way into a branch of somebody else's.
    PullRequestId = "pull request";
    /// One thing to be done.
    TaskId = "task";
    /// One run of the controller's model in answer to something.
    TurnId = "turn";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_an_id_names_a_task() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(id.parse::<TaskId>().unwrap().to_string(), id);
        let long = "x".repeat(4096);
        for text in [
            "",
            "-x",
            "--upload-pack=x",
            "..",
            "@{",
            "a b",
            "../01890a5d-ac96-774b-bcce-b302099a8057",
            "01890a5d-ac96-774b-bcce-b302099a8057 ",
            "01890a5d-ac96-774b-bcce-b302099a805\u{202e}",
            &long,
        ] {
            assert!(text.parse::<TaskId>().is_err(), "{text:?}");
            let quoted = serde_json::to_string(text).unwrap();
            assert!(serde_json::from_str::<TaskId>(&quoted).is_err(), "{text:?}");
        }
    }
}
