//! `dispatch`: a plan of tasks, checked as a whole, compared with what runs already, and submitted.

use std::collections::HashMap;

use ampersand_core::{Actor, AgentKind, NewTask, Plan, PlanId, Role, TaskId, Work, counted};
use ampersand_model::ToolSpec;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;
use uuid::Uuid;

use super::{ANSWER_WITHIN, Acting, Refusal, read_arguments, refusal, spec as tool};

pub(super) const NAME: &str = "dispatch";

/// Tasks that one turn may start. Whoever wants more has not looked for the few that will do.
const TASKS_MAX: usize = 16;

#[derive(Deserialize)]
struct Arguments {
    #[serde(default)]
    reason: String,
    tasks: Vec<Wanted>,
}

#[derive(Deserialize)]
struct Wanted {
    key: Option<String>,
    title: String,
    role: Option<String>,
    kind: Option<String>,
    agent: Option<String>,
    reviewer: Option<String>,
    brief: Option<String>,
    command: Option<String>,
    pattern: Option<String>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default)]
    inputs: Vec<String>,
}

pub(super) fn spec() -> ToolSpec {
    let names = json!({"type": "array", "items": {"type": "string"}});
    let task = json!({
        "type": "object",
        "properties": {
            "key": {"type": "string", "description": "a short name, for other tasks of this call to refer to"},
            "title": {"type": "string", "description": "a few words"},
            "role": {"type": "string", "enum": ["explorer", "worker", "default"]},
            "kind": {"type": "string", "enum": ["brief", "command", "scan", "find"]},
            "agent": {"type": "string", "description": "kind brief, only if the person named one: builtin, codex, claude, \
                gemini, opencode, or one of the person's own"},
            "reviewer": {"type": "string", "description": "kind brief, only if the person wants the work reviewed: the agent \
                that reads it before it is handed back"},
            "brief": {"type": "string", "description": "kind brief: everything the agent has to know"},
            "command": {"type": "string", "description": "kind command: the shell command"},
            "pattern": {"type": "string", "description": "kind find: the text to look for"},
            "reason": {"type": "string", "description": "why this task and this role"},
            "after": names,
            "inputs": {"type": "array", "items": {"type": "string"},
                "description": "tasks whose reports it is given; it waits for them"},
        },
        "required": ["title", "role", "kind", "reason"],
    });
    tool(
        NAME,
        "Start work in the background: one plan of tasks. `after` and `inputs` name tasks by key, handle or title.",
        json!({
            "type": "object",
            "properties": {
                "reason": {"type": "string", "description": "why these tasks, and why this many"},
                "tasks": {"type": "array", "items": task},
            },
            "required": ["reason", "tasks"],
        }),
    )
}

pub(super) async fn dispatch(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let Arguments { reason, tasks } = read_arguments(arguments)?;
    let Some(repository) = acting.desk.repository() else {
        return Err("no repository is open; ask the person to open one.".to_owned());
    };
    if acting.started + tasks.len() > TASKS_MAX {
        return Err(format!(
            "{} would make {} in this turn, and {TASKS_MAX} is the most. Put together what one agent can do and \
            judge, and dispatch the few tasks that will do.",
            counted(tasks.len() as u64, "task"),
            acting.started + tasks.len(),
        ));
    }
    let draft = draft(acting, reason, &repository.display().to_string(), tasks)?;
    draft
        .check(|id| acting.desk.board().task(id).is_some())
        .map_err(|error| refusal(&error.into()))?;
    acting.claim().await?;
    // After the claim: what an earlier turn started stands by now.
    let (plan, mut said) = without_twins(acting, draft);
    if plan.tasks.is_empty() {
        return Ok(said.join("\n"));
    }
    acting.started += plan.tasks.len();
    let titles: Vec<(TaskId, String)> = plan
        .tasks
        .iter()
        .map(|task| (task.id, task.title.clone()))
        .collect();
    let submitted = acting.desk.submit(plan, Actor::Controller, acting.said);
    match timeout(ANSWER_WITHIN, submitted).await {
        Ok(Ok(())) => {
            let board = acting.desk.board();
            let started: Vec<String> = titles
                .iter()
                .map(|(id, title)| format!("{} {title:?}", board.handle(*id)))
                .collect();
            said.insert(0, format!("Started: {}.", started.join(", ")));
            Ok(said.join("\n"))
        }
        Ok(Err(failure)) => Err(refusal(&failure)),
        Err(_) => Ok("Kept: the background process is away, and the tasks start by themselves as soon as it is back. \
            Do not dispatch them again."
            .to_owned()),
    }
}

fn draft(
    acting: &Acting<'_>,
    reason: String,
    repository: &str,
    wanted: Vec<Wanted>,
) -> Result<Plan, Refusal> {
    let ids: Vec<TaskId> = wanted.iter().map(|_| TaskId::new(Uuid::now_v7())).collect();
    let mut names: HashMap<String, TaskId> = HashMap::new();
    for (task, id) in wanted.iter().zip(&ids) {
        names.entry(task.title.trim().to_lowercase()).or_insert(*id);
    }
    // A key is meant for this, so it wins over a title that reads the same.
    for (task, id) in wanted.iter().zip(&ids) {
        if let Some(key) = &task.key {
            names.insert(key.trim().to_lowercase(), *id);
        }
    }
    let find = |name: &String| match names.get(&name.trim().to_lowercase()) {
        Some(id) => Ok(*id),
        None => acting.task(name),
    };
    let mut tasks = Vec::new();
    for (task, id) in wanted.into_iter().zip(ids) {
        let after = task.after.iter().map(find).collect::<Result<_, _>>()?;
        let inputs = task.inputs.iter().map(find).collect::<Result<_, _>>()?;
        let work = work(&task)?;
        let role = role(&task, &work)?;
        tasks.push(NewTask {
            id,
            title: task.title.trim().to_owned(),
            role,
            work,
            agent: task.agent.as_deref().map(AgentKind::named),
            reviewer: task.reviewer.as_deref().map(AgentKind::named),
            reason: task.reason,
            after,
            inputs,
        });
    }
    Ok(Plan {
        id: PlanId::new(Uuid::now_v7()),
        reason,
        repository: repository.to_owned(),
        tasks,
    })
}

fn work(task: &Wanted) -> Result<Work, Refusal> {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let title = &task.title;
    let kind = task.kind.as_deref().unwrap_or(match () {
        () if filled(&task.command).is_some() => "command",
        () if filled(&task.pattern).is_some() => "find",
        () => "brief",
    });
    match kind {
        "brief" => filled(&task.brief)
            .map(|text| Work::Brief { text })
            .ok_or_else(|| format!("{title:?} has no brief.")),
        "command" => filled(&task.command)
            .map(|line| Work::Command { line })
            .ok_or_else(|| format!("{title:?} has no command.")),
        "find" => filled(&task.pattern)
            .map(|pattern| Work::Find { pattern })
            .ok_or_else(|| format!("{title:?} has no pattern.")),
        "scan" => Ok(Work::Scan),
        other => Err(format!(
            "{title:?} has the kind {other:?}; there are brief, command, scan and find."
        )),
    }
}

fn role(task: &Wanted, work: &Work) -> Result<Role, Refusal> {
    match task.role.as_deref() {
        Some("explorer") => Ok(Role::Explorer),
        Some("worker") => Ok(Role::Worker),
        Some("default" | "ask first") => Ok(Role::Default),
        None => Ok(match work {
            Work::Scan | Work::Find { .. } => Role::Explorer,
            Work::App { .. } | Work::Brief { .. } | Work::Command { .. } | Work::ByHand => {
                Role::Worker
            }
        }),
        Some(other) => Err(format!(
            "{:?} has the role {other:?}; there are explorer, worker and default.",
            task.title
        )),
    }
}

/// Takes out what is under way already, and what is wanted twice; whoever waits for it waits for the one there is.
/// With the plan come words about what was taken out.
fn without_twins(acting: &Acting<'_>, mut plan: Plan) -> (Plan, Vec<String>) {
    let board = acting.desk.board();
    let mut replaced: HashMap<TaskId, TaskId> = HashMap::new();
    let mut said = Vec::new();
    let mut kept: Vec<NewTask> = Vec::new();
    for mut task in plan.tasks {
        for id in task.after.iter_mut().chain(&mut task.inputs) {
            *id = replaced.get(id).copied().unwrap_or(*id);
        }
        let title = &task.title;
        if let Some(twin) = board.twin(title, &task.work) {
            let handle = board.handle(twin);
            said.push(format!(
                "{title:?} is under way already as {handle} and was not started again."
            ));
            replaced.insert(task.id, twin);
        } else if let Some(twin) = kept.iter().find(|kept| is_same(kept, &task)) {
            said.push(format!("{title:?} was wanted twice and is started once."));
            replaced.insert(task.id, twin.id);
        } else {
            kept.push(task);
        }
    }
    // Those before a twin may wait for it too.
    for task in &mut kept {
        for id in task.after.iter_mut().chain(&mut task.inputs) {
            *id = replaced.get(id).copied().unwrap_or(*id);
        }
    }
    plan.tasks = kept;
    (plan, said)
}

fn is_same(one: &NewTask, other: &NewTask) -> bool {
    one.title.to_lowercase() == other.title.to_lowercase()
        && one.work == other.work
        && one.role == other.role
        && one.waits_for() == other.waits_for()
}
