//! How first words and overrides grow with agents, and with what the journal and the conversation hold.

use std::time::Duration;

use ampersand_core::TaskId;
use ampersand_protocol::Home;
use ampersand_store::{Batch, Conversation, Journal};
use anyhow::Result;
use jiff::Timestamp;

use super::{journal, session::Session, stand::Stand};
use crate::{
    agents::AGENTS,
    figures::{Samples, talk},
    history::exchange,
};

/// Agents beside which a long history is measured.
const FEW: usize = 16;

/// Rows of one write while a history is made up.
const AT_ONCE: u64 = 1000;

const SETTLE: Duration = Duration::from_millis(80);

/// Measures and says what was found.
pub(super) async fn tell(samples: usize) -> Result<()> {
    let stand = Stand::new()?;
    Session::at(&stand, async |session| {
        let mut tasks: Vec<TaskId> = Vec::new();
        for agents in [0, FEW, AGENTS] {
            if agents > tasks.len() {
                tasks.extend(session.start_busy(&stand, tasks.len()..agents).await?);
            }
            tell_one(session, &tasks, samples, &format!("{agents} agents")).await?;
        }
        Ok(())
    })
    .await?;
    for rows in [0, 10_000, 100_000] {
        let stand = Stand::new()?;
        fill(&stand.home, rows).await?;
        let beside = format!("{rows} events and messages before, {FEW} agents");
        Session::at(&stand, async |session| {
            let tasks = session.start_busy(&stand, 0..FEW).await?;
            tell_one(session, &tasks, samples, &beside).await
        })
        .await?;
    }
    Ok(())
}

async fn tell_one(
    session: &mut Session,
    tasks: &[TaskId],
    samples: usize,
    beside: &str,
) -> Result<()> {
    let (mut first_token, mut stored, mut frozen) =
        (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..samples {
        tokio::time::sleep(SETTLE).await;
        let asked = session.ask().await?;
        first_token.push(asked.first_token);
        stored.push(asked.stored);
        if !tasks.is_empty() {
            frozen.push(session.pause(tasks).await?.frozen);
            session.resume(tasks).await?;
        }
    }
    for (what, samples) in [
        ("first token", first_token),
        ("send stored", stored),
        ("override confirmed", frozen),
    ] {
        if samples.len() > 0 {
            talk(format_args!("growth, {beside}: {what}: {samples}"));
        }
    }
    Ok(())
}

/// A journal and a conversation as they are after long use, the one taken in by the other.
async fn fill(home: &Home, rows: u64) -> Result<()> {
    let journal = Journal::open(&home.journal()).await?;
    let conversation = Conversation::open(&home.conversation()).await?;
    for from in (0..rows).step_by(usize::try_from(AT_ONCE)?) {
        let bodies = (from..from + AT_ONCE).map(|number| journal::event(0, number));
        let batch = Batch::new(Timestamp::now(), bodies.collect());
        journal.append(batch).await?;
        let said = (0..AT_ONCE / 2).flat_map(|_| exchange(&conversation));
        conversation.put(&said.collect::<Vec<_>>()).await?;
    }
    conversation.take_in(journal.newest(), &[], &[]).await?;
    journal.close().await;
    conversation.close().await;
    Ok(())
}
