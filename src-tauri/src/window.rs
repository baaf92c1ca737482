//! The one window: what it may show, when it stays, and what happens when its page dies.

use ampersand_protocol::Home;
use tauri::{
    AppHandle, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Window, WindowEvent,
    webview::{NewWindowResponse, PermissionResponse},
};
use url::Url;

use crate::{notify::Event, shell::Shell, tray, words::AMPERSAND};

/// Names the window; the capabilities name it too.
pub(crate) const LABEL: &str = "main";

/// Opens it on our own page, which it never leaves.
pub(crate) fn open(app: &AppHandle, home: &Home) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title(AMPERSAND)
        .inner_size(1080.0, 800.0)
        .min_inner_size(420.0, 360.0)
        .prevent_overflow()
        .data_directory(home.root().join("webview"))
        .disable_drag_drop_handler()
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .build()?;
    unveil(&window)?;
    revive(&window)
}

/// Brings it to the front.
pub(crate) fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL) {
        let shown = window
            .unminimize()
            .and_then(|()| window.show())
            .and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window does not come to the front");
        }
        app.state::<Shell>().ring(Event::Focused(true));
    }
}

/// Takes it from the screen; its page goes on. A window that is hidden is not always told that it lost the attention.
pub(crate) fn hide(app: &AppHandle) {
    app.state::<Shell>().ring(Event::Focused(false));
    if let Some(Err(error)) = app.get_webview_window(LABEL).map(|window| window.hide()) {
        tracing::warn!(%error, "the window cannot be hidden");
    }
}

/// Keeps the shell when the window is closed, if there is a reason to, and passes on who has the attention.
pub(crate) fn handle(window: &Window, event: &WindowEvent) {
    let app = window.app_handle().clone();
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            hide(&app);
            tauri::async_runtime::spawn(async move {
                let shell = app.state::<Shell>();
                if !stays(tray::presence().await, shell.is_busy()) {
                    shell.quit().await;
                }
            });
        }
        WindowEvent::Focused(focused) => {
            let shell = app.state::<Shell>();
            if !focused {
                shell.leave();
            }
            shell.ring(Event::Focused(*focused));
        }
        WindowEvent::ThemeChanged(_) => tray::refresh(&app),
        _ => {}
    }
}

/// Whether the shell stays without its window: only where a person can bring it back.
fn stays(presence: tray::Presence, is_busy: bool) -> bool {
    match presence {
        tray::Presence::Shown => true,
        // Opening Ampersand again brings the window back, and notifications do.
        tray::Presence::Absent => is_busy,
        tray::Presence::Unreachable => false,
    }
}

/// Links are opened outside, by a command; nothing else has a reason to lead away.
fn is_ours(url: &Url) -> bool {
    let development = cfg!(dev) && url.host_str() == Some("localhost") && url.port() == Some(5173);
    let is_embedded = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    is_embedded || development
}

/// Keeps the page out of the window until it has loaded. WebKit draws a page that is in view by waiting for its process,
/// half a second at a time, while that process waits for us to hand it the page.
#[cfg(target_os = "linux")]
fn unveil(window: &WebviewWindow) -> tauri::Result<()> {
    use gtk::prelude::WidgetExt;
    use webkit2gtk::{LoadEvent, WebViewExt};

    window.with_webview(|webview| {
        let view = webview.inner();
        view.hide();
        view.connect_load_changed(|view, event| {
            if event == LoadEvent::Finished {
                view.show();
                view.grab_focus();
            }
        });
    })
}

/// Elsewhere nobody waits.
#[cfg(not(target_os = "linux"))]
fn unveil(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// A page whose process died is loaded anew; it asks for everything as it stands.
#[cfg(target_os = "linux")]
fn revive(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::WebViewExt;

    window.with_webview(|webview| {
        webview.inner().connect_web_process_terminated(|view, why| {
            tracing::warn!(?why, "the web process ended; the page is loaded anew");
            view.reload();
        });
    })
}

/// The application hears of it by itself on macOS; Windows shows a page of its own that can be reloaded.
#[cfg(not(target_os = "linux"))]
fn revive(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Loads the page anew.
#[cfg(target_os = "macos")]
pub(crate) fn reload(webview: &tauri::Webview) {
    if let Err(error) = webview.reload() {
        tracing::warn!(%error, "the page cannot be loaded anew");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tray::Presence;

    #[test]
    fn the_window_never_leaves_its_own_page() {
        let ours = |url: &str| is_ours(&Url::parse(url).unwrap());
        assert!(ours("tauri://localhost/index.html"));
        let others = [
            "https://example.com/",
            "http://tauri.localhost.evil.com/",
            "tauri://evil/",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:blank",
        ];
        assert!(!others.into_iter().any(ours));
    }

    #[test]
    fn a_shell_nobody_can_bring_back_does_not_stay() {
        assert!(stays(Presence::Shown, false));
        assert!(stays(Presence::Absent, true));
        assert!(!stays(Presence::Absent, false));
        assert!(!stays(Presence::Unreachable, true));
    }
}
