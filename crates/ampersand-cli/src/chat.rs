//! `chat`: each line of standard input is a message; what comes back is printed as it comes.

use ampersand_controller::{Controller, MESSAGE_BYTES_MAX};
use ampersand_core::{Failure, MessageId};
use ampersand_protocol::Command;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    arguments::Arguments,
    doctor::agents,
    lines,
    show::{Flow, Screen},
    signals::{Asked, Signals},
    verbs,
};

/// Lines read ahead of the controller; a script that writes faster waits in its pipe.
const LINES_MAX: usize = 16;

/// Talks until standard input and what it asked for have ended, or a signal asks for the end; which one is returned.
/// Either way the conversation is closed in order, and tasks go on.
pub(crate) async fn chat(
    arguments: &Arguments,
    screen: &Screen,
    wait: bool,
) -> Result<Option<Asked>, Failure> {
    let mut signals = Signals::listen().map_err(|error| {
        Failure::new(
            "signals",
            format!("The system gives no way to hear of Ctrl-C: {error}."),
            "Close some programs and try again.",
        )
    })?;
    let (controller, mut updates) = Controller::open(verbs::options(arguments)?).await?;
    let screen = *screen;
    let printing = tokio::spawn(async move {
        let mut flow = Flow::default();
        while let Some(update) = updates.next().await {
            screen.update(&mut flow, &update);
        }
        screen.close(flow);
    });
    let looking = tokio::spawn(found(controller.clone(), screen));
    let asked = tokio::select! {
        () = talk(&controller, screen, wait) => None,
        asked = signals.next() => Some(asked),
    };
    looking.abort();
    let closing = async {
        controller.close().await;
        // Closing ends the updates once the last one was handed out.
        printing.await.ok();
    };
    tokio::select! {
        () = closing => Ok(asked),
        // Whoever asks twice does not want to wait for a disk that does not answer.
        again = signals.next() => Ok(asked.or(Some(again))),
    }
}

/// Says which agents of others are here, where nothing is connected yet. Nothing waits for it.
async fn found(controller: Controller, screen: Screen) {
    if controller.model().is_some() {
        return;
    }
    match agents::of(controller.command(Command::ReadAgents).await) {
        Ok(found) => screen.agents(&found),
        Err(failure) => screen.error(&failure),
    }
}

async fn talk(controller: &Controller, screen: Screen, wait: bool) {
    let mut lines = read_lines();
    while let Some(line) = lines.recv().await {
        if line.trim().is_empty() {
            continue;
        }
        let id = MessageId::new(Uuid::now_v7());
        if let Err(failure) = controller.send(id, line).await {
            screen.error(&failure);
        }
    }
    if wait {
        controller.idle().await;
    } else {
        controller.handed_on().await;
    }
}

/// Reads on a thread of its own: a terminal cannot be read without blocking on every system.
fn read_lines() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(LINES_MAX);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        while let Ok(Some(line)) = lines::next(&mut input, MESSAGE_BYTES_MAX) {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
