//! The words for what an act is about.

use crate::overrides::tables::Class;

#[rustfmt::skip]
pub(super) const NOUNS: &[(Class, &[&str])] = &[
    (
        Class::All,
        &[
            "everything", "evrything", "everthing", "all", "every", "each", "everyone",
            "everybody", "every single", "each and every", "the whole lot", "the lot",
            "anything running", "anything thats running", "anything that is running",
            "anything still running", "anything thats still running",
            "anything in the background", "whatever is running", "whatevers running",
            "whats running", "what is running", "whatever you are doing", "whatever youre doing",
            "what you are doing", "what youre doing", "everything there is", "everything there",
            "the whole thing", "this whole thing", "the entire thing", "any and all",
            "all that stuff", "all this stuff", "all that", "all this", "absolutely everything",
            "absolutely all", "literally everything", "it all", "the whole bunch", "the bunch",
            "the entire lot", "everything and everyone", "any task that is running",
            "any tasks running", "any running tasks", "any background tasks", "any running task",
            "any background work", "any tasks that are running", "any and every",
        ],
    ),
    (Class::The, &["the", "my", "your", "our", "said", "teh"]),
    (Class::Demonstrative, &["that", "this"]),
    (Class::Demonstratives, &["those", "these"]),
    (
        Class::Indefinite,
        &[
            "a", "an", "some", "any", "another", "something", "anything", "someone", "somebody",
            "one of", "no", "a few", "several", "most", "most of", "half", "half of", "none",
        ],
    ),
    (
        Class::It,
        &[
            "it", "that thing", "this thing", "the last thing you started", "that last one",
            "that last task", "what you just started", "whatever you just started",
        ],
    ),
    (Class::Them, &["them", "they", "em"]),
    (
        Class::Else,
        &["other", "others", "else", "rest", "remaining", "remainder"],
    ),
    (
        Class::Adjective,
        &[
            "background", "only", "running", "active", "current", "currently", "ongoing", "in progress",
            "inprogress", "in flight", "in the background", "existing", "whole", "entire",
            "right now", "just", "thats running", "that is running", "that are running",
            "which are running", "which is running", "thats currently running",
            "that is currently running", "that are currently running", "that are still running",
            "thats still running", "you are running", "youre running", "you have running",
            "you are doing", "youre doing", "you started", "you just started", "i started",
            "we started", "i just started", "you have going", "youve got going",
            "youve got running", "we have running", "i have running", "you are working on",
            "youre working on", "still running", "still", "going on", "thats going on",
            "that is going on", "damn", "damned", "bloody", "stupid", "fucking", "fuckin",
            "freaking", "goddamn", "stinking", "silly", "annoying", "noisy", "slow", "expensive",
            "long running", "standing", "open", "at work", "happening", "working", "live",
            "thats happening", "that is happening", "single", "individual",
            "we were talking about", "we just talked about", "i mentioned", "i just mentioned",
            "we talked about", "you mentioned", "you just mentioned", "in question",
            "you are on", "youre on", "last mentioned", "same", "very", "poor", "entire lot of",
            "of yours", "of mine", "here", "there",
        ],
    ),
    (
        Class::Paused,
        &[
            "paused", "suspended", "frozen", "stopped", "halted", "on hold", "you paused",
            "i paused", "we paused", "you just paused", "i just paused", "that you paused",
            "that i paused", "that we paused", "that was paused", "that were paused",
            "that is paused", "that are paused", "thats paused", "which are paused",
            "which is paused", "thats on hold", "that is on hold", "that are on hold",
            "that you stopped", "you stopped", "that i stopped", "i stopped", "that was stopped",
            "you froze", "where it was",
        ],
    ),
    (
        Class::One,
        &[
            "task", "job", "agent", "one", "thing", "taks", "tsk", "subtask", "assistant", "bot",
            "process",
        ],
    ),
    (
        Class::Many,
        &[
            "tasks", "jobs", "agents", "ones", "things", "work", "stuff", "activity",
            "activities", "processes", "operations", "subagents", "sub agents", "subtasks",
            "bots", "taks", "people", "workload", "workloads", "job queue",
        ],
    ),
    (
        Class::AllPaused,
        &[
            "what you paused", "what i paused", "what was paused", "whatever you paused",
            "whatever was paused", "what we paused", "everything you paused",
            "everything i paused", "everything we paused", "everything that was paused",
            "everything that is paused", "everything thats paused", "everything paused",
            "everything on hold",
        ],
    ),
    (
        Class::Number(2),
        &["both", "both of", "two", "2", "both the", "couple"],
    ),
    (Class::Number(3), &["three", "3"]),
    (Class::Number(4), &["four", "4"]),
    (Class::Number(5), &["five", "5"]),
    (Class::Number(6), &["six", "6"]),
    (Class::Number(7), &["seven", "7"]),
    (Class::Number(8), &["eight", "8"]),
    (Class::Of, &["of"]),
    (
        Class::Link,
        &[
            "on", "for", "in", "about", "from", "with", "at", "by", "to", "into", "over",
            "against", "working on", "work on", "doing", "thats doing", "that is doing",
            "which is doing", "that does", "which does", "thats working on",
            "that is working on", "who is working on", "whos working on", "which is working on",
            "running", "called", "named", "titled", "with the title", "that is called", "run by",
            "thats run by", "started by", "handled by", "assigned to", "that runs",
            "that is running", "thats running", "for the", "related to", "regarding",
            "concerning", "touching", "thats", "that is", "which is",
        ],
    ),
    (Class::Role("explorer"), &["explorer", "read only"]),
    (
        Class::Roles("explorer"),
        &["explorers", "explorer tasks", "explorer agents", "explorer ones"],
    ),
    (Class::Role("worker"), &["worker"]),
    (
        Class::Roles("worker"),
        &["workers", "worker tasks", "worker agents", "worker ones"],
    ),
    (
        Class::Role("default"),
        &[
            "ask first", "asks first", "default", "default role", "that asks first",
            "which asks first", "asking first",
        ],
    ),
    (
        Class::Roles("default"),
        &["ask firsts", "that ask first", "which ask first", "who ask first", "defaults"],
    ),
    (
        Class::And,
        &["and", "plus", "as well as", "and also", "along with", "together with", "nor"],
    ),
];
