//! What of an account is kept for the person, looked at while an agent uses it: not every agent tells how much it used, and
//! some work for hours.

use std::sync::Arc;
use std::time::Duration;

use ampersand_core::{Outage, Task, in_the_way};
use futures::{FutureExt, future::BoxFuture};
use tokio::time::sleep;

use super::World;

/// How often it is looked at. A provider is asked no more often than that either.
const EVERY: Duration = Duration::from_secs(60);

/// Comes back once of the account of the task's agent no more is left than is kept for the person; never where nothing is
/// kept, or nobody tells. Cancel-safe.
pub(super) async fn reached(world: &Arc<World>, task: &Task) -> Outage {
    looked_at(|| of(world, task).boxed()).await
}

/// The same at this moment; `None` while more is left, or nobody knows.
pub(super) async fn of(world: &World, task: &Task) -> Option<Outage> {
    let name = task.agent.vendor()?;
    let settings = world.settings();
    let keep = settings.agents.named.get(name)?.keep_percent;
    if keep == 0 {
        return None;
    }
    let mut windows = world.quotas.asked(name, &settings, &world.logins).await;
    // Of one that nobody says the end of, only a try can tell.
    windows.retain(|window| window.resets_at.is_some());
    in_the_way(&windows, keep).map(|window| Outage::quota_kept(window, keep))
}

async fn looked_at<'a>(look: impl Fn() -> BoxFuture<'a, Option<Outage>>) -> Outage {
    loop {
        sleep(EVERY).await;
        if let Some(outage) = look().await {
            return outage;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use ampersand_core::{Failure, Obstacle};
    use futures::future::ready;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_account_is_looked_at_for_as_long_as_enough_of_it_is_left() {
        let (looks, begun) = (Arc::new(AtomicU32::new(0)), Instant::now());
        let outage = looked_at(|| {
            let enough = looks.fetch_add(1, Ordering::Relaxed) < 2;
            let outage = Outage {
                obstacle: Obstacle::Quota,
                failure: Failure::new("quota_kept", "x", "x"),
                until: None,
            };
            ready((!enough).then_some(outage)).boxed()
        });
        assert_eq!(outage.await.failure.code, "quota_kept");
        assert_eq!(looks.load(Ordering::Relaxed), 3);
        assert!(begun.elapsed() >= 3 * EVERY);
    }
}
