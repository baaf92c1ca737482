//! Somebody in front of the window.

use ampersand_testkit::{
    Desk, program,
    window::{Desktop, Driver},
};
use serde_json::Value;

const COMPOSER: &str = "textarea[aria-label=Message]";
const ENTER: &str = "\u{e007}";

/// A desk, a desktop, and the window open on both.
pub(crate) struct Person {
    pub(crate) driver: Driver,
    pub(crate) desktop: Desktop,
    pub(crate) desk: Desk,
}

impl Person {
    /// Opens the window on a fresh home and the usual repository.
    pub(crate) async fn new() -> Self {
        Self::at(Desk::new()).await
    }

    /// Opens the window.
    pub(crate) async fn at(desk: Desk) -> Self {
        let person = Self::in_front_of(Desktop::new().await, desk).await;
        person.can_write().await;
        person
    }

    /// Opens the window, whatever it will show.
    pub(crate) async fn in_front_of(desktop: Desktop, mut desk: Desk) -> Self {
        desktop.houses(&mut desk);
        Self {
            driver: open(&desk, &desktop).await,
            desktop,
            desk,
        }
    }

    /// Waits until the conversation is open.
    pub(crate) async fn can_write(&self) {
        self.sees("the composer", &there_is(COMPOSER)).await;
    }

    /// Opens the window again after it ended.
    pub(crate) async fn reopens(&mut self) {
        self.driver = open(&self.desk, &self.desktop).await;
        self.can_write().await;
    }

    /// Types a message and sends it.
    pub(crate) async fn says(&self, text: &str) {
        self.driver
            .type_into(COMPOSER, &format!("{text}{ENTER}"))
            .await;
    }

    /// Waits until the model of this name is who answers.
    pub(crate) async fn talks_to(&self, model: &str) {
        let script = format!(
            "const look = async () => {{
                const facts = await __TAURI_INTERNALS__.invoke('query', {{ question: {{ kind: 'facts' }} }});
                if (facts.model === {}) done(true); else setTimeout(look, 20);
            }};
            look();",
            Value::from(model)
        );
        self.driver.run_until_done(&script).await;
    }

    /// How the window looks, in light and in dark.
    pub(crate) async fn pictures(&self, name: &str) {
        for theme in ["light", "dark"] {
            let set = format!("document.documentElement.dataset.theme = {theme:?}; return true");
            self.driver.run(&set).await;
            // Colours fade over, and one half way is neither theme's.
            let painted = "requestAnimationFrame(() => {
                const fades = document.getAnimations().filter((it) => it instanceof CSSTransition);
                Promise.allSettled(fades.map((it) => it.finished)).then(() =>
                    requestAnimationFrame(() => requestAnimationFrame(() => done(true))));
            })";
            self.driver.run_until_done(painted).await;
            self.desktop.picture(&format!("{name}-{theme}")).await;
        }
        let unset = "delete document.documentElement.dataset.theme; return true";
        self.driver.run(unset).await;
    }

    /// Opens the page about agents.
    pub(crate) async fn opens_agents(&self) {
        const KEYS: &str = "const event = new KeyboardEvent('keydown', { key: ',', ctrlKey: true, bubbles: true });
            document.body.dispatchEvent(event);";
        self.does("the window", "document.body", KEYS).await;
        self.sees(
            "the page about agents",
            &there_is("main[aria-label=Agents]"),
        )
        .await;
    }

    /// Types without sending.
    pub(crate) async fn types(&self, text: &str) {
        self.driver.type_into(COMPOSER, text).await;
    }

    /// What stands in the composer.
    pub(crate) async fn draft(&self) -> String {
        let draft = format!("return document.querySelector({COMPOSER:?}).value");
        self.driver.run(&draft).await.as_str().unwrap().to_owned()
    }

    /// Waits until what stands in the composer is stored.
    pub(crate) async fn draft_is_kept(&self, text: &str) {
        let script = format!(
            "const look = async () => {{
                const draft = await __TAURI_INTERNALS__.invoke('query', {{ question: {{ kind: 'draft' }} }});
                if (draft === {}) done(true); else setTimeout(look, 20);
            }};
            look();",
            Value::from(text)
        );
        self.driver.run_until_done(&script).await;
    }

    /// The conversation as text.
    pub(crate) async fn log(&self) -> String {
        let text = "return document.querySelector('[role=log]')?.innerText ?? ''";
        self.driver.run(text).await.as_str().unwrap().to_owned()
    }

    /// Waits until the conversation says this.
    pub(crate) async fn reads(&self, words: &str) {
        let words = Value::from(words);
        let test = format!("document.querySelector('[role=log]')?.innerText.includes({words})");
        self.sees(&format!("{words} in the log"), &test).await;
    }

    /// Waits until the window says this anywhere.
    pub(crate) async fn shows(&self, words: &str) {
        let test = format!("document.body.innerText.includes({})", Value::from(words));
        self.sees(words, &test).await;
    }

    /// Waits until an expression of the page is true, looking whenever the page changes.
    pub(crate) async fn sees(&self, what: &str, test: &str) {
        self.does(what, test, "").await;
    }

    /// Clicks the first button that says this, once it stands there and can be clicked.
    pub(crate) async fn clicks(&self, label: &str) {
        let button = format!(
            "[...document.querySelectorAll('button')].find((b) =>
                 b.innerText === {} && !b.disabled && !b.hasAttribute('aria-disabled'))",
            Value::from(label)
        );
        // After the driver knows: a click may lead away from the page that would have to say so.
        let click = "setTimeout(() => it.click());";
        self.does(&format!("the button {label}"), &button, click)
            .await;
    }

    /// Waits until an expression of the page is something, and does this with `it`, once.
    pub(crate) async fn does(&self, what: &str, expression: &str, act: &str) {
        let script = format!(
            "const look = () => {{
                 const it = {expression};
                 if (!it) return;
                 watching.disconnect();
                 {act}
                 done(true);
             }};
             const watching = new MutationObserver(look);
             const all = {{ subtree: true, childList: true, characterData: true, attributes: true }};
             watching.observe(document, all);
             setTimeout(() => done(document.body.innerText), 45_000);
             look();"
        );
        let seen = loop {
            // A page that is left takes with it whoever was looking; the next one is looked at instead.
            if let Ok(seen) = self.driver.run_while_the_page_stays(&script).await {
                break seen;
            }
        };
        assert_eq!(seen, Value::Bool(true), "never seen: {what}");
    }
}

/// Whether the page has such an element.
fn there_is(selector: &str) -> String {
    format!("document.querySelector({selector:?})")
}

async fn open(desk: &Desk, desktop: &Desktop) -> Driver {
    Driver::open(desktop, &program("ampersand"), &arguments(desk)).await
}

/// What the program is started with, by a driver or by hand.
pub(crate) fn arguments(desk: &Desk) -> Vec<String> {
    let path = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    vec![
        "--home".into(),
        path(desk.home()),
        "--repo".into(),
        path(desk.repository.root().to_path_buf()),
    ]
}
