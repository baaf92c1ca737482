//! The tray: how it stands, and the verbs for everything at once. The shell does not need it.

use std::{
    env,
    sync::atomic::{AtomicBool, Ordering},
};

use ampersand_core::Verb;
use ampersand_protocol::Counts;
use tauri::{
    AppHandle, Manager, Theme,
    image::Image,
    include_image,
    menu::{Menu, MenuEvent, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder},
};

use crate::{shell::Shell, window, words};

const LABEL: &str = "ampersand";
const SHOW: &str = "show";
const PAUSE_ALL: &str = "pause_all";
const CANCEL_ALL: &str = "cancel_all";
const QUIT: &str = "quit";

const INK: Image<'_> = include_image!("icons/tray/light.png");
const INK_NEED: Image<'_> = include_image!("icons/tray/light-need.png");
const PAPER: Image<'_> = include_image!("icons/tray/dark.png");
const PAPER_NEED: Image<'_> = include_image!("icons/tray/dark-need.png");

/// Whether the person sees the tray.
#[cfg_attr(
    all(not(target_os = "linux"), not(test)),
    expect(dead_code, reason = "other systems always show it")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It stands in a panel.
    Shown,
    /// No panel shows trays here.
    Absent,
    /// There is not even a way to be called back: no session bus.
    Unreachable,
}

/// The tray as it stands.
struct Tray {
    icon: TrayIcon,
    standing: MenuItem<tauri::Wry>,
    pause_all: MenuItem<tauri::Wry>,
    cancel_all: MenuItem<tauri::Wry>,
    needs_you: AtomicBool,
}

/// Puts it up. An error means that there is none, and that nothing else is wrong.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    if !is_possible() {
        tracing::info!("no tray: the indicator library is not installed");
        return Ok(());
    }
    let item =
        |id: &str, text: &str, enabled| MenuItem::with_id(app, id, text, enabled, None::<&str>);
    let standing = item("standing", &words::standing(&Counts::default()), false)?;
    let pause_all = item(PAUSE_ALL, "Pause all", false)?;
    let cancel_all = item(CANCEL_ALL, "Cancel all", false)?;
    let line = || PredefinedMenuItem::separator(app);
    let menu = Menu::with_items(
        app,
        &[
            &standing,
            &line()?,
            &item(SHOW, "Show Ampersand", true)?,
            &pause_all,
            &cancel_all,
            &line()?,
            &item(QUIT, "Quit", true)?,
        ],
    )?;
    let icon = TrayIconBuilder::with_id(LABEL)
        .icon(picture(app, false))
        .icon_as_template(true)
        .tooltip(words::AMPERSAND)
        .menu(&menu)
        .on_menu_event(chosen)
        .build(app)?;
    app.manage(Tray {
        icon,
        standing,
        pause_all,
        cancel_all,
        needs_you: false.into(),
    });
    Ok(())
}

/// Says how it stands now.
pub(crate) fn show(app: &AppHandle, counts: &Counts) {
    let Some(tray) = app.try_state::<Tray>() else {
        return;
    };
    tray.needs_you
        .store(counts.needs_you > 0, Ordering::Relaxed);
    let standing = words::standing(counts);
    let can_pause = counts.running + counts.waiting + counts.needs_you > 0;
    let shown = tray
        .standing
        .set_text(&standing)
        .and_then(|()| tray.pause_all.set_enabled(can_pause))
        .and_then(|()| tray.cancel_all.set_enabled(can_pause || counts.paused > 0))
        .and_then(|()| {
            let tooltip = format!("{} · {standing}", words::AMPERSAND);
            tray.icon.set_tooltip(Some(tooltip))
        });
    if let Err(error) = shown {
        tracing::warn!(%error, "the tray does not take the counts");
    }
    refresh(app);
}

/// Draws the icon for the panel as it is now.
pub(crate) fn refresh(app: &AppHandle) {
    let Some(tray) = app.try_state::<Tray>() else {
        return;
    };
    let picture = picture(app, tray.needs_you.load(Ordering::Relaxed));
    if let Err(error) = tray.icon.set_icon_with_as_template(Some(picture), true) {
        tracing::warn!(%error, "the tray does not take its icon");
    }
}

fn chosen(app: &AppHandle, event: MenuEvent) {
    let app = app.clone();
    let verb = match event.id().as_ref() {
        SHOW => return window::show(&app),
        PAUSE_ALL => Some(Verb::Pause),
        CANCEL_ALL => Some(Verb::Cancel),
        QUIT => None,
        _ => return,
    };
    tauri::async_runtime::spawn(async move {
        let shell = app.state::<Shell>();
        match verb {
            None => shell.quit().await,
            Some(verb) => {
                if let Err(failure) = shell.override_all(verb).await {
                    shell.tell(failure);
                }
            }
        }
    });
}

/// Ink on light panels, paper on dark ones; GNOME's panel is dark in every theme.
fn picture(app: &AppHandle, needs_you: bool) -> Image<'static> {
    let theme = app
        .get_webview_window(window::LABEL)
        .and_then(|window| window.theme().ok());
    let is_gnome = env::var("XDG_CURRENT_DESKTOP").is_ok_and(|names| names.contains("GNOME"));
    // macOS recolours what is drawn in ink.
    let is_dark = !cfg!(target_os = "macos") && (is_gnome || theme == Some(Theme::Dark));
    match (is_dark, needs_you) {
        (false, false) => INK,
        (false, true) => INK_NEED,
        (true, false) => PAPER,
        (true, true) => PAPER_NEED,
    }
}

/// Whether the library that draws trays can be loaded: the one who draws them ends the process if it cannot.
#[cfg(target_os = "linux")]
fn is_possible() -> bool {
    ["libayatana-appindicator3.so.1", "libappindicator3.so.1"]
        .into_iter()
        .any(|name| {
            #[expect(
                unsafe_code,
                reason = "loads what the tray loads in the next moment, and nothing else"
            )]
            let library = unsafe { libloading::Library::new(name) };
            library.is_ok()
        })
}

#[cfg(not(target_os = "linux"))]
fn is_possible() -> bool {
    true
}

/// Asks the session bus whether a panel shows trays.
#[cfg(target_os = "linux")]
pub(crate) async fn presence() -> Presence {
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let Ok(bus) = zbus::Connection::session().await else {
        return Presence::Unreachable;
    };
    let asked = async {
        let watcher = zbus::Proxy::new(&bus, WATCHER, "/StatusNotifierWatcher", WATCHER).await?;
        watcher
            .get_property::<bool>("IsStatusNotifierHostRegistered")
            .await
    };
    match asked.await {
        Ok(true) => Presence::Shown,
        Ok(false) | Err(_) => Presence::Absent,
    }
}

/// These systems always have one.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unused_async, reason = "asked over D-Bus on Linux")]
pub(crate) async fn presence() -> Presence {
    Presence::Shown
}
