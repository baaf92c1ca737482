//! Lines from hostile output: whatever arrives, memory stays within one line's limit.

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// What ends a line that was cut.
pub const CUT: &str = " …[cut]";

/// Reads lines no longer than a limit. A longer one is cut and marked with [`CUT`]; reading goes on after its end.
#[derive(Debug)]
pub struct Lines<R> {
    reader: BufReader<R>,
    max: usize,
    kept: Vec<u8>,
    cut: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// `max` counts bytes without the line's end and without the mark.
    pub fn new(reader: R, max: usize) -> Self {
        Self {
            reader: BufReader::new(reader),
            max,
            kept: Vec::new(),
            cut: false,
        }
    }

    /// The next line without its end, invalid UTF-8 replaced; `None` at the end of the stream. Safe to cancel.
    pub async fn next(&mut self) -> std::io::Result<Option<String>> {
        loop {
            let available = self.reader.fill_buf().await?;
            if available.is_empty() {
                let ended = self.kept.is_empty() && !self.cut;
                return Ok(if ended { None } else { Some(self.take()) });
            }
            let newline = available.iter().position(|byte| *byte == b'\n');
            let line = &available[..newline.unwrap_or(available.len())];
            let used = line.len() + usize::from(newline.is_some());
            let room = self.max.saturating_sub(self.kept.len());
            self.cut |= line.len() > room;
            self.kept.extend_from_slice(&line[..line.len().min(room)]);
            self.reader.consume(used);
            if newline.is_some() {
                return Ok(Some(self.take()));
            }
        }
    }

    /// What is left of the stream; a line begun is dropped.
    pub fn into_inner(self) -> R {
        self.reader.into_inner()
    }

    fn take(&mut self) -> String {
        let mut kept = std::mem::take(&mut self.kept);
        let cut = std::mem::take(&mut self.cut);
        if cut {
            // A character cut in half would show as a replacement sign nobody sent.
            if let Err(error) = std::str::from_utf8(&kept)
                && error.error_len().is_none()
            {
                kept.truncate(error.valid_up_to());
            }
        } else if kept.last() == Some(&b'\r') {
            kept.pop();
        }
        let mut line = String::from_utf8_lossy(&kept).into_owned();
        if cut {
            line.push_str(CUT);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_cut_at_the_limit_and_reading_goes_on() {
        let long = "x".repeat(100_000);
        for (input, max, expected) in [
            (b"".as_slice(), 8, vec![]),
            (b"a\nb", 8, vec!["a".to_owned(), "b".to_owned()]),
            (b"a\r\n\r\n", 8, vec!["a".to_owned(), String::new()]),
            (b"12345678\n", 8, vec!["12345678".to_owned()]),
            (
                b"123456789\nnext\n",
                8,
                vec![format!("12345678{CUT}"), "next".to_owned()],
            ),
            ("abc\u{e9}d\n".as_bytes(), 4, vec![format!("abc{CUT}")]),
            (b"\xff\n", 8, vec!["\u{fffd}".to_owned()]),
            (
                format!("{long}\nend").as_bytes(),
                3,
                vec![format!("xxx{CUT}"), "end".to_owned()],
            ),
            (b"\n", 0, vec![String::new()]),
            (b"x", 0, vec![CUT.to_owned()]),
        ] {
            let mut lines = Lines::new(input, max);
            let mut read = Vec::new();
            while let Some(line) = lines.next().await.unwrap() {
                read.push(line);
            }
            assert_eq!(
                read,
                expected,
                "{:?} at {max}",
                String::from_utf8_lossy(&input[..input.len().min(20)])
            );
        }
    }
}
