//! The full tier: each attempt has a user of this machine for itself while it runs, made by an administrator once. The program is
//! started by the system's own service for that, through a usher of ours that is gone before the program runs.

mod account;
mod lease;
mod logons;
mod network;
mod secret;
pub(super) mod set_up;
pub(super) mod station;
#[cfg(test)]
mod tests;
pub(super) mod usher;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ampersand_process::{Child, Logon, Spec, Standing, Tree, spawn_tree, succeed};
use tokio::time::timeout;
use windows_sys::Win32::Security::TOKEN_QUERY;

use super::places::{Places, show_tools};
use super::prepare::{blocking, checked, is_straight, prepare, spec, tell};
use super::started::Started;
use super::system;
use crate::container::environment::{System, environment};
use crate::container::grants::{Grant, Right, plan};
use crate::container::sid::Sid;
use crate::container::{installation, plain};
use crate::launcher::LaunchError;
use crate::policy::Policy;
use crate::toolchains::Toolchains;
use crate::users::order::{FRAME_MAX, NotText, Order, heard, text};
use crate::users::token::Cut;
use crate::users::{Keys, NOT_SET_UP, Names, User};
use lease::{Furnished, furnish};
use station::{Desktop, Station};
use usher::USHER;

/// How long our usher may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything a launch needs that does not differ from attempt to attempt.
#[derive(Debug)]
pub(super) struct Users {
    places: Places,
    toolchains: Toolchains,
    system: System,
    keys: Keys,
    /// Whom all this is for.
    person: Sid,
    enter: PathBuf,
    station: Station,
    cut: Cut,
}

/// Where the keys are kept, sealed for the person.
fn sealed(places: &Places) -> PathBuf {
    places.folder.join("users.sealed")
}

/// What changes when somebody sets it up anew.
pub(super) fn keys_file(state_dir: &Path) -> PathBuf {
    sealed(&Places::of(state_dir))
}

impl Users {
    pub(super) fn prepare(state_dir: &Path, enter: &Path, cut: Cut) -> Result<Self, String> {
        let failed = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
        let places = Places::of(state_dir);
        let keys = match fs::read(sealed(&places)) {
            Ok(keys) => keys,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(NOT_SET_UP.to_owned());
            }
            Err(error) => return Err(failed("the keys of agents' users cannot be read")(error)),
        };
        let keys = secret::open(&keys).map_err(failed("the keys of agents' users do not open"))?;
        let keys: Keys = serde_json::from_slice(&keys)
            .map_err(|error| failed("the keys of agents' users")(error.into()))?;
        let names = Names::of(&installation(state_dir));
        if !names.is_some_and(|names| keys.fit(&names)) {
            return Err("the keys of agents' users are another installation's".to_owned());
        }
        is_straight(&places.folder).map_err(failed("its own folder cannot be used"))?;
        let person = system::own_token(TOKEN_QUERY).and_then(|token| system::user_of(&token));
        let station = Station::make(&keys.group);
        Ok(Self {
            toolchains: Toolchains::find(),
            system: system::look().map_err(failed("the system's folder is not known"))?,
            person: person.map_err(failed("who we are is not known"))?,
            enter: enter.to_owned(),
            station: station.map_err(failed("there is no window station for agents"))?,
            places,
            keys,
            cut,
        })
    }

    /// What the tokens of attempts are cut by.
    pub(super) const fn cut(&self) -> Cut {
        self.cut
    }

    /// The person, as the system knows them.
    pub(super) const fn person(&self) -> &Sid {
        &self.person
    }

    /// A user that is some other attempt's, if it is anybody's: users are given from the first on.
    pub(super) fn neighbour(&self) -> Option<&Sid> {
        self.keys.users.last().map(|user| &user.sid)
    }

    /// Starts `argv` as a user of its own, whether or not anybody accepted what that leaves open.
    pub(super) async fn start(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
    ) -> Result<Started, LaunchError> {
        let git = checked(policy)?;
        let (places, users) = (self.places.clone(), self.keys.users.clone());
        let mut grants = plan(policy, git.as_deref());
        // The usher is ours, and read by whoever runs it.
        grants.insert(0, readable(&self.enter));
        let furnishing = move || furnish(&places, &users, &grants);
        let Furnished {
            user,
            entry,
            private,
        } = blocking(furnishing).await?;
        if policy.execute {
            let (places, group) = (self.places.clone(), self.keys.group.clone());
            let paths = self.toolchains.paths.clone();
            blocking(move || show_tools(&places, "users", &group, &paths)).await;
        }
        let places = self.places.clone();
        match self.run(policy, argv, attempt_id, (&user, &private)).await {
            Ok((child, tree, desktop)) => Ok(Started {
                child,
                tree,
                private,
                entry,
                places,
                desktop: Some(desktop),
            }),
            Err(error) => {
                blocking(move || tell(places.put_back(entry))).await;
                Err(error)
            }
        }
    }

    /// Whatever fails here has ended all it started when this returns.
    async fn run(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
        (user, private): (&User, &Path),
    ) -> Result<(Child, Tree, Desktop), LaunchError> {
        let env = environment(&self.system, &self.toolchains, policy, private);
        let order = self.order(spec(policy, argv, env)?, policy.execute, user);
        let order = order.map_err(|error| LaunchError::Setup {
            words: error.to_string(),
        })?;
        let order = serde_json::to_vec(&order);
        let order = order.map_err(|error| prepare(("say what to start", error.into())))?;
        let desktop = self.station.desktop(&user.name, &user.sid, &self.person);
        let desktop = desktop.map_err(|error| prepare(("make its desktop", error)))?;
        let windows = plain(&self.system.windows);
        let mut usher = Spec::new(plain(&self.enter))
            .arg(USHER)
            .env("SystemRoot", windows.as_os_str())
            .cwd(windows)
            .piped_stdin();
        usher.logon = Some(Logon {
            user: user.name.clone(),
            password: user.password.clone(),
            desktop: desktop.name.clone(),
        });
        let (child, tree) = spawn_tree(usher, attempt_id, policy.limits.bounds())
            .await
            .map_err(LaunchError::Spawn)?;
        match hand_over(child, &tree, &order).await {
            Ok(child) => Ok((child, tree, desktop)),
            Err(error) => {
                if let Err(error) = tree.kill().await {
                    tracing::error!(%error, "what did not start was not ended");
                }
                Err(error)
            }
        }
    }

    fn order(&self, spec: Spec, executes: bool, user: &User) -> Result<Order, NotText> {
        let both = |(name, value)| Ok((text(name)?, text(value)?));
        Ok(Order {
            program: text(spec.program.into())?,
            args: spec.args.into_iter().map(text).collect::<Result<_, _>>()?,
            env: spec.env.into_iter().map(both).collect::<Result<_, _>>()?,
            folder: text(spec.cwd.into())?,
            executes,
            cut: self.cut,
            user: user.sid.clone(),
            group: self.keys.group.clone(),
            person: self.person.clone(),
        })
    }
}

/// Tells the usher what to start, and lets that run when the usher has gone.
async fn hand_over(mut child: Child, tree: &Tree, order: &[u8]) -> Result<Child, LaunchError> {
    let failed = |words: String| LaunchError::Setup { words };
    let answer = timeout(PATIENCE, child.exchange(order, FRAME_MAX)).await;
    let answer = answer.map_err(|_| failed("its usher does not answer".to_owned()))?;
    let answer = answer.map_err(|error| failed(format!("its usher does not answer: {error}")))?;
    let (pid, thread) = heard(&answer).map_err(failed)?;
    let made_way = timeout(PATIENCE, succeed(child, tree, Standing { pid, thread })).await;
    let made_way = made_way.map_err(|_| failed("its usher does not end".to_owned()))?;
    made_way.map_err(LaunchError::Spawn)
}

fn readable(path: &Path) -> Grant {
    Grant {
        path: path.to_owned(),
        right: Right::Read,
    }
}
