//! Accounts for every word of a noun phrase: by the tables, or by one task's title, agent or id.

use super::super::Standing;
use super::super::likeness::{self, Care};
use super::super::tables::{Class, Tables, tables};
use super::super::text::{self, Token, is_han};

/// A standing task in the words a person may use for it.
pub(super) struct Known {
    pub(super) title: Vec<Token>,
    agent: String,
    agent_first: String,
    id: String,
    pub(super) role: &'static str,
}

impl Known {
    pub(super) fn of(task: &Standing) -> Self {
        let agent: Vec<Token> = text::tokens(&task.agent);
        Self {
            title: text::tokens(&task.title),
            agent: joined(&agent),
            agent_first: agent
                .first()
                .and_then(Token::word)
                .unwrap_or_default()
                .to_owned(),
            id: joined(&text::tokens(&task.id)),
            role: match task.role.trim().to_lowercase().as_str() {
                "explorer" => "explorer",
                "worker" => "worker",
                "default" | "ask first" | "ask-first" | "ask_first" => "default",
                _ => "",
            },
        }
    }
}

fn joined(tokens: &[Token]) -> String {
    tokens.iter().filter_map(Token::word).collect()
}

/// Words of a phrase by what they do.
#[derive(Debug, Default)]
pub(super) struct Bag {
    pub(super) classes: Vec<Class>,
    pub(super) content: Vec<Matched>,
}

/// What a piece of content was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matched {
    /// A telling word of the title.
    Title,
    /// A word of it that many titles have.
    Common,
    /// The agent's name.
    Agent,
    /// The id, or the title word for word.
    Whole,
}

impl Bag {
    /// Whether it says enough of a task to mean it.
    pub(super) fn is_telling(&self) -> bool {
        let never = [
            Class::Indefinite,
            Class::Else,
            Class::It,
            Class::Them,
            Class::And,
        ];
        self.content.iter().any(|piece| *piece != Matched::Common)
            && !self.classes.iter().any(|class| never.contains(class))
    }
}

/// Every word of the phrase accounted for, by the tables and by `task` if given.
pub(super) fn cover(phrase: &[Token], task: Option<(&Known, usize, Care)>) -> Option<Bag> {
    let tables = tables();
    let mut bag = Bag::default();
    let mut covered_title = Vec::new();
    let mut order: Vec<Option<Class>> = Vec::new();
    let mut at = 0;
    while at < phrase.len() {
        let rest = &phrase[at..];
        let entry = tables.nouns.at(rest).next();
        let content =
            task.and_then(|(known, index, care)| content(rest, known, index, care, tables));
        match (entry, content) {
            (Some((length, class)), found)
                if found.is_none_or(|(taken, _)| {
                    taken < length || (taken == length && structural(class))
                }) =>
            {
                bag.classes.push(class);
                order.push(Some(class));
                at += length;
            }
            (_, Some((taken, piece))) => {
                bag.content.push(piece);
                order.push(None);
                covered_title.extend_from_slice(&rest[..taken]);
                at += taken;
            }
            (_, None) => return None,
        }
    }
    if is_cut(phrase, &order) {
        return None;
    }
    if let Some((known, _, _)) = task
        && is_whole_title(&covered_title, known, tables)
    {
        bag.content.push(Matched::Whole);
    }
    Some(bag)
}

/// "For the scan" and "the scan for" are pieces of something else. In Chinese what links may also
/// open or close.
fn is_cut(phrase: &[Token], order: &[Option<Class>]) -> bool {
    let open = |token: Option<&Token>, class: Option<&Option<Class>>| {
        let han = token
            .and_then(Token::word)
            .is_some_and(|word| word.chars().all(is_han));
        !han && matches!(class, Some(Some(Class::Link | Class::Of | Class::And)))
    };
    open(phrase.first(), order.first()) || open(phrase.last(), order.last())
}

/// Words that keep their meaning even where a title has them too.
const fn structural(class: Class) -> bool {
    matches!(
        class,
        Class::All
            | Class::The
            | Class::Demonstrative
            | Class::Demonstratives
            | Class::Indefinite
            | Class::It
            | Class::Them
            | Class::And
            | Class::Of
    )
}

/// Whether every telling word of the title was said.
fn is_whole_title(said: &[Token], known: &Known, tables: &Tables) -> bool {
    let telling: Vec<&Token> = known
        .title
        .iter()
        .filter(|token| token.word().is_some() && !is_small(token, tables))
        .collect();
    !telling.is_empty() && telling.into_iter().all(|token| said.contains(token))
}

fn is_small(token: &Token, tables: &Tables) -> bool {
    tables
        .nouns
        .at(std::slice::from_ref(token))
        .any(|(_, class)| structural(class) || class == Class::Link)
}

/// How far the phrase begins with words of this task, and where they were found.
fn content(
    rest: &[Token],
    known: &Known,
    index: usize,
    care: Care,
    tables: &Tables,
) -> Option<(usize, Matched)> {
    match rest.first()? {
        Token::Title(title) => (*title == index).then_some((1, Matched::Whole)),
        Token::Quoted(inner) => {
            let bag = cover(inner, Some((known, index, care)))?;
            bag.is_telling().then_some((1, Matched::Title))
        }
        Token::Word(word) => [
            whole_id(rest, known).map(|taken| (taken, Matched::Whole)),
            agent(rest, known).map(|taken| (taken, Matched::Agent)),
            likeness::equivalent(rest, &known.title, tables)
                .map(|taken| (taken, telling(&joined(&rest[..taken]), tables))),
            in_title(rest, word, known, care, tables),
            equivalent_agent(rest, known, tables).map(|taken| (taken, Matched::Agent)),
        ]
        .into_iter()
        .flatten()
        .max_by_key(|(taken, piece)| (*taken, *piece != Matched::Common)),
        Token::Comma | Token::Stop | Token::Ask | Token::Code => None,
    }
}

fn in_title(
    rest: &[Token],
    word: &str,
    known: &Known,
    care: Care,
    tables: &Tables,
) -> Option<(usize, Matched)> {
    if word.chars().all(is_han) {
        let longest = (2..=rest.len())
            .take_while(|length| {
                known
                    .title
                    .windows(*length)
                    .any(|run| run == &rest[..*length])
            })
            .last()?;
        let said = joined(&rest[..longest]);
        let common = tables.common.contains(&said.as_str());
        return Some((
            longest,
            if common {
                Matched::Common
            } else {
                Matched::Title
            },
        ));
    }
    let piece = telling(word, tables);
    // A slip that lands on a common word tells nothing apart.
    let care = if piece == Matched::Common {
        Care::Exact
    } else {
        care
    };
    let written_so = |written: &str| {
        let small = is_small(&Token::Word(written.to_owned()), tables);
        if small {
            word == written
        } else {
            likeness::same_word(word, written, care)
        }
    };
    known
        .title
        .iter()
        .filter_map(Token::word)
        .any(written_so)
        .then_some((1, piece))
}

fn telling(said: &str, tables: &Tables) -> Matched {
    if tables.common.contains(&said) {
        Matched::Common
    } else {
        Matched::Title
    }
}

fn whole_id(rest: &[Token], known: &Known) -> Option<usize> {
    spelled(rest, &known.id)
}

/// The agent by its name, the first word of it, or either in the possessive: "Codex's task".
fn agent(rest: &[Token], known: &Known) -> Option<usize> {
    if known.agent.is_empty() {
        return None;
    }
    let first = rest.first()?.word()?;
    let name = first
        .strip_suffix('s')
        .filter(|name| *name == known.agent_first)
        .unwrap_or(first);
    let named = name.len() >= 4 && name == known.agent_first && name != "built";
    spelled(rest, &known.agent)
        .or_else(|| spelled(rest, &format!("{}s", known.agent)))
        .or(named.then_some(1))
}

fn equivalent_agent(rest: &[Token], known: &Known, tables: &Tables) -> Option<usize> {
    if known.agent.is_empty() || !rest.first()?.word()?.chars().all(is_han) {
        return None;
    }
    tables.alike.iter().find_map(|same| {
        let said = same.iter().find(|spelling| rest.starts_with(spelling))?;
        same.iter()
            .any(|spelling| joined(spelling) == known.agent)
            .then_some(said.len())
    })
}

/// How many tokens it takes to spell `wanted`, ignoring how they were divided.
fn spelled(rest: &[Token], wanted: &str) -> Option<usize> {
    let mut left = wanted;
    if left.is_empty() {
        return None;
    }
    for (taken, token) in rest.iter().enumerate() {
        left = left.strip_prefix(token.word()?)?;
        if left.is_empty() {
            return Some(taken + 1);
        }
    }
    None
}
