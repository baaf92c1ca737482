//! Rounds at the keyboard: a word and Enter, in an idle window, beside 64 streaming tasks, and beside the same tasks
//! frozen.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::time::sleep;

use super::{
    hands::{Hands, Seen, samples_of},
    memory,
    page::Page,
    screen::Screen,
    stage::{AT_ONCE, Stage, message, starts},
};
use crate::{
    agents::{AGENTS, busy_title},
    figures::{Figure, Limit, Samples, talk},
    memory::pss,
};

/// Rounds beside one load before the other takes its turn.
const TURN: usize = 8;
/// Of so many turns beside busy agents one is followed by a turn beside frozen ones, to compare with.
const FROZEN_EVERY: usize = 2;

/// An answer has come and everything is quiet again.
const ANSWERED: Duration = Duration::from_millis(700);
/// What a change of the load itself caused is over.
const SETTLE: Duration = Duration::from_secs(1);

/// What was seen beside one kind of load, on the screen and by the page itself.
#[derive(Default)]
struct Beside {
    seen: Seen,
    keys_in_page: Samples,
    sends_in_page: Samples,
    /// Those of `seen.sends` that jumped to the end from where the tasks' rows are.
    sends_from_rows: Samples,
}

struct Rounds<'a> {
    stage: &'a Stage,
    page: &'a Page,
    hands: Hands<'a>,
    /// Messages sent so far; each is another one.
    said: usize,
}

/// As many messages as are sent at most, for so many samples.
pub(super) const fn messages(samples: usize) -> usize {
    3 * (samples + TURN)
}

/// Measures with this many messages beside each load.
pub(super) async fn measure(stage: &Stage, samples: usize) -> Result<Vec<Figure>> {
    let screen = Screen::open(stage.desktop.display())?;
    let page = Page::of(stage.open_driven().await).await?;
    stage.desktop.has_the_window(true).await;
    sleep(SETTLE).await;
    let mut rounds = Rounds {
        stage,
        page: &page,
        hands: Hands::at(&screen, &page).await?,
        said: 0,
    };
    let (mut idle, mut busy, mut frozen) = <(Beside, Beside, Beside)>::default();
    rounds.turn(samples, false, &mut idle).await?;
    rounds.start_busy().await?;
    for turn in 0..samples.div_ceil(TURN) {
        rounds.turn(TURN, true, &mut busy).await?;
        if turn % FROZEN_EVERY == 0 {
            rounds.run("pause").await?;
            rounds.turn(TURN, true, &mut frozen).await?;
            rounds.run("resume").await?;
        }
    }
    rounds.tell_memory()?;
    for (name, beside) in [
        ("an idle window".to_owned(), &idle),
        (format!("{AGENTS} streaming tasks"), &busy),
        (format!("{AGENTS} frozen tasks"), &frozen),
    ] {
        beside.tell(&name);
    }
    Ok(figures(&idle, &busy))
}

impl Rounds<'_> {
    /// Lets the model start all of them, and waits until each streams, in the full sandbox.
    async fn start_busy(&mut self) -> Result<()> {
        let mut seen = Seen::default();
        for (first, said) in starts() {
            self.hands.type_word(&said, &mut seen).await?;
            self.hands.send(&said, &mut seen).await?;
            self.stage.answer(&said);
            self.page.all_stream(first + AT_ONCE).await?;
        }
        self.page.taken().await;
        Ok(())
    }

    /// So many times: a word and Enter. With `rows`, every other word is typed where the tasks' rows are in view.
    async fn turn(&mut self, rounds: usize, rows: bool, beside: &mut Beside) -> Result<()> {
        sleep(SETTLE).await;
        for round in 0..rounds {
            let from_rows = rows && round % 2 == 0;
            if from_rows {
                self.page.watch_rows(&busy_title(AGENTS / 2)).await?;
            }
            let message = message(self.said);
            self.said += 1;
            self.hands.type_word(&message, &mut beside.seen).await?;
            let sent = self.hands.send(&message, &mut beside.seen).await?;
            if from_rows {
                beside.sends_from_rows.push(sent);
            }
            self.stage.answer(&message);
            sleep(ANSWERED).await;
        }
        let taken = self.page.taken().await;
        beside.keys_in_page.append(samples_of(&taken, "keys"));
        beside.sends_in_page.append(samples_of(&taken, "sends"));
        Ok(())
    }

    /// Does something to all tasks.
    async fn run(&self, verb: &str) -> Result<()> {
        let ran = self.stage.desk.run(&[verb, "--all"]).await;
        ensure!(ran.code == 0, "{verb}: {ran:?}");
        Ok(())
    }

    fn tell_memory(&self) -> Result<()> {
        talk(format_args!("memory after all that:"));
        let orchestrator = self.stage.desk.orchestrator();
        let orchestrator = orchestrator.context("an orchestrator runs")?;
        memory::tell_window(self.page.driver.application(), orchestrator)?;
        let taken = pss(orchestrator)?;
        talk(format_args!(
            "memory: orchestrator beside {AGENTS}: {taken:.1} MB"
        ));
        Ok(())
    }
}

impl Beside {
    fn tell(&self, name: &str) {
        let Self {
            seen,
            keys_in_page,
            sends_in_page,
            sends_from_rows,
        } = self;
        talk(format_args!("key painted, {name}: {}", seen.keys));
        talk(format_args!("  of which the page sees: {keys_in_page}"));
        talk(format_args!("send painted, {name}: {}", seen.sends));
        talk(format_args!("  of which the page sees: {sends_in_page}"));
        talk(format_args!("  of those, from the rows: {sends_from_rows}"));
    }
}

fn figures(idle: &Beside, busy: &Beside) -> Vec<Figure> {
    let worse = |pick: fn(&Seen) -> &Samples| pick(&idle.seen).p99().max(pick(&busy.seen).p99());
    [
        ("window.send_painted_p99", worse(|seen| &seen.sends)),
        ("window.key_painted_p99", worse(|seen| &seen.keys)),
    ]
    .map(|(name, value)| Figure {
        name,
        value,
        unit: "ms",
        limit: Limit::AtMost(33.0),
    })
    .to_vec()
}
