//! When two words are the same word: other endings, a shortened form, another language, a slip of
//! the finger. Knows nothing of tasks or sentences.

use super::tables::Tables;
use super::text::{self, Token};

/// How much difference is forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// Endings, shortenings and equivalents.
    Exact,
    /// Also one slip in five letters, two in nine.
    Typos,
}

const ENDINGS: &[&str] = &[
    "s", "es", "e", "ed", "d", "ing", "er", "ers", "or", "ors", "ion", "ions", "ation", "ations",
    "ring", "rings", "ment", "ments", "y", "ies",
];

/// Whether `said` may stand for the word `written` of a title.
pub(super) fn same_word(said: &str, written: &str, care: Care) -> bool {
    said == written
        || inflected(said, written)
        || shortened(said, written)
        || shortened(written, said)
        || (care == Care::Typos && slipped(said, written))
}

/// Whether the tables hold the two for one thing; `written` may be several words or characters.
/// Returns how many tokens of `said` it took.
pub(super) fn equivalent(said: &[Token], title: &[Token], tables: &Tables) -> Option<usize> {
    tables
        .alike
        .iter()
        .filter_map(|same| {
            let taken = same
                .iter()
                .filter_map(|spelling| begins(said, spelling))
                .max()?;
            same.iter()
                .any(|spelling| holds(title, spelling))
                .then_some(taken)
        })
        .max()
}

fn begins(said: &[Token], spelling: &[Token]) -> Option<usize> {
    let fits = said.len() >= spelling.len()
        && said
            .iter()
            .zip(spelling)
            .all(|(word, wanted)| same_token(word, wanted));
    fits.then_some(spelling.len())
}

fn holds(title: &[Token], spelling: &[Token]) -> bool {
    title.windows(spelling.len().max(1)).any(|run| {
        run.iter()
            .zip(spelling)
            .all(|(word, wanted)| same_token(word, wanted))
    })
}

fn same_token(a: &Token, b: &Token) -> bool {
    match (a.word(), b.word()) {
        (Some(a), Some(b)) => a == b || inflected(a, b),
        _ => false,
    }
}

/// One stem with two endings: scan, scans, scanning, scanner.
fn inflected(a: &str, b: &str) -> bool {
    if !a.is_ascii() || !b.is_ascii() {
        return false;
    }
    let shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    (3..=shared).rev().any(|stem| {
        let (x, y) = (ending(a, stem), ending(b, stem));
        let both = x.is_some() && y.is_some();
        // Short stems carry too little to survive anything but the plainest endings.
        let plain = |word: &str| matches!(&word[stem..], "" | "s" | "es" | "ing" | "ed");
        both && (stem >= 4 || (plain(a) && plain(b)) || doubled(a, stem) || doubled(b, stem))
    })
}

/// What follows the stem, when it is an ending, its consonant doubled or not.
fn ending(word: &str, stem: usize) -> Option<&str> {
    let rest = &word[stem..];
    if rest.is_empty() || ENDINGS.contains(&rest) || doubled(word, stem) {
        return Some(rest);
    }
    None
}

fn doubled(word: &str, stem: usize) -> bool {
    let bytes = word.as_bytes();
    stem >= 3
        && bytes.get(stem) == bytes.get(stem - 1)
        && matches!(word.get(stem + 1..), Some("ing" | "ed" | "er" | "ers"))
}

/// `auth` for `authentication`: long enough to mean something, and clearly shorter.
fn shortened(short: &str, long: &str) -> bool {
    short.len() >= 4
        && long.len() >= short.len() + 3
        && long.starts_with(short)
        && !short.chars().any(|c| c.is_ascii_digit() || text::is_han(c))
}

fn slipped(a: &str, b: &str) -> bool {
    let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let longest = x.len().max(y.len());
    let allowed = match longest {
        0..=4 => return false,
        5..=8 => 1,
        9..=24 => 2,
        _ => return false,
    };
    x.first() == y.first() && x.len().abs_diff(y.len()) <= allowed && slips(&x, &y) <= allowed
}

/// Edit distance in which swapping two neighbours is one slip.
fn slips(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut rows: Vec<usize> = vec![0; (a.len() + 1) * width];
    for (j, cell) in rows.iter_mut().take(width).enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        rows[i * width] = i;
        for j in 1..=b.len() {
            let above = (i - 1) * width + j;
            let here = i * width + j;
            let replaced = rows[above - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[above] + 1).min(rows[here - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[(i - 2) * width + j - 2] + 1);
            }
            rows[here] = best;
        }
    }
    rows[a.len() * width + b.len()]
}
