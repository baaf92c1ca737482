//! Whose login, and where its program keeps it.

use std::path::{Path, PathBuf};

/// A program whose login can be put in on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Account {
    /// Codex, with a ChatGPT account or a key.
    Codex,
    /// Claude Code, with a Claude account.
    Claude,
}

impl Account {
    /// The account of the agent of this name.
    pub fn of(agent: &str) -> Option<Self> {
        match agent {
            "codex" => Some(Self::Codex),
            "claude" => Some(Self::Claude),
            _ => None,
        }
    }

    /// What its program is called.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Codex => "Codex",
            Self::Claude => "Claude Code",
        }
    }

    /// How a person logs in again.
    pub const fn log_in(self) -> &'static str {
        match self {
            Self::Codex => "`codex login`",
            Self::Claude => "`claude`, and /login in it",
        }
    }

    /// Where its program keeps the login: in the folder its own variable names, or in the person's home.
    pub fn file(self) -> Option<PathBuf> {
        let (variable, folder, file) = match self {
            Self::Codex => ("CODEX_HOME", ".codex", "auth.json"),
            Self::Claude => ("CLAUDE_CONFIG_DIR", ".claude", ".credentials.json"),
        };
        let named = std::env::var_os(variable).map(PathBuf::from);
        let named = named.filter(|folder| folder.is_absolute());
        let folder = named.or_else(|| Some(std::env::home_dir()?.join(folder)))?;
        Some(folder.join(file))
    }

    /// Where its tokens are refreshed.
    pub(crate) const fn token_url(self) -> &'static str {
        match self {
            Self::Codex => "https://auth.openai.com/oauth/token",
            Self::Claude => "https://platform.claude.com/v1/oauth/token",
        }
    }

    /// Whether there is a login, from its file alone.
    pub fn is_kept(self) -> bool {
        self.file()
            .is_some_and(|file: PathBuf| Path::is_file(&file))
    }
}
