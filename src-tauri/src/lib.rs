//! The shell: window, tray, notifications. It shows what the controller says and passes on what the person does;
//! it decides nothing about tasks, keeps nothing, and ends nothing that runs.

mod arguments;
mod batch;
mod commands;
mod notify;
mod pump;
mod shell;
mod tray;
mod window;
mod words;

use std::{env, thread, time::Duration};

use ampersand_controller::Options;
use ampersand_keys::start_log;
use ampersand_protocol::Home;
use clap::Parser;
use tauri::{AppHandle, Manager, RunEvent};
use tauri_plugin_window_state::StateFlags;

use crate::{arguments::Arguments, shell::Shell};

/// How often opening is tried again while another instance is leaving, and how long after each time.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(250);

/// Why no window could be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no folder to keep anything in.
    #[error("no home folder: {0}")]
    Home(#[from] ampersand_protocol::HomeError),
    /// The system gives no window.
    #[error("no window can be opened: {0}")]
    Window(#[source] tauri::Error),
}

/// Opens the window and stays until the person quits. Only on the first thread of the process.
pub fn run() -> Result<(), OpenError> {
    let options = Arguments::parse().options()?;
    let _log = start_log(&options.home.logs(), "window");
    let app = builder(options)
        .build(tauri::generate_context!())
        .map_err(OpenError::Window)?;
    app.run_return(attend);
    Ok(())
}

/// A click on the dock's icon is how a person asks for the window on macOS.
#[cfg(target_os = "macos")]
fn attend(app: &AppHandle, event: RunEvent) {
    if let RunEvent::Reopen { .. } = event {
        window::show(app);
    }
}

#[cfg(not(target_os = "macos"))]
fn attend(_: &AppHandle, _: RunEvent) {}

fn builder(options: Options) -> tauri::Builder<tauri::Wry> {
    let remembered = options.home.root().join("window.json");
    let remembering = tauri_plugin_window_state::Builder::new()
        .with_state_flags(StateFlags::all() - StateFlags::VISIBLE - StateFlags::DECORATIONS)
        .with_filename(remembered.to_string_lossy())
        .build();
    let links = tauri_plugin_opener::Builder::new()
        .open_js_links_on_click(false)
        .build();
    let builder = tauri::Builder::default();
    #[cfg(target_os = "macos")]
    let builder = builder.on_web_content_process_terminate(window::reload);
    builder
        .plugin(remembering)
        .plugin(tauri_plugin_dialog::init())
        .plugin(links)
        .invoke_handler(tauri::generate_handler![
            commands::query,
            commands::act,
            commands::confirm
        ])
        .on_window_event(window::handle)
        .setup(move |app| Ok(set_up(app.handle(), options)?))
}

/// Opening Ampersand again brings the window that is there to the front; one for each home. In that case this
/// process ends here. An instance that is just leaving still has the name but answers no more: soon it is gone.
fn be_the_only_one(app: &AppHandle, home: &Home) -> tauri::Result<()> {
    let mut tries = 0;
    loop {
        let plugin = tauri_plugin_single_instance::Builder::new()
            .callback(|app, _, _| window::show(app))
            .dbus_id(format!("dev.ampersand.h{}", home.digest()))
            .build();
        match app.plugin(plugin) {
            Err(error) if tries < TRIES => {
                tracing::info!(%error, "trying again");
                tries += 1;
                thread::sleep(BETWEEN_TRIES);
            }
            done => return done,
        }
    }
}

/// A test's window is a process of its own and must not be handed to another one.
fn is_automated() -> bool {
    env::var("TAURI_WEBVIEW_AUTOMATION").as_deref() == Ok("true")
}

fn set_up(app: &AppHandle, options: Options) -> tauri::Result<()> {
    if !is_automated() {
        be_the_only_one(app, &options.home)?;
    }
    let home = options.home.clone();
    let (bell, rung) = notify::bell();
    app.manage(Shell::new(app.clone(), options, bell));
    let early = app.clone();
    tauri::async_runtime::spawn(async move {
        // What keeps it from opening is told to the page, which asks for it too.
        early.state::<Shell>().controller().await.ok();
    });
    window::open(app, &home)?;
    if let Err(error) = tray::open(app) {
        tracing::warn!(%error, "no tray");
    }
    let opener = app.clone();
    tauri::async_runtime::spawn(notify::listen(rung, move |task| {
        opener.state::<Shell>().open(task);
    }));
    Ok(())
}
