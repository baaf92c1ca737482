//! What stands around an attempt: the tier there is, and whether the person lets this attempt run in it.

use std::{fs, io, path::PathBuf};

use ampersand_core::{
    AgentKind, Answer, Failure, Gap, Isolation, Question, Task, UnsafeConsent, Work,
};
use ampersand_sandbox::{leads_out_in, serves_in};
use sha2::{Digest, Sha256};

use super::World;

/// What an attempt runs in.
pub(super) enum Fence {
    /// The sandbox there is, with these gaps accepted.
    Sandbox { accepted: Vec<Gap> },
    /// None, as a person typed for this attempt.
    Nothing(UnsafeConsent),
}

/// The tier an attempt would have now, looked at for it: the launches that follow are held to it. A task that would run
/// programs without any is refused, unless a person typed for it; so is one that cannot do in that tier what it is for, before
/// anybody is asked to accept it.
pub(super) async fn found(
    world: &World,
    task: &Task,
    consent: Option<&UnsafeConsent>,
) -> Result<Isolation, Failure> {
    let isolation = match consent {
        Some(_) => Isolation::Unsafe,
        None => world.launcher.tier_of(task.role).await,
    };
    if isolation_is_none(&isolation) && executes(task) {
        return Err(Failure::new(
            "no_isolation",
            format!("{:?} was not started. {}", task.title, isolation.told()),
            "`doctor` says what would fix it. Reading and searching still work.",
        ));
    }
    if task.reaches_a_model() && !leads_out_in(&isolation) {
        return Err(task.has_no_way_out());
    }
    let serves = matches!(task.work, Work::App { port: Some(_), .. });
    if serves && !serves_in(&isolation) {
        return Err(Failure::new(
            "no_way_to_app",
            format!(
                "{:?} was not started: nothing it serves could be reached in this isolation.",
                task.title
            ),
            "`doctor` says what would bring full isolation back. Or open the folder of the work and run it there.",
        ));
    }
    Ok(isolation)
}

/// Puts what a reduced tier does not enforce before the person, where it was not accepted before. `ask` waits for the
/// answer.
pub(super) async fn accepted<F: Future<Output = Answer>>(
    world: &World,
    task: &Task,
    isolation: &Isolation,
    ask: impl FnOnce(Question) -> F,
) -> Result<Vec<Gap>, Failure> {
    let Isolation::Reduced { why, gaps } = isolation else {
        return Ok(Vec::new());
    };
    if !task.role.writes() || !executes(task) {
        return Ok(Vec::new());
    }
    let before = of_project(world, task);
    if gaps.iter().all(|gap| before.contains(gap)) {
        return Ok(before);
    }
    let question = Question::Reduced {
        why: why.clone(),
        gaps: gaps.clone(),
    };
    match ask(question).await {
        Answer::Deny => Err(Failure::new(
            "isolation_not_accepted",
            format!(
                "{:?} was not started: its isolation would be reduced.",
                task.title
            ),
            "`doctor` says what would bring full isolation back.",
        )),
        Answer::Allow | Answer::AllowForTask => Ok(gaps.clone()),
        Answer::AllowForProject => {
            remember(world, task, gaps).map_err(|error| {
                Failure::new(
                    "acceptance_not_kept",
                    format!("What you accepted cannot be written down: {error}."),
                    "Make sure that the home folder can be written and has room, and start the task again.",
                )
            })?;
            Ok(gaps.clone())
        }
    }
}

/// What a person accepted for the task's repository.
pub(super) fn of_project(world: &World, task: &Task) -> Vec<Gap> {
    let text = fs::read_to_string(file(world, task)).unwrap_or_default();
    // A gap this version does not know is none it could ask about.
    serde_json::from_str(&text).unwrap_or_default()
}

fn remember(world: &World, task: &Task, gaps: &[Gap]) -> io::Result<()> {
    let file = file(world, task);
    let text = serde_json::to_string(gaps)?;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = file.with_extension("new");
    fs::write(&new, text)?;
    fs::rename(new, file)
}

fn file(world: &World, task: &Task) -> PathBuf {
    let digest = Sha256::digest(task.repository.as_bytes());
    let name: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    world.home.root().join("sandbox/accepted").join(name)
}

const fn isolation_is_none(isolation: &Isolation) -> bool {
    matches!(isolation, Isolation::None { .. })
}

/// Whether programs other than our own would run. Looking is done by our own code and stays possible.
const fn executes(task: &Task) -> bool {
    match &task.work {
        Work::Command { .. } | Work::App { .. } => true,
        Work::Brief { .. } => task.role.writes() || !matches!(task.agent, AgentKind::Builtin),
        Work::Scan | Work::Find { .. } | Work::ByHand => false,
    }
}
