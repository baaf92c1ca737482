//! Reading what manifests declare and lock files pin, without any package manager.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// Kept of one worktree; lock files of large projects name some thousands.
pub(super) const MAX: usize = 5_000;
const MAX_NAME_BYTES: usize = 200;

/// One package a worktree depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    /// The package manager: `Cargo`, `npm`, `PyPI` or `Go`.
    pub ecosystem: String,
    /// The package.
    pub name: String,
    /// The version, or what is asked of it; empty if nothing is.
    pub version: String,
    /// Whether `version` is one exact version, from a lock file.
    pub pinned: bool,
    /// The file that says so, relative to the worktree.
    pub manifest: String,
}

/// A manifest that is not what its name says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken;

pub(super) fn of(path: &Path, shown: &str, text: &str) -> Result<Vec<Dependency>, Broken> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let is_requirements = name.starts_with("requirements")
        && path.extension().is_some_and(|extension| extension == "txt");
    let (ecosystem, pinned, found) = match name {
        "Cargo.toml" => ("Cargo", false, cargo(&toml_of(text)?)),
        "Cargo.lock" => ("Cargo", true, cargo_lock(&toml_of(text)?)),
        "package.json" => ("npm", false, package(&json_of(text)?)),
        "package-lock.json" => ("npm", true, package_lock(&json_of(text)?)),
        "pyproject.toml" => ("PyPI", false, pyproject(&toml_of(text)?)),
        "go.mod" => ("Go", true, go_mod(text)),
        _ if is_requirements => (
            "PyPI",
            false,
            text.lines().filter_map(requirement).collect(),
        ),
        _ => return Ok(Vec::new()),
    };
    let mut found: Vec<Dependency> = found
        .into_iter()
        .filter(|(name, version)| name.len() <= MAX_NAME_BYTES && version.len() <= MAX_NAME_BYTES)
        .map(|(name, version)| Dependency {
            ecosystem: ecosystem.to_owned(),
            pinned: pinned || version.starts_with("=="),
            name,
            version: version.trim_start_matches("==").to_owned(),
            manifest: shown.to_owned(),
        })
        .collect();
    found.sort();
    found.dedup();
    Ok(found)
}

type Named = (String, String);

fn toml_of(text: &str) -> Result<toml::Table, Broken> {
    text.parse().map_err(|_| Broken)
}

fn json_of(text: &str) -> Result<serde_json::Value, Broken> {
    serde_json::from_str(text).map_err(|_| Broken)
}

fn cargo(manifest: &toml::Table) -> Vec<Named> {
    let mut tables = vec![manifest];
    tables.extend(manifest.get("workspace").and_then(toml::Value::as_table));
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    tables.extend(
        targets
            .into_iter()
            .flat_map(|targets| targets.values())
            .filter_map(toml::Value::as_table),
    );
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    tables
        .into_iter()
        .flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind)?.as_table()))
        .flatten()
        // What lies in the same repository or is said in the workspace is no dependency of its own.
        .filter(|(_, asked)| asked.get("path").is_none() && asked.get("workspace").is_none())
        .map(|(name, asked)| {
            let renamed = asked.get("package").and_then(toml::Value::as_str);
            let version = asked.as_str().or_else(|| asked.get("version")?.as_str());
            (
                renamed.unwrap_or(name).to_owned(),
                version.unwrap_or_default().to_owned(),
            )
        })
        .collect()
}

fn cargo_lock(lock: &toml::Table) -> Vec<Named> {
    let packages = lock.get("package").and_then(toml::Value::as_array);
    packages
        .into_iter()
        .flatten()
        // Without a source it is a member of the workspace.
        .filter(|package| package.get("source").is_some())
        .filter_map(|package| {
            let part = |key: &str| package.get(key)?.as_str().map(str::to_owned);
            Some((part("name")?, part("version")?))
        })
        .collect()
}

fn package(manifest: &serde_json::Value) -> Vec<Named> {
    let kinds = ["dependencies", "devDependencies", "optionalDependencies"];
    kinds
        .iter()
        .filter_map(|kind| manifest.get(kind)?.as_object())
        .flatten()
        .map(|(name, version)| {
            (
                name.clone(),
                version.as_str().unwrap_or_default().to_owned(),
            )
        })
        .filter(|(_, version)| !version.starts_with("workspace:") && !version.starts_with("file:"))
        .collect()
}

fn package_lock(lock: &serde_json::Value) -> Vec<Named> {
    let packages = lock.get("packages").and_then(serde_json::Value::as_object);
    packages
        .into_iter()
        .flatten()
        .filter_map(|(place, package)| {
            let (_, name) = place.rsplit_once("node_modules/")?;
            Some((
                name.to_owned(),
                package.get("version")?.as_str()?.to_owned(),
            ))
        })
        .collect()
}

fn pyproject(manifest: &toml::Table) -> Vec<Named> {
    let project = manifest.get("project");
    let lists = project
        .and_then(|project| project.get("dependencies"))
        .into_iter()
        .chain(
            project
                .and_then(|project| project.get("optional-dependencies")?.as_table())
                .into_iter()
                .flat_map(|groups| groups.values()),
        );
    let mut found: Vec<Named> = lists
        .filter_map(toml::Value::as_array)
        .flatten()
        .filter_map(|asked| requirement(asked.as_str()?))
        .collect();
    let poetry = manifest
        .get("tool")
        .and_then(|tool| tool.get("poetry")?.get("dependencies")?.as_table());
    found.extend(
        poetry
            .into_iter()
            .flatten()
            .filter(|(name, _)| *name != "python")
            .map(|(name, asked)| {
                let version = asked.as_str().or_else(|| asked.get("version")?.as_str());
                (name.clone(), version.unwrap_or_default().to_owned())
            }),
    );
    found
}

/// `name[extra] >=1.2 ; marker  # comment` is `name` and `>=1.2`.
fn requirement(line: &str) -> Option<Named> {
    let line = line.split([';', '#']).next().unwrap_or_default().trim();
    if line.is_empty() || line.starts_with('-') || line.contains("://") {
        return None;
    }
    let ends = |character: char| !(character.is_ascii_alphanumeric() || "._-".contains(character));
    let (name, rest) = line.split_at(line.find(ends).unwrap_or(line.len()));
    let version = rest
        .split_once(']')
        .map_or(rest, |(_, version)| version)
        .replace(' ', "");
    (!name.is_empty()).then(|| (name.to_owned(), version))
}

fn go_mod(text: &str) -> Vec<Named> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        if line.starts_with("require") && line.ends_with('(') {
            inside = true;
        } else if line == ")" {
            inside = false;
        } else if let Some(asked) = line.strip_prefix("require ").or(inside.then_some(line)) {
            let mut words = asked.split_whitespace();
            if let (Some(name), Some(version)) = (words.next(), words.next()) {
                found.push((name.to_owned(), version.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_and_lock_files_are_read() {
        for (path, text, expected) in [
            (
                "Cargo.toml",
                "[dependencies]\na = \"1\"\nb = { package = \"bb\", version = \"2\" }\nc = { path = \"c\" }\n[target.'cfg(unix)'.dependencies]\nd.version = \"3\"\n[workspace.dependencies]\ne = { git = \"x\" }",
                vec!["a 1", "bb 2", "d 3", "e "],
            ),
            (
                "Cargo.lock",
                "[[package]]\nname = \"a\"\nversion = \"1.0.1\"\nsource = \"registry\"\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n",
                vec!["a 1.0.1 pinned"],
            ),
            (
                "package.json",
                r#"{"dependencies":{"react":"^19","own":"workspace:*"},"devDependencies":{"vite":"7.0.0"}}"#,
                vec!["react ^19", "vite 7.0.0"],
            ),
            (
                "package-lock.json",
                r#"{"packages":{"":{"version":"1"},"node_modules/@a/b":{"version":"2.0.0"},"node_modules/c/node_modules/d":{"version":"3.0.0"}}}"#,
                vec!["@a/b 2.0.0 pinned", "d 3.0.0 pinned"],
            ),
            (
                "requirements-dev.txt",
                "# x\nflask==3.0.1\nrequests[socks] >= 2.1 ; python_version > '3'\n-r other.txt\nplain\n",
                vec!["flask 3.0.1 pinned", "plain ", "requests >=2.1"],
            ),
            (
                "pyproject.toml",
                "[project]\ndependencies = [\"httpx>=0.27\"]\n[tool.poetry.dependencies]\npython = \"^3\"\nrich = { version = \"13\" }",
                vec!["httpx >=0.27", "rich 13"],
            ),
            (
                "go.mod",
                "module x\n\ngo 1.22\nrequire a.b/c v1.2.3\nrequire (\n\td.e/f v0.1.0 // indirect\n)\n",
                vec!["a.b/c v1.2.3 pinned", "d.e/f v0.1.0 pinned"],
            ),
            ("src/lib.rs", "x", vec![]),
        ] {
            let found = of(Path::new(path), path, text).unwrap();
            let told: Vec<_> = found
                .iter()
                .map(|found| {
                    let pinned = if found.pinned { " pinned" } else { "" };
                    format!("{} {}{pinned}", found.name, found.version)
                })
                .collect();
            assert_eq!(told, expected, "{path}");
        }
        assert_eq!(
            of(Path::new("package.json"), "package.json", "{"),
            Err(Broken)
        );
    }
}
