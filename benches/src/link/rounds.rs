//! Rounds: the same questions beside busy agents and beside frozen ones, in turn, until there are enough samples.

use std::time::{Duration, Instant};

use ampersand_core::EventBody;
use ampersand_store::Journal;
use anyhow::Result;

use super::{
    session::{Asked, Session},
    stand::Stand,
};
use crate::{
    agents::{AGENTS, LINES_A_SECOND},
    figures::{Figure, Limit, Samples, talk},
    moment::Moment,
};

/// How long after the load has changed nothing is measured: what the change itself caused is over.
const SETTLE: Duration = Duration::from_millis(80);

/// Of so many rounds one asks for a card beside frozen agents too, to compare with.
const CARD_ALONE_EVERY: usize = 10;

/// What was asked beside one kind of load.
#[derive(Default)]
struct Beside {
    first_token: Samples,
    stored: Samples,
    card: Samples,
}

impl Beside {
    fn note(&mut self, asked: &Asked) {
        self.first_token.push(asked.first_token);
        self.stored.push(asked.stored);
    }
}

#[derive(Default)]
struct Taken {
    busy: Beside,
    none: Beside,
    frozen: Samples,
    busy_for: Duration,
    lines: usize,
}

/// Measures in as many rounds as `samples`. Each begins with busy agents and ends with frozen ones, so the two loads
/// alternate by the half second, and every pause between them is an override that is measured too.
pub(super) async fn measure(samples: usize) -> Result<Vec<Figure>> {
    let stand = Stand::new()?;
    let taken = Session::at(&stand, async |session| {
        rounds(&stand, session, samples).await
    })
    .await?;
    taken.tell();
    tell_orchestrator(&stand).await?;
    Ok(taken.figures())
}

async fn rounds(stand: &Stand, session: &mut Session, samples: usize) -> Result<Taken> {
    let began = Instant::now();
    let tasks = session.start_busy(stand, 0..AGENTS).await?;
    talk(format_args!(
        "{AGENTS} agents busy after {:.1?}, isolation {}",
        began.elapsed(),
        session.isolation()
    ));
    let began = Instant::now();
    let mut taken = Taken::default();
    for round in 0..samples {
        let (lines, since) = (stand.lines_printed()?, Instant::now());
        tokio::time::sleep(SETTLE).await;
        taken.busy.note(&session.ask().await?);
        taken.busy.card.push(session.card(stand, round).await?);
        let paused = session.pause(&tasks).await?;
        taken.frozen.push(paused.frozen);
        taken.busy.stored.push(paused.stored);
        taken.busy_for += since.elapsed();
        taken.lines += stand.lines_printed()? - lines;
        tokio::time::sleep(SETTLE).await;
        taken.none.note(&session.ask().await?);
        if round % CARD_ALONE_EVERY == 0 {
            taken.none.card.push(session.card(stand, round).await?);
        }
        session.resume(&tasks).await?;
    }
    talk(format_args!("{samples} rounds in {:.1?}", began.elapsed()));
    Ok(taken)
}

impl Taken {
    fn tell(&self) {
        let Self {
            busy,
            none,
            frozen,
            busy_for,
            lines,
        } = self;
        let a_second = *lines as f64 / busy_for.as_secs_f64() / AGENTS as f64;
        talk(format_args!(
            "each busy agent was heard {a_second:.1} times a second, of {LINES_A_SECOND}"
        ));
        for (what, busy, none) in [
            ("first token", &busy.first_token, &none.first_token),
            ("send stored", &busy.stored, &none.stored),
            ("card", &busy.card, &none.card),
        ] {
            talk(format_args!("{what} beside {AGENTS}: {busy}"));
            talk(format_args!("{what} beside none: {none}"));
        }
        talk(format_args!("override confirmed: {frozen}"));
    }

    fn figures(&self) -> Vec<Figure> {
        let Self {
            busy, none, frozen, ..
        } = self;
        let ratio = Figure {
            name: "link.first_token_ratio_64",
            value: busy.first_token.median() / none.first_token.median(),
            unit: "x",
            limit: Limit::AtMost(1.1),
        };
        let of_p99 = |(name, samples, most): (_, &Samples, _)| Figure {
            name,
            value: samples.p99(),
            unit: "ms",
            limit: Limit::AtMost(most),
        };
        let in_ms = [
            ("link.first_token_p99_64", &busy.first_token, 50.0),
            ("link.send_stored_p99_64", &busy.stored, 25.0),
            ("link.override_frozen_p99_64", frozen, 100.0),
            ("link.card_p99_64", &busy.card, 100.0),
        ];
        [ratio].into_iter().chain(in_ms.map(of_p99)).collect()
    }
}

/// The orchestrator's part, as it wrote it down.
async fn tell_orchestrator(stand: &Stand) -> Result<()> {
    let journal = Journal::open(&stand.home.journal()).await?;
    let (mut frozen, mut reported) = (Samples::default(), Samples::default());
    let mut after = 0;
    loop {
        let events = journal.events_after(after, 1000).await?;
        let Some(last) = events.last() else { break };
        after = last.seq;
        for event in events {
            match event.body {
                EventBody::OverrideConfirmed { took_ms, .. } => {
                    frozen.push(Duration::from_millis(took_ms.into()));
                }
                EventBody::TaskReported { report, .. } => {
                    let last_act = Moment::find(&report.summary);
                    reported.extend(last_act.map(|at| Moment::from(event.at).since(at)));
                }
                _ => {}
            }
        }
    }
    talk(format_args!(
        "of which to the trees' confirmation, in whole ms: {frozen}"
    ));
    talk(format_args!(
        "of a card to the journal, beside both loads: {reported}"
    ));
    talk(format_args!("the journal holds {after} events now"));
    journal.close().await;
    Ok(())
}
