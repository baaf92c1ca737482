//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Talk, and let the work go on behind.
#[derive(Debug, Parser)]
#[command(name = "ampersand-cli", version, about)]
pub(crate) struct Arguments {
    /// The folder that holds all state, settings included; wins over AMPERSAND_HOME
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// The repository messages are about; the current folder if absent
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) repo: Option<PathBuf>,
    /// One JSON object to a line on standard output, errors included
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// A task by its id, the beginning or end of its id, or its title.
pub(crate) type TaskName = String;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Talk: each line of standard input is a message
    Chat {
        /// Leave at the end of standard input instead of waiting for every task to end or need you
        #[arg(long)]
        no_wait: bool,
    },
    /// List the tasks
    Tasks,
    /// Tell a task something
    Steer {
        id: TaskName,
        #[arg(required = true, trailing_var_arg = true)]
        text: Vec<String>,
    },
    /// Tell work that is ready something instead of what it was told last, which is taken back
    Rewind {
        id: TaskName,
        #[arg(required = true, trailing_var_arg = true)]
        text: Vec<String>,
    },
    /// Let a task stand still
    Pause(Which),
    /// Let a task go on
    Resume(Which),
    /// End a task: frozen at once, killed after five seconds unless undone
    Cancel {
        #[command(flatten)]
        which: Which,
        /// Kill at once
        #[arg(long)]
        now: bool,
    },
    /// Take something from a task at once and for good: network, web_search or execute
    Narrow {
        #[command(flatten)]
        which: Which,
        /// What is taken: `network` is every host and the web, `web_search` the web alone, `execute` running commands
        #[arg(long, value_name = "WHAT", value_parser = ["network", "web_search", "execute"])]
        no: String,
    },
    /// Take back the newest cancel that has not killed yet
    Undo,
    /// Allow what an approval asks
    Approve {
        id: String,
        /// And the same again within this task
        #[arg(long)]
        for_task: bool,
        /// And the same again within this repository; for the question about reduced isolation
        #[arg(long, conflicts_with = "for_task")]
        for_project: bool,
    },
    /// Refuse what an approval asks
    Deny { id: String },
    /// Print a task's report
    Report { id: TaskName },
    /// Print what a task changed
    Diff { id: TaskName },
    /// Print what a task's agent was given, word for word
    Given { id: TaskName },
    /// Print the end of what a task's agent printed
    Output { id: TaskName },
    /// Bring a task's work into the branch that is checked out
    Land { id: TaskName },
    /// Bring a task's work and the branch together where they do not join: a follow-up task does, and lands with the work
    Resolve {
        id: TaskName,
        /// Do it yourself, in a worktree made for that
        #[arg(long)]
        by_hand: bool,
    },
    /// Ask to land a task with one side where its work and the branch do not join; `approve` lands it
    Keep {
        id: TaskName,
        /// The side that is kept; the other is given up in these places
        #[arg(value_name = "SIDE", value_parser = ["branch", "work"])]
        side: String,
    },
    /// Put a task's work on a branch of its own instead; no checkout changes
    PutOnBranch {
        id: TaskName,
        /// The branch
        #[arg(value_name = "BRANCH")]
        branch: String,
    },
    /// Ask to push a task's work and open it as a pull or merge request instead; `approve` does it
    OpenPullRequest {
        id: TaskName,
        /// The branch on the remote; one named after the task if absent
        #[arg(long, value_name = "BRANCH")]
        branch: Option<String>,
    },
    /// Watch a task's pull request again
    Watch { id: TaskName },
    /// Watch a task's pull request no more; it stays open
    Unwatch { id: TaskName },
    /// Take the last landing, or that of a task, out of the branch again while nothing stands on it
    UndoLanding { id: Option<TaskName> },
    /// Run the repository's app with a task's work, as a task of its own
    RunApp { id: TaskName },
    /// Put a task's work into your checkout to look at and try; branch and index stay as they are
    Show { id: TaskName },
    /// Put your checkout back as it was before a task's work was shown in it
    PutBack { id: Option<TaskName> },
    /// Open a task's worktree in your editor, in a terminal, or as a folder
    Open {
        id: TaskName,
        /// What opens it
        #[arg(long = "in", value_name = "PROGRAM", value_parser = ["editor", "terminal", "folder"], default_value = "editor")]
        within: String,
    },
    /// Put a task's work aside; its ref stays
    Discard { id: TaskName },
    /// Start a task again from where its worktree stands
    Restart {
        id: TaskName,
        /// With no isolation at all, this once; asks for a sentence to be typed
        #[arg(long = "unsafe")]
        without_isolation: bool,
    },
    /// Trust the commands this repository declares, as they are now
    Trust,
    /// Print the journal
    Events {
        /// Those after this number
        #[arg(long, default_value_t = 0, value_name = "N")]
        from: u64,
        /// Go on printing as more come
        #[arg(long)]
        follow: bool,
    },
    /// For each line of standard input, print the override it is; starts nothing
    Recognise {
        /// The tasks that stand: a JSON array of {id, title, role, agent, last_mentioned}
        #[arg(long, value_name = "FILE")]
        tasks: Option<PathBuf>,
    },
    /// Run a command as an agent of a role would be run; `isolation: TIER` is the first line on standard error
    Sandbox(crate::sandbox::Sandboxed),
    /// What isolation needs an administrator for, and what it keeps on this system from task to task
    #[command(subcommand)]
    Isolation(IsolationVerb),
    /// Keep a key in the system's keychain, under the name the settings give in `api_key`
    #[command(subcommand)]
    Key(KeyVerb),
    /// Let the login that an agent's own program keeps here be used; Codex's also as the model of the chat, where none is set
    Connect {
        /// `codex`, `claude` or `gemini`
        agent: String,
        /// Let the agent itself read its login, where that cannot be kept from it: it could then use it for anything
        #[arg(long)]
        reads_login: bool,
    },
    /// List the conversations that agents' own programs keep of this repository
    Sessions,
    /// Go on with one of them as a task, on a copy of it
    Continue {
        /// Its id, or the beginning or end of that
        session: String,
        /// What is to be done next
        #[arg(required = true, trailing_var_arg = true)]
        text: Vec<String>,
    },
    /// Keep so much of every window of an agent's account for yourself
    Reserve {
        /// As in the settings
        agent: String,
        /// Of a hundred
        #[arg(value_parser = clap::value_parser!(u8).range(0..=100))]
        percent: u8,
    },
    /// Say what works here and what would fix the rest
    Doctor,
}

/// What is done about isolation.
#[derive(Debug, Subcommand)]
pub(crate) enum IsolationVerb {
    /// Make what full isolation needs an administrator for, once: on Windows, users for agents and network filters on them
    SetUp,
    /// Take back what was changed outside Ampersand's own folders, what `set-up` made included
    Remove,
}

/// What is done with a key.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyVerb {
    /// Keep the key that is given on standard input, in place of the one there was
    Set {
        /// What the settings name in `api_key`
        name: String,
    },
    /// Forget it
    Remove {
        /// What the settings name in `api_key`
        name: String,
    },
}

/// One task, or all that the verb makes sense for.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    pub(crate) id: Option<TaskName>,
    /// Every task it makes sense for
    #[arg(long)]
    pub(crate) all: bool,
}
