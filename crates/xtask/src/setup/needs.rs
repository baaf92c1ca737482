//! What a Linux machine needs besides Rust: how to see that it is there, and what distributions call it.

use std::path::Path;

use super::Purpose;
use crate::child::{self, Child};
use crate::workspace;

/// Something that must be on the machine.
pub(crate) struct Need {
    probe: Probe,
    /// Its package on Debian and Ubuntu.
    pub(crate) debian: &'static str,
    /// Its package on Arch.
    pub(crate) arch: &'static str,
}

/// How to see whether it is there, however it came there.
enum Probe {
    /// One of these programs is on the search path.
    Program(&'static [&'static str]),
    /// pkg-config knows the library, headers included.
    Library(&'static str),
    /// The system's own Python has the module; a Python of the person's choice need not.
    PythonModule(&'static str),
    /// One of these files exists.
    File(&'static [&'static str]),
}

use Probe::{File, Library, Program, PythonModule};

/// The sandbox, version control, a linker, and what C libraries are found by.
const ENGINE: &[Need] = &[
    need(Program(&["bwrap"]), "bubblewrap", "bubblewrap"),
    need(Program(&["git"]), "git", "git"),
    need(Program(&["cc"]), "build-essential", "base-devel"),
    need(Program(&["pkg-config"]), "pkg-config", "pkgconf"),
];

/// The window, its tray and its icons.
const WINDOW: &[Need] = &[
    need(
        Library("webkit2gtk-4.1"),
        "libwebkit2gtk-4.1-dev",
        "webkit2gtk-4.1",
    ),
    need(
        Library("ayatana-appindicator3-0.1"),
        "libayatana-appindicator3-dev",
        "libayatana-appindicator",
    ),
    need(Library("librsvg-2.0"), "librsvg2-dev", "librsvg"),
];

/// A display, a session bus, a window manager and hands, to test the real window by.
const DESKTOP: &[Need] = &[
    need(Program(&["Xvfb"]), "xvfb", "xorg-server-xvfb"),
    need(Program(&["xauth"]), "xauth", "xorg-xauth"),
    need(
        Program(&["WebKitWebDriver"]),
        "webkit2gtk-driver",
        "webkit2gtk-4.1",
    ),
    need(Program(&["dbus-daemon"]), "dbus", "dbus"),
    need(Program(&["dbus-launch"]), "dbus-x11", "dbus"),
    need(Program(&["openbox"]), "openbox", "openbox"),
    need(PythonModule("dbus"), "python3-dbus", "python-dbus"),
    need(PythonModule("gi"), "python3-gi", "python-gobject"),
    need(
        Program(&["convert", "magick"]),
        "imagemagick",
        "imagemagick",
    ),
    need(Program(&["xdotool"]), "xdotool", "xdotool"),
    need(
        File(&[
            "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
            "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
            "/usr/share/fonts/TTF/DejaVuSans.ttf",
        ]),
        "fonts-dejavu-core",
        "ttf-dejavu",
    ),
];

/// Python with what its environments are made of, to build projects with inside the sandbox.
const PROJECTS: &[Need] = &[need(PythonModule("ensurepip"), "python3-venv", "python")];

/// A plain browser, to test the page alone by.
const BROWSER: &[Need] = &[need(
    Program(&[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ]),
    "chromium",
    "chromium",
)];

const fn need(probe: Probe, debian: &'static str, arch: &'static str) -> Need {
    Need {
        probe,
        debian,
        arch,
    }
}

/// Everything a purpose needs, in the order it should be installed.
pub(crate) fn of(purpose: Purpose) -> Vec<&'static Need> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    let (window, desktop) = if workspace::has_shell() {
        (WINDOW, DESKTOP)
    } else {
        (&[][..], &[][..])
    };
    let browser = if workspace::has_interface() {
        BROWSER
    } else {
        &[]
    };
    let groups: &[&[Need]] = match purpose {
        Purpose::RunInTerminal => &[ENGINE],
        Purpose::Run | Purpose::Check => &[ENGINE, window],
        Purpose::Test => &[ENGINE, window, desktop, browser, PROJECTS],
    };
    groups.iter().flat_map(|group| group.iter()).collect()
}

impl Need {
    pub(crate) fn is_met(&self) -> bool {
        match self.probe {
            Program(names) => names.iter().any(|name| child::on_path(name).is_some()),
            Library(name) => Child::new("pkg-config").args(["--exists", name]).succeeds(),
            PythonModule(name) => {
                let import = format!("import {name}");
                Child::new("/usr/bin/python3")
                    .args(["-c", &import])
                    .succeeds()
            }
            File(paths) => paths.iter().any(|path| Path::new(path).exists()),
        }
    }

    /// What it is called where packages can be asked for by what they provide (dnf, zypper).
    pub(crate) fn capability(&self) -> String {
        match self.probe {
            Program(names) => format!("/usr/bin/{}", names[0]),
            Library(name) => format!("'pkgconfig({name})'"),
            PythonModule("gi") => "python3-gobject".to_owned(),
            PythonModule("ensurepip") => "python3".to_owned(),
            PythonModule(name) => format!("python3-{name}"),
            File(_) => "dejavu-sans-fonts".to_owned(),
        }
    }
}
