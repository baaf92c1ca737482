//! What the commands, the tray and the notifications share: one controller, one page that listens, one bell.

use std::sync::{Mutex, PoisonError};

use ampersand_controller::{Controller, Options, Updates};
use ampersand_core::{Actor, Failure, TaskId, Verb};
use ampersand_protocol::{Command, Home, Update, UpdateBody};
use tauri::AppHandle;
use tokio::sync::{Notify, OnceCell, futures::Notified};

use crate::{
    notify::{Bell, Event},
    pump::Page,
    tray, window,
};

/// Managed by the application; made before the window is.
pub(crate) struct Shell {
    app: AppHandle,
    options: Options,
    controller: OnceCell<Controller>,
    page: Mutex<Option<Page>>,
    bell: Bell,
    left: Notify,
}

impl Shell {
    /// Opens nothing yet.
    pub(crate) fn new(app: AppHandle, options: Options, bell: Bell) -> Self {
        Self {
            app,
            options,
            controller: OnceCell::new(),
            page: Mutex::new(None),
            bell,
            left: Notify::new(),
        }
    }

    /// The controller, opened by whoever asks first. What kept it from opening may have gone when asked again.
    pub(crate) async fn controller(&self) -> Result<&Controller, Failure> {
        let open = async || {
            let (controller, updates) = Controller::open(self.options.clone()).await?;
            tauri::async_runtime::spawn(follow(self.app.clone(), updates, self.bell.clone()));
            Ok(controller)
        };
        self.controller.get_or_try_init(open).await
    }

    /// Where everything is kept.
    pub(crate) fn home(&self) -> &Home {
        &self.options.home
    }

    /// Sends everything as it stands and whatever follows to `send`, in place of who listened before.
    pub(crate) async fn listen(
        &self,
        send: impl FnMut(String) -> bool + Send + 'static,
    ) -> Result<(), Failure> {
        let updates = self.controller().await?.subscribe().await;
        let page = Page::listen(updates, send);
        tracing::info!("a page listens");
        *self.page.lock().unwrap_or_else(PoisonError::into_inner) = Some(page);
        Ok(())
    }

    /// Puts the window and in it this task's card in front of the person.
    pub(crate) fn open(&self, task: TaskId) {
        window::show(&self.app);
        let page = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = &*page {
            page.tell(Update {
                at: jiff::Timestamp::now(),
                seq: None,
                body: UpdateBody::Show { task },
            });
        }
    }

    /// The keys go somewhere else from now on: to another program, or to a dialog in front of the window.
    pub(crate) fn leave(&self) {
        self.left.notify_waiters();
    }

    /// Done once the keys go somewhere else, from when this is enabled or first waited for.
    pub(crate) fn is_left(&self) -> Notified<'_> {
        self.left.notified()
    }

    /// Says something to the notifications.
    pub(crate) fn ring(&self, event: Event) {
        // Where so much is said at once, one hint less does no harm.
        self.bell.try_send(event).ok();
    }

    /// Shows what went wrong among everything else.
    pub(crate) fn tell(&self, failure: Failure) {
        if let Some(controller) = self.controller.get() {
            controller.tell(failure);
        }
    }

    /// Whether anything is under way that the person may want to hear of.
    pub(crate) fn is_busy(&self) -> bool {
        let counts = self.controller.get().map(Controller::counts);
        counts.is_some_and(|counts| counts.running + counts.waiting + counts.stopping > 0)
    }

    /// Pauses or cancels every task that it makes sense for.
    pub(crate) async fn override_all(&self, verb: Verb) -> Result<(), Failure> {
        let controller = self.controller().await?;
        let able = controller.tasks().into_iter();
        let tasks = able
            .filter(|task| task.verbs.contains(&verb) && task.state != "stopping")
            .map(|task| task.id)
            .collect();
        let by = Actor::Person;
        let command = match verb {
            Verb::Pause => Command::Pause { tasks, by },
            _ => Command::Cancel {
                tasks,
                now: false,
                by,
            },
        };
        controller.command(command).await.map(drop)
    }

    /// Leaves in order: the page is told nothing more, the conversation is closed, agents go on.
    pub(crate) async fn quit(&self) {
        window::hide(&self.app);
        self.page
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(controller) = self.controller.get() {
            controller.close().await;
        }
        self.app.exit(0);
    }
}

async fn follow(app: AppHandle, mut updates: Updates, bell: Bell) {
    while let Some(update) = updates.next().await {
        if let UpdateBody::Counts { counts } = &update.body {
            tray::show(&app, counts);
        }
        if bell.send(Event::Update(Box::new(update))).await.is_err() {
            return;
        }
    }
}
