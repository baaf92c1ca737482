//! The licences of everything we build with. The ones we accept are listed in deny.toml, where other
//! tools look for them too.

use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::verdict;
use crate::setup::Lock;
use crate::workspace::{self, Metadata, Package};

#[derive(Deserialize)]
struct Rules {
    licenses: Accepted,
}

#[derive(Deserialize)]
struct Accepted {
    allow: Vec<String>,
}

/// Compares the licence of every crate, on every system, and of everything that is part of the page in the
/// window with the accepted ones.
pub(super) fn check(all: &Metadata) -> Result<()> {
    let file = workspace::root().join("deny.toml");
    let text =
        fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let rules: Rules =
        toml::from_str(&text).with_context(|| format!("{} is not as expected", file.display()))?;
    let accepted = &rules.licenses.allow;
    let mut found: Vec<_> = all
        .packages
        .iter()
        .filter_map(|package| finding(package, accepted))
        .collect();
    if workspace::has_interface() {
        found.extend(in_the_page(accepted)?);
    }
    verdict(&found)
}

fn in_the_page(accepted: &[String]) -> Result<Vec<String>> {
    let lock = Lock::read(&workspace::root().join("ui").join("package-lock.json"))?;
    let parts = lock
        .packages
        .iter()
        .filter(|(path, part)| !path.is_empty() && !part.dev);
    Ok(parts
        .filter_map(|(path, part)| judge(path, part.license.as_deref(), accepted))
        .collect())
}

fn finding(package: &Package, accepted: &[String]) -> Option<String> {
    let Package {
        name,
        version,
        source,
        license,
        ..
    } = package;
    source.as_ref()?;
    judge(&format!("{name} {version}"), license.as_deref(), accepted)
}

fn judge(name: &str, license: Option<&str>, accepted: &[String]) -> Option<String> {
    match license {
        None => Some(format!("{name} names no licence")),
        Some(expression) if is_accepted(expression, accepted) => None,
        Some(expression) => Some(format!("{name} is under {expression}, not accepted")),
    }
}

/// Evaluates an SPDX expression: `AND` binds tighter than `OR`, a `WITH` belongs to its licence, and the
/// old slash means `OR`. What is no such expression is not accepted.
fn is_accepted(expression: &str, accepted: &[String]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest, accepted) == Some(true) && rest.is_empty()
}

fn any_of(words: &mut &[&str], accepted: &[String]) -> Option<bool> {
    let mut verdict = all_of(words, accepted)?;
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        verdict |= all_of(words, accepted)?;
    }
    Some(verdict)
}

fn all_of(words: &mut &[&str], accepted: &[String]) -> Option<bool> {
    let mut verdict = one(words, accepted)?;
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        verdict &= one(words, accepted)?;
    }
    Some(verdict)
}

fn one(words: &mut &[&str], accepted: &[String]) -> Option<bool> {
    let (licence, rest) = match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let verdict = any_of(words, accepted)?;
            *words = words.strip_prefix(&[")"])?;
            return Some(verdict);
        }
        [licence, "WITH", exception, rest @ ..] => (format!("{licence} WITH {exception}"), rest),
        [licence, rest @ ..] => ((*licence).to_owned(), rest),
        [] => return None,
    };
    *words = rest;
    Some(accepted.contains(&licence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted_of<const N: usize>(expressions: [&str; N]) -> [bool; N] {
        let known = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        expressions.map(|expression| is_accepted(expression, &known))
    }

    #[test]
    fn licence_expressions_are_read_as_spdx_says() {
        let good = [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "GPL-3.0 OR MIT AND Apache-2.0",
            "(MIT OR GPL-3.0) AND Apache-2.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
        ];
        let bad = [
            "GPL-3.0",
            "GPL-3.0 AND MIT",
            "(MIT OR Apache-2.0) AND GPL-3.0",
            "MIT WITH LLVM-exception",
        ];
        assert_eq!(accepted_of(good), [true; 6]);
        assert_eq!(accepted_of(bad), [false; 4]);
    }

    #[test]
    fn what_is_no_licence_expression_is_not_accepted() {
        assert_eq!(accepted_of(["(MIT", "MIT MIT", "MIT OR", ""]), [false; 4]);
    }
}
