//! A screen, a session bus and a window manager of a test's own, and folders that nothing else writes to.

use std::{path::PathBuf, process::Stdio, time::Duration};

use ampersand_testkit::Desk;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{driver::PATIENCE, host::Host};

/// What the window is called, whatever is added to that.
const WINDOW: &str = "^Ampersand";

/// Everything is gone once this is.
pub(crate) struct Desktop {
    folders: TempDir,
    display: String,
    bus: String,
    /// The panel and the notifications.
    pub(crate) host: Host,
    _children: Vec<Child>,
}

impl Desktop {
    /// With a panel that shows trays and a server for notifications.
    pub(crate) async fn new() -> Self {
        let folders = tempfile::tempdir().unwrap();
        for name in ["run", "data", "config", "cache"] {
            std::fs::create_dir(folders.path().join(name)).unwrap();
        }
        let mut screen = program("Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", "1280x900x24"]);
        screen.args(["-nolisten", "tcp"]);
        let (screen, number) = first_line(screen).await;
        let mut bus = program("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"]);
        let (bus_child, bus) = first_line(bus).await;
        let mut desktop = Self {
            display: format!(":{number}"),
            host: Host::start(&bus).await,
            bus,
            folders,
            _children: vec![screen, bus_child],
        };
        let mut manager = program("openbox");
        desktop.place(&mut manager);
        desktop._children.push(manager.spawn().unwrap());
        desktop
    }

    /// Makes the terminal of a desk meet the same orchestrator as the window.
    pub(crate) fn houses(&self, desk: &mut Desk) {
        let runtime = self.folders.path().join("run");
        desk.set("XDG_RUNTIME_DIR", runtime.to_str().unwrap());
    }

    /// Makes a program start on this desktop.
    pub(crate) fn place(&self, command: &mut Command) {
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
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("AMPERSAND_HOME");
    }

    /// Closes the window as its frame's button does.
    pub(crate) async fn closes_the_window(&self) {
        self.has_the_window(true).await;
        // Keys sent to a window by name are not the window manager's.
        self.presses("alt+F4").await;
        self.has_the_window(false).await;
    }

    /// Waits until the window is on the screen, or is not.
    pub(crate) async fn has_the_window(&self, visible: bool) {
        self.has(WINDOW, visible).await;
    }

    /// Presses a key where the person is.
    pub(crate) async fn presses(&self, key: &str) {
        assert!(self.xdotool(&["key", key]).await);
    }

    /// Waits until something of this name is on the screen, or is not.
    pub(crate) async fn has(&self, name: &str, visible: bool) {
        let looking = async {
            // A screen tells nobody what appears on it; it can only be looked at.
            while self
                .xdotool(&["search", "--onlyvisible", "--name", name])
                .await
                != visible
            {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, looking).await.expect("the window");
    }

    async fn xdotool(&self, arguments: &[&str]) -> bool {
        let mut command = program("xdotool");
        self.place(&mut command);
        command.args(arguments).status().await.unwrap().success()
    }

    /// Keeps a picture of the screen where `AMPERSAND_PICTURES` names a folder.
    pub(crate) async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("AMPERSAND_PICTURES") else {
            return;
        };
        let mut command = program("import");
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
pub(crate) fn program(name: &str) -> Command {
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
