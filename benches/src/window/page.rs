//! The page in the window, asked where things are.

use ampersand_testkit::window::Driver;
use anyhow::{Context, Result, ensure};
use serde_json::Value;

const PROBE: &str = include_str!("probe.js");

/// A rectangle in pixels of the page: from the left, from the top, width, height.
pub(super) type Rectangle = [f64; 4];

pub(super) struct Page {
    pub(super) driver: Driver,
}

impl Page {
    /// Waits until one can write, and begins to take times.
    pub(super) async fn of(driver: Driver) -> Result<Self> {
        let page = Self { driver };
        page.until("document.querySelector('textarea[aria-label=Message]')")
            .await?;
        page.driver.run(PROBE).await;
        Ok(page)
    }

    pub(super) async fn size(&self) -> Result<[f64; 2]> {
        numbers(&self.driver.run("return [innerWidth, innerHeight]").await)
    }

    /// Where letters appear.
    pub(super) async fn composer(&self) -> Result<Rectangle> {
        self.rectangle("document.querySelector('textarea[aria-label=Message]')")
            .await
    }

    /// Where bubbles appear: from the left edge of the newest one's text to the right, over the whole height.
    pub(super) async fn bubbles(&self) -> Result<Rectangle> {
        let script = "const log = document.querySelector('[role=log]').getBoundingClientRect();
            const field = document.querySelector('textarea[aria-label=Message]').getBoundingClientRect();
            return [field.left, log.top, field.width, log.height]";
        numbers(&self.driver.run(script).await)
    }

    /// Where what was said stands; nothing, if it does not yet.
    pub(super) async fn bubble(&self, said: &str) -> Result<Option<Rectangle>> {
        let script = format!(
            "const entries = [...document.querySelectorAll('[role=log] [data-index]')];
             const box = entries.findLast((entry) => entry.textContent.includes({}))?.getBoundingClientRect();
             return box ? [box.left, box.top, box.width, box.height] : null",
            Value::from(said)
        );
        let found = self.driver.run(&script).await;
        (!found.is_null()).then(|| numbers(&found)).transpose()
    }

    /// What the page saw itself since this was asked last.
    pub(super) async fn taken(&self) -> Value {
        let script = "const { keys, sends } = window.benchTaken;
            return { keys: keys.splice(0), sends: sends.splice(0) }";
        self.driver.run(script).await
    }

    /// Puts the rows of the busy tasks in view, as somebody does who watches them.
    pub(super) async fn watch_rows(&self, title: &str) -> Result<()> {
        let title = Value::from(title);
        let script = format!(
            "const log = document.querySelector('[role=log]');
             const frame = (then) => requestAnimationFrame(() => requestAnimationFrame(then));
             const seek = (left) => {{
                 const row = [...log.querySelectorAll('li')].find((row) => row.textContent.includes({title}));
                 if (row) {{ row.scrollIntoView({{ block: 'center' }}); frame(() => done(true)); }}
                 else if (left === 0) done(false);
                 else {{ log.scrollTop -= log.clientHeight / 2; frame(() => seek(left - 1)); }}
             }};
             seek(1000);"
        );
        let found = self.driver.run_until_done(&script).await;
        ensure!(
            found == true,
            "the rows of the busy tasks are not to be found"
        );
        Ok(())
    }

    /// Waits until there are so many tasks, each in the full sandbox and heard of.
    pub(super) async fn all_stream(&self, count: usize) -> Result<()> {
        let script = format!(
            "const from = Date.now();
             const look = async () => {{
                 const {{ tasks }} = await __TAURI_INTERNALS__.invoke('query', {{ question: {{ kind: 'tasks' }} }});
                 const streams = (task) => task.isolation === 'sandboxed' && task.activity?.line.startsWith('tick');
                 if (tasks.length === {count} && tasks.every(streams)) done(true);
                 else if (Date.now() - from > 50_000) done(tasks.find((task) => !streams(task)) ?? tasks.length);
                 else setTimeout(look, 200);
             }};
             look();"
        );
        let stream = self.driver.run_until_done(&script).await;
        ensure!(stream == true, "not every task streams: {stream}");
        Ok(())
    }

    /// Waits until an expression holds.
    pub(super) async fn until(&self, test: &str) -> Result<()> {
        let script = format!(
            "const from = Date.now();
             const look = () => {{
                 if ({test}) done(true);
                 else if (Date.now() - from > 45_000) done(document.body.innerText);
                 else setTimeout(look, 50);
             }};
             look();"
        );
        let held = self.driver.run_until_done(&script).await;
        ensure!(held == true, "never true: {test}: {held}");
        Ok(())
    }

    async fn rectangle(&self, element: &str) -> Result<Rectangle> {
        let script = format!(
            "const box = ({element})?.getBoundingClientRect();
             return box ? [box.left, box.top, box.width, box.height] : null"
        );
        numbers(&self.driver.run(&script).await).with_context(|| format!("of {element}"))
    }
}

fn numbers<const N: usize>(value: &Value) -> Result<[f64; N]> {
    let all = value.as_array().context("the page says where it is")?;
    let all: Vec<f64> = all.iter().filter_map(Value::as_f64).collect();
    all.try_into()
        .ok()
        .with_context(|| format!("{N} numbers and not {value}"))
}
