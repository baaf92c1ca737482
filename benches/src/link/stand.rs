//! What is measured on: a home on a real disk, a repository that holds the agents' program, and a model.

use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use ampersand_protocol::Home;
use ampersand_testkit::{TestRepository, program};
use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::{agents, model::PacedModel};

/// Slots: for every busy agent, and a few for short tasks beside them.
const SLOTS: usize = super::AGENTS + 4;

/// How long the orchestrator may take to leave.
const LEAVES_WITHIN: Duration = Duration::from_secs(20);

pub(super) struct Stand {
    /// Goes with this, and what the programs wrote with it.
    _folder: TempDir,
    pub(super) home: Home,
    pub(super) repository: TestRepository,
    _model: PacedModel,
}

impl Stand {
    /// Beside this program: there the disk is a real one, where a temporary folder may be memory.
    pub(super) fn folder() -> Result<TempDir> {
        let program = std::env::current_exe()?;
        let beside = program.parent().context("this program is in no folder")?;
        Ok(tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(beside)?)
    }

    pub(super) fn new() -> Result<Self> {
        let folder = Self::folder()?;
        let home = Home::find(Some(&folder.path().join("home")))?;
        fs::create_dir(home.root())?;
        let model = PacedModel::start()?;
        let settings = format!(
            "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{}\"\nmodel = \"paced\"\n\
             [slots]\nlimit = {SLOTS}\n",
            model.base_url()
        );
        fs::write(home.settings(), settings)?;
        let repository = TestRepository::new();
        let agent = program(agents::PROGRAM);
        let name = agent.file_name().context("a program has a name")?;
        fs::copy(&agent, repository.root().join(name))?;
        repository.commit("Add the agents' program");
        Ok(Self {
            _folder: folder,
            home,
            repository,
            _model: model,
        })
    }

    pub(super) fn root(&self) -> PathBuf {
        self.repository.root().to_owned()
    }

    /// Lines that all agents have printed so far.
    pub(super) fn lines_printed(&self) -> Result<usize> {
        let mut lines = 0;
        for entry in fs::read_dir(self.home.output())? {
            let printed = fs::read(entry?.path())?;
            lines += printed.iter().filter(|byte| **byte == b'\n').count();
        }
        Ok(lines)
    }

    /// Ends the orchestrator in order and waits until it is gone; what it wrote stays until this is dropped.
    pub(super) fn stop(&self) -> Result<()> {
        let pid = fs::read_to_string(self.home.orchestrator_lock())?;
        let pid = pid.trim().parse()?;
        leave(pid)?;
        // Nobody tells when a process that is not our child has ended.
        let began = Instant::now();
        while is_there(pid) {
            ensure!(
                began.elapsed() < LEAVES_WITHIN,
                "the orchestrator, process {pid}, does not leave"
            );
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

#[cfg(unix)]
fn leave(pid: i32) -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = Pid::from_raw(pid).context("the lock names no process")?;
    Ok(kill_process(pid, Signal::TERM)?)
}

#[cfg(unix)]
fn is_there(pid: i32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok())
}

/// It leaves by itself once nobody is attached and nothing runs.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on other systems asking can fail")]
fn leave(_pid: i32) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn is_there(_pid: i32) -> bool {
    false
}
