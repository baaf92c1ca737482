//! Where a path really leads, for whoever is asked about it: files and folders on the way may be links.

use std::path::{Path, PathBuf};

use ampersand_toolhost::visible;

/// Links that are followed on one way.
const LINKS_MAX: usize = 40;

/// The end of a path named from this folder, with nothing in it that hides and nothing left out. Of what does not exist yet it
/// is where it would be made.
pub(crate) async fn leads_to(folder: &Path, path: &str) -> String {
    // Without a slash at the end, which would hide that it is a link.
    let named: PathBuf = folder.join(path).components().collect();
    let mut missing = PathBuf::new();
    let mut existing = named.clone();
    let mut links = 0;
    let real = loop {
        if let Ok(real) = tokio::fs::canonicalize(&existing).await {
            break below(dunce::simplified(&real), &missing);
        }
        let Some(parent) = existing.parent().map(Path::to_owned) else {
            break named;
        };
        let name = existing.file_name().map(ToOwned::to_owned);
        existing = match (name, tokio::fs::read_link(&existing).await) {
            // A link to what does not exist yet: writing to it makes that.
            (Some(_), Ok(target)) if links < LINKS_MAX => {
                links += 1;
                below(&parent.join(target), &std::mem::take(&mut missing))
            }
            (Some(name), _) => {
                missing = below(Path::new(&name), &missing);
                parent
            }
            // Back from what does not exist: many programs take that for where it would be.
            (None, _) if parent.file_name().is_some() => {
                let back = parent.parent().unwrap_or(&parent);
                below(back, &std::mem::take(&mut missing))
            }
            (None, _) => {
                missing = below(Path::new(".."), &missing);
                parent
            }
        };
    };
    let shown = real.components().as_path().display().to_string();
    visible(&shown).replace('\n', "\\n")
}

fn below(folder: &Path, rest: &Path) -> PathBuf {
    match rest.as_os_str().is_empty() {
        true => folder.to_owned(),
        false => folder.join(rest),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn links_are_followed_whatever_is_at_their_end() {
        let folder = tempfile::tempdir().unwrap();
        let root = dunce::canonicalize(folder.path()).unwrap();
        std::fs::create_dir_all(root.join(".github/workflows")).unwrap();
        std::fs::create_dir(root.join("docs")).unwrap();
        let link =
            |target: &str, at: &str| std::os::unix::fs::symlink(target, root.join(at)).unwrap();
        link("../.github/workflows/a", "docs/a");
        link("/", "out");
        link("round", "round");
        link(".github", "alias");
        let long = "x".repeat(200);
        for (path, end) in [
            ("docs/a", root.join(".github/workflows/a")),
            ("docs/a/", root.join(".github/workflows/a")),
            ("docs/b", root.join("docs/b")),
            ("alias/workflows/../b", root.join(".github/b")),
            ("alias/new/b", root.join(".github/new/b")),
            ("out/no/such", "/no/such".into()),
            ("round", root.join("round")),
            ("nothing/../docs/a", root.join(".github/workflows/a")),
            ("nothing/../../x", root.parent().unwrap().join("x")),
            (long.as_str(), root.join(&long)),
        ] {
            assert_eq!(
                leads_to(&root, path).await,
                end.display().to_string(),
                "{path}"
            );
            let whole = root.join(path).display().to_string();
            assert_eq!(
                leads_to(&root, &whole).await,
                end.display().to_string(),
                "{path}"
            );
        }
    }
}
