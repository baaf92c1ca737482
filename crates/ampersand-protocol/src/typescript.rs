//! The same types for the window and for readers: TypeScript declarations and the protocol's reference.

use ampersand_core::{Answer, Event, EventBody, Message, Plan, Task};
use ts_rs::{Config, TS, TypeVisitor};

use crate::{Command, FromOrchestrator, Reply, ToOrchestrator, Update, UpdateBody};

/// One generated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeScriptFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its text.
    pub text: String,
}

struct Declarations {
    config: Config,
    seen: std::collections::BTreeMap<String, String>,
}

impl Declarations {
    fn add<T: TS + 'static + ?Sized>(&mut self) {
        // Built-in types have no file to live in and are written where they are used.
        if T::output_path().is_none() {
            return;
        }
        let name = T::ident(&self.config);
        if self.seen.contains_key(&name) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        let text = format!("{docs}export {}\n", T::decl(&self.config));
        self.seen.insert(name, text);
        T::visit_dependencies(self);
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        self.add::<T>();
    }
}

fn declarations() -> Declarations {
    let mut all = Declarations {
        config: Config::new().with_large_int("number"),
        seen: std::collections::BTreeMap::new(),
    };
    all.add::<Update>();
    all.add::<UpdateBody>();
    all.add::<EventBody>();
    all.add::<Message>();
    all.add::<Command>();
    all.add::<Reply>();
    all.add::<Answer>();
    all.add::<Plan>();
    all.add::<Task>();
    all.add::<Event>();
    all.add::<ToOrchestrator>();
    all.add::<FromOrchestrator>();
    all
}

/// The declarations the window is compiled against, in one file.
pub fn typescript() -> Vec<TypeScriptFile> {
    let head = "// Generated from crates/ampersand-protocol by `cargo xtask gen`. Do not edit.\n\n";
    let body: Vec<String> = declarations().seen.into_values().collect();
    vec![TypeScriptFile {
        name: "protocol.ts".to_owned(),
        text: format!("{head}{}", body.join("\n")),
    }]
}

/// `docs/protocol.md`: every type with its documentation.
pub fn reference() -> String {
    let mut text = String::from(REFERENCE_HEAD);
    for (name, declaration) in declarations().seen {
        text.push_str(&format!(
            "## {name}\n\n```ts\n{}\n```\n\n",
            declaration.trim_end()
        ));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

const REFERENCE_HEAD: &str = include_str!("reference.md");

#[cfg(test)]
mod tests;
