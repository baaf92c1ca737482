//! What the page may ask: three commands. Each refuses what its kind is not for.

mod act;
mod confirm;
mod query;

use ampersand_core::Failure;
use tauri::{AppHandle, State, Webview, ipc::JavaScriptChannelId};

use crate::shell::Shell;

/// Reads; changes nothing.
#[tauri::command]
pub(crate) async fn query(
    shell: State<'_, Shell>,
    question: query::Question,
) -> Result<query::Answer, Failure> {
    query::answer(shell.controller().await?, shell.home(), question).await
}

/// Wishes; answered once the wish is stored.
#[tauri::command]
pub(crate) async fn act(
    webview: Webview,
    shell: State<'_, Shell>,
    verb: act::Act,
    updates: Option<JavaScriptChannelId>,
) -> Result<(), Failure> {
    act::perform(&shell, &webview, verb, updates).await
}

/// Asks the person outside the page; whether they agreed.
#[tauri::command]
pub(crate) async fn confirm(
    app: AppHandle,
    shell: State<'_, Shell>,
    wish: confirm::Wish,
) -> Result<bool, Failure> {
    confirm::ask(&app, &shell, wish).await
}

/// What the page may not ask here.
fn refused(what: &str, instead: &str) -> Failure {
    Failure::new("not_for_the_page", what, instead)
}
