//! What the tests of both protocols share.

use std::path::PathBuf;
use std::time::Duration;

use ampersand_core::{Role, Work};

use super::record::Past;
use super::{Brief, Effect};
use crate::assignment::{Assignment, Vendor, VendorKey, VendorModel};

pub(crate) fn assignment(role: Role, cwd: &str) -> Assignment {
    Assignment {
        work: Work::Brief {
            text: "do it".to_owned(),
        },
        given: "do it".to_owned(),
        role,
        capabilities: role.capabilities(),
        worktree: cwd.into(),
        began: "HEAD".to_owned(),
        model: None,
        context_tokens: 32_000,
        toolhost: PathBuf::new(),
        transcript: PathBuf::new(),
        before: None,
        rewind: None,
        vendor: Some(Vendor {
            name: "it".to_owned(),
            program: Vec::new(),
            reads: Vec::new(),
            env: Vec::new(),
            home: PathBuf::new(),
            model: VendorModel {
                origin: "http://127.0.0.1:1".to_owned(),
                model: "m".to_owned(),
                opens: VendorKey::Key,
            },
            not_loaded: Vec::new(),
            silence: Duration::from_secs(60),
            keep_percent: 0,
        }),
    }
}

pub(crate) fn brief(role: Role, cwd: &str) -> Brief {
    let assignment = assignment(role, cwd);
    let vendor = assignment.vendor.clone().unwrap();
    Brief::new(&assignment, &vendor, Past::default(), None)
}

/// The methods of what is sent, in order; `answer` for what answers the agent.
pub(crate) fn sent(effects: &[Effect]) -> Vec<String> {
    let messages = effects.iter().filter_map(|effect| match effect {
        Effect::Send(message) => Some(message["method"].as_str().unwrap_or("answer").to_owned()),
        _ => None,
    });
    messages.collect()
}

/// Whether such an effect is among them.
pub(crate) fn has(effects: &[Effect], wanted: impl Fn(&Effect) -> bool) -> bool {
    effects.iter().any(wanted)
}
