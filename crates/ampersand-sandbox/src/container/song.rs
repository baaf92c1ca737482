//! What the canary tries in what an attempt is fenced in by, what has to come of it, and what that says about the tier.

use std::net::SocketAddr;
use std::path::PathBuf;

use ampersand_core::{Gap, Role};
use serde::{Deserialize, Serialize};

use crate::users::token::Cut;

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
    /// Where it has a user of its own.
    pub(crate) user: Option<UserBait>,
}

/// What besides is set out for one that has a user of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UserBait {
    /// One of our ports, where somebody listens.
    pub(crate) way: u16,
    /// A file that all users of this machine may read and write.
    pub(crate) shared: PathBuf,
    /// A file of another attempt's.
    pub(crate) others: PathBuf,
    /// The person, as the registry calls them.
    pub(crate) person: String,
}

/// What it sings in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fence {
    Container,
    /// A user of its own, whose token is cut like this.
    User(Cut),
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
    ReachWay,
    ReachNeighbour,
    ReachOut,
    Listen,
    ReadShared,
    WriteShared,
    WriteSystem,
    ReadOthers,
    ReadHive,
    ReadCredentials,
    OpenStation,
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
    const IN_ANY: [Self; 17] = [
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

    /// What a container is not asked: there is no way out of it, and what it shuts it shuts by itself.
    const AS_A_USER: [Self; 11] = [
        Self::ReachWay,
        Self::ReachNeighbour,
        Self::ReachOut,
        Self::Listen,
        Self::ReadShared,
        Self::WriteShared,
        Self::WriteSystem,
        Self::ReadOthers,
        Self::ReadHive,
        Self::ReadCredentials,
        Self::OpenStation,
    ];

    pub(crate) fn all(fence: Fence) -> impl Iterator<Item = Self> {
        let besides = match fence {
            Fence::Container => &[][..],
            Fence::User(_) => &Self::AS_A_USER,
        };
        Self::IN_ANY.into_iter().chain(besides.iter().copied())
    }

    pub(crate) const fn expected(self, role: Role, fence: Fence) -> Expected {
        match self {
            Self::ReachWay => Expected::Allowed,
            Self::SeeName if matches!(fence, Fence::User(_)) => Expected::Denied,
            // What it reads is not the person's; that is tried by itself.
            Self::ReadRegistry if matches!(fence, Fence::User(_)) => Expected::Outside,
            // Said of the tier in any case.
            Self::ReadShared if matches!(fence, Fence::User(Cut::Writing)) => Expected::Outside,
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
            | Self::LeaveJob
            | Self::ReachNeighbour
            | Self::ReachOut
            | Self::Listen
            | Self::ReadShared
            | Self::WriteShared
            | Self::WriteSystem
            | Self::ReadOthers
            | Self::ReadHive
            | Self::ReadCredentials
            | Self::OpenStation => Expected::Denied,
            Self::SendUdp => Expected::Outside,
            Self::SeeName => Expected::Open(Gap::Names),
            Self::ReadRegistry => Expected::Open(Gap::Registry),
        }
    }
}

/// Compares a song with what the tier promises: what it leaves open, or the first thing that is not as it has to be.
pub(crate) fn judge(sung: &Sung, role: Role, fence: Fence) -> Result<Vec<Gap>, String> {
    let tried = sung.0.iter().map(|(attempt, _)| *attempt);
    if !tried.eq(Attempt::all(fence)) {
        return Err("canary: it did not try everything".to_owned());
    }
    let mut open = Vec::new();
    for (attempt, outcome) in &sung.0 {
        match (attempt.expected(role, fence), outcome) {
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
mod tests;
