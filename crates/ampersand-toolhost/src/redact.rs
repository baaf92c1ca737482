//! Recognising likely secrets in a line of text, and masking them. Nothing here ever hands out a whole one.

use std::ops::Range;
use std::sync::LazyLock;

use ampersand_core::Severity;
use regex::{Regex, RegexSet};

/// One likely secret in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suspect {
    pub(crate) what: &'static str,
    pub(crate) severity: Severity,
    /// Bytes of the line.
    pub(crate) at: Range<usize>,
}

/// Shapes that providers chose so that they are recognised.
const SHAPES: &[(&str, &str)] = &[
    (
        "private key",
        r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
    ),
    ("AWS access key", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    (
        "GitHub token",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b",
    ),
    ("GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    (
        "Slack webhook",
        r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,}",
    ),
    ("Google API key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{20,}"),
    ("Anthropic key", r"\bsk-ant-[A-Za-z0-9_-]{20,}"),
    ("OpenAI key", r"\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{32,}"),
    ("npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("PyPI token", r"\bpypi-[A-Za-z0-9_-]{50,}"),
    ("Cargo registry token", r"\bcio[A-Za-z0-9]{32}\b"),
    (
        "SendGrid key",
        r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b",
    ),
    ("Hugging Face token", r"\bhf_[A-Za-z0-9]{34,}\b"),
    (
        "JSON web token",
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    ),
];

/// A name that says secret, an assignment, and a value without spaces.
const ASSIGNED: &str = r#"(?i)(?:secret|passwd|password|passphrase|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|private[_-]?key|client[_-]?secret|credential)[a-z0-9_]*["']?\s*(?::=|[:=]>?)\s*["'`]?([A-Za-z0-9+/_=.~!@#%^&*-]{12,200})"#;
/// A password in an address.
const IN_ADDRESS: &str =
    r"[a-z][a-z0-9+.-]{1,20}://[^\s:@/]{1,100}:([^\s:@/]{6,200})@[A-Za-z0-9.-]";

/// A value of fewer bits per character is a word, a name or a place holder.
const MIN_ENTROPY: f64 = 3.3;

struct Shapes {
    /// All of them at once: nearly every line has none, and this tells in one pass.
    any: Option<RegexSet>,
    known: Vec<(&'static str, Regex)>,
    assigned: Option<Regex>,
    in_address: Option<Regex>,
}

static COMPILED: LazyLock<Shapes> = LazyLock::new(|| Shapes {
    any: RegexSet::new((SHAPES.iter().map(|(_, shape)| *shape)).chain([ASSIGNED, IN_ADDRESS])).ok(),
    known: SHAPES
        .iter()
        .filter_map(|(what, shape)| Some((*what, Regex::new(shape).ok()?)))
        .collect(),
    assigned: Regex::new(ASSIGNED).ok(),
    in_address: Regex::new(IN_ADDRESS).ok(),
});

/// The likely secrets of one line, in order, none overlapping.
pub(crate) fn suspects(line: &str) -> Vec<Suspect> {
    let shapes = &*COMPILED;
    if shapes.any.as_ref().is_some_and(|any| !any.is_match(line)) {
        return Vec::new();
    }
    let mut found: Vec<Suspect> = Vec::new();
    let mut add = |what, severity, at: Range<usize>| {
        if !found
            .iter()
            .any(|other| other.at.start < at.end && at.start < other.at.end)
        {
            found.push(Suspect { what, severity, at });
        }
    };
    for (what, shape) in &shapes.known {
        for place in shape.find_iter(line) {
            add(what, Severity::High, place.range());
        }
    }
    let group = |shape: &Option<Regex>| -> Vec<Range<usize>> {
        let groups = shape.iter().flat_map(|shape| shape.captures_iter(line));
        groups
            .filter_map(|captured| Some(captured.get(1)?.range()))
            .collect()
    };
    for at in group(&shapes.in_address) {
        if !is_placeholder(&line[at.clone()]) {
            add("password in an address", Severity::High, at);
        }
    }
    for at in group(&shapes.assigned) {
        let value = &line[at.clone()];
        if entropy(value) >= MIN_ENTROPY && mixed(value) && !is_placeholder(value) {
            add("value that looks secret", Severity::Medium, at);
        }
    }
    found.sort_by_key(|suspect| suspect.at.start);
    found
}

/// The line with every likely secret masked.
pub fn redacted(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut from = 0;
    for suspect in suspects(line) {
        text.push_str(&line[from..suspect.at.start]);
        text.push_str(&masked(&line[suspect.at.clone()]));
        from = suspect.at.end;
    }
    text + &line[from..]
}

/// Enough to recognise it by, not enough to use it: four characters at most, and never more than a sixth.
pub(crate) fn masked(secret: &str) -> String {
    if secret.starts_with("-----BEGIN") {
        return secret.to_owned();
    }
    let length = secret.chars().count();
    let shown: String = secret.chars().take((length / 6).min(4)).collect();
    format!("{shown}\u{2026} ({length} characters)")
}

/// Shannon entropy in bits per character.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    let parts = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length);
    -parts.map(|part| part * part.log2()).sum::<f64>()
}

/// Keys have digits among their letters; identifiers and paths mostly have not.
fn mixed(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn is_placeholder(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let words = [
        "example",
        "changeme",
        "change-me",
        "your",
        "placeholder",
        "dummy",
        "xxxx",
        "1234567890",
    ];
    words.iter().any(|word| value.contains(word))
        || value.starts_with(['$', '%', '{', '<'])
        || ["env.", "process.", "os.", "self.", "config.", "settings."]
            .iter()
            .any(|way| value.starts_with(way))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_shapes_and_assigned_values_are_masked_and_ordinary_lines_are_not() {
        let letters = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
        for (line, expected) in [
            ("let x = compute_password_hash(user);".to_owned(), vec![]),
            ("password = os.environ['PASSWORD_2']".to_owned(), vec![]),
            ("api_key: your-api-key-goes-here-1".to_owned(), vec![]),
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----".to_owned(),
                vec!["private key"],
            ),
            (
                format!("key AK{}7QRSTUVWXYZ23456 end", "IA"),
                vec!["AWS access key"],
            ),
            (
                format!("t = 'gh{}{}'", "p_", &letters[..36]),
                vec!["GitHub token"],
            ),
            (format!("xo{}-{letters}", "xb"), vec!["Slack token"]),
            (
                format!("API_KEY=\"{}\"", &letters[..24]),
                vec!["value that looks secret"],
            ),
            (
                "postgres://app:s3cr3tPw9@db.internal/x".to_owned(),
                vec!["password in an address"],
            ),
        ] {
            let found: Vec<_> = suspects(&line)
                .into_iter()
                .map(|suspect| suspect.what)
                .collect();
            assert_eq!(found, expected, "{line}");
            let masked = redacted(&line);
            assert!(
                !masked.contains(&letters[..24]) && !masked.contains("s3cr3tPw9"),
                "{masked}"
            );
            if expected.is_empty() {
                assert_eq!(masked, line);
            }
        }
    }
}
