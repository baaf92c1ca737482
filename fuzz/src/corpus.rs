//! Inputs that reached something no other did, kept between runs: one file for each target, one input to a line, escaped,
//! so that a person can read what is there and what a run added.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// A longer input is tried, and not kept.
const KEPT_BYTES: usize = 2048;

/// All that is kept of one target. The smallest inputs come first, and so stay.
const FILE_BYTES: usize = 48 * 1024;

/// Reads what was kept; nothing if nothing was.
pub(crate) fn read(file: &Path) -> io::Result<Vec<Vec<u8>>> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let broken = |number| {
        let place = format!("{}, line {}", file.display(), number + 1);
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{place}: no escaped input"),
        )
    };
    let lines = text.lines().enumerate();
    lines
        .map(|(number, line)| unescape(line).ok_or_else(|| broken(number)))
        .collect()
}

/// Keeps these, smallest first, as far as they fit. A file that would be the same is left alone.
pub(crate) fn write(file: &Path, inputs: &[Vec<u8>]) -> io::Result<()> {
    let small = inputs.iter().filter(|input| input.len() <= KEPT_BYTES);
    let mut lines: Vec<String> = small.map(|input| escape(input)).collect();
    lines.sort_by_key(String::len);
    let mut told = BTreeSet::new();
    let mut bytes = 0;
    for line in lines {
        bytes += line.len() + 1;
        if bytes > FILE_BYTES {
            break;
        }
        told.insert(line);
    }
    let text: String = told.into_iter().map(|line| line + "\n").collect();
    if fs::read_to_string(file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::write(file, text)
}

fn escape(input: &[u8]) -> String {
    input.escape_ascii().to_string()
}

fn unescape(line: &str) -> Option<Vec<u8>> {
    let mut input = Vec::with_capacity(line.len());
    let mut rest = line.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            input.push(*first);
            continue;
        }
        let [kind, after @ ..] = rest else {
            return None;
        };
        rest = after;
        input.push(match kind {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?
            }
            plain @ (b'\\' | b'\'' | b'"') => *plain,
            _ => return None,
        });
    }
    Some(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_as_it_was() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unescape(&escape(&all)), Some(all.clone()));
        for broken in ["\\", "\\x1", "\\xg0", "\\q"] {
            assert_eq!(unescape(broken), None, "{broken}");
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("it.txt");
        assert!(read(&file).unwrap().is_empty());
        let long = vec![b'x'; KEPT_BYTES + 1];
        write(&file, &[all.clone(), b"a\nb".to_vec(), long, all.clone()]).unwrap();
        let mut kept = read(&file).unwrap();
        kept.sort_by_key(Vec::len);
        assert_eq!(kept, [b"a\nb".to_vec(), all]);
    }
}
