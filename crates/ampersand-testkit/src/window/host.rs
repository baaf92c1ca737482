//! A panel for trays and a server for notifications, on a bus of one's own.

use std::collections::HashMap;

use futures::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::{sync::watch, time::timeout};
use zbus::{
    Connection, OwnedVariant, Proxy, Type, Variant, connection, interface, message::Header,
    object_server::SignalEmitter,
};

use super::PATIENCE;

const MENU: &str = "com.canonical.dbusmenu";
const ITEM: &str = "org.kde.StatusNotifierItem";
const NOTIFICATIONS: &str = "/org/freedesktop/Notifications";

/// What programs put up here.
#[derive(Debug)]
pub struct Host {
    bus: Connection,
    trays: watch::Receiver<Vec<Tray>>,
    shown: watch::Receiver<Vec<Shown>>,
}

/// Who has a tray, and where.
#[derive(Debug, Clone)]
struct Tray {
    owner: String,
    path: String,
}

/// A notification, and whether it still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its number.
    pub id: u32,
    /// The line in bold.
    pub summary: String,
    /// The rest.
    pub body: String,
    /// Whether it has not been closed.
    pub stands: bool,
}

struct Watcher {
    trays: watch::Sender<Vec<Tray>>,
}

struct Server {
    shown: watch::Sender<Vec<Shown>>,
}

#[derive(Debug, Serialize, Deserialize, Type, OwnedVariant, Variant)]
struct Node {
    id: i32,
    properties: HashMap<String, OwnedVariant>,
    children: Vec<OwnedVariant>,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().unwrap().to_string();
        let tray = match service.strip_prefix('/') {
            Some(_) => Tray {
                owner: sender,
                path: service,
            },
            None => Tray {
                owner: service,
                path: "/StatusNotifierItem".into(),
            },
        };
        self.trays.send_modify(|trays| trays.push(tray));
    }

    fn register_status_notifier_host(&self, _service: String) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        let trays = self.trays.borrow();
        trays
            .iter()
            .map(|tray| format!("{}{}", tray.owner, tray.path))
            .collect()
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

#[interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[expect(clippy::too_many_arguments, reason = "the interface has that many")]
    fn notify(
        &self,
        _application: String,
        _replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedVariant>,
        _expires_ms: i32,
    ) -> u32 {
        let id = u32::try_from(self.shown.borrow().len()).unwrap() + 1;
        let shown = Shown {
            id,
            summary,
            body,
            stands: true,
        };
        self.shown.send_modify(|all| all.push(shown));
        id
    }

    fn close_notification(&self, id: u32) {
        self.shown.send_modify(|all| {
            all.iter_mut()
                .filter(|shown| shown.id == id)
                .for_each(|shown| shown.stands = false);
        });
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".into(), "actions".into()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        let part = |text: &str| text.to_owned();
        (part("panel"), part("tests"), part("1"), part("1.2"))
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action: &str)
    -> zbus::Result<()>;
}

impl Host {
    /// Takes both names on the bus at this address.
    pub async fn start(address: &str) -> Self {
        let (put_up, trays) = watch::channel(Vec::new());
        let (show, shown) = watch::channel(Vec::new());
        let bus = connection::Builder::address(address)
            .serve_at("/StatusNotifierWatcher", Watcher { trays: put_up })
            .serve_at(NOTIFICATIONS, Server { shown: show })
            .name("org.kde.StatusNotifierWatcher")
            .name("org.freedesktop.Notifications")
            .build()
            .await
            .unwrap();
        Self { bus, trays, shown }
    }

    /// Waits for a notification that says this, standing or not.
    pub async fn notification(&self, summary: &str, stands: bool) -> Shown {
        let mut shown = self.shown.clone();
        let wanted = |shown: &Shown| shown.summary.contains(summary) && shown.stands == stands;
        let found = timeout(PATIENCE, shown.wait_for(|all| all.iter().any(wanted))).await;
        let found = found.unwrap_or_else(|_| panic!("no {summary:?}: {:?}", self.shown.borrow()));
        found
            .unwrap()
            .iter()
            .find(|shown| wanted(shown))
            .unwrap()
            .clone()
    }

    /// What was ever shown.
    pub fn notifications(&self) -> Vec<Shown> {
        self.shown.borrow().clone()
    }

    /// Clicks on a notification.
    pub async fn click_notification(&self, id: u32) {
        let emitter = SignalEmitter::new(&self.bus, NOTIFICATIONS).unwrap();
        Server::action_invoked(&emitter, id, "default")
            .await
            .unwrap();
    }

    /// Waits until this many trays were put up.
    pub async fn trays(&self, count: usize) {
        let mut trays = self.trays.clone();
        let waiting = trays.wait_for(|trays| trays.len() >= count);
        timeout(PATIENCE, waiting).await.expect("trays").unwrap();
    }

    /// Waits until an entry of the newest tray's menu reads like this.
    pub async fn menu_reads(&self, words: &str) {
        entry(&self.menu().await, |entry| entry.label == words, words).await;
    }

    /// Clicks an entry of the newest tray's menu, once it can be clicked.
    pub async fn choose(&self, label: &str) {
        let menu = self.menu().await;
        let id = entry(&menu, |entry| entry.label == label && entry.enabled, label).await;
        let nothing = Variant::from(0_i32);
        menu.call::<_, _, ()>("Event", &(id, "clicked", nothing, 0_u32))
            .await
            .unwrap();
    }

    async fn menu(&self) -> Proxy<'_> {
        let mut trays = self.trays.clone();
        let tray = timeout(PATIENCE, trays.wait_for(|trays| !trays.is_empty()))
            .await
            .expect("a tray is put up")
            .unwrap()
            .last()
            .cloned()
            .unwrap();
        let item = Proxy::new(&self.bus, tray.owner.clone(), tray.path, ITEM)
            .await
            .unwrap();
        let path: zbus::OwnedObjectPath = item.get_property("Menu").await.unwrap();
        Proxy::new(&self.bus, tray.owner, path, MENU).await.unwrap()
    }
}

/// A line of a menu.
#[derive(Debug)]
struct Entry {
    id: i32,
    /// Without mnemonics.
    label: String,
    enabled: bool,
}

/// Waits for an entry like this and returns its number.
async fn entry(menu: &Proxy<'_>, wanted: impl Fn(&Entry) -> bool, what: &str) -> i32 {
    let mut changes = menu.receive_all_signals().await.unwrap();
    let looking = async {
        loop {
            if let Some(found) = entries(menu).await.into_iter().find(&wanted) {
                return found.id;
            }
            changes.next().await.expect("the tray stays");
        }
    };
    match timeout(PATIENCE, looking).await {
        Ok(id) => id,
        Err(_) => panic!("no {what:?}: {:?}", entries(menu).await),
    }
}

async fn entries(menu: &Proxy<'_>) -> Vec<Entry> {
    let (_, root): (u32, Node) = menu
        .call("GetLayout", &(0_i32, -1_i32, Vec::<String>::new()))
        .await
        .unwrap();
    let entry = |child: OwnedVariant| {
        let node = Node::try_from(child).unwrap();
        let property = |name: &str| node.properties.get(name).cloned();
        let label = property("label").and_then(|label| String::try_from(label).ok());
        // What is not said to be disabled is enabled.
        let enabled = property("enabled").and_then(|enabled| bool::try_from(enabled).ok());
        Entry {
            id: node.id,
            label: label.unwrap_or_default().replace('_', ""),
            enabled: enabled.unwrap_or(true),
        }
    };
    root.children.into_iter().map(entry).collect()
}
