//! What an attempt is offered: processes in its own sandbox, a person's answers, the web as data.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ampersand_agent::{Gate, Host, Launch, until_taken};
use ampersand_core::{
    Answer, AttemptId, Capability, Failure, Isolation, Narrowing, Outage, Question, Task, TaskId,
    Way,
};
use ampersand_http::egress::Hosts;
use ampersand_sandbox::{LaunchError, Launched, Limits, Policy};
use futures::future::{BoxFuture, FutureExt};
use tokio::sync::{oneshot, watch};

use super::{
    World,
    control::Control,
    fence::Fence,
    front::{self, Front},
    gateway::Gateway,
    lent,
    login::Login,
    own::Own,
    vendor,
    way::{Leads, Served, ToModel},
    web,
    worktree::Prepared,
};
use crate::{input::Said, visible::visible};

/// One attempt's view of the world.
pub(super) struct AttemptHost {
    world: Arc<World>,
    task: Task,
    attempt: AttemptId,
    control: Arc<Control>,
    policy: Policy,
    fence: Fence,
    gateway: Gateway,
    /// What was found before it started.
    isolation: Isolation,
    /// Hosts a person allowed to be fetched from for this task.
    granted: Mutex<Vec<String>>,
    /// The ways of its agent to a model, newest last.
    served: Mutex<Vec<Served>>,
    /// Addresses that lead to what it serves.
    fronts: Mutex<Vec<Front>>,
    /// Nobody is asked: every question is answered with no.
    is_quiet: bool,
    /// Why its agent asks its model in vain.
    shut: watch::Sender<Option<Outage>>,
}

impl AttemptHost {
    pub(super) fn new(
        world: Arc<World>,
        task: Task,
        attempt: AttemptId,
        control: Arc<Control>,
        prepared: &Prepared,
        (isolation, fence, gateway): (Isolation, Fence, Gateway),
        granted: Vec<String>,
    ) -> Self {
        let mut policy = Policy::new(task.role, &prepared.worktree.path);
        policy.git_dir = Some(prepared.repository.common_dir().to_owned());
        if let Fence::Sandbox { accepted } = &fence {
            policy.accepted.clone_from(accepted);
        }
        for what in &task.taken {
            control.reach().take(*what);
        }
        Self {
            world,
            task,
            attempt,
            control,
            policy,
            fence,
            gateway,
            isolation,
            granted: Mutex::new(granted),
            served: Mutex::default(),
            fronts: Mutex::default(),
            is_quiet: false,
            shut: watch::Sender::new(None),
        }
    }

    /// For an agent whose questions are no person's to answer.
    pub(super) const fn asking_nobody(mut self) -> Self {
        self.is_quiet = true;
        self
    }

    /// Tells the agent's driver that asking its model is over.
    pub(super) fn shut(&self, outage: Outage) {
        self.shut.send_replace(Some(outage));
    }

    /// Cuts the ways to models, and says what was seen on the newest; `None` if there was none.
    pub(super) async fn end_ways(&self) -> Option<Way> {
        let served = std::mem::take(&mut *self.served());
        let mut newest = None;
        for served in served {
            newest = served.end().await.or(newest);
        }
        newest
    }

    fn served(&self) -> MutexGuard<'_, Vec<Served>> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// With a repository of the attempt's own in place of the worktree's.
    pub(super) fn in_repository(mut self, own: Option<&Own>) -> Self {
        self.policy.own_repository = own.map(|own| own.shown.clone());
        self
    }

    async fn put(&self, question: Question) -> Answer {
        if self.is_quiet {
            return Answer::Deny;
        }
        let of = (self.task.id, self.attempt);
        put(&self.world, of, &self.control, question).await
    }

    fn granted(&self) -> Vec<String> {
        self.granted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn hosts(&self) -> Result<Hosts, Failure> {
        let settings = self.world.settings();
        let reach = self.control.reach();
        reach.hosts(&self.task, &self.isolation, &settings)
    }

    /// The hosts of its agent's login, for one that reads it by itself.
    fn login_hosts(&self) -> Result<Option<Hosts>, Failure> {
        let name = self.task.agent.vendor().unwrap_or_default();
        lent::hosts(name, &self.world.settings(), &self.isolation)
    }

    /// Does something with the web, unless that was taken from the task or is before it is done.
    async fn on_the_web<T>(
        &self,
        doing: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let reach = self.control.reach();
        tokio::select! {
            biased;
            what = until_taken(reach.taken(), &Capability::WebSearch) => Err(what.refusal()),
            done = doing => done,
        }
    }

    /// The endpoint of its model, for an agent that asks it from inside.
    async fn route(&self) -> Result<ToModel, Failure> {
        let name = self.task.agent.vendor().unwrap_or_default();
        let settings = self.world.settings();
        if let Some(login) = Login::of(&self.world.logins, name, &settings).await? {
            return Ok(ToModel {
                route: login.route()?,
                name: login.model(),
                login: Some(login),
            });
        }
        let set = settings.agents.named.get(name);
        let model = set.and_then(|set| set.model.as_ref());
        let place = model.and_then(|model| model.key());
        let key = self
            .world
            .key(place, &format!("The model of {name}"))
            .await?;
        Ok(ToModel {
            route: vendor::route(name, set, key)?,
            name: model.map(|model| model.model.clone()).unwrap_or_default(),
            login: None,
        })
    }

    async fn serve(
        &self,
        listener: TcpListener,
        reaches_model: bool,
        (hosts, login): (Hosts, Option<Hosts>),
    ) -> Result<(), Failure> {
        let model = match (reaches_model, &login) {
            (true, None) => Some(self.route().await?),
            (true, Some(_)) | (false, _) => None,
        };
        let stays = login.unwrap_or_default();
        let leads = Leads {
            model,
            hosts,
            stays,
        };
        let way = (leads, &self.gateway.entrance);
        let served = Served::new(listener, way, &self.control, self.shut.clone())?;
        self.served().push(served);
        Ok(())
    }

    async fn fetch(&self, url: String) -> Result<String, Failure> {
        let mut once = Vec::new();
        loop {
            let granted = [self.granted(), once.clone()].concat();
            let host = match web::fetch(&self.world.settings(), &granted, &url).await {
                Ok(page) => {
                    return Ok(format!("{}\n{}\n\n{}", page.title, page.url, page.text));
                }
                Err(web::NotFetched::Failed(failure)) => return Err(failure),
                Err(web::NotFetched::Ask { host }) => host,
            };
            let question = Question::Host {
                host: host.clone(),
                url: visible(&url),
            };
            match self.put(question).await {
                Answer::Allow => once.push(host),
                Answer::AllowForTask | Answer::AllowForProject => {
                    self.granted
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(host);
                }
                Answer::Deny => {
                    return Err(Failure::new(
                        "host_denied",
                        format!("The person did not allow {host}."),
                        "Go on without it.",
                    ));
                }
            }
        }
    }
}

/// Puts a question to the person and waits for the answer. That time is not the attempt's.
pub(super) async fn put(
    world: &World,
    (task, attempt): (TaskId, AttemptId),
    control: &Control,
    question: Question,
) -> Answer {
    let (reply, answered) = oneshot::channel();
    let said = Said::Asks { question, reply };
    let _asking = Asking::of(control);
    world.tell(task, attempt, said).await;
    // Nobody left to answer means no.
    answered.await.unwrap_or(Answer::Deny)
}

/// A question that waits.
struct Asking<'a>(&'a Control);

impl<'a> Asking<'a> {
    fn of(control: &'a Control) -> Self {
        control.ledger().ask();
        Self(control)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.ledger().answer();
    }
}

impl Host for AttemptHost {
    fn launch(&self, launch: Launch) -> BoxFuture<'_, Result<Launched, LaunchError>> {
        async move {
            let Launch {
                argv,
                execute,
                read_only,
                writable,
                env,
                reaches_model,
                serves,
            } = launch;
            let mut policy = self.policy.clone();
            policy.execute = execute;
            policy.read_only.extend(read_only);
            policy.writable.extend(writable);
            policy.env.extend(env);
            policy.serves = serves;
            policy.limits = Limits::of(&self.control.allowed()).growing();
            let setup = |failure: Failure| LaunchError::Setup {
                words: failure.message,
            };
            let hosts = self.hosts().map_err(setup)?;
            let login = match reaches_model {
                true => self.login_hosts().map_err(setup)?,
                false => None,
            };
            let leads_out = reaches_model || !hosts.is_empty();
            policy.way_port = leads_out.then_some(self.gateway.entrance.port());
            if !hosts.is_empty() || login.as_ref().is_some_and(|hosts| !hosts.is_empty()) {
                policy.env.extend(self.gateway.entrance.variables());
            }
            let id = self.attempt.to_string();
            let launcher = &self.world.launcher;
            let launching = async {
                match &self.fence {
                    Fence::Sandbox { .. } => {
                        let launched = launcher.launch(&policy, argv, &id).await?;
                        // Dropped, it is ended before anything was said to it.
                        launched.keeps_to(&self.isolation)?;
                        Ok(launched)
                    }
                    Fence::Nothing(consent) => {
                        launcher.launch_unfenced(&policy, argv, &id, consent).await
                    }
                }
            };
            let growing = self
                .control
                .grow(launching, |launched| launched.tree.clone());
            let mut launched = Box::pin(growing).await?;
            self.control.writes_below(launched.temporary.take());
            if leads_out && let Some(listener) = self.gateway.of(&mut launched).map_err(setup)? {
                let served = self.serve(listener, reaches_model, (hosts, login)).await;
                served.map_err(setup)?;
            }
            if let Some(inward) = launched.inward.take() {
                let of = (self.task.id, self.attempt);
                let front = front::open(&self.world, of, inward).await.map_err(setup)?;
                let mut fronts = self.fronts.lock().unwrap_or_else(PoisonError::into_inner);
                fronts.push(front);
            }
            Ok(launched)
        }
        .boxed()
    }

    fn ask(&self, question: Question) -> BoxFuture<'_, Answer> {
        self.put(question).boxed()
    }

    fn web_search(&self, query: String) -> BoxFuture<'_, Result<String, Failure>> {
        self.on_the_web(async move {
            let hits = web::search(&self.world, &query).await?;
            let lines: Vec<String> = hits
                .into_iter()
                .map(|hit| format!("{}\n{}\n{}", hit.title, hit.url, hit.snippet))
                .collect();
            Ok(lines.join("\n\n"))
        })
        .boxed()
    }

    fn web_fetch(&self, url: String) -> BoxFuture<'_, Result<String, Failure>> {
        self.on_the_web(self.fetch(url)).boxed()
    }

    fn gate(&self) -> watch::Receiver<Gate> {
        self.control.gate()
    }

    fn taken(&self) -> watch::Receiver<Vec<Narrowing>> {
        self.control.reach().taken()
    }

    fn model_shut(&self) -> watch::Receiver<Option<Outage>> {
        self.shut.subscribe()
    }
}
