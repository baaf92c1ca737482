//! The orchestrator alone, without the conversation: what the terminal's verbs use while a window is open.

use std::{ops::ControlFlow, sync::Arc};

use ampersand_core::{CommandId, Event, Failure, TaskId};
use ampersand_link::{CallError, Client, FrameError, Incoming};
use ampersand_protocol::{Command, Hello, Home, Reply, TaskSnapshot};
use tokio::{sync::Mutex, task::AbortHandle, time::sleep};
use uuid::Uuid;

use crate::{
    controller::Options,
    elsewhere::{self, Opener},
    supervisor::{ASK_AGAIN_AFTER, Connector, Local, Reached, Redial, hello, reach, unreadable},
};

/// An orchestrator to make calls to; it is started if nobody listens. Dropping it ends nothing that runs.
pub struct Remote {
    connector: Arc<dyn Connector>,
    hello: Hello,
    line: Mutex<Line>,
}

struct Line {
    client: Client,
    driving: AbortHandle,
}

impl Line {
    fn over(reached: Reached) -> Self {
        let Reached {
            client,
            mut incoming,
            driver,
        } = reached;
        // The journal is read elsewhere; here it only must not hold up replies.
        let driving = tokio::spawn(async move {
            tokio::select! {
                _ = driver => {}
                () = async { while incoming.recv().await.is_some() {} } => {}
            }
        });
        Self {
            client,
            driving: driving.abort_handle(),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.driving.abort();
    }
}

impl Remote {
    /// Connects, starting the orchestrator if nobody listens. Errors with its own words if it cannot start.
    pub async fn open(options: &Options) -> Result<Self, Failure> {
        let home = crate::home::prepare(&options.home)?;
        let connector = Local::new(home, options.orchestrator.clone());
        Self::open_with(&options.build, Arc::new(connector)).await
    }

    /// As [`Self::open`], over another way of reaching it.
    pub async fn open_with(build: &str, connector: Arc<dyn Connector>) -> Result<Self, Failure> {
        let hello = hello(build);
        // Nothing of the journal is wanted on this line.
        let reached = reach(&*connector, &hello, u64::MAX, |_| ControlFlow::Break(())).await?;
        let line = Mutex::new(Line::over(reached));
        Ok(Self {
            connector,
            hello,
            line,
        })
    }

    /// Opens a task's worktree in a program of the person's own, as the settings in `home` have it.
    pub async fn open_in(&self, home: &Home, task: TaskId, opener: Opener) -> Result<(), Failure> {
        let place = self.call(Command::ReadWorktree { task }).await?;
        let settings = crate::home::prepare(home)?.settings();
        elsewhere::open_answered(opener, place, &settings).await
    }

    /// Asks, and asks again under the same id if the wire breaks before the answer.
    pub async fn call(&self, command: Command) -> Result<Reply, Failure> {
        let id = CommandId::new(Uuid::now_v7());
        loop {
            let client = self.client().await?;
            match client.call(id, command.clone()).await {
                Ok(reply) => return Ok(reply),
                Err(CallError::Refused(failure)) if failure.code != "orchestrator_lost" => {
                    return Err(failure);
                }
                Err(CallError::Refused(_)) => sleep(ASK_AGAIN_AFTER).await,
                Err(CallError::Lost) => {}
            }
        }
    }

    /// All tasks and open approvals. What moved meanwhile is told by the events after the number that comes with them.
    pub async fn tasks(&self) -> Result<TaskSnapshot, Failure> {
        let mut all = self.page(None, u32::MAX).await?;
        while all.more {
            let last = all.tasks.last().map(|task| task.id);
            let page = self.page(last, u32::MAX).await?;
            all.tasks.extend(page.tasks);
            all.more = page.more;
        }
        Ok(all)
    }

    async fn page(&self, after: Option<TaskId>, limit: u32) -> Result<TaskSnapshot, Failure> {
        match self.call(Command::ListTasks { after, limit }).await? {
            Reply::Tasks { snapshot } => Ok(snapshot),
            _ => Ok(TaskSnapshot::default()),
        }
    }

    /// Every event after this number, up to the newest at the time of asking.
    pub async fn events(&self, after: u64) -> Result<Vec<Event>, Failure> {
        let newest = self.page(None, 0).await?.seq;
        let mut events = Vec::new();
        if newest <= after {
            return Ok(events);
        }
        self.wait_for(after, |event| {
            events.push(event.clone());
            (event.seq >= newest).then_some(())
        })
        .await?;
        Ok(events)
    }

    /// Follows the journal after this number until `look` finds what it looks for, through broken wires.
    pub async fn wait_for<T>(
        &self,
        mut after: u64,
        mut look: impl FnMut(&Event) -> Option<T>,
    ) -> Result<T, Failure> {
        let mut redial = Redial::new();
        loop {
            let before = after;
            let Reached {
                client,
                mut incoming,
                mut driver,
            } = self.reach(after).await?;
            loop {
                let came = tokio::select! {
                    error = &mut driver => match error {
                        FrameError::Foreign(_) => return Err(unreadable()),
                        _ => None,
                    },
                    came = incoming.recv() => came,
                };
                match came {
                    Some(Incoming::Event(event)) => {
                        after = event.seq;
                        if let Some(found) = look(&event) {
                            return Ok(found);
                        }
                    }
                    Some(Incoming::Activity(_)) => {}
                    None => break,
                }
            }
            drop(client);
            redial.after_break(after > before).await;
        }
    }

    async fn client(&self) -> Result<Client, Failure> {
        let mut line = self.line.lock().await;
        if line.client.is_closed() {
            *line = Line::over(self.reach(u64::MAX).await?);
        }
        Ok(line.client.clone())
    }

    async fn reach(&self, after: u64) -> Result<Reached, Failure> {
        reach(&*self.connector, &self.hello, after, |_| {
            ControlFlow::Break(())
        })
        .await
    }
}
