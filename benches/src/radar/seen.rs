//! From a write that clashes to both cards.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{Options, session::Session};
use crate::{
    figures::{Samples, talk},
    worktree::generated,
};

/// Longest wait between two writes: they shall not come in step with what the radar does.
const APART: u64 = 1_300;

pub(super) async fn measure(session: &mut Session, options: &Options) -> Result<Samples> {
    let (mut seen, mut cleared) = (Samples::default(), Samples::default());
    let count = session.tasks.len();
    // The first only tells that every worktree has been looked over.
    for at in 0..=options.clashes {
        let pair = [at % count, (at + 1 + at / count % (count - 1)) % count];
        let pair = pair.map(|place| session.tasks[place]);
        let [one, other] = pair.map(|task| session.worktree(task));
        let (one, other) = (one?, other?);
        let path = (at * 7_919..)
            .map(|at| generated::path(at % options.files))
            .find(|path| one.join(path).is_file())
            .context("there is no file")?;
        let (one, other) = (one.join(&path), other.join(&path));
        let before = fs::read(&one)?;
        fs::write(&one, format!("one {at}\n"))?;
        let wait = (at as u64).wrapping_mul(7_907) % APART;
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let began = Instant::now();
        fs::write(&other, format!("other {at}\n"))?;
        session.collide(pair, true).await?;
        let took = began.elapsed();
        let began = Instant::now();
        fs::write(&other, &before)?;
        session.collide(pair, false).await?;
        if at > 0 {
            seen.push(took);
            cleared.push(began.elapsed());
        }
        fs::write(&one, &before)?;
    }
    talk(format_args!("a clash is on both cards after {seen}"));
    talk(format_args!("and off both cards after       {cleared}"));
    Ok(seen)
}
