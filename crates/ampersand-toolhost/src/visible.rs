//! Making hidden characters visible, so that what a person reads is what there is.

/// `text` with every character that hides, reorders or moves shown as `\u{…}`. Line feeds and tabs stay.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if hides(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Control characters, bidirectional controls, zero-width and tag characters, variation selectors, odd fillers.
fn hides(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_hides_is_spelled_out_and_the_rest_is_left_alone() {
        for (given, expected) in [
            ("plain é 漢 🦀\n\tx", "plain é 漢 🦀\n\tx"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("\u{1b}[2Jx\r", "\\u{1b}[2Jx\\u{d}"),
            ("\u{e0041}\u{200b}\u{feff}", "\\u{e0041}\\u{200b}\\u{feff}"),
        ] {
            assert_eq!(visible(given), expected);
        }
    }
}
