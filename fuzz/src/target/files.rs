//! What stands in files and repositories that agents write.

use std::path::Path;
use std::sync::OnceLock;

use ampersand_core::{Project, Settings};
use ampersand_git::{PICTURE_BYTES_MAX, Picture, strangers};
use tempfile::TempDir;

use super::{Target, pieces};

pub(super) const PROJECT: Target = Target {
    name: "project",
    read: |input| {
        let text = String::from_utf8_lossy(input);
        let Ok(project) = Project::parse(&text) else {
            return;
        };
        for path in project.copy {
            let leaves = Path::new(&path).is_absolute() || path.split('/').any(|name| name == "..");
            assert!(!leaves, "{path}");
        }
    },
    seeds: &[
        b"[checks]\ntest = \"cargo test\"\n\n[worktree]\ncopy = [\".env\", \"node_modules/\"]\nsetup = [\"make\"]\n",
    ],
    words: &[
        "[checks]", "[worktree]", "copy", "setup", "test", "= [", "\"..\"", "\"/etc\"", "\"a/../b\"", "\"\"\"", "'", "#",
        "\\u0000", "[[", "]]", "= {", "1979-05-27T07:32:00Z", "inf", "0x",
    ],
    is_json: false,
};

pub(super) const SETTINGS: Target = Target {
    name: "settings",
    read: |input| {
        let text = String::from_utf8_lossy(input);
        if let Err(error) = Settings::parse(&text) {
            let lines = text.lines().count() + 1;
            assert!((1..=lines).contains(&error.line), "{error}");
        }
    },
    seeds: &[
        b"[models.controller]\napi = \"chat-completions\"\nbase_url = \"http://127.0.0.1:8080/v1\"\nmodel = \"m\"\napi_key_env = \"K\"\n\n[slots]\ntier = \"plus\"\nlimit = 3\n\n[web]\nsearch = \"http://127.0.0.1/search\"\nhosts = [\"a.b\"]\n\n[worktrees]\nwarm = 3\ndisk_gib = 10\n\n[limits]\nmemory_gib = 4\nprocesses = 1024\ndisk_gib = 10\noutput_mib = 64\nminutes = 120\n\n[landing]\nhistory = \"merge\"\n",
        b"[agents]\nbriefs = \"codex\"\n\n[agents.codex]\nprogram = [\"codex\"]\n\n[agents.codex.model]\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"m\"\n",
    ],
    words: &[
        "[models.worker]", "api", "= ", "\"offline\"", "\"anthropic-messages\"", "[agents.a]", "program", "[limits]",
        "memory_gib", "= 1e308", "= -1", "= 0", "= nan", "[web]", "provider", "\"brave\"", "api_key", "[landing]", "'''",
        "context_tokens",
    ],
    is_json: false,
};

pub(super) const BUNDLES: Target = Target {
    name: "bundles",
    read: |input| {
        strangers::is_bundle(input);
    },
    seeds: &[
        // One blob that says `a`, stored as it is.
        b"# v2 git bundle\n-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa a\nbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb refs/heads/w\n\nPACK\0\0\0\x02\0\0\0\x01\x31\x78\x01\x01\x01\0\xfe\xff\x61\0\x62\0\x62aaaaaaaaaaaaaaaaaaaa",
        // A difference from the first, and one from something known.
        b"# v2 git bundle\nbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb x\n\nPACK\0\0\0\x02\0\0\0\x02\x31\x78\x01\x01\x01\0\xfe\xff\x61\0\x62\0\x62\x63\x0d\x78\x01\x01\x03\0\xfc\xff\x01\x01\x90\0\x95\0\x93aaaaaaaaaaaaaaaaaaaa",
    ],
    words: &["PACK", "# v2 git bundle\n", "\n\n", "refs/heads/", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "x\u{1}\u{1}", "\0\0\0\u{2}"],
    is_json: false,
};

pub(super) const FOLDERS: Target = Target {
    name: "folders",
    read: |input| assert_eq!(strangers::folder(input), Ok(())),
    seeds: &[
        b"100644 a\0aaaaaaaaaaaaaaaaaaaa40000 b\0aaaaaaaaaaaaaaaaaaaa120000 c\0aaaaaaaaaaaaaaaaaaaa",
        b"100755 .gitattributes\0aaaaaaaaaaaaaaaaaaaa",
    ],
    words: &[
        "100644 ", "40000 ", "120000 ", "160000 ", ".git", "GIT~1", "..", "/", "\\", ".gitmodules", "\0aaaaaaaaaaaaaaaaaaaa",
        "\u{200c}", ":", " ",
    ],
    is_json: false,
};

pub(super) const IGNORES: Target = Target {
    name: "ignores",
    read: |input| {
        let text = String::from_utf8_lossy(input);
        let (path, rules) = text.split_once('\n').unwrap_or(("a/b", &text));
        let path = path.trim_start_matches('/');
        strangers::is_ignored(rules.as_bytes(), path);
    },
    seeds: &[b"a/b.o\n*.o\n!keep.o\n/build/\n**/x/[a-c]?\n\\#\n"],
    words: &[
        "**",
        "*",
        "!",
        "/",
        "[",
        "]",
        "[^a]",
        "\\",
        "{a,b}",
        "?",
        "[[:alpha:]]",
        "[z-a]",
    ],
    is_json: false,
};

/// An empty repository, made once.
fn repository() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        strangers::empty_repository(folder.path()).expect("a repository can be made");
        folder
    };
    FOLDER.get_or_init(make).path()
}

pub(super) const PICTURES: Target = Target {
    name: "pictures",
    read: |input| {
        if let Picture::Shown {
            width,
            height,
            bytes,
            ..
        } = Picture::of(input)
        {
            assert!(width * height <= 16 << 20 && bytes.len() <= PICTURE_BYTES_MAX);
        }
    },
    seeds: &[
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x02\x08\x06\0\0\0\0\0\0\0",
        b"GIF89a\x02\0\x03\0\0\0\0",
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08\0\x10\0\x20\x03\x01\x22\0\x02\x11\x01\x03\x11\x01",
        b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x01\x40\0\0\x07\x50\x85\xa2\x05\x11\xfd\x0f\0",
    ],
    words: &["IHDR", "WEBP", "VP8 ", "VP8X", "\u{0}\u{0}"],
    is_json: false,
};

pub(super) const DIFFERENCES: Target = Target {
    name: "differences",
    read: |input| {
        let parts = pieces(input);
        let [name, old, rest @ ..] = parts.as_slice() else {
            return;
        };
        let new = rest.concat();
        // A name the library takes for none has no difference.
        let Ok(text) = strangers::difference(repository(), name, (old, &new)) else {
            return;
        };
        let hides = |ch: char| (ch.is_control() && !matches!(ch, '\n' | '\t')) || ch == '\u{202e}';
        assert!(!text.contains(hides), "{text:?}");
    },
    seeds: &[
        b"a.rs\xfffn a() {\n    1\n}\n\xfffn a() {\n    2\n}\n",
        b"b\xff\xffone\r\n\x1b[31mtwo",
        b"c\xffone\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n\xffone\nthree\nfour\nfive\nsix\nseven\neight\nnine",
    ],
    words: &["\n", "\r", "@@ -1 +1 @@", "--- a", "+++ b", "\\ No newline at end of file", "diff --git"],
    is_json: false,
};
