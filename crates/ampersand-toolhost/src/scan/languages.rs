//! Telling a file's language from its name, or from its first line if the name does not say.

use std::path::Path;

const BY_NAME: &[(&str, &str)] = &[
    ("Makefile", "Make"),
    ("Dockerfile", "Dockerfile"),
    ("CMakeLists.txt", "CMake"),
    ("Justfile", "Just"),
    ("justfile", "Just"),
    ("Rakefile", "Ruby"),
    ("Gemfile", "Ruby"),
];

const BY_EXTENSION: &[(&str, &str)] = &[
    ("astro", "Astro"),
    ("bash", "Shell"),
    ("bat", "Batch"),
    ("c", "C"),
    ("cc", "C++"),
    ("cjs", "JavaScript"),
    ("clj", "Clojure"),
    ("cmake", "CMake"),
    ("cpp", "C++"),
    ("cs", "C#"),
    ("css", "CSS"),
    ("cts", "TypeScript"),
    ("cxx", "C++"),
    ("dart", "Dart"),
    ("ex", "Elixir"),
    ("exs", "Elixir"),
    ("erl", "Erlang"),
    ("fs", "F#"),
    ("gd", "GDScript"),
    ("go", "Go"),
    ("gradle", "Gradle"),
    ("graphql", "GraphQL"),
    ("groovy", "Groovy"),
    ("h", "C"),
    ("hcl", "HCL"),
    ("hpp", "C++"),
    ("hs", "Haskell"),
    ("htm", "HTML"),
    ("html", "HTML"),
    ("ini", "INI"),
    ("java", "Java"),
    ("jl", "Julia"),
    ("js", "JavaScript"),
    ("json", "JSON"),
    ("jsx", "JavaScript"),
    ("kt", "Kotlin"),
    ("kts", "Kotlin"),
    ("less", "CSS"),
    ("lua", "Lua"),
    ("m", "Objective-C"),
    ("md", "Markdown"),
    ("mjs", "JavaScript"),
    ("ml", "OCaml"),
    ("mm", "Objective-C++"),
    ("mts", "TypeScript"),
    ("nim", "Nim"),
    ("nix", "Nix"),
    ("php", "PHP"),
    ("pl", "Perl"),
    ("pm", "Perl"),
    ("proto", "Protocol Buffers"),
    ("ps1", "PowerShell"),
    ("py", "Python"),
    ("pyi", "Python"),
    ("r", "R"),
    ("rb", "Ruby"),
    ("rs", "Rust"),
    ("rst", "reStructuredText"),
    ("sass", "CSS"),
    ("scala", "Scala"),
    ("scss", "CSS"),
    ("sh", "Shell"),
    ("sol", "Solidity"),
    ("sql", "SQL"),
    ("svelte", "Svelte"),
    ("swift", "Swift"),
    ("tex", "TeX"),
    ("tf", "HCL"),
    ("toml", "TOML"),
    ("ts", "TypeScript"),
    ("tsx", "TypeScript"),
    ("vue", "Vue"),
    ("xml", "XML"),
    ("yaml", "YAML"),
    ("yml", "YAML"),
    ("zig", "Zig"),
    ("zsh", "Shell"),
];

const BY_INTERPRETER: &[(&str, &str)] = &[
    ("bash", "Shell"),
    ("dash", "Shell"),
    ("deno", "TypeScript"),
    ("lua", "Lua"),
    ("node", "JavaScript"),
    ("perl", "Perl"),
    ("php", "PHP"),
    ("python", "Python"),
    ("ruby", "Ruby"),
    ("sh", "Shell"),
    ("zsh", "Shell"),
];

pub(super) fn of(path: &Path, text: &str) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    if let Some((_, language)) = BY_NAME.iter().find(|(known, _)| *known == name) {
        return Some(language);
    }
    let extension = path.extension().and_then(|extension| extension.to_str());
    let Some(extension) = extension else {
        return of_interpreter(text);
    };
    let extension = extension.to_ascii_lowercase();
    BY_EXTENSION
        .iter()
        .find(|(known, _)| *known == extension)
        .map(|(_, language)| *language)
}

/// `#!/usr/bin/env -S python3.12 -u` is Python.
fn of_interpreter(text: &str) -> Option<&'static str> {
    let words = text.lines().next()?.strip_prefix("#!")?.split_whitespace();
    let names = words.map(|word| word.rsplit('/').next().unwrap_or(word));
    let program = names
        .into_iter()
        .find(|name| *name != "env" && !name.starts_with('-'))?;
    let program = program.trim_end_matches(|end: char| end.is_ascii_digit() || end == '.');
    BY_INTERPRETER
        .iter()
        .find(|(known, _)| *known == program)
        .map(|(_, language)| *language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_extensions_and_interpreters_tell() {
        for (path, text, expected) in [
            ("src/main.rs", "", Some("Rust")),
            ("A.PY", "", Some("Python")),
            ("Makefile", "", Some("Make")),
            ("run", "#!/usr/bin/env -S python3.12 -u\n", Some("Python")),
            ("run", "#!/bin/sh\n", Some("Shell")),
            ("run", "plain", None),
            ("LICENSE", "", None),
            ("a.unknown", "#!/bin/sh", None),
        ] {
            assert_eq!(of(Path::new(path), text), expected, "{path} {text:?}");
        }
    }
}
