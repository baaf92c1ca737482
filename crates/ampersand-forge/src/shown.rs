//! Words of others, made fit to be shown: bounded, without the sequences that colour a terminal, and with whatever else is
//! invisible written out.

use ampersand_core::hides;

/// Text of several lines, its beginning kept.
pub(crate) fn beginning(text: &str, bytes_max: usize) -> String {
    let text = visible(text);
    if text.len() <= bytes_max {
        return text;
    }
    let end = (0..=bytes_max)
        .rev()
        .find(|end| text.is_char_boundary(*end));
    format!("{}\n… cut", &text[..end.unwrap_or(0)])
}

/// Text of several lines, its end kept: whole lines.
pub(crate) fn end(text: &str, bytes_max: usize) -> String {
    let text = visible(text);
    let mut kept: Vec<&str> = Vec::new();
    let mut bytes = 0;
    for line in text.trim_end().lines().rev() {
        bytes += line.len() + 1;
        if bytes > bytes_max {
            break;
        }
        kept.push(line);
    }
    kept.reverse();
    kept.join("\n")
}

/// One line.
pub(crate) fn line(text: &str, chars_max: usize) -> String {
    let text = visible(text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// An address that may be opened in a browser, or none.
pub(crate) fn link(text: &str) -> Option<String> {
    let plain = text.starts_with("https://")
        && text.len() < 1024
        && text
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\'));
    plain.then(|| text.to_owned())
}

fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' | '\t' => shown.push(letter),
            // The end of a line as Windows and progress bars have it.
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' => shown.push('\n'),
            '\u{1b}' if letters.peek() == Some(&'[') => {
                letters.next();
                for next in letters.by_ref() {
                    if !matches!(next, '0'..='9' | ';' | ':' | '?') {
                        break;
                    }
                }
            }
            letter if hides(letter) => shown.extend(letter.escape_unicode()),
            letter => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_others_commands_a_terminal_or_hides() {
        for (text, expected) in [
            ("\u{1b}[31mred\u{1b}[0m\r\nnext", "red\nnext"),
            ("50 %\r100 %", "50 %\n100 %"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("a\u{202e}b\u{200b}", "a\\u{202e}b\\u{200b}"),
            ("\u{1b}[", ""),
        ] {
            assert_eq!(beginning(text, 100), expected, "{text:?}");
        }
    }

    #[test]
    fn the_end_is_whole_lines_and_the_beginning_says_that_it_was_cut() {
        assert_eq!(end("one\ntwo\nthree\n", 10), "two\nthree");
        assert_eq!(end(&"x".repeat(100), 10), "");
        assert_eq!(beginning("äöü", 3), "ä\n… cut");
        assert_eq!(line(" a\n b ", 2), "a …");
    }

    #[test]
    fn only_addresses_of_the_web_are_links() {
        assert!(link("https://github.com/a/b/pull/1").is_some());
        for text in [
            "http://x",
            "javascript:alert(1)",
            "https://x/\u{202e}",
            "https://x y",
            "",
        ] {
            assert_eq!(link(text), None, "{text}");
        }
    }
}
