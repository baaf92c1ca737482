//! The machines that agents of others speak with, and the readers of what they keep, for those who throw made-up lines at
//! them. Nothing else uses it.

use ampersand_core::{Answer, Failure, Role};

use super::prompt::Opening;
use super::record::Past;
use super::{Brief, Driver, Effect, Input, rpc};
use crate::outcome::Outcome;
use crate::{acp, codex};

/// Lets an agent of the Agent Client Protocol say these lines. The error is what should not have followed.
pub fn acp(said: &str) -> Result<(), String> {
    drive(acp::conversation(brief()), said)
}

/// Lets Codex say these lines. The error is what should not have followed.
pub fn codex(said: &str) -> Result<(), String> {
    drive(codex::thread(brief()), said)
}

/// Reads a conversation of this content as an agent's own program might have kept it. The error is what should not have
/// followed.
pub fn conversation(kept: &[u8]) -> Result<(), String> {
    crate::sessions::read_made_up(kept)
}

fn brief() -> Brief {
    let past = Past::default();
    Brief {
        name: "it".to_owned(),
        role: Role::Default,
        cwd: "/w".to_owned(),
        reach: "There is no network.".to_owned(),
        model: "m".to_owned(),
        keep_percent: 0,
        rewind: None,
        opening: Opening::new("do it".to_owned(), None, &past, None),
        past,
    }
}

fn drive(mut driver: impl Driver, said: &str) -> Result<(), String> {
    let mut asked = Vec::new();
    let begun = driver.step(Input::Begin);
    let mut over = take(begun, &mut asked)?;
    for line in said.lines() {
        let Some(input) = input(line, &mut asked).filter(|_| !over) else {
            continue;
        };
        over = take(driver.step(input), &mut asked)?;
        // Looked at after every step, as the loop does.
        let _states = (driver.is_busy(), driver.is_open());
    }
    Ok(())
}

/// A line of the agent's, or behind a mark what a person does: `>` says something, `+` and `-` answer the oldest question,
/// `!` stops it.
fn input(line: &str, asked: &mut Vec<u64>) -> Option<Input> {
    let answer = |answer, asked: &mut Vec<u64>| {
        let question = (!asked.is_empty()).then(|| asked.remove(0));
        let question = question.unwrap_or_default();
        Some(Input::Answered { question, answer })
    };
    match line.split_at_checked(1) {
        Some((">", words)) => Some(Input::Told(words.to_owned())),
        Some(("+", _)) => answer(Answer::Allow, asked),
        Some(("-", _)) => answer(Answer::Deny, asked),
        Some(("!", _)) => {
            let failure = Failure::new("stopped", "It was stopped.", "Start it again.");
            Some(Input::Stop(Outcome::failed(failure)))
        }
        _ => rpc::read(line).map(Input::Heard),
    }
}

/// Notes the questions, and whether it is over. One step ends it once, and a question is put once.
fn take(effects: Vec<Effect>, asked: &mut Vec<u64>) -> Result<bool, String> {
    let mut over = false;
    for effect in effects {
        match effect {
            Effect::End(_) if over => return Err("it ended twice".to_owned()),
            Effect::End(_) => over = true,
            Effect::Ask { question, .. } if asked.contains(&question) => {
                return Err(format!("question {question} was put twice"));
            }
            Effect::Ask { question, .. } => asked.push(question),
            Effect::Send(_) | Effect::Tell(_) | Effect::Keep(_) => {}
        }
    }
    Ok(over)
}
