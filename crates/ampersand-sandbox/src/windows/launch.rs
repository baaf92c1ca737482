//! Starting a program in a container of its own: written down, given its rights, started. Whatever fails on the way is put back
//! at once, and nothing is started.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use ampersand_process::{Container, Spec, spawn_tree};

use super::places::{Places, show_tools};
use super::prepare::{Failed, blocking, checked, is_straight, prepare, spec, tell};
use super::started::Started;
use super::{access, profile, system};
use crate::container::environment::{PRIVATE, System, environment};
use crate::container::grants::plan;
use crate::container::journal::{Entry, Record};
use crate::container::sid::Sid;
use crate::container::{installation, profile_name, tools_name};
use crate::launcher::LaunchError;
use crate::policy::Policy;
use crate::toolchains::Toolchains;

/// Everything a launch needs that does not differ from attempt to attempt.
#[derive(Debug)]
pub(super) struct Containers {
    places: Places,
    installation: String,
    toolchains: Toolchains,
    system: System,
    /// By this all attempts are let at the toolchains.
    tools: Sid,
}

impl Containers {
    pub(super) fn prepare(state_dir: &Path) -> Result<Self, String> {
        let failed = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
        let places = Places::of(state_dir);
        fs::create_dir_all(&places.folder).map_err(failed("its own folder cannot be made"))?;
        is_straight(&places.folder).map_err(failed("its own folder cannot be used"))?;
        let installation = installation(state_dir);
        let tools = profile::capability(&tools_name(&installation))
            .map_err(failed("this system knows no AppContainers"))?;
        Ok(Self {
            places,
            installation,
            toolchains: Toolchains::find(),
            system: system::look().map_err(failed("the system's folder is not known"))?,
            tools,
        })
    }

    /// Starts `argv` in a container of its own, whether or not anybody accepted what that leaves open.
    pub(super) async fn start(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
    ) -> Result<Started, LaunchError> {
        let git = checked(policy)?;
        let name = self.name();
        let (places, own) = (self.places.clone(), policy.clone());
        let furnishing = move || furnish(&places, &own, git.as_deref(), &name);
        let (entry, private) = blocking(furnishing).await.map_err(prepare)?;
        if policy.execute {
            let (places, tools) = (self.places.clone(), self.tools.clone());
            let paths = self.toolchains.paths.clone();
            blocking(move || show_tools(&places, "tools", &tools, &paths)).await;
        }
        let spec = self.spec(policy, argv, &entry.record.identity, &private);
        let spawned = match spec {
            Ok(spec) => spawn_tree(spec, attempt_id, policy.limits.bounds())
                .await
                .map_err(LaunchError::Spawn),
            Err(error) => Err(error),
        };
        let places = self.places.clone();
        match spawned {
            Ok((child, tree)) => Ok(Started {
                child,
                tree,
                private,
                entry,
                places,
                desktop: None,
            }),
            Err(error) => {
                blocking(move || tell(places.put_back(entry))).await;
                Err(error)
            }
        }
    }

    fn name(&self) -> String {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let at = SystemTime::now().duration_since(UNIX_EPOCH);
        let at = at.map_or(0, |at| at.as_millis());
        profile_name(&self.installation, std::process::id(), at, number)
    }

    fn spec(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        identity: &Sid,
        private: &Path,
    ) -> Result<Spec, LaunchError> {
        let env = environment(&self.system, &self.toolchains, policy, private);
        let mut spec = spec(policy, argv, env)?;
        spec.container = Some(Container {
            package: identity.bytes().to_owned(),
            capabilities: vec![self.tools.bytes().to_owned()],
            executes: policy.execute,
        });
        Ok(spec)
    }
}

/// Writes down what is about to be given, then gives it. Where any of it fails all of it is taken back.
fn furnish(
    places: &Places,
    policy: &Policy,
    git: Option<&Path>,
    name: &str,
) -> Result<(Entry, PathBuf), Failed> {
    let said = |step| move |error| (step, error);
    let identity = profile::identity(name).map_err(said("name its container"))?;
    let grants = plan(policy, git);
    let record = Record {
        profile: Some(name.to_owned()),
        folder: None,
        identity: identity.clone(),
        paths: grants.iter().map(|grant| grant.path.clone()).collect(),
    };
    let entry = Entry::write(&places.attempts(), name, record)
        .map_err(said("write down what has to be put back"))?;
    let furnished = || -> Result<PathBuf, Failed> {
        let private = profile::make(name, &identity).map_err(said("make its container"))?;
        for folder in PRIVATE {
            fs::create_dir_all(private.join(folder)).map_err(said("make its temporary folder"))?;
        }
        let _alone = places.alone().map_err(said("give it rights"))?;
        for grant in &grants {
            access::grant(grant, &identity).map_err(said("give it rights"))?;
        }
        Ok(private)
    };
    match furnished() {
        Ok(private) => Ok((entry, private)),
        Err(failed) => {
            tell(places.put_back(entry));
            Err(failed)
        }
    }
}
