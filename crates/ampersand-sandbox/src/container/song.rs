//! What the canary tries in a container, what has to come of it, and what that says about the tier.

use std::net::SocketAddr;
use std::path::PathBuf;

use ampersand_core::{Gap, Role};
use serde::{Deserialize, Serialize};

/// What is set out for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bait {
    pub(crate) secret: PathBuf,
    pub(crate) worktree: PathBuf,
    pub(crate) tcp: SocketAddr,
    pub(crate) udp: SocketAddr,
    pub(crate) pipe: String,
    /// A process outside.
    pub(crate) host: u32,
}

/// What came of each attempt.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sung(pub(crate) Vec<(Attempt, Outcome)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Allowed,
    Denied,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Attempt {
    ReadWorktree,
    WriteWorktree,
    WriteTemporary,
    StartProgram,
    WriteGit,
    MoveGit,
    ChangeRights,
    MoveWorktree,
    WriteOutside,
    ReadSecret,
    ConnectTcp,
    SendUdp,
    OpenPipe,
    OpenHost,
    LeaveJob,
    SeeName,
    ReadRegistry,
}

/// What must come of an attempt for the tier to be what it is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Denied,
    /// A program could not work without it.
    Allowed,
    /// Not enforced; if it works, that is said.
    Open(Gap),
    /// Whether anything arrives is seen from outside: what is dropped on the way looks as if it was sent.
    Outside,
}

impl Attempt {
    /// In this order: what has to work comes before what takes it away.
    pub(crate) const ALL: [Self; 17] = [
        Self::ReadWorktree,
        Self::WriteWorktree,
        Self::WriteTemporary,
        Self::StartProgram,
        Self::WriteGit,
        Self::MoveGit,
        Self::ChangeRights,
        Self::MoveWorktree,
        Self::WriteOutside,
        Self::ReadSecret,
        Self::ConnectTcp,
        Self::SendUdp,
        Self::OpenPipe,
        Self::OpenHost,
        Self::LeaveJob,
        Self::SeeName,
        Self::ReadRegistry,
    ];

    pub(crate) const fn expected(self, role: Role) -> Expected {
        match self {
            Self::ReadWorktree | Self::WriteTemporary | Self::StartProgram => Expected::Allowed,
            Self::WriteWorktree if role.writes() => Expected::Allowed,
            Self::WriteWorktree
            | Self::WriteGit
            | Self::MoveGit
            | Self::ChangeRights
            | Self::MoveWorktree
            | Self::WriteOutside
            | Self::ReadSecret
            | Self::ConnectTcp
            | Self::OpenPipe
            | Self::OpenHost
            | Self::LeaveJob => Expected::Denied,
            Self::SendUdp => Expected::Outside,
            Self::SeeName => Expected::Open(Gap::Names),
            Self::ReadRegistry => Expected::Open(Gap::Registry),
        }
    }
}

/// Compares a song with what the tier promises: what it leaves open, or the first thing that is not as it has to be.
pub(crate) fn judge(sung: &Sung, role: Role) -> Result<Vec<Gap>, String> {
    let tried = sung.0.iter().map(|(attempt, _)| *attempt);
    if !tried.eq(Attempt::ALL) {
        return Err("canary: it did not try everything".to_owned());
    }
    let mut open = Vec::new();
    for (attempt, outcome) in &sung.0 {
        match (attempt.expected(role), outcome) {
            (Expected::Open(gap), Outcome::Allowed) => open.push(gap),
            (Expected::Denied, Outcome::Denied)
            | (Expected::Allowed, Outcome::Allowed)
            | (Expected::Open(_) | Expected::Outside, _) => {}
            (expected, outcome) => {
                return Err(format!(
                    "canary: as {} it should be {expected:?}, but was {outcome:?}, to {attempt:?}",
                    role.shown()
                ));
            }
        }
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As it has to be, but for one attempt.
    fn sung(role: Role, but: Option<Attempt>) -> Sung {
        let outcome = |attempt: Attempt| {
            let allowed = attempt.expected(role) == Expected::Allowed;
            match allowed != (but == Some(attempt)) {
                true => Outcome::Allowed,
                false => Outcome::Denied,
            }
        };
        Sung(
            Attempt::ALL
                .map(|attempt| (attempt, outcome(attempt)))
                .into(),
        )
    }

    #[test]
    fn a_song_is_believed_only_as_a_whole() {
        for role in [Role::Explorer, Role::Worker, Role::Default] {
            assert_eq!(judge(&sung(role, None), role), Ok(Vec::new()));
            for attempt in Attempt::ALL {
                let judged = judge(&sung(role, Some(attempt)), role);
                match attempt.expected(role) {
                    Expected::Open(gap) => assert_eq!(judged, Ok(vec![gap])),
                    Expected::Outside => assert_eq!(judged, Ok(Vec::new())),
                    Expected::Denied | Expected::Allowed => {
                        let why = judged.unwrap_err();
                        assert!(why.contains(&format!("{attempt:?}")), "{why}");
                    }
                }
            }
            let mut short = sung(role, None);
            short.0.pop();
            assert!(judge(&short, role).unwrap_err().contains("everything"));
            let mut twice = sung(role, None);
            twice.0[1] = twice.0[0];
            assert!(judge(&twice, role).is_err());
        }
    }

    #[test]
    fn an_explorer_is_expected_to_write_nothing_but_its_own() {
        let allowed = Attempt::ALL.into_iter();
        let allowed: Vec<_> = allowed
            .filter(|attempt| attempt.expected(Role::Explorer) == Expected::Allowed)
            .collect();
        let expected = [
            Attempt::ReadWorktree,
            Attempt::WriteTemporary,
            Attempt::StartProgram,
        ];
        assert_eq!(allowed, expected);
    }

    #[test]
    fn a_song_and_its_bait_survive_the_way_there_and_back() {
        let bait = Bait {
            secret: r"C:\a b\secret".into(),
            worktree: r"C:\a b\tree".into(),
            tcp: "127.0.0.1:1".parse().unwrap(),
            udp: "127.0.0.1:2".parse().unwrap(),
            pipe: r"\\.\pipe\x".to_owned(),
            host: 7,
        };
        let text = serde_json::to_string(&bait).unwrap();
        assert_eq!(serde_json::from_str::<Bait>(&text).unwrap(), bait);
        let text = serde_json::to_string(&sung(Role::Worker, None)).unwrap();
        let heard: Sung = serde_json::from_str(&text).unwrap();
        assert!(judge(&heard, Role::Worker).is_ok());
    }
}
