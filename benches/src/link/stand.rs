//! What is measured on: a home on a real disk, a repository that holds the agents' program, and a model.

use std::{fs, path::PathBuf};

use ampersand_protocol::Home;
use ampersand_testkit::TestRepository;
use anyhow::{Context, Result};
use tempfile::TempDir;

use super::model::PacedModel;
use crate::{
    agents::{self, AGENTS},
    orchestrator,
};

/// Slots: for every busy agent, and a few for short tasks beside them.
const SLOTS: usize = AGENTS + 4;

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
        agents::commit_program(&repository)?;
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
        orchestrator::end(pid.trim().parse()?)
    }
}
