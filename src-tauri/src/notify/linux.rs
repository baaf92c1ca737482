//! Notifications over D-Bus. Without a bus or a notification server nothing is shown, and nothing is wrong.

use std::collections::HashMap;

use futures::StreamExt;
use tokio::sync::mpsc;
use zbus::{Connection, Variant, proxy};

use super::{
    Answer,
    step::{Notification, Number},
};
use crate::words::AMPERSAND;

/// What a click on the notification itself is called.
const CLICK: &str = "default";

#[proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Notifications {
    #[expect(clippy::too_many_arguments, reason = "the interface has that many")]
    fn notify(
        &self,
        application: &str,
        replaces: u32,
        icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Variant<'_>>,
        expires_ms: i32,
    ) -> zbus::Result<u32>;

    fn close_notification(&self, id: u32) -> zbus::Result<()>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action: String) -> zbus::Result<()>;

    #[zbus(signal)]
    fn notification_closed(&self, id: u32, reason: u32) -> zbus::Result<()>;
}

/// The notifications that stand, by our number and by the server's.
#[derive(Debug, Default)]
pub(super) struct Desktop {
    server: Option<NotificationsProxy<'static>>,
    shown: HashMap<Number, u32>,
}

impl Desktop {
    pub(super) async fn show(
        &mut self,
        notification: Notification,
        answers: &mpsc::Sender<Answer>,
    ) {
        if let Err(error) = self.try_show(&notification, answers).await {
            tracing::debug!(%error, "no notification server");
        }
    }

    async fn try_show(
        &mut self,
        notification: &Notification,
        answers: &mpsc::Sender<Answer>,
    ) -> zbus::Result<()> {
        let server = match &self.server {
            Some(server) => server,
            None => {
                let connection = Connection::session().await?;
                self.server
                    .insert(NotificationsProxy::new(&connection).await?)
            }
        };
        // Before it is shown, so that no click is missed.
        let clicks = server.receive_action_invoked().await?;
        let closes = server.receive_notification_closed().await?;
        let hints = HashMap::from([
            ("desktop-entry", Variant::from(AMPERSAND)),
            ("category", Variant::from("im.received")),
        ]);
        let actions = [CLICK, "Open"];
        let id = server
            .notify(
                AMPERSAND,
                0,
                "ampersand",
                &notification.summary,
                &notification.body,
                &actions,
                hints,
                -1,
            )
            .await?;
        self.shown.insert(notification.number, id);
        let (number, answers) = (notification.number, answers.clone());
        tokio::spawn(async move {
            if let Some(answer) = answer(id, number, clicks, closes).await {
                // Nobody is there to be told once the shell leaves.
                answers.send(answer).await.ok();
            }
        });
        Ok(())
    }

    pub(super) async fn withdraw(&mut self, number: Number) {
        if let (Some(server), Some(id)) = (&self.server, self.shown.remove(&number)) {
            // It may be gone already, which is what is wanted.
            server.close_notification(id).await.ok();
        }
    }
}

async fn answer(
    id: u32,
    number: Number,
    mut clicks: ActionInvokedStream,
    mut closes: NotificationClosedStream,
) -> Option<Answer> {
    loop {
        tokio::select! {
            // A click also closes, and it is the click that counts.
            biased;
            click = clicks.next() => {
                if click?.args().is_ok_and(|click| click.id == id && click.action == CLICK) {
                    return Some(Answer::Clicked(number));
                }
            }
            close = closes.next() => {
                if close?.args().is_ok_and(|close| close.id == id) {
                    return Some(Answer::Closed(number));
                }
            }
        }
    }
}
