//! The models that are set: whether each can be asked, as far as that is known without asking.

use std::borrow::Cow;
use std::path::Path;

use ampersand_core::{Api, ModelSettings, Settings};
use ampersand_keys::{KeyError, Keychain, resolve};

use super::{Finding, bad, good};

/// One finding for each model that is set, the controller's first and always.
pub(super) async fn findings(path: &Path) -> Vec<Finding> {
    let Ok(text) = std::fs::read_to_string(path) else {
        return vec![Finding {
            hint: format!("Write one to {} to connect a model.", path.display()),
            ..good(
                "model",
                "There is no settings file; commands work without.".to_owned(),
            )
        }];
    };
    let settings = match Settings::parse(&text) {
        Ok(settings) => settings,
        Err(error) => return vec![bad("model", error.into())],
    };
    let mut findings = vec![match &settings.controller {
        None => good("model", "None is set; commands work without.".to_owned()),
        Some(model) => of(Cow::Borrowed("model"), model).await,
    }];
    if let Some(helper) = &settings.helper {
        findings.push(of(Cow::Borrowed("model helper"), helper).await);
    }
    for (role, model) in &settings.roles {
        let name = format!("model {}", role.shown());
        findings.push(of(Cow::Owned(name), model).await);
    }
    findings
}

async fn of(name: Cow<'static, str>, model: &ModelSettings) -> Finding {
    let said = match model.api {
        Api::Codex => login(),
        Api::Offline | Api::ChatCompletions | Api::Responses | Api::AnthropicMessages => {
            endpoint(model).await
        }
    };
    Finding { name, ..said }
}

async fn endpoint(model: &ModelSettings) -> Finding {
    let works = format!("{} at {}.", model.model, model.base_url);
    let Some(place) = model.key() else {
        return good("model", works);
    };
    match resolve(&place, &Keychain::new()).await {
        Ok(resolved) => match resolved.notice {
            None => good("model", works),
            Some(notice) => good("model", format!("{works} {notice}")),
        },
        Err(KeyError::NotSet { name }) => Finding {
            name: "model".into(),
            ok: false,
            message: format!("{} needs the key in {name}, which is not set.", model.model),
            hint: format!("Set {name} and start Ampersand again."),
        },
        Err(error) => bad("model", error.failure(&model.model)),
    }
}

/// Codex as the model of the chat; whether its login is taken is known when it is asked.
fn login() -> Finding {
    match ampersand_controller::has_login("codex") {
        true => good("model", "Codex, with its own login.".to_owned()),
        false => Finding {
            name: "model".into(),
            ok: false,
            message: "Codex is to answer with its own login, and is not logged in.".to_owned(),
            hint: "Log in with `codex login`.".to_owned(),
        },
    }
}
