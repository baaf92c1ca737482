//! A system whose keychain we do not know.

const WHY: &str = "no keychain of this system is known";

#[derive(Debug, Clone, Default)]
pub(crate) struct Store;

impl Store {
    #[expect(clippy::unused_async, reason = "the other systems wait")]
    pub(crate) async fn get(&self, _name: &str) -> Result<Option<String>, String> {
        Err(WHY.to_owned())
    }

    #[expect(clippy::unused_async, reason = "the other systems wait")]
    pub(crate) async fn set(&self, _name: &str, _key: &str) -> Result<(), String> {
        Err(WHY.to_owned())
    }

    #[expect(clippy::unused_async, reason = "the other systems wait")]
    pub(crate) async fn remove(&self, _name: &str) -> Result<bool, String> {
        Err(WHY.to_owned())
    }
}
