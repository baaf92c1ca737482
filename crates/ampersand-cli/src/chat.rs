//! `chat`: each line of standard input is a message; what comes back is printed as it comes.

use std::io::BufRead;

use ampersand_controller::Controller;
use ampersand_core::{Failure, MessageId};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    arguments::Arguments,
    show::{Flow, Screen},
    verbs,
};

/// Lines read ahead of the controller; a script that writes faster waits in its pipe.
const LINES_MAX: usize = 16;

pub(crate) async fn chat(
    arguments: &Arguments,
    screen: &Screen,
    wait: bool,
) -> Result<(), Failure> {
    let (controller, mut updates) = Controller::open(verbs::options(arguments)?).await?;
    let screen = *screen;
    let printing = tokio::spawn(async move {
        let mut flow = Flow::default();
        while let Some(update) = updates.next().await {
            screen.update(&mut flow, &update);
        }
        screen.close(flow);
    });
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
    }
    controller.close().await;
    // Closing ends the updates once the last one was handed out.
    printing.await.ok();
    Ok(())
}

/// Reads on a thread of its own: a terminal cannot be read without blocking on every system.
fn read_lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(LINES_MAX);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().split(b'\n') {
            let Ok(line) = line else { break };
            // Bytes that are no text are seen as such in the message; what follows is heard all the same.
            let line = String::from_utf8_lossy(&line);
            let line = line.strip_suffix('\r').unwrap_or(&line).to_owned();
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    lines
}
