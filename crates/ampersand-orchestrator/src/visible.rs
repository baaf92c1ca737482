//! Text that agents and programs wrote, made safe to show: nothing in it is invisible or commands a terminal.

/// One line with control characters, and those that reorder or hide what stands beside them, written out.
pub(crate) fn visible(line: &str) -> String {
    line.chars()
        .map(|c| {
            if hides(c) {
                c.escape_unicode().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}

fn hides(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_hides_is_written_out() {
        assert_eq!(
            visible("a\u{1b}[31m\tb\u{202e}"),
            "a\\u{1b}[31m\tb\\u{202e}"
        );
    }
}
