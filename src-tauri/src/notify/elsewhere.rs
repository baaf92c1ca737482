//! Notifications on macOS and Windows. A click is heard; taking one back is not offered there, so it stays until
//! the system clears it.

use notify_rust::{Notification as Shown, NotificationResponse};
use tokio::sync::mpsc;

use super::{
    Answer,
    step::{Notification, Number},
};
use crate::words::AMPERSAND;

/// Keeps nothing: what was shown belongs to the system.
#[derive(Debug, Default)]
pub(super) struct Desktop;

impl Desktop {
    #[expect(
        clippy::unused_async,
        reason = "showing waits for an answer on other systems"
    )]
    pub(super) async fn show(
        &mut self,
        notification: Notification,
        answers: &mpsc::Sender<Answer>,
    ) {
        let answers = answers.clone();
        tokio::task::spawn_blocking(move || {
            let number = notification.number;
            let shown = Shown::new()
                .appname(AMPERSAND)
                .summary(&notification.summary)
                .body(&notification.body)
                .show();
            let answered = |response: &NotificationResponse| {
                let answer = match response {
                    NotificationResponse::Closed(_) => Answer::Closed(number),
                    _ => Answer::Clicked(number),
                };
                // Nobody is there to be told once the shell leaves.
                answers.blocking_send(answer).ok();
            };
            if let Err(error) = shown.and_then(|shown| shown.wait_for_response(answered)) {
                tracing::debug!(%error, "no notifications");
            }
        });
    }

    #[expect(
        clippy::unused_async,
        reason = "taking back waits for an answer on other systems"
    )]
    pub(super) async fn withdraw(&mut self, _number: Number) {}
}
