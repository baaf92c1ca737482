//! Words of a line, each a slice of what was typed, so that whatever is handed on is what was typed.

/// The verbs that ask for a text.
pub(super) const FIND_VERBS: [&str; 7] =
    ["find", "search", "grep", "look", "locate", "rg", "lookup"];

/// A part of a line, trimmed.
#[derive(Clone, Copy)]
pub(super) struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text.trim())
    }

    /// The part as it was typed.
    pub(super) fn text(self) -> &'a str {
        self.0
    }

    pub(super) fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }

    /// The words in lower case, without the punctuation around them; what is only punctuation is none.
    pub(super) fn iter(self) -> impl Iterator<Item = String> + 'a {
        self.0
            .split_whitespace()
            .map(plain)
            .filter(|word| !word.is_empty())
    }

    /// The words with single spaces between them.
    pub(super) fn plain(self) -> String {
        self.iter().collect::<Vec<_>>().join(" ")
    }

    /// The first word and what follows it.
    pub(super) fn first(self) -> Option<(String, Self)> {
        let (first, rest) = self
            .0
            .split_once(char::is_whitespace)
            .unwrap_or((self.0, ""));
        if first.is_empty() {
            return None;
        }
        // A lone question mark is a word here.
        let word = if first == "?" {
            "?".to_owned()
        } else {
            plain(first)
        };
        Some((word, Self::new(rest)))
    }

    /// What follows `word`, if it comes first.
    pub(super) fn after(self, word: &str) -> Option<Self> {
        let (first, rest) = self.first()?;
        (first == word).then_some(rest)
    }

    /// What stands before and after the first `word`.
    pub(super) fn split_at_word(self, word: &str) -> Option<(Self, Self)> {
        let mut from = 0;
        for token in self.0.split_whitespace() {
            let at = from + self.0[from..].find(token)?;
            if plain(token) == word {
                return Some((
                    Self::new(&self.0[..at]),
                    Self::new(&self.0[at + token.len()..]),
                ));
            }
            from = at + token.len();
        }
        None
    }

    /// Without what people say before they say what they want.
    pub(super) fn without_courtesy(mut self) -> Self {
        const PHRASES: [&str; 6] = [
            "i want you to",
            "i'd like you to",
            "go ahead and",
            "let's",
            "lets",
            "let us",
        ];
        loop {
            let phrase = PHRASES.iter().find_map(|phrase| {
                phrase
                    .split(' ')
                    .try_fold(self, |rest, word| rest.after(word))
            });
            let shorter = phrase.or_else(|| {
                let (word, rest) = self.first()?;
                (is_courtesy(&word) && !rest.is_empty()).then_some(rest)
            });
            match shorter {
                Some(shorter) if !shorter.is_empty() => self = shorter,
                _ => return self,
            }
        }
    }

    /// Without `all occurrences of` and its like.
    pub(super) fn without_occurrences(self) -> Self {
        const ALL: [&str; 6] = ["all", "every", "each", "any", "the", "for"];
        const NOUNS: [&str; 12] = [
            "occurrences",
            "occurrence",
            "uses",
            "use",
            "usages",
            "usage",
            "mentions",
            "mention",
            "references",
            "reference",
            "instances",
            "instance",
        ];
        let mut rest = self;
        while let Some((word, after)) = rest.first() {
            if !ALL.contains(&word.as_str()) {
                break;
            }
            rest = after;
        }
        let noun = rest
            .first()
            .filter(|(word, _)| NOUNS.contains(&word.as_str()));
        match noun.and_then(|(_, after)| after.after("of").or_else(|| after.after("to"))) {
            Some(sought) if !sought.is_empty() => sought,
            // `find all` and `find the x` are left as they are, for the caller to judge.
            _ => self.after("for").unwrap_or(self),
        }
    }

    /// Without `in this repo` and its like, and without what closes a sentence.
    pub(super) fn without_place(self) -> Self {
        let mut text = self.0;
        for preposition in [
            " in ",
            " across ",
            " throughout ",
            " within ",
            " everywhere",
            " please",
            " for me",
        ] {
            if let Some(at) = rfind_ignore_case(text, preposition)
                && Self::new(&text[at + preposition.len()..])
                    .iter()
                    .all(|word| is_filler(&word))
            {
                text = &text[..at];
            }
        }
        Self::new(text.trim_end_matches(['.', ',', '!', '?', ';']).trim_end())
    }

    /// A quoted text at the beginning and what follows the quotes.
    pub(super) fn quoted_first(self) -> Option<(&'a str, &'a str)> {
        let open = self.0.chars().next()?;
        let close = closing_quote(open)?;
        let inside = &self.0[open.len_utf8()..];
        let (quoted, after) = inside.split_once(close)?;
        (!quoted.is_empty()).then_some((quoted, after.trim()))
    }
}

/// The quote that ends what `open` begins, if it begins a quotation.
pub(super) fn closing_quote(open: char) -> Option<char> {
    match open {
        '"' | '\'' | '`' => Some(open),
        '“' => Some('”'),
        '‘' => Some('’'),
        '«' => Some('»'),
        _ => None,
    }
}

const FILLERS: &str = "\
    this the my our whole entire current complete repo repository project codebase code \
    folder directory workspace tree it here again please now me for all of in everything \
    files once more thanks base source sources quickly first too over through";

const COURTESY: &str = "\
    please can could would will you hey hi hello ampersand just now then also and first next ok okay";

/// Words people say before they say what they want.
pub(super) fn is_courtesy(word: &str) -> bool {
    COURTESY.split(' ').any(|known| known == word)
}

/// Words that add nothing to a command: the place is always the repository at hand.
pub(super) fn is_filler(word: &str) -> bool {
    FILLERS.split(' ').any(|known| known == word)
}

fn plain(token: &str) -> String {
    token
        .trim_matches(|c: char| matches!(c, '.' | ',' | '!' | '?' | ';' | ':'))
        .to_lowercase()
}

fn rfind_ignore_case(text: &str, needle: &str) -> Option<usize> {
    // ASCII only: places stay valid in `text`.
    text.to_ascii_lowercase().rfind(needle)
}
