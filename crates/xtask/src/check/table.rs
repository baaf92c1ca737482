//! README's table of agents is what the code declares of them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::verdict;
use crate::facts;

const FILE: &str = "README.md";

/// Looks for the table as it must be.
pub(super) fn check(root: &Path) -> Result<()> {
    let readme =
        fs::read_to_string(root.join(FILE)).with_context(|| format!("{FILE} cannot be read"))?;
    verdict(&findings(&readme, &facts::table()))
}

fn findings(readme: &str, table: &str) -> Vec<String> {
    let readme = readme.replace("\r\n", "\n");
    if readme.contains(table) {
        return Vec::new();
    }
    vec![format!(
        "{FILE}: the table of agents is not what is declared of them. It is:\n{table}"
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_says_anything_else_is_found() {
        let table = facts::table();
        let readme = format!("# It\n\n{table}\nMore.\n");
        assert_eq!(findings(&readme, &table), Vec::<String>::new());
        assert_eq!(findings(&readme.replace('\n', "\r\n"), &table).len(), 0);
        for other in [
            readme.replacen("| yes", "| no", 1),
            readme.replacen("mid turn", "no", 1),
            String::new(),
        ] {
            assert_eq!(findings(&other, &table).len(), 1, "{other}");
        }
    }
}
