//! A build as a task of the orchestrator: by itself, and while a fork bomb and a memory hog begin beside it.

mod background;

use std::{
    fmt::Write,
    path::Path,
    time::{Duration, Instant},
};

use ampersand_testkit::TestRepository;
use anyhow::{Result, ensure};

use crate::figures::{Figure, Limit, Samples, talk};
use background::Background;

/// What is compiled: enough to keep every processor busy for some seconds.
const FUNCTIONS: usize = 2500;

const BUILD: &str = "rustc --edition 2021 --crate-type rlib -C opt-level=2 -C codegen-units=8 big.rs -o big.rlib && rm big.rlib";
const BOMB: &str = "f() { f & f & sleep 1000; }; f 2>/dev/null";
const HOG: &str = "head -c 60000000000 /dev/zero | tail -c 60000000000 | wc -c";

pub(super) async fn measure(folder: &Path, rounds: usize) -> Result<Figure> {
    let repository = TestRepository::new();
    repository.write("big.rs", &source());
    repository.commit("Add what is compiled");
    let mut background = Background::start(folder).await?;
    let root = repository.root().to_owned();
    let (mut alone, mut beside) = (Samples::default(), Samples::default());
    // The first fills caches.
    build(&mut background, &root).await?;
    for _ in 0..rounds.max(3) {
        alone.push(build(&mut background, &root).await?);
        let neighbours = [
            background.run(&root, "Bomb", BOMB).await?,
            background.run(&root, "Hog", HOG).await?,
        ];
        for neighbour in neighbours {
            background.begun(neighbour).await?;
        }
        beside.push(build(&mut background, &root).await?);
        for neighbour in neighbours {
            let was = background.end(neighbour).await?;
            talk(format_args!("a neighbour was {was}"));
        }
    }
    background.stop()?;
    talk(format_args!("a build alone                  {alone}"));
    talk(format_args!("beside a bomb and a hog        {beside}"));
    Ok(Figure {
        name: "sandbox.neighbour_ratio",
        value: beside.median() / alone.median(),
        unit: "x",
        limit: Limit::AtMost(1.5),
    })
}

/// From the moment its attempt began to its end.
async fn build(background: &mut Background, root: &Path) -> Result<Duration> {
    let task = background.run(root, "Build", BUILD).await?;
    background.begun(task).await?;
    let began = Instant::now();
    let state = background.over(task).await?;
    ensure!(state == "done", "the build came to {state}");
    Ok(began.elapsed())
}

fn source() -> String {
    let mut source = String::new();
    for number in 0..FUNCTIONS {
        // Writing to a string cannot fail.
        let _ = writeln!(
            source,
            "pub fn f{number}(words: &[String]) -> Vec<(usize, String)> {{\n    \
             let mut found: Vec<_> = words.iter().enumerate()\n        \
             .filter(|(at, word)| word.len() > at % {})\n        \
             .map(|(at, word)| (at * {number}, word.replace('a', \"{number}\"))).collect();\n    \
             found.sort(); found.dedup(); found\n}}",
            number % 7 + 1
        );
    }
    source
}
