//! The Secret Service: what GNOME's, KDE's and other keyrings speak, over the person's own bus.
//!
//! Keys cross that bus as they are: whoever can read it can ask the service for them just as well.

use std::collections::HashMap;

use futures::StreamExt;
use zbus::{Connection, OwnedObjectPath, OwnedVariant, Proxy, Variant, connection::Builder};

use super::SERVICE;

const SECRETS: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const OF_SERVICE: &str = "org.freedesktop.Secret.Service";
const OF_COLLECTION: &str = "org.freedesktop.Secret.Collection";
const OF_ITEM: &str = "org.freedesktop.Secret.Item";
const OF_PROMPT: &str = "org.freedesktop.Secret.Prompt";

/// In place of a path: there is none.
const NONE: &str = "/";

/// The session it is for, parameters of an encryption that is not used, the value, and what kind of value it is.
type OnTheWire = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// The service on one bus.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    /// The bus; the session's own unless set.
    pub(crate) bus: Option<String>,
}

/// A conversation with the service.
struct Session {
    bus: Connection,
    path: OwnedObjectPath,
}

impl Store {
    pub(crate) async fn get(&self, name: &str) -> Result<Option<String>, String> {
        self.session().await?.get(name).await.map_err(said)
    }

    pub(crate) async fn set(&self, name: &str, key: &str) -> Result<(), String> {
        self.session().await?.set(name, key).await.map_err(said)
    }

    pub(crate) async fn remove(&self, name: &str) -> Result<bool, String> {
        self.session().await?.remove(name).await.map_err(said)
    }

    async fn session(&self) -> Result<Session, String> {
        let opening = async {
            let bus = match &self.bus {
                Some(address) => Builder::address(address.as_str()).build().await?,
                None => Connection::session().await?,
            };
            let service = Proxy::new(&bus, SECRETS, ROOT, OF_SERVICE).await?;
            let asked = ("plain", Variant::from(""));
            let (_, path): (OwnedVariant, OwnedObjectPath) =
                service.call("OpenSession", &asked).await?;
            drop(service);
            Ok::<_, zbus::Error>(Session { bus, path })
        };
        opening.await.map_err(said)
    }
}

/// What the service or the bus says; no answer is quoted in it.
fn said(error: zbus::Error) -> String {
    error.to_string()
}

impl Session {
    async fn service(&self) -> zbus::Result<Proxy<'_>> {
        Proxy::new(&self.bus, SECRETS, ROOT, OF_SERVICE).await
    }

    async fn get(&self, name: &str) -> zbus::Result<Option<String>> {
        let Some(item) = self.find(name).await? else {
            return Ok(None);
        };
        let item = Proxy::new(&self.bus, SECRETS, item, OF_ITEM).await?;
        let ((_, _, value, _),): (OnTheWire,) = item.call("GetSecret", &(&self.path,)).await?;
        match String::from_utf8(value) {
            Ok(key) => Ok(Some(key)),
            Err(_) => Err(zbus::Error::Failure("what it holds is no key".to_owned())),
        }
    }

    async fn set(&self, name: &str, key: &str) -> zbus::Result<()> {
        let service = self.service().await?;
        let collection: OwnedObjectPath = service.call("ReadAlias", &("default",)).await?;
        if collection.as_str() == NONE {
            let why = "it has no collection to keep keys in";
            return Err(zbus::Error::Failure(why.to_owned()));
        }
        self.unlock(&collection).await?;
        let collection = Proxy::new(&self.bus, SECRETS, collection, OF_COLLECTION).await?;
        let label = format!("Ampersand: {name}");
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Variant::from(label)),
            (
                "org.freedesktop.Secret.Item.Attributes",
                Variant::from(attributes(name)),
            ),
        ]);
        let secret = (&self.path, Vec::<u8>::new(), key.as_bytes(), "text/plain");
        let (_, prompt): (OwnedObjectPath, OwnedObjectPath) = collection
            .call("CreateItem", &(properties, secret, true))
            .await?;
        self.ask(prompt).await
    }

    async fn remove(&self, name: &str) -> zbus::Result<bool> {
        let Some(item) = self.find(name).await? else {
            return Ok(false);
        };
        let item = Proxy::new(&self.bus, SECRETS, item, OF_ITEM).await?;
        let prompt: OwnedObjectPath = item.call("Delete", &()).await?;
        self.ask(prompt).await?;
        Ok(true)
    }

    /// The item of that name, unlocked.
    async fn find(&self, name: &str) -> zbus::Result<Option<OwnedObjectPath>> {
        let service = self.service().await?;
        let (unlocked, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            service.call("SearchItems", &(attributes(name),)).await?;
        if let Some(item) = unlocked.into_iter().next() {
            return Ok(Some(item));
        }
        let Some(item) = locked.into_iter().next() else {
            return Ok(None);
        };
        self.unlock(&item).await?;
        Ok(Some(item))
    }

    async fn unlock(&self, path: &OwnedObjectPath) -> zbus::Result<()> {
        let service = self.service().await?;
        let (_, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) =
            service.call("Unlock", &(vec![path],)).await?;
        self.ask(prompt).await
    }

    /// Lets the service ask the person, if it wants to, and waits for their answer.
    async fn ask(&self, prompt: OwnedObjectPath) -> zbus::Result<()> {
        if prompt.as_str() == NONE {
            return Ok(());
        }
        let prompt = Proxy::new(&self.bus, SECRETS, prompt, OF_PROMPT).await?;
        let mut completed = prompt.receive_signal("Completed").await?;
        let () = prompt.call("Prompt", &("",)).await?;
        let dismissed = || zbus::Error::Failure("it was not unlocked".to_owned());
        let answer = completed.next().await.ok_or_else(dismissed)?;
        let (is_dismissed, _): (bool, OwnedVariant) = answer.body().deserialize()?;
        if is_dismissed {
            return Err(dismissed());
        }
        Ok(())
    }
}

fn attributes(name: &str) -> HashMap<&'static str, String> {
    HashMap::from([
        ("service", SERVICE.to_owned()),
        ("username", name.to_owned()),
    ])
}
