//! Whether a message takes back the one before it. Only plain openings count: whoever is not understood here gets a
//! turn of their own beside the one that is being written.

const OPENINGS: &[&str] = &[
    "no i meant",
    "no i mean",
    "i meant",
    "sorry i meant",
    "sorry i mean",
    "wait i meant",
    "wait no",
    "no wait",
    "actually",
    "correction",
    "scratch that",
    "never mind",
    "nevermind",
    "forget that",
    "forget it",
    "ignore that",
    "no not that",
    "not that",
    "no sorry",
    "oops i meant",
    "let me rephrase",
];

const CHINESE: &[&str] = &["不对", "不是，", "我的意思是", "我是说", "更正", "算了"];

/// Whether it opens like a correction.
pub(super) fn is_correction(text: &str) -> bool {
    let plain = super::plain(text);
    let opens = |opening: &&str| {
        let rest = plain.strip_prefix(*opening);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let in_chinese = |opening: &&str| text.trim_start().starts_with(*opening);
    OPENINGS.iter().any(opens) || CHINESE.iter().any(in_chinese)
}

#[cfg(test)]
mod tests {
    use super::is_correction;

    #[test]
    fn corrections_are_known_by_their_opening() {
        for text in [
            "No, I meant the session module",
            "actually, use RS256",
            "Wait, no: the other one",
            "scratch that",
            "我的意思是另一个文件",
        ] {
            assert!(is_correction(text), "{text}");
        }
        for text in [
            "What does HS256 actually mean?",
            "No",
            "Does it wait?",
            "notwithstanding that, scan",
        ] {
            assert!(!is_correction(text), "{text}");
        }
    }
}
