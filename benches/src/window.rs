//! `bench-window`: how soon the real window is there, how soon it shows what is typed and sent beside 64 busy agents,
//! and how much memory it takes. On Linux, in a private display that nobody looks at.
//!
//! What is on the screen is looked at from outside the window: a key is pressed at the display server, which says when
//! something was drawn; the figure ends with the first picture that shows the letter or the bubble. So it has
//! everything in it that a person waits for: the event's way into the page, the page's own work, layout, painting,
//! and the way of the pixels to the screen. What the page can see of this, from the event's time to the task after the
//! frame that has it, is told beside it.

#[cfg(target_os = "linux")]
mod hands;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod opening;
#[cfg(target_os = "linux")]
mod page;
#[cfg(target_os = "linux")]
mod rounds;
#[cfg(target_os = "linux")]
mod screen;
#[cfg(target_os = "linux")]
mod stage;

use std::process::ExitCode;

use anyhow::Result;

use crate::options::{self, Options};

/// Messages sent beside each kind of load unless told otherwise; six times as many keys are pressed.
const SAMPLES: usize = 128;

/// Measures and prints. Exit codes: 0 measured, 1 it broke or, with `--check`, a limit is missed.
pub fn main() -> ExitCode {
    options::run(SAMPLES, measure)
}

#[cfg(target_os = "linux")]
async fn measure(options: &Options) -> Result<bool> {
    use crate::{figures, load};

    stage::end_children_on_panic();
    let work = async {
        load::tell("before");
        let mut figures = Vec::new();
        {
            let stage = stage::Stage::new(0).await?;
            figures.extend(opening::measure(&stage).await?);
            figures.extend(memory::measure(&stage).await?);
        }
        let stage = stage::Stage::new(rounds::messages(options.samples)).await?;
        figures.extend(rounds::measure(&stage, options.samples).await?);
        load::tell("after");
        Ok(figures::print(&figures))
    };
    tokio::select! {
        measured = work => measured,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
    }
}

#[cfg(not(target_os = "linux"))]
#[expect(
    clippy::unused_async,
    reason = "on Linux there is something to wait for"
)]
async fn measure(_: &Options) -> Result<bool> {
    anyhow::bail!(
        "the window is measured on Linux alone: elsewhere there is no display that nobody looks at"
    )
}
