//! Which characters hide, reorder or move what stands beside them, and text in which those are written out. The window draws
//! by the same rules (`ui/src/lib/visible.ts`); both are held against `visible/table.json`.

/// Whether a character is not seen itself and changes what is: controls, whatever orders text of two directions or ends a line
/// unseen, and what is drawn as nothing where it is not understood (Unicode: `Cc`, `Bidi_Control`, `Zl`, `Zp`,
/// `Default_Ignorable_Code_Point`, and the marks of annotations). Line feeds and tabs are layout, and do not.
pub const fn hides(c: char) -> bool {
    matches!(c,
        '\0'..='\u{8}'
        | '\u{b}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
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
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Text of several lines with every character that [`hides`] as `\u{…}`: for code, commands, names and what programs print.
pub fn visible(text: &str) -> String {
    written_out(text, |_, c, _| hides(c))
}

/// As [`visible`], on one line: line feeds are written out too.
pub fn visible_line(text: &str) -> String {
    written_out(text, |_, c, _| hides(c) || c == '\n')
}

/// As [`visible`], for what people and models say: what emoji are made of, and what the spelling of some scripts takes, stays
/// where it does that. At an end of the text its neighbour is taken to fit, as a text may come in parts.
pub fn visible_prose(text: &str) -> String {
    written_out(text, |before, c, after| {
        hides(c) && !spells(before, c, after)
    })
}

/// `text` with those characters written out that `hides` says so of, told what stands before and after each.
fn written_out(text: &str, hides: fn(Option<char>, char, Option<char>) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut before = None;
    while let Some(c) = letters.next() {
        if hides(before, c, letters.peek().copied()) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
        before = Some(c);
    }
    shown
}

/// Whether a character that hides is part of what is seen there: of an emoji, or of a word.
fn spells(before: Option<char>, c: char, after: Option<char>) -> bool {
    let between = |is: fn(char) -> bool| before.is_none_or(is) && after.is_none_or(is);
    match c {
        '\u{fe0e}' | '\u{fe0f}' => {
            let is_key = before.is_some_and(|c| matches!(c, '0'..='9' | '#' | '*'));
            before.is_none_or(is_emoji) || (is_key && after.is_none_or(|c| c == '\u{20e3}'))
        }
        '\u{200d}' if after.is_some_and(is_emoji) => {
            before.is_none_or(|c| is_emoji(c) || matches!(c, '\u{fe0e}' | '\u{fe0f}'))
        }
        '\u{200c}' | '\u{200d}' => between(is_joined),
        '\u{ad}' => between(char::is_alphabetic),
        '\u{200e}' | '\u{200f}' | '\u{61c}' => {
            before.is_some_and(is_right_to_left) || after.is_some_and(is_right_to_left)
        }
        _ => false,
    }
}

/// Letters of the blocks that emoji are in.
const fn is_emoji(c: char) -> bool {
    !hides(c)
        && matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

/// Letters of scripts in which it is spelling whether two are joined.
const fn is_joined(c: char) -> bool {
    !hides(c) && matches!(c, '\u{600}'..='\u{1cff}')
}

const fn is_right_to_left(c: char) -> bool {
    !hides(c) && matches!(c, '\u{590}'..='\u{8ff}')
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Table {
        /// The first and the last of each run of characters that hide, in hexadecimal.
        hides: Vec<(String, String)>,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        text: String,
        /// As it is drawn: characters that are written out as `U+202E`, between what stays.
        code: Vec<String>,
        /// The same for prose, where that differs.
        prose: Option<Vec<String>>,
    }

    fn table() -> Table {
        serde_json::from_str(include_str!("visible/table.json")).unwrap()
    }

    fn number(hex: &str) -> u32 {
        u32::from_str_radix(hex, 16).unwrap()
    }

    fn escaped(parts: &[String]) -> String {
        let part = |part: &String| match part.strip_prefix("U+") {
            Some(code) => format!("\\u{{{:x}}}", number(code)),
            None => part.clone(),
        };
        parts.iter().map(part).collect()
    }

    #[test]
    fn exactly_the_characters_of_the_table_hide() {
        let runs = table().hides;
        let runs: Vec<_> = runs
            .iter()
            .map(|(first, last)| number(first)..=number(last))
            .collect();
        let is_listed = |c: char| runs.iter().any(|run| run.contains(&u32::from(c)));
        for c in '\0'..=char::MAX {
            assert_eq!(hides(c), is_listed(c), "{:x}", u32::from(c));
        }
    }

    #[test]
    fn what_hides_is_written_out_and_the_rest_is_left_alone() {
        for Case { text, code, prose } in table().cases {
            assert_eq!(visible(&text), escaped(&code), "{text:?}");
            let prose = prose.as_ref().unwrap_or(&code);
            assert_eq!(visible_prose(&text), escaped(prose), "{text:?} as prose");
        }
        assert_eq!(visible_line("a\tb\nc\r"), "a\tb\\u{a}c\\u{d}");
    }
}
