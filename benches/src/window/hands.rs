//! Somebody at the keyboard, and what was seen of every key.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{
    page::Page,
    screen::{Area, ENTER, Picture, Screen},
};
use crate::figures::Samples;

/// Between two keys, at least, and how much that varies: a quick typist, out of step with every clock of the page.
const BETWEEN: Duration = Duration::from_millis(70);
const VARIES: u64 = 41;

/// What was not painted within this is not painted at all.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long pictures are kept at a time after a message was sent, until one of them shows it at rest.
const COMES_TO_REST: Duration = Duration::from_millis(250);

/// Of the conversation's width this much is watched, from the left edge of what the person said.
const STRIP: u16 = 32;

pub(super) struct Hands<'a> {
    screen: &'a Screen,
    page: &'a Page,
    window: Area,
    /// Keys pressed so far.
    pressed: u64,
}

/// Times seen on the screen.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) keys: Samples,
    pub(super) sends: Samples,
}

impl<'a> Hands<'a> {
    pub(super) async fn at(screen: &'a Screen, page: &'a Page) -> Result<Self> {
        let window = screen.active_window()?;
        let [width, height] = page.size().await?;
        ensure!(
            (f64::from(window.width), f64::from(window.height)) == (width, height),
            "the page, {width} x {height}, does not fill the window {window:?}"
        );
        Ok(Self {
            screen,
            page,
            window,
            pressed: 0,
        })
    }

    /// Types letters, noting how long each took.
    pub(super) async fn type_word(&mut self, word: &str, seen: &mut Seen) -> Result<()> {
        let field = self.page.composer().await?;
        let area = self.on_screen(field)?;
        for letter in word.chars() {
            let until = Instant::now() + BETWEEN + self.varied();
            let taken = tokio::task::block_in_place(|| self.type_letter(letter, area))?;
            seen.keys.push(taken);
            thread_sleep_until(until);
        }
        Ok(())
    }

    fn type_letter(&mut self, letter: char, area: Area) -> Result<Duration> {
        self.pressed += 1;
        let before = self.screen.picture(area)?;
        self.screen.forget()?;
        let began = self.screen.press(u32::from(letter))?;
        let mut painted = None;
        self.screen.follow(area, began + PATIENCE, |picture| {
            let changed = !picture.shows(&before);
            painted = changed.then_some(picture.at);
            changed
        })?;
        let painted = painted.with_context(|| format!("{letter:?} was never painted"))?;
        Ok(painted - began)
    }

    /// Sends what was typed, noting how long it took until the bubble stood where it then stayed, and answering it. Nothing else may move
    /// it meanwhile.
    pub(super) async fn send(&mut self, said: &str, seen: &mut Seen) -> Result<Duration> {
        let log = self.on_screen(self.page.bubbles().await?)?;
        let strip = Area {
            width: STRIP.min(log.width),
            ..log
        };
        self.screen.forget()?;
        let began = self.screen.press(ENTER)?;
        let mut pictures = Vec::new();
        while began.elapsed() < PATIENCE {
            tokio::task::block_in_place(|| self.keep_pictures(strip, &mut pictures))?;
            let Some(bubble) = self.page.bubble(said).await? else {
                continue;
            };
            let bubble = self.on_screen(bubble)?;
            let (top, bottom) = (bubble.y, bubble.y + i16::try_from(bubble.height)?);
            let last = self.screen.picture(strip)?;
            // Seen backwards, so that what passed by on its way is not taken for it.
            let stood = pictures
                .iter()
                .rev()
                .take_while(|picture| picture.shows_in(&last, top, bottom))
                .last();
            if let Some(stood) = stood.filter(|_| !last.is_plain_in(top, bottom)) {
                let taken = stood.at - began;
                seen.sends.push(taken);
                return Ok(taken);
            }
        }
        bail!("{said:?} does not come to rest")
    }

    fn keep_pictures(&self, strip: Area, pictures: &mut Vec<Picture>) -> Result<()> {
        self.screen
            .follow(strip, Instant::now() + COMES_TO_REST, |picture| {
                pictures.push(picture);
                false
            })
            .map(drop)
    }

    /// A rectangle of the page as one of the screen.
    fn on_screen(&self, [x, y, width, height]: [f64; 4]) -> Result<Area> {
        let whole = |value: f64| value.round() as i16;
        ensure!(width >= 1.0 && height >= 1.0, "nothing of it is in view");
        Ok(Area {
            x: self.window.x + whole(x),
            y: self.window.y + whole(y),
            width: u16::try_from(whole(width))?,
            height: u16::try_from(whole(height))?,
        })
    }

    const fn varied(&self) -> Duration {
        Duration::from_millis(self.pressed * 37 % VARIES)
    }
}

fn thread_sleep_until(until: Instant) {
    tokio::task::block_in_place(|| thread::sleep(until.saturating_duration_since(Instant::now())));
}

/// What the page itself saw, by the names it has for it.
pub(super) fn samples_of(taken: &Value, name: &str) -> Samples {
    let mut samples = Samples::default();
    let taken = taken[name].as_array().map_or(&[][..], Vec::as_slice);
    samples.extend(
        taken
            .iter()
            .filter_map(Value::as_f64)
            .map(|ms| Duration::from_secs_f64(ms.max(0.0) / 1e3)),
    );
    samples
}
