//! Projects are built and tested by the real tools inside the full tier: without any network from what the person's own
//! tools have downloaded before, none of which can be changed from in there; and with what a registry has that was allowed.

use std::{fs, path::PathBuf, process::Command};

use ampersand_testkit::{Desk, Registry, TestRepository};
use serde_json::{Value, json};

/// Runs a line as a task, and returns its result once it is seen to have run in the full tier.
async fn run(desk: &Desk, line: &str) -> Value {
    let mut chat = desk.chat().await;
    chat.say(&format!("run {line}")).await;
    let result = chat.wait_for_type("result").await;
    let (code, seen) = chat.end().await;
    assert_eq!(code, 0);
    let tiers: Vec<_> = seen
        .iter()
        .filter_map(|line| line["isolation"].as_str())
        .collect();
    assert!(
        !tiers.is_empty() && tiers.iter().all(|tier| *tier == "sandboxed"),
        "{tiers:?}"
    );
    result
}

/// Runs a line that has to end well, and returns what it printed last.
async fn succeed(desk: &Desk, line: &str) -> String {
    let result = run(desk, line).await;
    // What it changed may be landed, if anything did.
    assert!(
        ["done", "ready"]
            .iter()
            .any(|state| result["state"] == *state),
        "{result:#}"
    );
    result["report"]["summary"].as_str().unwrap().to_owned()
}

/// A tool of the person's, outside. Returns what it printed.
#[expect(clippy::disallowed_methods, reason = "what a person would type")]
fn by_hand(repository: &TestRepository, line: &str) -> String {
    let output = Command::new("/bin/sh")
        .args(["-c", line])
        .current_dir(repository.root())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {words}");
    String::from_utf8(output.stdout).unwrap()
}

/// A version of a package that was built before this test could be.
fn downloaded(name: &str) -> String {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap();
    let begins = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = lock.split_once(&begins).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn cargo_workspace() -> TestRepository {
    let repository = TestRepository::empty();
    let package = |name: &str, dependency: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependency}\n"
        )
    };
    repository.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"app\", \"digits\"]\nresolver = \"3\"\n",
    );
    let itoa = format!("itoa = \"={}\"", downloaded("itoa"));
    repository.write("digits/Cargo.toml", &package("digits", &itoa));
    repository.write(
        "digits/src/lib.rs",
        "pub fn shown(number: u32) -> String {\n    itoa::Buffer::new().format(number).to_owned()\n}\n\n\
         #[test]\nfn a_number_is_shown() {\n    assert_eq!(shown(42), \"42\");\n}\n",
    );
    repository.write(
        "app/Cargo.toml",
        &package("app", "digits = { path = \"../digits\" }"),
    );
    repository.write("app/build.rs", "fn main() {\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    std::fs::write(format!(\"{out}/made.rs\"), \"7\").unwrap();\n}\n");
    repository.write(
        "app/src/main.rs",
        "fn main() {\n    let made = include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));\n    println!(\"built {}\", digits::shown(made));\n}\n",
    );
    repository.write(".gitignore", "target\n");
    repository.commit("First");
    repository
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cargo_workspace_is_built_and_tested_from_what_was_downloaded() {
    let desk = Desk::with(cargo_workspace());
    let printed = succeed(
        &desk,
        "cargo test --quiet 2>&1 && cargo run --quiet 2>&1 && ! touch \"$CARGO_HOME/registry/planted\" 2>&1",
    )
    .await;
    assert!(printed.contains("1 passed"), "{printed}");
    assert!(printed.contains("built 7"), "{printed}");
    assert!(printed.contains("Read-only file system"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_was_never_downloaded_is_missed_in_words() {
    let repository = cargo_workspace();
    repository.write(
        "digits/Cargo.toml",
        "[package]\nname = \"digits\"\nversion = \"0.1.0\"\n\n[dependencies]\nno-such-package-anywhere = \"1\"\n",
    );
    repository.commit("Second");
    let result = run(&Desk::with(repository), "cargo build 2>&1").await;
    assert_eq!(result["state"], "failed", "{result:#}");
    let told = result["report"]["summary"].as_str().unwrap();
    assert!(told.contains("offline"), "{told}");
}

/// A package with one function, as npm packs it, and its checksum.
fn npm_package(repository: &TestRepository) -> (Vec<u8>, Value) {
    let folder = repository.beside().join("shout");
    fs::create_dir(&folder).unwrap();
    fs::write(
        folder.join("package.json"),
        json!({ "name": "shout", "version": "1.0.0", "main": "index.js" }).to_string(),
    )
    .unwrap();
    fs::write(
        folder.join("index.js"),
        "module.exports = (text) => text.toUpperCase();\n",
    )
    .unwrap();
    let packing = format!("npm pack --json --pack-destination .. {}", folder.display());
    let told: Value = serde_json::from_str(&by_hand(repository, &packing)).unwrap();
    // By name or in order, as versions of npm differ.
    let packed = told.get("shout").unwrap_or(&told[0]);
    let tarball = fs::read(repository.beside().join("shout-1.0.0.tgz")).unwrap();
    (tarball, packed["integrity"].clone())
}

fn npm_project() -> TestRepository {
    let repository = TestRepository::empty();
    let scripts = json!({ "build": "node build.js", "test": "node --test" });
    let package = json!({
        "name": "loud", "version": "1.0.0", "private": true, "scripts": scripts, "dependencies": { "shout": "^1.0.0" }
    });
    repository.write("package.json", &package.to_string());
    repository.write(
        "build.js",
        "const shout = require(\"shout\");\n\
         require(\"node:fs\").writeFileSync(\"built.js\", `module.exports = ${JSON.stringify(shout(\"hello\"))};`);\n",
    );
    repository.write(
        "loud.test.js",
        "require(\"node:test\")(\"it is loud\", () => require(\"node:assert\").equal(require(\"./built.js\"), \"HELLO\"));\n",
    );
    repository.write(".gitignore", "node_modules\nbuilt.js\n");
    repository
}

/// Puts into a registry what the project needs; `url` is how it is asked.
fn fill_npm(registry: &Registry, repository: &TestRepository, url: &str) {
    let tarball = format!("{url}/shout/-/shout-1.0.0.tgz");
    let (packed, checksum) = npm_package(repository);
    // A lock without it would have to be looked up, and what is looked up in a cache is written down there.
    let dist = json!({ "tarball": tarball, "integrity": checksum });
    let version = json!({ "name": "shout", "version": "1.0.0", "dist": dist });
    let page = json!({
        "name": "shout", "dist-tags": { "latest": "1.0.0" }, "versions": { "1.0.0": version }
    });
    registry.put("/shout", page.to_string());
    registry.put("/shout/-/shout-1.0.0.tgz", packed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_npm_project_is_built_and_tested_from_what_was_downloaded() {
    let repository = npm_project();
    let registry = Registry::start().await.unwrap();
    let url = format!("http://{}", registry.address());
    fill_npm(&registry, &repository, &url);
    let cache = repository.beside().join("downloads").display().to_string();
    let install = format!(
        "npm install --cache {cache} --registry {url} --omit-lockfile-registry-resolved=false && rm -r node_modules"
    );
    by_hand(&repository, &install);
    repository.commit("First");
    let asked = registry.asked().len();
    let mut desk = Desk::with(repository);
    desk.set("npm_config_cache", &cache);
    let printed = succeed(
        &desk,
        "npm ci 2>&1 && npm run build 2>&1 && npm test 2>&1 && ! touch \"$npm_config_cache/_cacache/planted\" 2>&1",
    )
    .await;
    assert!(printed.contains("pass 1"), "{printed}");
    assert!(printed.contains("Read-only file system"), "{printed}");
    assert_eq!(registry.asked().len(), asked);
}

/// Where the set-up put what pip would have downloaded.
fn wheels() -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/python-wheels");
    dunce::canonicalize(folder).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_project_is_tested_by_pytest_from_what_was_downloaded() {
    let repository = TestRepository::empty();
    repository.write(
        "pages.py",
        "def pages(lines):\n    return -(-lines // 60)\n",
    );
    repository.write(
        "test_pages.py",
        "import multiprocessing\n\nfrom pages import pages\n\n\ndef test_a_page_that_is_begun_counts():\n    \
         assert pages(61) == 2\n\n\ndef test_processes_share_work():\n    \
         with multiprocessing.Pool(2) as pool:\n        assert pool.map(pages, [1, 120]) == [1, 2]\n",
    );
    repository.write("requirements.txt", "pytest\n");
    repository.write(".gitignore", ".venv\n__pycache__\n.pytest_cache\n");
    repository.commit("First");
    let mut desk = Desk::with(repository);
    desk.set("PIP_FIND_LINKS", &wheels().display().to_string());
    let printed = succeed(
        &desk,
        "/usr/bin/python3 -m venv .venv && .venv/bin/pip install --quiet -r requirements.txt 2>&1 && \
         .venv/bin/python -m pytest -q 2>&1 && ! touch \"$PIP_FIND_LINKS/planted\" 2>&1",
    )
    .await;
    assert!(printed.contains("2 passed"), "{printed}");
    assert!(printed.contains("Read-only file system"), "{printed}");
}

/// What the settings say to allow a registry of ours under this name, and the name with its port.
fn allowed(registry: &Registry) -> (String, String) {
    let address = registry.address();
    let name = format!("registry.test:{}", address.port());
    (format!("[network]\nhosts = [\"{name}={address}\"]\n"), name)
}

/// A package with one function, as cargo packs it, and its checksum.
fn crate_file(repository: &TestRepository) -> (Vec<u8>, String) {
    let folder = repository.beside().join("greet");
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = "[package]\nname = \"greet\"\nversion = \"1.0.0\"\nedition = \"2024\"\n";
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let source = "pub fn greet() -> &'static str {\n    \"from a registry\"\n}\n";
    fs::write(folder.join("src/lib.rs"), source).unwrap();
    let packing = format!(
        "cd {} && cargo package --quiet --offline --no-verify --allow-dirty --target-dir out && sha256sum out/package/greet-1.0.0.crate",
        folder.display()
    );
    let checksum = by_hand(repository, &packing);
    let packed = fs::read(folder.join("out/package/greet-1.0.0.crate")).unwrap();
    (packed, checksum.split(' ').next().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cargo_workspace_is_built_with_what_an_allowed_registry_has() {
    let repository = cargo_workspace();
    let registry = Registry::start().await.unwrap();
    let (settings, host) = allowed(&registry);
    let (packed, checksum) = crate_file(&repository);
    let entry = json!({
        "name": "greet", "vers": "1.0.0", "deps": [], "cksum": checksum, "features": {}, "yanked": false
    });
    let config = json!({ "dl": format!("http://{host}/{{crate}}-{{version}}.crate") });
    registry.put("/index/config.json", config.to_string());
    registry.put("/index/gr/ee/greet", entry.to_string());
    registry.put("/greet-1.0.0.crate", packed);
    // In the open curl would offer another protocol first, and the way out takes no such offer.
    let index = format!(
        "[registries.ours]\nindex = \"sparse+http://{host}/index/\"\n\n[http]\nmultiplexing = false\n"
    );
    repository.write(".cargo/config.toml", &index);
    repository.write(
        "digits/Cargo.toml",
        "[package]\nname = \"digits\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\ngreet = { version = \"1\", registry = \"ours\" }\n",
    );
    let source = "pub fn shown(_: u32) -> &'static str {\n    greet::greet()\n}\n";
    repository.write("digits/src/lib.rs", source);
    repository.commit("Second");
    let desk = Desk::with(repository);
    desk.settings(&settings);
    let printed = succeed(&desk, "cargo run --quiet 2>&1").await;
    assert!(printed.contains("built from a registry"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_npm_project_is_built_with_what_an_allowed_registry_has_and_nothing_else_is_reached() {
    let repository = npm_project();
    let registry = Registry::start().await.unwrap();
    let (settings, host) = allowed(&registry);
    fill_npm(&registry, &repository, &format!("http://{host}"));
    repository.write(".npmrc", &format!("registry=http://{host}/\n"));
    repository.commit("First");
    let elsewhere = Registry::start().await.unwrap();
    let desk = Desk::with(repository);
    desk.settings(&settings);
    let (inside, port) = ("http://127.0.0.1", elsewhere.address().port());
    let line = format!(
        "npm install --no-audit 2>&1 && npm run build 2>&1 && npm test 2>&1 && \
         ! npm view shout --registry {inside}:{port} --fetch-retries 0 2>&1 && \
         ! npm view shout --registry http://elsewhere.test:{port} --fetch-retries 0 2>&1"
    );
    let printed = succeed(&desk, &line).await;
    assert!(printed.contains("pass 1"), "{printed}");
    assert!(!registry.asked().is_empty());
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_project_is_tested_with_what_an_allowed_registry_has() {
    let repository = TestRepository::empty();
    repository.write("test_it.py", "def test_it():\n    assert 1 + 1 == 2\n");
    repository.write("requirements.txt", "pytest\n");
    repository.write(".gitignore", ".venv\n__pycache__\n.pytest_cache\n");
    repository.commit("First");
    let registry = Registry::start().await.unwrap();
    let (settings, host) = allowed(&registry);
    for file in fs::read_dir(wheels()).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_name().unwrap().to_str().unwrap();
        let Some((package, _)) = name.split_once('-').filter(|_| name.ends_with(".whl")) else {
            continue;
        };
        let link = format!("<a href=\"http://{host}/files/{name}\">{name}</a>");
        registry.put(&format!("/simple/{}/", package.replace('_', "-")), link);
        registry.put(&format!("/files/{name}"), fs::read(&file).unwrap());
    }
    let desk = Desk::with(repository);
    desk.settings(&settings);
    let line = format!(
        "/usr/bin/python3 -m venv .venv && \
         .venv/bin/pip install --quiet --index-url http://{host}/simple --trusted-host registry.test -r requirements.txt 2>&1 && \
         .venv/bin/python -m pytest -q 2>&1"
    );
    let printed = succeed(&desk, &line).await;
    assert!(printed.contains("1 passed"), "{printed}");
}
