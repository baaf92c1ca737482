//! A bus of one's own and a scripted Secret Service on it: one collection, in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use std::process::Stdio;

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::watch,
};
use zbus::{
    Connection, OwnedObjectPath, OwnedVariant, Variant, connection::Builder, interface,
    object_server::SignalEmitter,
};

const ROOT: &str = "/org/freedesktop/secrets";
const COLLECTION: &str = "/org/freedesktop/secrets/collection/one";
const PROMPT: &str = "/org/freedesktop/secrets/prompt/one";
const SESSION: &str = "/org/freedesktop/secrets/session/one";

/// How the service behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It gives and takes at once.
    Open,
    /// Everything is locked, and its owner is asked.
    Asks {
        /// Whether they agree.
        lets: bool,
    },
    /// It takes a session and answers nothing more.
    Hangs,
}

/// A private bus. It is gone once this is.
#[derive(Debug)]
pub struct Bus {
    address: String,
    _daemon: Child,
}

impl Bus {
    /// An empty one.
    pub async fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "a bus for tests alone")]
        let mut command = Command::new("/usr/bin/dbus-daemon");
        command
            .args(["--session", "--nofork", "--print-address=1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut daemon = command.spawn().unwrap();
        let mut lines = BufReader::new(daemon.stdout.take().unwrap()).lines();
        Self {
            address: lines.next_line().await.unwrap().unwrap(),
            _daemon: daemon,
        }
    }

    /// Where it is reached.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Puts a service on it.
    pub async fn serve(&self, mood: Mood) -> Scripted {
        let kept = Arc::new(Kept {
            mood,
            items: Mutex::default(),
            held: watch::channel(false).0,
            given: watch::channel(0).0,
        });
        let bus = Builder::address(self.address.as_str())
            .serve_at(ROOT, Root(Arc::clone(&kept)))
            .serve_at(COLLECTION, Collection(Arc::clone(&kept)))
            .serve_at(PROMPT, Prompt(Arc::clone(&kept)))
            .name("org.freedesktop.secrets")
            .build()
            .await
            .unwrap();
        Scripted { kept, bus }
    }
}

/// The service as its owner sees it.
#[derive(Debug)]
pub struct Scripted {
    kept: Arc<Kept>,
    bus: Connection,
}

impl Scripted {
    /// Keeps a key of ours.
    pub async fn put(&self, name: &str, key: &str) {
        let attributes = [("service", "ampersand"), ("username", name)];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.kept.put(attributes.into(), key.as_bytes().to_vec());
        let server = self.bus.object_server().clone();
        let kept = Arc::clone(&self.kept);
        kept.show(&server).await;
    }

    /// How many keys it has.
    pub fn kept(&self) -> usize {
        self.kept.items.lock().unwrap().len()
    }

    /// From now on keys are given out when it goes on.
    pub fn hold(&self) {
        self.kept.held.send_replace(true);
    }

    /// Gives out what was held back.
    pub fn go_on(&self) {
        self.kept.held.send_replace(false);
    }

    /// Waits until a key was given out.
    pub async fn given_out(&self) {
        let mut given = self.kept.given.subscribe();
        given.wait_for(|given| *given > 0).await.unwrap();
    }
}

type Attributes = BTreeMap<String, String>;

#[derive(Debug)]
struct Kept {
    mood: Mood,
    items: Mutex<Vec<(Attributes, Vec<u8>)>>,
    held: watch::Sender<bool>,
    given: watch::Sender<u32>,
}

impl Kept {
    fn put(&self, attributes: Attributes, key: Vec<u8>) {
        let mut items = self.items.lock().unwrap();
        match items.iter_mut().find(|(known, _)| *known == attributes) {
            Some((_, old)) => *old = key,
            None => items.push((attributes, key)),
        }
    }

    /// Puts every item on the bus that is not there yet.
    async fn show(self: &Arc<Self>, server: &zbus::ObjectServer) {
        let all: Vec<Attributes> = {
            let items = self.items.lock().unwrap();
            items
                .iter()
                .map(|(attributes, _)| attributes.clone())
                .collect()
        };
        for attributes in all {
            let path = path_of(&attributes);
            let item = Item(Arc::clone(self), attributes);
            server.at(path, item).await.unwrap();
        }
    }

    fn prompt(&self) -> OwnedObjectPath {
        let path = match self.mood {
            Mood::Asks { .. } => PROMPT,
            Mood::Open | Mood::Hangs => "/",
        };
        OwnedObjectPath::try_from(path).unwrap()
    }
}

fn path_of(attributes: &Attributes) -> OwnedObjectPath {
    let name = attributes["username"].replace(['-', '.'], "_");
    OwnedObjectPath::try_from(format!("{COLLECTION}/{name}")).unwrap()
}

struct Root(Arc<Kept>);

#[interface(name = "org.freedesktop.Secret.Service")]
impl Root {
    fn open_session(
        &self,
        algorithm: String,
        _input: OwnedVariant,
    ) -> (Variant<'static>, OwnedObjectPath) {
        assert_eq!(algorithm, "plain");
        (
            Variant::from(""),
            OwnedObjectPath::try_from(SESSION).unwrap(),
        )
    }

    async fn search_items(
        &self,
        wanted: HashMap<String, String>,
    ) -> (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) {
        if self.0.mood == Mood::Hangs {
            std::future::pending::<()>().await;
        }
        let wanted: Attributes = wanted.into_iter().collect();
        let items = self.0.items.lock().unwrap();
        let found = items.iter().filter(|(attributes, _)| *attributes == wanted);
        let found: Vec<_> = found.map(|(attributes, _)| path_of(attributes)).collect();
        match self.0.mood {
            Mood::Asks { .. } => (Vec::new(), found),
            Mood::Open | Mood::Hangs => (found, Vec::new()),
        }
    }

    fn unlock(&self, _objects: Vec<OwnedObjectPath>) -> (Vec<OwnedObjectPath>, OwnedObjectPath) {
        (Vec::new(), self.0.prompt())
    }

    async fn read_alias(&self, name: String) -> OwnedObjectPath {
        if self.0.mood == Mood::Hangs {
            std::future::pending::<()>().await;
        }
        assert_eq!(name, "default");
        OwnedObjectPath::try_from(COLLECTION).unwrap()
    }
}

struct Collection(Arc<Kept>);

#[interface(name = "org.freedesktop.Secret.Collection")]
impl Collection {
    async fn create_item(
        &self,
        properties: HashMap<String, OwnedVariant>,
        secret: (OwnedObjectPath, Vec<u8>, Vec<u8>, String),
        replace: bool,
        #[zbus(object_server)] server: &zbus::ObjectServer,
    ) -> (OwnedObjectPath, OwnedObjectPath) {
        assert!(replace && properties.contains_key("org.freedesktop.Secret.Item.Label"));
        let attributes = properties["org.freedesktop.Secret.Item.Attributes"].clone();
        let attributes: HashMap<String, String> = attributes.try_into().unwrap();
        let attributes: Attributes = attributes.into_iter().collect();
        let path = path_of(&attributes);
        self.0.put(attributes, secret.2);
        self.0.show(server).await;
        (path, OwnedObjectPath::try_from("/").unwrap())
    }
}

struct Item(Arc<Kept>, Attributes);

#[interface(name = "org.freedesktop.Secret.Item")]
impl Item {
    async fn get_secret(
        &self,
        session: OwnedObjectPath,
    ) -> ((OwnedObjectPath, Vec<u8>, Vec<u8>, String),) {
        let mut held = self.0.held.subscribe();
        held.wait_for(|held| !held).await.unwrap();
        let key = {
            let items = self.0.items.lock().unwrap();
            let found = items.iter().find(|(attributes, _)| *attributes == self.1);
            found.unwrap().1.clone()
        };
        self.0.given.send_modify(|given| *given += 1);
        ((session, Vec::new(), key, "text/plain".to_owned()),)
    }

    fn delete(&self) -> OwnedObjectPath {
        self.0
            .items
            .lock()
            .unwrap()
            .retain(|(attributes, _)| *attributes != self.1);
        OwnedObjectPath::try_from("/").unwrap()
    }
}

struct Prompt(Arc<Kept>);

#[interface(name = "org.freedesktop.Secret.Prompt")]
impl Prompt {
    async fn prompt(&self, _window: String, #[zbus(signal_emitter)] emitter: SignalEmitter<'_>) {
        let is_dismissed = self.0.mood == Mood::Asks { lets: false };
        Self::completed(&emitter, is_dismissed, Variant::from(""))
            .await
            .unwrap();
    }

    #[zbus(signal)]
    async fn completed(
        emitter: &SignalEmitter<'_>,
        dismissed: bool,
        result: Variant<'_>,
    ) -> zbus::Result<()>;
}
