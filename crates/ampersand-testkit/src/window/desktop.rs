//! A screen, a session bus and a window manager of one's own, and folders that nothing else writes to.

use std::{path::PathBuf, process::Stdio, time::Duration};

use crate::Desk;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

use super::{Host, PATIENCE};

/// What the window is called, whatever is added to that.
const WINDOW: &str = "Ampersand";

/// A private desktop. Everything is gone once this is.
#[derive(Debug)]
pub struct Desktop {
    folders: TempDir,
    display: String,
    bus: String,
    env: Vec<(String, String)>,
    /// The panel and the notifications.
    pub host: Host,
    _children: Vec<Child>,
}

impl Desktop {
    /// With a panel that shows trays and a server for notifications.
    pub async fn new() -> Self {
        let folders = tempfile::tempdir().unwrap();
        for name in ["run", "data", "config", "cache"] {
            std::fs::create_dir(folders.path().join(name)).unwrap();
        }
        let mut screen = system_program("Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", "1280x900x24"]);
        // It would start afresh, and shut everybody out, whenever the last one who looks at it leaves.
        screen.args(["-nolisten", "tcp", "-noreset"]);
        let (screen, number) = first_line(screen).await;
        let mut bus = system_program("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"]);
        let (bus_child, bus) = first_line(bus).await;
        let mut desktop = Self {
            display: format!(":{number}"),
            host: Host::start(&bus).await,
            env: Vec::new(),
            bus,
            folders,
            _children: vec![screen, bus_child],
        };
        let mut manager = system_program("openbox");
        desktop.place(&mut manager);
        desktop._children.push(manager.spawn().unwrap());
        // Only a manager knows of a current desktop.
        desktop
            .becomes("a window manager", &["get_desktop"], |answer| {
                answer.is_some()
            })
            .await;
        desktop
    }

    /// What the screen is called.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Makes the terminal of a desk meet the same orchestrator as the window.
    pub fn houses(&self, desk: &mut Desk) {
        let runtime = self.folders.path().join("run");
        desk.set("XDG_RUNTIME_DIR", runtime.to_str().unwrap());
    }

    /// Sets a variable for every program that starts here from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// Makes a program start on this desktop.
    pub fn place(&self, command: &mut Command) {
        let folder = |name| self.folders.path().join(name);
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("XDG_RUNTIME_DIR", folder("run"))
            .env("XDG_DATA_HOME", folder("data"))
            .env("XDG_CONFIG_HOME", folder("config"))
            .env("XDG_CACHE_HOME", folder("cache"))
            .env("XDG_SESSION_TYPE", "x11")
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            .envs(self.env.iter().cloned())
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("AMPERSAND_HOME");
    }

    /// Closes the window as its frame's button does.
    pub async fn closes_the_window(&self) {
        let mut pressing = tokio::time::interval(Duration::from_secs(1));
        let visible = ["search", "--onlyvisible", "--name", &format!("^{WINDOW}")];
        let in_front = ["getactivewindow", "getwindowname"];
        let closing = async {
            while self.xdotool(&visible).await.is_some() {
                pressing.tick().await;
                let name = self.xdotool(&in_front).await;
                // Keys sent to a window by name are not the window manager's, which may just be taking hold of its keys.
                if name.is_some_and(|name| name.starts_with(WINDOW)) {
                    assert!(self.xdotool(&["key", "alt+F4"]).await.is_some());
                }
            }
        };
        let closed = timeout(PATIENCE, closing).await;
        closed.unwrap_or_else(|_| panic!("never closed: {WINDOW}"));
    }

    /// Waits until the window is on the screen, or is not.
    pub async fn has_the_window(&self, visible: bool) {
        self.has(WINDOW, visible).await;
    }

    /// Presses a key where the person is, once that is a window whose name begins so.
    pub async fn presses(&self, key: &str, window: &str) {
        let in_front = ["getactivewindow", "getwindowname"];
        let is_it = |name: Option<&str>| name.is_some_and(|name| name.starts_with(window));
        self.becomes(window, &in_front, is_it).await;
        assert!(self.xdotool(&["key", key]).await.is_some());
    }

    /// Keeps pressing a key, wherever the person is, until the work is done.
    pub async fn while_pressing<T>(&self, key: &str, work: impl Future<Output = T>) -> T {
        let mut command = system_program("xdotool");
        self.place(&mut command);
        // More often than any test lasts.
        let keys = std::iter::repeat_n(key, 10_000);
        let mut pressing = command
            .args(["key", "--delay", "20"])
            .args(keys)
            .spawn()
            .unwrap();
        let done = work.await;
        pressing.kill().await.unwrap();
        // It may have ended with the key down.
        assert!(self.xdotool(&["keyup", key]).await.is_some());
        done
    }

    /// Waits until a window whose name begins so is on the screen, or is not.
    pub async fn has(&self, name: &str, visible: bool) {
        let search = ["search", "--onlyvisible", "--name", &format!("^{name}")];
        self.becomes(name, &search, |found| found.is_some() == visible)
            .await;
    }

    /// Waits until the answer is as wanted.
    async fn becomes(&self, what: &str, asked: &[&str], wanted: impl Fn(Option<&str>) -> bool) {
        let looking = async {
            // A screen tells nobody what appears on it; it can only be looked at.
            while !wanted(self.xdotool(asked).await.as_deref()) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let seen = timeout(PATIENCE, looking).await;
        seen.unwrap_or_else(|_| panic!("never so on the screen: {what}"));
    }

    /// What it prints; nothing, if it did not do what it was asked.
    async fn xdotool(&self, arguments: &[&str]) -> Option<String> {
        let mut command = system_program("xdotool");
        self.place(&mut command);
        let ran = command.args(arguments).stdout(Stdio::piped()).output();
        let ran = ran.await.unwrap();
        let printed = String::from_utf8_lossy(&ran.stdout).into_owned();
        ran.status.success().then_some(printed)
    }

    /// Keeps a picture of the screen where `AMPERSAND_PICTURES` names a folder.
    pub async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("AMPERSAND_PICTURES") else {
            return;
        };
        let mut command = system_program("import");
        self.place(&mut command);
        let file = PathBuf::from(folder).join(format!("{name}.png"));
        command.args(["-window", "root"]).arg(file);
        command.status().await.unwrap();
    }
}

/// A program of the system's that ends with the test.
#[expect(
    clippy::disallowed_methods,
    reason = "the desktop is no part of what is tested"
)]
pub fn system_program(name: &str) -> Command {
    let mut command = Command::new(name);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn first_line(mut command: Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap();
    (child, line.expect("it says where it is"))
}
