//! The web, fetched and searched by us and handed to agents as data: the sandbox itself has no network.

use ampersand_core::{Failure, SearchProvider, Settings};
use ampersand_http::{
    Client, Secret, Url,
    host_policy::HostPolicy,
    web::{self, Hit, Page, SearchEngine},
};

use super::World;

/// Why there is no page yet.
pub(super) enum NotFetched {
    /// A person decides about this host.
    Ask { host: String },
    /// It will not be had.
    Failed(Failure),
}

/// Fetches a page under the settings' hosts and those granted to the task.
pub(super) async fn fetch(
    settings: &Settings,
    granted: &[String],
    url: &str,
) -> Result<Page, NotFetched> {
    let policy = HostPolicy::new(settings.web.hosts.iter().chain(granted).cloned());
    let fetched = web::fetch(url, &policy, web::FetchLimits::default()).await;
    fetched.map_err(|error| match error {
        web::FetchError::Ask { host } => NotFetched::Ask { host },
        error => NotFetched::Failed(Failure::from(&error)),
    })
}

/// Searches with the provider the user set.
pub(super) async fn search(world: &World, query: &str) -> Result<Vec<Hit>, Failure> {
    let engine = engine(world).await?;
    let client = Client::new().map_err(|error| Failure::from(&error))?;
    web::search(&client, &engine, query)
        .await
        .map_err(|error| Failure::from(&error))
}

async fn engine(world: &World) -> Result<SearchEngine, Failure> {
    let invalid = |text: &str| {
        Failure::new(
            "search_address",
            format!("{text:?} is no address to search at."),
            "Correct search in the settings, under [web].",
        )
    };
    match world.settings().web.search {
        None => Err(Failure::new(
            "no_search",
            "No web search is set.",
            "Set search in the settings, under [web].",
        )),
        Some(SearchProvider::Searxng { url }) => {
            let url = Url::parse(&url).map_err(|_| invalid(&url))?;
            Ok(SearchEngine::Searxng { url })
        }
        Some(SearchProvider::Brave { key }) => {
            let key = world.key(Some(key), "Web search").await?;
            let url = SearchEngine::BRAVE_URL;
            let url = Url::parse(url).map_err(|_| invalid(url))?;
            let key = key.unwrap_or_else(|| Secret::new(""));
            Ok(SearchEngine::Brave { url, key })
        }
    }
}
