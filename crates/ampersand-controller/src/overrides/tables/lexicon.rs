//! Word lists that are looked up where a message stands, by their first or their last word.

use std::collections::HashMap;

use super::super::text::{self, Token};

/// Entries of several tokens, found by their first.
#[derive(Debug)]
pub(in super::super) struct Lexicon<T>(HashMap<Token, Vec<(Vec<Token>, T)>>);

impl<T: Copy> Lexicon<T> {
    pub(super) fn of<'a>(rows: impl Iterator<Item = (T, &'a [&'static str])>) -> Self {
        let mut entries: HashMap<Token, Vec<(Vec<Token>, T)>> = HashMap::new();
        for (value, spellings) in rows {
            for spelling in spellings {
                let tokens = text::tokens(spelling);
                if let Some(first) = tokens.first() {
                    entries
                        .entry(first.clone())
                        .or_default()
                        .push((tokens, value));
                }
            }
        }
        for spellings in entries.values_mut() {
            spellings.sort_by_key(|(tokens, _)| std::cmp::Reverse(tokens.len()));
        }
        Self(entries)
    }

    /// Entries `tokens` begins with, longest first: their lengths and values.
    pub(in super::super) fn at<'a>(
        &'a self,
        tokens: &'a [Token],
    ) -> impl Iterator<Item = (usize, T)> + 'a {
        tokens
            .first()
            .and_then(|first| self.0.get(first))
            .into_iter()
            .flatten()
            .filter(|(entry, _)| tokens.starts_with(entry))
            .map(|(entry, value)| (entry.len(), *value))
    }
}

/// Entries of several tokens, found by their last.
#[derive(Debug)]
pub(in super::super) struct Endings<T>(HashMap<Token, Vec<(Vec<Token>, T)>>);

impl<T: Copy> Endings<T> {
    pub(super) fn of<'a>(rows: impl Iterator<Item = (T, &'a [&'static str])>) -> Self {
        let mut entries: HashMap<Token, Vec<(Vec<Token>, T)>> = HashMap::new();
        for (value, spellings) in rows {
            for spelling in spellings {
                let tokens = text::tokens(spelling);
                if let Some(last) = tokens.last() {
                    entries
                        .entry(last.clone())
                        .or_default()
                        .push((tokens, value));
                }
            }
        }
        Self(entries)
    }

    /// Entries `tokens` ends with: their lengths and values.
    pub(in super::super) fn before<'a>(
        &'a self,
        tokens: &'a [Token],
    ) -> impl Iterator<Item = (usize, T)> + 'a {
        tokens
            .last()
            .and_then(|last| self.0.get(last))
            .into_iter()
            .flatten()
            .filter(|(entry, _)| tokens.ends_with(entry))
            .map(|(entry, value)| (entry.len(), *value))
    }
}
