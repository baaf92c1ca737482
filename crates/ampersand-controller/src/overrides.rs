//! Overrides before models: reads one typed message and says, by rules alone, whether it pauses,
//! resumes, cancels or narrows standing tasks, and which. Refuses to guess: what the tables do not cover to
//! the last word is left to the model. Starts nothing and touches nothing.

mod chinese;
mod english;
mod grammar;
mod likeness;
mod referent;
mod resolve;
mod tables;
mod text;

#[cfg(test)]
mod tests;

use std::fmt;

use ampersand_core::Narrowing;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

/// A task that has not ended, as far as the rules need to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The task's id.
    pub id: String,
    /// Its title, as on its card.
    pub title: String,
    /// `explorer`, `worker` or `default`; the shown form `ask first` is understood too.
    #[serde(default)]
    pub role: String,
    /// The agent as shown, such as `Codex` or `built-in`.
    #[serde(default)]
    pub agent: String,
    /// Whether it is what the conversation last spoke of. Several may be.
    #[serde(default)]
    pub last_mentioned: bool,
    /// Whether it is paused now, where the caller knows. Known, it keeps "go on" from being taken
    /// for an override when nothing is paused.
    #[serde(default)]
    pub paused: Option<bool>,
}

/// Whether a reply is being written while the person types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reply {
    /// No reply is being written.
    #[default]
    Quiet,
    /// One is, so a plain "stop" is meant for it.
    Streaming,
}

/// What an override does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Freeze.
    Pause,
    /// Thaw.
    Resume,
    /// Freeze, then kill unless undone.
    Cancel,
    /// Take a capability, for good.
    Narrow(Narrowing),
    /// Nothing: the message is not an override.
    None,
}

impl Verb {
    /// The word a person sees and the wire carries.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
            Self::Narrow(_) => "narrow",
            Self::None => "none",
        }
    }

    /// The words that ask for it, in front of a task's title.
    pub const fn said(self) -> &'static str {
        match self {
            Self::Pause | Self::Resume | Self::Cancel | Self::None => self.word(),
            Self::Narrow(Narrowing::Network) => "no network for",
            Self::Narrow(Narrowing::WebSearch) => "no web for",
            Self::Narrow(Narrowing::Execute) => "no commands for",
        }
    }
}

impl Serialize for Verb {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// Which tasks an override was said of; written as `all`, `that`, `named:TITLE,…`,
/// `except:TITLE,…` or `role:ROLE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every standing task.
    All,
    /// The one last spoken of.
    That,
    /// These titles, in the order they were said.
    Named(Vec<String>),
    /// Every standing task but these titles.
    Except(Vec<String>),
    /// Every task in this role: `explorer`, `worker` or `default`.
    Role(&'static str),
    /// The message is not an override.
    None,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::That => f.write_str("that"),
            Self::Named(titles) => write!(f, "named:{}", titles.join(",")),
            Self::Except(titles) => write!(f, "except:{}", titles.join(",")),
            Self::Role(role) => write!(f, "role:{role}"),
            Self::None => f.write_str("none"),
        }
    }
}

/// One task an override reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// The task's id.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// A recognised override, resolved against the standing tasks.
///
/// Serialises to its verb and scope alone: `{"verb":"pause","scope":"that"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// What is to be done.
    pub verb: Verb,
    /// What was said.
    pub scope: Scope,
    /// The tasks it comes to; empty when the scope holds nobody, as in "cancel everything" with
    /// nothing standing.
    pub tasks: Vec<Reached>,
}

impl Override {
    /// The sentence shown under the message: `Understood as: pause Refactor the auth module`.
    pub fn understood(&self) -> String {
        let verb = self.verb.said();
        let said = match &self.scope {
            Scope::Except(titles) => format!(
                "{verb} everything except {} ({})",
                in_words(titles),
                counted(self.tasks.len())
            ),
            Scope::All => format!("{verb} everything ({})", counted(self.tasks.len())),
            Scope::Role(role) => format!(
                "{verb} every {} task ({})",
                if *role == "default" {
                    "ask-first"
                } else {
                    role
                },
                counted(self.tasks.len())
            ),
            Scope::That | Scope::Named(_) | Scope::None => {
                let titles: Vec<_> = self.tasks.iter().map(|task| task.title.clone()).collect();
                match titles.len() {
                    0 | 1 => format!("{verb} {}", in_words(&titles)),
                    several => format!("{verb} {}: {}", counted(several), in_words(&titles)),
                }
            }
        };
        format!("Understood as: {said}")
    }
}

impl Serialize for Override {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_struct("Override", 2)?;
        line.serialize_field("verb", &self.verb)?;
        line.serialize_field("scope", &self.scope.to_string())?;
        line.end()
    }
}

/// What a message turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognised {
    /// An override with one meaning: carry it out.
    Override(Override),
    /// An override whose referent is not unique: offer chips, do nothing on its own.
    Ambiguous {
        /// What was asked for.
        verb: Verb,
        /// The tasks it may have meant, for the chips.
        candidates: Vec<Reached>,
        /// Ids that may be frozen while the person chooses, because the word was destructive;
        /// never to be killed before the choice. Empty for `pause` and `resume`.
        freeze: Vec<String>,
    },
    /// A plain "stop" meant for the reply being written: stop that, and offer to stop these tasks.
    StopReply {
        /// The standing tasks, for the chips.
        offer: Vec<Reached>,
    },
    /// An override as far as that can be said: no task stands that it could be about.
    Nobody(Verb),
    /// Not an override: the model's.
    None,
}

impl Recognised {
    /// As one verb and one scope, which is what `ampersand-cli recognise` prints. Whatever would
    /// not be carried out reads `{"verb":"none","scope":"none"}`.
    pub fn as_override(&self) -> Override {
        match self {
            Self::Override(found) => found.clone(),
            Self::Ambiguous { .. } | Self::StopReply { .. } | Self::Nobody(_) | Self::None => {
                Override {
                    verb: Verb::None,
                    scope: Scope::None,
                    tasks: Vec::new(),
                }
            }
        }
    }
}

/// Decides whether `text` is an override of some of `standing`, with no reply being written.
///
/// Total: any input gives an answer, without panicking and without a model.
pub fn recognise(text: &str, standing: &[Standing]) -> Recognised {
    recognise_during(text, standing, Reply::Quiet)
}

/// Like [`recognise`], told whether a reply is being written at this moment.
pub fn recognise_during(text: &str, standing: &[Standing], reply: Reply) -> Recognised {
    let Some(message) = text::read(text) else {
        return Recognised::None;
    };
    let tasks = referent::Tasks::of(standing);
    match grammar::hear(&message, &tasks) {
        Some(heard) => resolve::resolve(&heard, &tasks, reply),
        None => Recognised::None,
    }
}

fn counted(tasks: usize) -> String {
    match tasks {
        0 => "no tasks".to_owned(),
        some => ampersand_core::counted(some as u64, "task"),
    }
}

fn in_words(titles: &[String]) -> String {
    match titles {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [firsts @ .., last] => format!("{} and {last}", firsts.join(", ")),
    }
}
