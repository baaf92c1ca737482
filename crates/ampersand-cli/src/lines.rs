//! Standard input as lines, one after another. A line longer than anything is meant to be is cut while it is read, so
//! that no input takes more memory than a line may.

use std::io::{self, BufRead};

/// The next line without its end; `None` once there are no more. Bytes that are no text are seen as such. What a line
/// holds beyond `bytes_max` is read and dropped; one byte more than that is kept, so that it is seen to be too long.
pub(crate) fn next(input: &mut impl BufRead, bytes_max: usize) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut is_end = true;
    loop {
        let read = match input.fill_buf() {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if read.is_empty() {
            break;
        }
        is_end = false;
        let end = read.iter().position(|byte| *byte == b'\n');
        let piece = &read[..end.unwrap_or(read.len())];
        let room = (bytes_max + 1).saturating_sub(line.len());
        line.extend_from_slice(&piece[..piece.len().min(room)]);
        let used = end.map_or(read.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            break;
        }
    }
    if is_end {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&line);
    Ok(Some(text.strip_suffix('\r').unwrap_or(&text).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::next;

    fn all(input: &[u8], bytes_max: usize) -> Vec<String> {
        // A small buffer, so that lines lie across its edges.
        let mut input = std::io::BufReader::with_capacity(3, input);
        let mut lines = Vec::new();
        while let Some(line) = next(&mut input, bytes_max).unwrap() {
            lines.push(line);
        }
        lines
    }

    #[test]
    fn each_line_comes_once_however_it_ends() {
        assert_eq!(all(b"", 9), Vec::<String>::new());
        assert_eq!(all(b"one\r\n\ntwo", 9), ["one", "", "two"]);
        assert_eq!(all(b"\n", 9), [""]);
        assert_eq!(all(b"a\xffb\n", 9), ["a\u{fffd}b"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_seen_to_be_and_takes_no_more_room() {
        assert_eq!(all(b"abcdefghij\nk\n", 4), ["abcde", "k"]);
    }
}
