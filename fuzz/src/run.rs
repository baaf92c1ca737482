//! One target for a while: makes inputs, tries them, keeps those that reached something new, and says how far it came.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;

use crate::corpus;
use crate::coverage::Seen;
use crate::dice::Dice;
use crate::mutate::Mutator;
use crate::target::Target;

/// How often it says how far it came.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Runs it for that long. What it finds ends the process; the input is in the file then.
pub(crate) fn run(
    target: &Target,
    kept: &Path,
    input: &Path,
    during: Duration,
) -> anyhow::Result<()> {
    #[cfg(unix)]
    crate::watch::begin()?;
    let mut trying = Trying::new(target, input)?;
    let mut corpus = Vec::new();
    let before = corpus::read(kept).context("the corpus cannot be read")?;
    for known in target.seeds().into_iter().chain(before) {
        trying.try_out(&known)?;
        corpus.push(known);
    }
    let seed = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let mut mutator = Mutator {
        dice: Dice::new(seed.as_secs() ^ u64::from(std::process::id())),
        words: target.words,
        is_json: target.is_json,
    };
    let began = Instant::now();
    let mut told = began;
    while began.elapsed() < during {
        for _ in 0..64 {
            let made = mutator.make(&corpus);
            if trying.try_out(&made)? > 0 {
                corpus.push(made);
            }
        }
        if told.elapsed() >= TOLD_EVERY {
            told = Instant::now();
            trying.tell()?;
        }
    }
    trying.tell()?;
    keep(target, kept, corpus)
}

/// Keeps the smallest inputs that reach all that was reached, besides the seeds.
fn keep(target: &Target, kept: &Path, mut corpus: Vec<Vec<u8>>) -> anyhow::Result<()> {
    let mut seen = Seen::default();
    seen.take();
    let mut seen = Seen::default();
    for seed in target.seeds() {
        (target.read)(&seed);
        seen.take();
    }
    corpus.sort_by_key(Vec::len);
    corpus.retain(|input| {
        // Each by itself: together they may well take longer than any one should.
        #[cfg(unix)]
        crate::watch::next();
        (target.read)(input);
        seen.take() > 0
    });
    corpus::write(kept, &corpus).context("the corpus cannot be kept")
}

/// The trying of one input after the other.
struct Trying<'a> {
    target: &'a Target,
    input: File,
    seen: Seen,
    tried: u64,
}

impl<'a> Trying<'a> {
    fn new(target: &'a Target, input: &Path) -> anyhow::Result<Self> {
        let input = File::create(input).context("inputs cannot be written down")?;
        Ok(Self {
            target,
            input,
            seen: Seen::default(),
            tried: 0,
        })
    }

    /// Tries one and says how much of what it reached is new.
    fn try_out(&mut self, input: &[u8]) -> anyhow::Result<usize> {
        // Before it is tried: afterwards there may be nobody left to.
        self.input.seek(SeekFrom::Start(0))?;
        self.input.write_all(input)?;
        self.input.set_len(input.len() as u64)?;
        #[cfg(unix)]
        crate::watch::next();
        (self.target.read)(input);
        self.tried += 1;
        Ok(self.seen.take())
    }

    /// `1234 56`: so many tried, so many branches reached.
    fn tell(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{} {}", self.tried, self.seen.branches())?;
        out.flush()
    }
}
