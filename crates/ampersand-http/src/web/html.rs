//! HTML to the text a person would read: one pass, linear, no tree, no recursion, whatever the page does.
//!
//! It aims at prose, headings, lists, tables and code. It does not lay out, run or load anything. Characters that
//! hide or reorder text (bidirectional overrides, zero-width letters, tags) are dropped: what is read is what a
//! person would have seen.

mod entity;

use ampersand_core::hides;
use entity::unescape;

/// What is left of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reduced {
    /// Its title on one line; empty if it has none.
    pub title: String,
    /// Its text; paragraphs are separated by an empty line.
    pub text: String,
}

/// Reduces a page. The output is never much longer than the input.
pub fn reduce_html(html: &str) -> Reduced {
    let mut page = Writer::default();
    let mut title = None;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        page.text(&rest[..at]);
        rest = &rest[at..];
        let Some((tag, after)) = Tag::read(rest) else {
            page.text("<");
            rest = &rest[1..];
            continue;
        };
        rest = after;
        match tag {
            Tag::Other => {}
            Tag::Open(name) if is_hidden(&name) => {
                let (inside, after) = skip_element(rest, &name);
                if name == "title" && title.is_none() {
                    title = Some(inside);
                }
                rest = after;
            }
            Tag::Open(name) => page.open(&name),
            Tag::Close(name) => page.close(&name),
        }
    }
    page.text(rest);
    Reduced {
        title: one_line(title.unwrap_or_default()),
        text: page.finish(),
    }
}

enum Tag {
    Open(String),
    Close(String),
    /// A comment, a doctype, a processing instruction.
    Other,
}

impl Tag {
    /// Reads the tag `html` begins with, and what follows it; `None` if the `<` is only a character.
    fn read(html: &str) -> Option<(Self, &str)> {
        if let Some(comment) = html.strip_prefix("<!--") {
            return Some((
                Self::Other,
                comment.split_once("-->").map_or("", |(_, after)| after),
            ));
        }
        if html.starts_with("<!") || html.starts_with("<?") {
            return Some((
                Self::Other,
                html.split_once('>').map_or("", |(_, after)| after),
            ));
        }
        let closing = html.starts_with("</");
        let name_and_rest = &html[if closing { 2 } else { 1 }..];
        if !name_and_rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let name_end = name_and_rest
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/'))
            .unwrap_or(name_and_rest.len());
        let name = name_and_rest[..name_end].to_ascii_lowercase();
        let after = end_of_attributes(&name_and_rest[name_end..]);
        Some((
            if closing {
                Self::Close(name)
            } else {
                Self::Open(name)
            },
            after,
        ))
    }
}

/// What follows the `>` that closes a tag; a `>` inside a quoted value does not.
fn end_of_attributes(attributes: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in attributes.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '>' => return &attributes[at + 1..],
            // Only a value opens with a quote; elsewhere it is a typing error that must not eat the page.
            None if matches!(c, '"' | '\'') && before == '=' => quote = Some(c),
            None => {}
        }
        if !c.is_ascii_whitespace() {
            before = c;
        }
    }
    ""
}

fn is_hidden(name: &str) -> bool {
    matches!(
        name,
        "title"
            | "script"
            | "style"
            | "template"
            | "noscript"
            | "svg"
            | "math"
            | "iframe"
            | "object"
            | "textarea"
            | "select"
            | "canvas"
    )
}

/// The inside of an element that is not shown, and what follows its end tag.
fn skip_element<'a>(html: &'a str, name: &str) -> (&'a str, &'a str) {
    let mut from = 0;
    while let Some(at) = html[from..].find("</").map(|at| from + at) {
        let candidate = &html[at + 2..];
        let is_ours = candidate
            .get(..name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name))
            && !candidate[name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric());
        if is_ours {
            return (&html[..at], end_of_attributes(&candidate[name.len()..]));
        }
        from = at + 2;
    }
    (html, "")
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Line breaks owed before the next visible character.
    breaks: usize,
    space: bool,
    preformatted: usize,
}

impl Writer {
    fn text(&mut self, raw: &str) {
        let text = unescape(raw);
        for c in text.chars().filter(|c| !is_invisible(*c)) {
            if self.preformatted > 0 && c == '\n' {
                self.out.push('\n');
            } else if self.preformatted > 0 && matches!(c, ' ' | '\t') {
                self.out.push(c);
            } else if c.is_whitespace() || c.is_control() {
                self.space = true;
            } else {
                self.separate();
                self.out.push(c);
            }
        }
    }

    fn separate(&mut self) {
        if self.out.is_empty() {
            // Nothing to separate from.
        } else if self.breaks > 0 {
            self.out.truncate(self.out.trim_end().len());
            self.out.extend(std::iter::repeat_n('\n', self.breaks));
        } else if self.space && !self.out.ends_with(char::is_whitespace) {
            self.out.push(' ');
        }
        self.breaks = 0;
        self.space = false;
    }

    fn owe(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
    }

    fn mark(&mut self, breaks: usize, mark: &str) {
        self.owe(breaks);
        self.separate();
        self.out.push_str(mark);
    }

    fn open(&mut self, name: &str) {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = usize::from(name.as_bytes()[1] - b'0');
                self.mark(2, &format!("{} ", "#".repeat(level)));
            }
            "li" => self.mark(1, "- "),
            "br" => self.owe(1),
            "td" | "th" => self.space = true,
            "pre" => {
                self.owe(2);
                self.separate();
                self.preformatted += 1;
            }
            _ => self.owe(breaks_around(name)),
        }
    }

    fn close(&mut self, name: &str) {
        if name == "pre" {
            self.preformatted = self.preformatted.saturating_sub(1);
        }
        self.owe(breaks_around(name));
    }

    fn finish(self) -> String {
        self.out.trim().to_owned()
    }
}

fn breaks_around(name: &str) -> usize {
    match name {
        "p" | "pre" | "blockquote" | "table" | "hr" | "section" | "article" | "header"
        | "footer" | "main" | "nav" | "aside" | "figure" | "dl" | "h1" | "h2" | "h3" | "h4"
        | "h5" | "h6" => 2,
        "div" | "ul" | "ol" | "li" | "tr" | "dt" | "dd" | "form" | "figcaption" | "body"
        | "head" | "details" | "summary" | "option" | "address" => 1,
        _ => 0,
    }
}

/// What is left out of a text; controls and ends of lines part words.
fn is_invisible(c: char) -> bool {
    hides(c) && !c.is_control() && !c.is_whitespace()
}

fn one_line(raw: &str) -> String {
    let text: String = unescape(raw)
        .chars()
        .filter(|c| !is_invisible(*c))
        .collect();
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
