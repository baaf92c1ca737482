//! WebDriver over plain HTTP, as much of it as driving one window takes.

use std::{path::Path, process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::{sleep, timeout},
};

use super::{Desktop, PATIENCE};

/// How a driver names an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A driver, and the session that has the window. Both and the window are gone once this is.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    port: u16,
    session: String,
}

/// The page was left, or loaded anew, before a script in it was done.
pub struct PageLeft;

/// What the driver says instead of doing what it was asked.
#[derive(Debug)]
struct Refusal(Value);

impl Refusal {
    /// Whoever waits in a page is told this when it is left. There is one frame, so it is the page's.
    fn means_the_page_was_left(&self) -> bool {
        self.0["error"] == "no such frame"
    }
}

impl Driver {
    /// Starts the program on this desktop and takes hold of its window.
    pub async fn open(desktop: &Desktop, program: &Path, arguments: &[String]) -> Self {
        let port = free_port().await;
        let mut command = driver_program(port);
        desktop.place(&mut command);
        let child = command
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("WebKitWebDriver is installed");
        let mut driver = Self {
            child,
            port,
            session: String::new(),
        };
        timeout(PATIENCE, driver.answers())
            .await
            .expect("the driver answers");
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "wry",
            "webkitgtk:browserOptions": { "binary": program, "args": arguments },
        } } });
        let session = driver.request("POST", "/session", Some(wanted)).await;
        let session = session.expect("the program opens its window");
        driver.session = session["sessionId"].as_str().unwrap().to_owned();
        let patience = u64::try_from(PATIENCE.as_millis()).unwrap();
        // What a click brings about is there a moment after the click.
        let patience = json!({ "script": patience, "implicit": patience });
        driver.call("POST", "/timeouts", Some(patience)).await;
        driver
    }

    /// The process of the program whose window this is.
    pub fn application(&self) -> i32 {
        let driver = i32::try_from(self.child.id().expect("the driver runs")).unwrap();
        *children(driver).first().expect("the program runs")
    }

    /// Waits until the program ended.
    pub async fn application_ends(&self) {
        let driver = i32::try_from(self.child.id().expect("the driver runs")).unwrap();
        let ending = async {
            // A process that is no child of ours can only be looked for.
            while !children(driver).is_empty() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, ending).await.expect("the program ends");
    }

    /// What a script returns.
    pub async fn run(&self, script: &str) -> Value {
        let body = json!({ "script": script, "args": [] });
        self.call("POST", "/execute/sync", Some(body)).await
    }

    /// What a script hands to `done`.
    pub async fn run_until_done(&self, script: &str) -> Value {
        let answer = self.run_while_the_page_stays(script).await;
        answer.unwrap_or_else(|PageLeft| panic!("the page left: {script}"))
    }

    /// What a script hands to `done`, unless its page is left before.
    pub async fn run_while_the_page_stays(&self, script: &str) -> Result<Value, PageLeft> {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        let body = json!({ "script": script, "args": [] });
        let path = self.path("/execute/async");
        let answer = self.request("POST", &path, Some(body)).await;
        answer.map_err(|refusal| {
            assert!(refusal.means_the_page_was_left(), "{refusal:?}: {script}");
            PageLeft
        })
    }

    /// Types into the first element that the selector finds, once there is one.
    pub async fn type_into(&self, selector: &str, keys: &str) {
        let find = json!({ "using": "css selector", "value": selector });
        let found = self.call("POST", "/element", Some(find)).await;
        let element = found[ELEMENT].as_str().expect("an element").to_owned();
        let path = format!("/element/{element}/value");
        self.call("POST", &path, Some(json!({ "text": keys })))
            .await;
    }

    /// Loads the page anew, as a person or a crash would.
    pub async fn reload(&self) {
        self.call("POST", "/refresh", Some(json!({}))).await;
    }

    /// The address of the page that is shown.
    pub async fn address(&self) -> String {
        let address = self.call("GET", "/url", None).await;
        address.as_str().unwrap().to_owned()
    }

    async fn answers(&self) {
        // The driver has no other sign that it listens.
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn path(&self, path: &str) -> String {
        format!("/session/{}{path}", self.session)
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.request(method, &self.path(path), body.clone()).await;
        answer.unwrap_or_else(|refusal| panic!("{method} {path} {body:?}: {refusal:?}"))
    }

    async fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Refusal> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let exchange = async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            std::io::Result::Ok(answer)
        };
        let answer = timeout(PATIENCE * 2, exchange)
            .await
            .unwrap_or_else(|_| panic!("{method} {path} is not answered: {body}"))
            .unwrap();
        let (head, json) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let value = serde_json::from_str::<Value>(json).expect("JSON")["value"].take();
        match head.starts_with("HTTP/1.1 200") {
            true => Ok(value),
            false => Err(Refusal(value)),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let driver = self.child.id().and_then(|pid| i32::try_from(pid).ok());
        for application in driver.map(children).unwrap_or_default() {
            kill(application);
        }
    }
}

/// The children of a process, whichever of its threads made them.
pub fn children(process: i32) -> Vec<i32> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task"));
    let lists = threads
        .into_iter()
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Ends a process as a crash would.
#[expect(clippy::disallowed_methods, reason = "what a person would type")]
pub fn kill(process: i32) {
    std::process::Command::new("kill")
        .args(["-KILL", &process.to_string()])
        .status()
        .unwrap();
}

#[expect(clippy::disallowed_methods, reason = "starts what drives the window")]
fn driver_program(port: u16) -> Command {
    let mut command = Command::new("WebKitWebDriver");
    command.arg(format!("--port={port}"));
    command
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    listener.local_addr().unwrap().port()
}
