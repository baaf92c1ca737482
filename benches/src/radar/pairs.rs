//! Pairs of generated trees, of which the radar and git each say whether they join.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use ampersand_git::{Repository, Trial, Trials};
use anyhow::{Context, Result, ensure};

use crate::{figures::talk, worktree::rival};

/// Files of the tree all sides start from, in folders three deep.
const FILES: usize = 240;

/// What was found.
#[derive(Default)]
pub(super) struct Judged {
    /// Pairs git joins.
    joined: usize,
    /// Pairs git does not.
    collided: usize,
    /// Of those, the ones the radar says nothing of.
    pub(super) missed: usize,
    /// Of the others, the ones it warns of.
    false_alarms: usize,
}

impl Judged {
    /// Warnings about pairs that git joins, in hundredths of those.
    pub(super) fn false_alarms(&self) -> f64 {
        100.0 * self.false_alarms as f64 / self.joined as f64
    }
}

pub(super) async fn measure(pairs: usize) -> Result<Judged> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("pairs");
    std::fs::create_dir(&root)?;
    rival::git(&root, &["init", "--quiet", "--initial-branch=main"])?;
    let stream = folder.path().join("stream");
    write(&mut BufWriter::new(File::create(&stream)?), pairs)?;
    rival::feed(&root, &["fast-import", "--quiet"], &stream)?;
    let repository = Repository::attach(&root)?;
    let trials = Trials::begin(&repository, &folder.path().join("trials"))?;
    let base = repository.resolve("base")?.to_string();
    let mut judged = Judged::default();
    let mut took = std::time::Duration::ZERO;
    for pair in 0..pairs {
        let side = |side: &str| -> Result<String> {
            let commit = repository.resolve(&format!("refs/heads/{side}-{pair}"))?;
            Ok(commit.to_string())
        };
        let (ours, theirs) = (side("ours")?, side("theirs")?);
        let joins = git_joins(&root, &ours, &theirs)?;
        let began = Instant::now();
        let collision = trials.collide(Trial {
            base: base.clone(),
            below: None,
            ours,
            theirs,
        });
        let collides = collision.await?.is_some();
        took += began.elapsed();
        match (joins, collides) {
            (true, false) => judged.joined += 1,
            (true, true) => {
                judged.joined += 1;
                judged.false_alarms += 1;
            }
            (false, true) => judged.collided += 1,
            (false, false) => {
                judged.collided += 1;
                judged.missed += 1;
                talk(format_args!("missed: pair {pair}"));
            }
        }
    }
    talk(format_args!(
        "{pairs} pairs: git joins {} and not {}; the radar took {:.1} ms each",
        judged.joined,
        judged.collided,
        took.as_secs_f64() * 1e3 / pairs as f64
    ));
    ensure!(
        judged.joined > pairs / 10 && judged.collided > pairs / 10,
        "the pairs are all of one kind"
    );
    Ok(judged)
}

/// As landing asks: a folder that was renamed takes along what is new in it.
#[expect(
    clippy::disallowed_methods,
    reason = "the truth we are held against is a person's own git"
)]
fn git_joins(root: &Path, ours: &str, theirs: &str) -> Result<bool> {
    let mut git = Command::new("git");
    git.args(["-c", "merge.directoryRenames=true", "merge-tree"]);
    git.args(["--write-tree", "--no-messages", ours, theirs]);
    git.current_dir(root).stdout(Stdio::null());
    git.env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    match git.status()?.code().context("git was ended by a signal")? {
        0 => Ok(true),
        1 => Ok(false),
        code => anyhow::bail!("git merge-tree ended with {code}"),
    }
}

/// Numbers that look random and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end.max(1)
    }
}

/// The files of one side, by path.
type Files = std::collections::BTreeMap<String, (String, bool)>;

fn write(stream: &mut impl Write, pairs: usize) -> Result<()> {
    let mut chance = Chance(21);
    let base: Files = (0..FILES)
        .map(|at| {
            let lines = (0..8 + at % 23).map(|line| format!("file {at} line {line}\n"));
            (path(at), (lines.collect(), false))
        })
        .collect();
    begin(stream, "base", None)?;
    put(stream, &Files::new(), &base)?;
    for pair in 0..pairs {
        // Both sides mostly work in the same corner, or they would never meet.
        let corner = chance.below(FILES);
        for side in ["ours", "theirs"] {
            let mut files = base.clone();
            for _ in 0..=chance.below(4) {
                change(&mut files, corner, &mut chance);
            }
            begin(stream, &format!("{side}-{pair}"), Some("base"))?;
            put(stream, &base, &files)?;
        }
    }
    writeln!(stream, "reset refs/heads/main\nfrom refs/heads/base")?;
    stream.flush()?;
    Ok(())
}

fn path(at: usize) -> String {
    let folder = at / 6;
    format!("area-{}/part-{}/file-{at}.rs", folder % 5, folder / 5)
}

/// One thing an agent might do.
fn change(files: &mut Files, corner: usize, chance: &mut Chance) {
    let at = match chance.below(3) {
        0 => chance.below(files.len()),
        _ => (corner + chance.below(8)) % files.len(),
    };
    let Some(path) = files.keys().nth(at).cloned() else {
        return;
    };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let number = chance.below(6);
    match chance.below(12) {
        0..=4 => edit(files, &path, chance),
        5 => drop(files.remove(&path)),
        6 => {
            let text = format!("new {number}\nand more\n");
            files.insert(format!("{folder}/new-{number}.rs"), (text, false));
        }
        7 => move_to(files, &path, &format!("{folder}/moved-{number}.rs")),
        8 => move_to(files, &path, &format!("elsewhere-{number}/{number}.rs")),
        9 => {
            let (from, to) = (format!("{folder}/"), format!("renamed-{number}/"));
            let inside = files.keys().filter(|path| path.starts_with(&from));
            for path in inside.cloned().collect::<Vec<_>>() {
                let new = path.replacen(&from, &to, 1);
                move_to(files, &path, &new);
            }
        }
        10 => {
            if let Some((_, executable)) = files.get_mut(&path) {
                *executable = !*executable;
            }
        }
        // A folder where a file was, or the other way round.
        _ => {
            if let Some(file) = files.remove(&path) {
                files.insert(format!("{path}/inside"), file);
            }
        }
    }
}

fn edit(files: &mut Files, path: &str, chance: &mut Chance) {
    let Some((text, _)) = files.get_mut(path) else {
        return;
    };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = chance.below(lines.len() + 1);
    match chance.below(3) {
        0 => lines.insert(at, format!("inserted {}", chance.below(5))),
        1 if at < lines.len() => drop(lines.remove(at)),
        _ if at < lines.len() => lines[at] = format!("changed {}", chance.below(5)),
        _ => lines.push("appended".to_owned()),
    }
    *text = lines.iter().map(|line| format!("{line}\n")).collect();
}

/// Whatever stands where a file comes gives way, as on a disk.
fn move_to(files: &mut Files, path: &str, to: &str) {
    if let Some(file) = files.remove(path) {
        let below = format!("{to}/");
        files
            .retain(|other, _| !other.starts_with(&below) && !to.starts_with(&format!("{other}/")));
        files.insert(to.to_owned(), file);
    }
}

fn begin(stream: &mut impl Write, branch: &str, from: Option<&str>) -> Result<()> {
    let committer = "committer A Person <person@example.com> 0 +0000\ndata 0";
    writeln!(stream, "commit refs/heads/{branch}\n{committer}")?;
    if let Some(from) = from {
        writeln!(stream, "from refs/heads/{from}")?;
    }
    Ok(())
}

/// What makes `after` of `before`.
fn put(stream: &mut impl Write, before: &Files, after: &Files) -> Result<()> {
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        writeln!(stream, "D {path}")?;
    }
    for (path, file) in after
        .iter()
        .filter(|(path, file)| before.get(*path) != Some(file))
    {
        let (text, executable) = file;
        let mode = if *executable { 755 } else { 644 };
        writeln!(
            stream,
            "M {mode} inline {path}\ndata {}\n{text}",
            text.len()
        )?;
    }
    Ok(())
}
