//! From the start of the program to the conversation on the screen.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{
    screen::{Area, Picture, Screen},
    stage::Stage,
};
use crate::figures::{Figure, Limit, Samples, talk};

/// How often the program is started; once more before, so that its files have been read.
const STARTS: usize = 9;

/// When nothing was drawn for this long, everything is there.
const QUIET: Duration = Duration::from_secs(2);

/// Beyond this it does not open.
const PATIENCE: Duration = Duration::from_secs(60);

/// What stands above and below the conversation in the window, in pixels.
const ABOVE: i16 = 56;
const BELOW: i16 = 160;

/// The middle of the screen, over its whole height: there is text in it wherever the window is.
const STRIP: Area = Area {
    x: 560,
    y: 0,
    width: 160,
    height: 900,
};

/// The share of the conversation's letters that has to be there. Not all: code takes on its colours afterwards.
const MOST: f64 = 0.8;

pub(super) async fn measure(stage: &Stage) -> Result<Vec<Figure>> {
    let screen = Screen::open(stage.desktop.display())?;
    let mut starts = Samples::default();
    for start in 0..=STARTS {
        let taken = open_once(stage, &screen).await?;
        if start > 0 {
            starts.push(taken);
        }
    }
    talk(format_args!("first paint: {starts}"));
    Ok(vec![Figure {
        name: "window.first_paint",
        value: starts.median(),
        unit: "ms",
        limit: Limit::AtMost(700.0),
    }])
}

/// With nothing of ours running before: the orchestrator is started meanwhile.
async fn open_once(stage: &Stage, screen: &Screen) -> Result<Duration> {
    screen.forget()?;
    let began = Instant::now();
    let mut shell = stage.open()?;
    let painted = tokio::task::block_in_place(|| first_painted(screen, began));
    shell.start_kill()?;
    shell.wait().await?;
    stage.end_orchestrator()?;
    Ok(painted? - began)
}

/// When the conversation stood there for the first time as it then stayed.
fn first_painted(screen: &Screen, began: Instant) -> Result<Instant> {
    let mut pictures: Vec<Picture> = Vec::new();
    while began.elapsed() < PATIENCE {
        let drawn = pictures.len();
        screen.follow(STRIP, Instant::now() + QUIET, |picture| {
            if pictures.last().is_none_or(|last| !picture.shows(last)) {
                pictures.push(picture);
            }
            false
        })?;
        let (Ok(window), Some(last)) = (screen.active_window(), pictures.last()) else {
            continue;
        };
        let (top, bottom) = (
            window.y + ABOVE,
            window.y + i16::try_from(window.height)? - BELOW,
        );
        if pictures.len() == drawn && !last.is_plain_in(top, bottom) {
            let stands = |picture: &&Picture| picture.share_of(last, top, bottom) >= MOST;
            let first = pictures.iter().find(stands);
            return first
                .map(|picture| picture.at)
                .context("a picture shows itself");
        }
    }
    bail!("the conversation was not painted within {PATIENCE:?}")
}
