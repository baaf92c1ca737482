//! Native notifications: when something needs the person or a plan is done, and nobody looks.

mod call;
#[cfg(target_os = "linux")]
#[path = "notify/linux.rs"]
mod desktop;
#[cfg(not(target_os = "linux"))]
#[path = "notify/elsewhere.rs"]
mod desktop;
mod step;

use ampersand_core::TaskId;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

pub(crate) use step::Event;
use step::{Caller, Effect, Number};

/// Events read ahead; whoever has more waits.
const AHEAD: usize = 256;

/// Where news for the person goes.
pub(crate) type Bell = mpsc::Sender<Event>;

/// What becomes of a notification on the desktop.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    Clicked(Number),
    Closed(Number),
}

/// A bell, and what hears it.
pub(crate) fn bell() -> (Bell, mpsc::Receiver<Event>) {
    mpsc::channel(AHEAD)
}

/// Notifies until nobody can ring any more; `open` puts a task's card in front of the person.
pub(crate) async fn listen(mut events: mpsc::Receiver<Event>, open: impl Fn(TaskId)) {
    let mut caller = Caller::default();
    let mut desktop = desktop::Desktop::default();
    let (answers, mut answered) = mpsc::channel(AHEAD);
    let mut wakes_at: Option<Instant> = None;
    loop {
        let waking = async {
            match wakes_at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let event = tokio::select! {
            event = events.recv() => match event {
                Some(event) => event,
                None => return,
            },
            Some(answer) = answered.recv() => match answer {
                Answer::Clicked(number) => Event::Clicked(number),
                Answer::Closed(number) => Event::Closed(number),
            },
            () = waking => {
                wakes_at = None;
                Event::Tick
            }
        };
        for effect in caller.step(event, Instant::now()) {
            match effect {
                Effect::WakeAt(at) => wakes_at = Some(at),
                Effect::Show(notification) => desktop.show(notification, &answers).await,
                Effect::Withdraw(number) => desktop.withdraw(number).await,
                Effect::Open(task) => open(task),
            }
        }
    }
}
