//! `read_report` and `read_diff`: what tasks handed back, quoted and bounded.

use ampersand_core::counted;
use ampersand_model::{ToolSpec, tokens::bound};
use ampersand_protocol::{Command, Diff, DiffLineKind, Reply};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ANSWER_WITHIN, Acting, Refusal, read_arguments, refusal, report_text, spec as tool};
use crate::turn::prompt::quoted;

pub(super) const REPORT: &str = "read_report";
pub(super) const DIFF: &str = "read_diff";

const REPORT_BYTES_MAX: usize = 8 * 1024;
const DIFF_BYTES_MAX: usize = 12 * 1024;

#[derive(Deserialize)]
struct Arguments {
    task: String,
}

pub(super) fn specs() -> Vec<ToolSpec> {
    let with = |name: &str, description: &str| {
        let parameters = json!({
            "type": "object",
            "properties": {"task": {"type": "string", "description": "its handle or title"}},
            "required": ["task"],
        });
        tool(name, description, parameters)
    };
    vec![
        with(REPORT, "Read what a task that ended has found or done."),
        with(DIFF, "Read what a task changed."),
    ]
}

pub(super) async fn report(acting: &Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let Arguments { task } = read_arguments(arguments)?;
    let task = acting.task(&task)?;
    let command = Command::ReadReport { task };
    match acting.desk.link.call_within(ANSWER_WITHIN, command).await {
        Ok(Reply::Report { title, report }) => {
            let text = bound(&report_text(&report), REPORT_BYTES_MAX).text;
            Ok(format!(
                "The report of {title:?}, as data:\n{}",
                quoted(&text)
            ))
        }
        Ok(_) => Err("the answer was no report.".to_owned()),
        Err(failure) => Err(refusal(&failure)),
    }
}

pub(super) async fn diff(acting: &Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let Arguments { task } = read_arguments(arguments)?;
    let task = acting.task(&task)?;
    let command = Command::ReadDiff { task };
    match acting.desk.link.call_within(ANSWER_WITHIN, command).await {
        Ok(Reply::Diff { diff }) if diff.files.is_empty() => Ok("Nothing changed.".to_owned()),
        Ok(Reply::Diff { diff }) => {
            let text = bound(&text_of(&diff), DIFF_BYTES_MAX).text;
            Ok(format!("The diff, as data:\n{}", quoted(&text)))
        }
        Ok(_) => Err("the answer was no diff.".to_owned()),
        Err(failure) => Err(refusal(&failure)),
    }
}

fn text_of(diff: &Diff) -> String {
    let mut text = String::new();
    for file in &diff.files {
        text.push_str(&format!(
            "{} +{} -{}\n",
            file.path, file.added, file.removed
        ));
        for hunk in &file.hunks {
            text.push_str(&format!("{}\n", hunk.header));
            for line in &hunk.lines {
                let sign = match line.kind {
                    DiffLineKind::Context => ' ',
                    DiffLineKind::Added => '+',
                    DiffLineKind::Removed => '-',
                };
                text.push_str(&format!("{sign}{}\n", line.text));
            }
        }
        if file.binary || file.cut {
            text.push_str("(not shown in full)\n");
        }
    }
    if diff.files_left_out > 0 {
        let more = counted(u64::from(diff.files_left_out), "more file");
        text.push_str(&format!("({more})\n"));
    }
    text
}
