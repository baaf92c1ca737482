//! Which changed paths would run, or steer what runs, on the person's machine after landing.

use serde::{Deserialize, Serialize};

use crate::attach::Repository;
use crate::failure::{Attempting, GitFailure};
use crate::names;
use crate::object::CommitId;
use crate::tree::{self, Change, EXECUTABLE, LINK};

/// A changed path that acts later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutesLater {
    /// Relative to the repository, made visible.
    pub path: String,
    /// How it acts.
    pub reason: Reason,
}

/// How a changed path acts later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Git reads settings from it, or a hook manager runs it.
    Git,
    /// An editor reads tasks or settings from it.
    Editor,
    /// A coding agent takes instructions or tools from it.
    Agent,
    /// A shell reads it on entering the folder.
    Shell,
    /// Building or installing runs it.
    Build,
    /// Running tests runs it.
    Tests,
    /// A continuous integration service runs it.
    Integration,
    /// It is a program: it became executable, or what it runs changed.
    Executable,
    /// It became a symbolic link.
    Link,
}

/// Folders in which everything acts, in lower case: the name and why.
const FOLDERS: [(&str, Reason); 19] = [
    (".github", Reason::Integration),
    (".gitlab", Reason::Integration),
    (".circleci", Reason::Integration),
    (".buildkite", Reason::Integration),
    (".forgejo", Reason::Integration),
    (".gitea", Reason::Integration),
    (".husky", Reason::Git),
    (".githooks", Reason::Git),
    (".vscode", Reason::Editor),
    (".idea", Reason::Editor),
    (".zed", Reason::Editor),
    (".devcontainer", Reason::Editor),
    (".claude", Reason::Agent),
    (".codex", Reason::Agent),
    (".cursor", Reason::Agent),
    (".gemini", Reason::Agent),
    (".opencode", Reason::Agent),
    (".cargo", Reason::Build),
    (".mvn", Reason::Build),
];

/// Files that act wherever they are, in lower case: the name and why.
const FILES: [(&str, Reason); 106] = [
    (".gitattributes", Reason::Git),
    (".gitmodules", Reason::Git),
    (".gitconfig", Reason::Git),
    (".gitignore", Reason::Git),
    ("lefthook.yml", Reason::Git),
    ("lefthook.yaml", Reason::Git),
    (".lefthook.yml", Reason::Git),
    (".pre-commit-config.yaml", Reason::Git),
    (".gitlab-ci.yml", Reason::Integration),
    ("jenkinsfile", Reason::Integration),
    ("azure-pipelines.yml", Reason::Integration),
    (".travis.yml", Reason::Integration),
    ("bitbucket-pipelines.yml", Reason::Integration),
    ("agents.md", Reason::Agent),
    ("agents.override.md", Reason::Agent),
    ("claude.md", Reason::Agent),
    ("claude.local.md", Reason::Agent),
    ("gemini.md", Reason::Agent),
    (".mcp.json", Reason::Agent),
    (".cursorrules", Reason::Agent),
    (".windsurfrules", Reason::Agent),
    (".ampersand.toml", Reason::Agent),
    (".envrc", Reason::Shell),
    (".env", Reason::Shell),
    (".tool-versions", Reason::Shell),
    ("mise.toml", Reason::Shell),
    (".mise.toml", Reason::Shell),
    (".editorconfig", Reason::Editor),
    (".nvim.lua", Reason::Editor),
    (".exrc", Reason::Editor),
    ("makefile", Reason::Build),
    ("gnumakefile", Reason::Build),
    ("justfile", Reason::Build),
    (".justfile", Reason::Build),
    ("taskfile.yml", Reason::Build),
    ("build.rs", Reason::Build),
    ("cargo.toml", Reason::Build),
    ("rust-toolchain.toml", Reason::Build),
    ("rust-toolchain", Reason::Build),
    ("package.json", Reason::Build),
    (".npmrc", Reason::Build),
    (".yarnrc", Reason::Build),
    (".yarnrc.yml", Reason::Build),
    (".pnpmfile.cjs", Reason::Build),
    ("setup.py", Reason::Build),
    ("setup.cfg", Reason::Build),
    ("pyproject.toml", Reason::Build),
    ("rakefile", Reason::Build),
    ("gemfile", Reason::Build),
    ("cmakelists.txt", Reason::Build),
    ("meson.build", Reason::Build),
    ("build.gradle", Reason::Build),
    ("build.gradle.kts", Reason::Build),
    ("settings.gradle", Reason::Build),
    ("gradle-wrapper.properties", Reason::Build),
    ("dockerfile", Reason::Build),
    ("docker-compose.yml", Reason::Build),
    ("flake.nix", Reason::Shell),
    ("conftest.py", Reason::Tests),
    ("sitecustomize.py", Reason::Build),
    ("compose.yml", Reason::Build),
    ("compose.yaml", Reason::Build),
    ("docker-compose.yaml", Reason::Build),
    ("containerfile", Reason::Build),
    ("pom.xml", Reason::Build),
    ("go.mod", Reason::Build),
    ("taskfile.yaml", Reason::Build),
    ("workspace.bazel", Reason::Build),
    ("module.bazel", Reason::Build),
    ("build.bazel", Reason::Build),
    ("build", Reason::Build),
    (".bazelrc", Reason::Build),
    ("procfile", Reason::Build),
    ("vagrantfile", Reason::Build),
    ("requirements.txt", Reason::Build),
    ("package-lock.json", Reason::Build),
    ("npm-shrinkwrap.json", Reason::Build),
    ("pnpm-lock.yaml", Reason::Build),
    ("yarn.lock", Reason::Build),
    ("deno.json", Reason::Build),
    ("settings.gradle.kts", Reason::Build),
    ("gradle.properties", Reason::Build),
    ("mix.exs", Reason::Build),
    ("package.swift", Reason::Build),
    ("podfile", Reason::Build),
    ("composer.json", Reason::Build),
    ("build.zig", Reason::Build),
    ("build.sbt", Reason::Build),
    ("shell.nix", Reason::Shell),
    ("default.nix", Reason::Shell),
    ("devbox.json", Reason::Shell),
    (".devcontainer.json", Reason::Editor),
    (".dir-locals.el", Reason::Editor),
    (".vimrc", Reason::Editor),
    (".lvimrc", Reason::Editor),
    (".clangd", Reason::Editor),
    (".eslintrc.js", Reason::Build),
    (".eslintrc.cjs", Reason::Build),
    (".prettierrc.js", Reason::Build),
    (".prettierrc.cjs", Reason::Build),
    (".babelrc.js", Reason::Build),
    ("tox.ini", Reason::Tests),
    ("noxfile.py", Reason::Tests),
    ("pytest.ini", Reason::Tests),
    (".coveragerc", Reason::Tests),
    ("pre-commit", Reason::Git),
];

/// Endings of names that act, in lower case.
const ENDINGS: [(&str, Reason); 17] = [
    (".csproj", Reason::Build),
    (".fsproj", Reason::Build),
    (".vbproj", Reason::Build),
    (".vcxproj", Reason::Build),
    (".targets", Reason::Build),
    (".props", Reason::Build),
    (".mk", Reason::Build),
    (".cmake", Reason::Build),
    (".code-workspace", Reason::Editor),
    (".pth", Reason::Build),
    (".config.js", Reason::Build),
    (".config.cjs", Reason::Build),
    (".config.mjs", Reason::Build),
    (".config.ts", Reason::Build),
    (".config.mts", Reason::Build),
    (".config.cts", Reason::Build),
    (".desktop", Reason::Shell),
];

impl Repository {
    /// The paths changed from `base` to `head` that act later, sorted. What is only removed does not act.
    pub fn executes_later(
        &self,
        base: CommitId,
        head: CommitId,
    ) -> Result<Vec<ExecutesLater>, GitFailure> {
        let git = self.open_objects()?;
        let tree = |id: CommitId| {
            git.find_commit(id.oid())
                .and_then(|commit| commit.tree())
                .attempting("read a commit")
        };
        let changes = tree::changes(&git, Some(&tree(base)?), Some(&tree(head)?))?;
        Ok(executes_later(&changes))
    }
}

pub(crate) fn executes_later(changes: &[Change]) -> Vec<ExecutesLater> {
    let named = changes.iter().filter_map(|change| {
        Some(ExecutesLater {
            path: names::show(&change.path),
            reason: reason(change)?,
        })
    });
    named.collect()
}

fn reason(change: &Change) -> Option<Reason> {
    let new = change.new?;
    let before = change.old.map(|slot| slot.mode);
    if new.mode == LINK && before != Some(LINK) {
        return Some(Reason::Link);
    }
    by_name(&change.path).or_else(|| (new.mode == EXECUTABLE).then_some(Reason::Executable))
}

/// Case is ignored: on some disks it is.
fn by_name(path: &[u8]) -> Option<Reason> {
    let path = String::from_utf8_lossy(path).to_lowercase();
    let mut above: Vec<&str> = path.split('/').collect();
    let name = above.pop()?;
    let in_folder = FOLDERS.iter().find(|(folder, _)| above.contains(folder));
    let is_file = || FILES.iter().find(|(file, _)| *file == name);
    let by_ending = || ENDINGS.iter().find(|(ending, _)| name.ends_with(ending));
    in_folder
        .or_else(is_file)
        .or_else(by_ending)
        .map(|(_, reason)| *reason)
}

#[cfg(test)]
mod tests {
    use git2::Oid;

    use super::*;
    use crate::tree::{FILE, Slot};

    #[track_caller]
    fn check(path: &str, old: Option<u32>, new: Option<u32>, expected: Option<Reason>) {
        let slot = |mode: u32| Slot {
            oid: Oid::ZERO_SHA1,
            mode,
        };
        let change = Change {
            path: path.into(),
            old: old.map(slot),
            new: new.map(slot),
        };
        assert_eq!(reason(&change), expected, "{path}");
    }

    #[test]
    fn what_acts_later_is_named_with_its_reason() {
        for (path, expected) in [
            (".github/workflows/ci.yml", Some(Reason::Integration)),
            ("sub/.husky/pre-commit", Some(Reason::Git)),
            (".VSCODE/tasks.json", Some(Reason::Editor)),
            ("docs/AGENTS.md", Some(Reason::Agent)),
            ("claude.md", Some(Reason::Agent)),
            ("web/package.json", Some(Reason::Build)),
            (".cargo/config.toml", Some(Reason::Build)),
            ("crates/x/build.rs", Some(Reason::Build)),
            ("tests/conftest.py", Some(Reason::Tests)),
            (".envrc", Some(Reason::Shell)),
            ("vite.config.ts", Some(Reason::Build)),
            (".gitmodules", Some(Reason::Git)),
            (".gitattributes", Some(Reason::Git)),
            ("lefthook.yml", Some(Reason::Git)),
            (".idea/runConfigurations/a.xml", Some(Reason::Editor)),
            (".zed/tasks.json", Some(Reason::Editor)),
            (".claude/settings.json", Some(Reason::Agent)),
            (".codex/config.toml", Some(Reason::Agent)),
            (".cursor/rules/a.md", Some(Reason::Agent)),
            (".gemini/settings.json", Some(Reason::Agent)),
            (".mcp.json", Some(Reason::Agent)),
            ("Makefile", Some(Reason::Build)),
            ("a/b.csproj", Some(Reason::Build)),
            ("a/b.targets", Some(Reason::Build)),
            ("pom.xml", Some(Reason::Build)),
            ("web/.eslintrc.js", Some(Reason::Build)),
            (".devcontainer.json", Some(Reason::Editor)),
            ("noxfile.py", Some(Reason::Tests)),
            ("src/main.rs", None),
            ("README.md", None),
        ] {
            check(path, None, Some(FILE), expected);
        }
    }

    #[test]
    fn new_links_and_changed_programs_act_and_removals_do_not() {
        check("run", None, Some(EXECUTABLE), Some(Reason::Executable));
        check(
            "run",
            Some(FILE),
            Some(EXECUTABLE),
            Some(Reason::Executable),
        );
        check(
            "gradlew",
            Some(EXECUTABLE),
            Some(EXECUTABLE),
            Some(Reason::Executable),
        );
        check("run", Some(EXECUTABLE), Some(FILE), None);
        check("link", Some(FILE), Some(LINK), Some(Reason::Link));
        check("Makefile", Some(FILE), None, None);
    }
}
